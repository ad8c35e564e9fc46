//! Puts the input files together, each with the account that it is of.

use std::path::{Path, PathBuf};

use crate::account;
use crate::audit::inputs::{
    AccountInputs, Control, ControlKind, Devices, InputError, Inputs, ServiceCredentials,
    read_control, read_devices, read_report, read_service_credentials, read_summary,
};
use crate::audit::render::InputFile;
use crate::cli::Audit;
use crate::command::input;
use crate::error::Error;
use crate::ui::Ui;

use super::files;

/// Everything that the options name, and the files.
///
/// # Errors
/// A file cannot be read, or is of no account that is judged.
pub(super) fn read(ui: Ui, args: &Audit) -> Result<(Inputs, Vec<InputFile>), Error> {
    let all = (args.authorization_details.iter())
        .chain(&args.credential_report)
        .chain(&args.mfa_devices)
        .chain(&args.account_summary)
        .chain(&args.service_credentials)
        .chain(&args.scp)
        .chain(&args.rcp)
        .chain(&args.if_attached);
    input::stdin_once(all)?;
    let mut reader = Reader::default();
    reader.details(&args.authorization_details)?;
    reader.reports(&args.credential_report)?;
    reader.devices(&args.mfa_devices)?;
    reader.summary(args.account_summary.as_deref())?;
    reader.services(&args.service_credentials)?;
    reader.control(&args.scp, "scp", ControlKind::Service)?;
    reader.control(&args.rcp, "rcp", ControlKind::Resource)?;
    for account in &reader.inputs.accounts {
        if account.report.is_none() {
            ui.warn(&format!(
                "there is no credential report of account {}, so that nobody's credentials are known",
                id(account)
            ));
            ui.hint("`--credential-report FILE` gives it; `mfa-session audit --help` says how to save it");
        }
    }
    Ok((reader.inputs, reader.files))
}

#[derive(Default)]
struct Reader {
    inputs: Inputs,
    files: Vec<InputFile>,
}

impl Reader {
    fn text(&mut self, path: &Path, kind: &'static str) -> Result<String, Error> {
        let (file, text) = files::read(path, kind)?;
        self.files.push(file);
        Ok(text)
    }

    fn details(&mut self, paths: &[PathBuf]) -> Result<(), Error> {
        for path in paths {
            let text = self.text(path, "authorization-details")?;
            let account = account::read(&text).map_err(|e| refused(path, &e.to_string()))?;
            let home = account.home.as_ref();
            let Some(home) = home else {
                return Err(refused(path, "it has no users, groups, roles or policies"));
            };
            let is_known = |other: &AccountInputs| id(other) == home.account_id;
            if self.inputs.accounts.iter().any(is_known) {
                let problem = format!("account {} is in another file already", home.account_id);
                return Err(refused(path, &problem));
            }
            self.inputs.accounts.push(AccountInputs {
                account,
                ..AccountInputs::default()
            });
        }
        Ok(())
    }

    fn reports(&mut self, paths: &[PathBuf]) -> Result<(), Error> {
        for path in paths {
            let text = self.text(path, "credential-report")?;
            let report = read_report(&text).map_err(|e| wrong(path, &e))?;
            let account = self.account(path, report.account_id.as_deref())?;
            if account.report.is_some() {
                let problem = format!(
                    "there are two credential reports of account {}",
                    id(account)
                );
                return Err(refused(path, &problem));
            }
            account.report = Some(report);
        }
        Ok(())
    }

    fn devices(&mut self, paths: &[PathBuf]) -> Result<(), Error> {
        for path in paths {
            let text = self.text(path, "mfa-devices")?;
            let devices = read_devices(&text).map_err(|e| wrong(path, &e))?;
            // A list without devices says nothing about anybody.
            if devices.devices.is_empty() && devices.account_id.is_none() {
                continue;
            }
            let account = self.account(path, devices.account_id.as_deref())?;
            let known = account.devices.get_or_insert_with(Devices::default);
            known.devices.extend(devices.devices);
        }
        Ok(())
    }

    fn summary(&mut self, path: Option<&Path>) -> Result<(), Error> {
        if let Some(path) = path {
            let text = self.text(path, "account-summary")?;
            let summary = read_summary(&text).map_err(|e| wrong(path, &e))?;
            self.account(path, None)?.summary = Some(summary);
        }
        Ok(())
    }

    fn services(&mut self, paths: &[PathBuf]) -> Result<(), Error> {
        for path in paths {
            let text = self.text(path, "service-credentials")?;
            let read = read_service_credentials(&text).map_err(|e| wrong(path, &e))?;
            let account = self.account(path, None)?;
            let known = (account.services).get_or_insert_with(ServiceCredentials::default);
            known.has_ssh |= read.has_ssh;
            known.has_services |= read.has_services;
            known.active.extend(read.active);
        }
        Ok(())
    }

    fn control(
        &mut self,
        paths: &[PathBuf],
        option: &'static str,
        kind: ControlKind,
    ) -> Result<(), Error> {
        for path in paths {
            let text = self.text(path, option)?;
            let name = path.display().to_string();
            let control: Control = read_control(&name, &text, kind).map_err(|e| wrong(path, &e))?;
            self.inputs.control.push(control);
        }
        Ok(())
    }

    /// The account with this number; the only account if the file does not say of which it is.
    fn account(&mut self, path: &Path, named: Option<&str>) -> Result<&mut AccountInputs, Error> {
        let known: Vec<String> = self
            .inputs
            .accounts
            .iter()
            .map(|a| id(a).to_owned())
            .collect();
        let found = match (named, known.as_slice()) {
            (Some(named), _) => known.iter().position(|id| id == named),
            (None, [_]) => Some(0),
            (None, _) => {
                return Err(refused(
                    path,
                    "it does not say of which account it is: judge that account alone",
                ));
            }
        };
        let problem = format!(
            "it is of account {}, and the authorization details are of {}",
            named.unwrap_or_default(),
            known.join(", ")
        );
        found
            .and_then(|n| self.inputs.accounts.get_mut(n))
            .ok_or_else(|| refused(path, &problem))
    }
}

fn id(account: &AccountInputs) -> &str {
    let home = account.account.home.as_ref();
    home.map_or("", |home| home.account_id.as_str())
}

fn wrong(path: &Path, error: &InputError) -> Error {
    refused(path, &error.to_string())
}

fn refused(path: &Path, problem: &str) -> Error {
    Error::Refused {
        message: format!("`{}`: {problem}", path.display()),
        hint: "`mfa-session audit --help` shows the AWS CLI's commands that save the files"
            .to_owned(),
    }
}
