//! `sandbox`: runs the loopback account until Ctrl-C. `sandbox code`: prints the MFA device's token code for scripts.
//!
//! The endpoint is data and goes to stdout. The device's secret is shown on stderr, for an authenticator app.

pub(super) mod client_files;

use std::path::Path;

use secrecy::ExposeSecret;
use time::{Duration, UtcDateTime};

use crate::cli::{Sandbox, SandboxCommand};
use crate::context::Context;
use crate::error::Error;
use crate::process::on_ending_signal;
use crate::qr;
use crate::sandbox::state::{StateFolder, read_account};
use crate::sandbox::{Account, Hosts, Options, Owner, OwnerPolicy, Server, Setup, TestClock};
use crate::totp::DeviceSecret;
use crate::ui::Ui;

use super::input::{self, Input};
use super::outcome::Outcome;

/// The largest account document that is read, in bytes.
const LARGEST_ACCOUNT: usize = 128 << 20;

pub(super) fn run(context: &Context, args: Sandbox) -> Outcome {
    match args.command {
        Some(SandboxCommand::Code { state }) => code(context, state.as_deref()),
        None => serve(context, &args),
    }
}

fn serve(context: &Context, args: &Sandbox) -> Outcome {
    let folder = match &args.state {
        Some(path) => StateFolder::open(path)?,
        None => StateFolder::temporary(&temporary_parent(context))?,
    };
    let clock = context.clock;
    let account = account(context.ui, &folder, args, clock.now())?;
    let profiles = account.profiles();
    let ui = context.ui;
    let mut server = Server::start(Options {
        port: args.port.unwrap_or(0),
        account,
        persist: Some(folder.account_file()),
        clock: Box::new(move || clock.now()),
        test_clock: if args.test_clock {
            TestClock::On
        } else {
            TestClock::Off
        },
        hosts: Hosts::Loopback,
        log: Box::new(move |line| ui.say(line)),
    })?;
    let owner = server
        .with_account(|account| account.owner())
        .ok_or_else(|| Error::Refused {
            message: "the first user of the stored account has been deleted".to_owned(),
            hint: "start with a new folder: mfa-session sandbox --state DIR".to_owned(),
        })?;
    let url = server.endpoint_url();
    client_files::write_shared_files(&folder, &owner, &profiles, &url)?;
    if let Some(path) = &args.env_file {
        client_files::write_env_file(path, &folder, &owner, &url)?;
    }
    let stopper = server.stopper();
    let ending = on_ending_signal(move || stopper.stop()).map_err(Error::Signals)?;
    welcome(ui, &owner, &folder, args);
    match profiles.as_slice() {
        [] => {}
        [(name, _)] => ui.say(&format!("The loaded user has the profile {name}.")),
        [(name, _), ..] => ui.say(&format!(
            "Each of the {} loaded users has a profile, for example {name}.",
            profiles.len()
        )),
    }
    ui.say("Press Ctrl-C to stop the sandbox.");
    ui.data(&format!("{url}\n"))?;
    server.wait();
    Ok(ending.exit_code())
}

/// The stored account if there is one, else a new or a loaded one, with the policies of `--policy`.
///
/// This runs before the server listens, so that a file that cannot be used is an error at once.
fn account(
    ui: Ui,
    folder: &StateFolder,
    args: &Sandbox,
    now: UtcDateTime,
) -> Result<Account, Error> {
    let policies: Vec<OwnerPolicy> = args
        .policy
        .iter()
        .map(|p| policy(ui, p))
        .collect::<Result<_, _>>()?;
    let document = (args.account.as_deref())
        .map(|path| input::text(path, LARGEST_ACCOUNT))
        .transpose()?
        .map(|(_, text)| text.trim_start_matches('\u{feff}').to_owned());
    let setup = Setup::default();
    let mut account = match (folder.stored_account()?, &args.account, document) {
        (Some(stored), _, None) => stored,
        (Some(stored), _, Some(text)) if stored.is_loaded_from(&text) => stored,
        (Some(_), _, Some(_)) => {
            return Err(Error::Refused {
                message: format!(
                    "`{}` already holds another account",
                    folder.path().display()
                ),
                hint: "start with a new folder: mfa-session sandbox --state DIR --account FILE"
                    .to_owned(),
            });
        }
        (None, Some(path), Some(text)) => {
            Account::loaded(&text, &setup, now).map_err(|e| Error::Refused {
                message: format!("`{}`: {e}", path.display()),
                hint: "aws iam get-account-authorization-details --output json > FILE".to_owned(),
            })?
        }
        (None, ..) => Account::new(&setup, now),
    };
    if !policies.is_empty() {
        account
            .restrict_owner(&policies, now)
            .map_err(|message| Error::Refused {
                message,
                hint: "mfa-session sandbox --policy FILE".to_owned(),
            })?;
    }
    let delay = args.propagation.unwrap_or(0);
    account.delay_sts(Duration::seconds(delay.into()));
    folder.account_file().save(&mut account)?;
    Ok(account)
}

fn policy(ui: Ui, path: &Path) -> Result<OwnerPolicy, Error> {
    let (stem, text) = match input::input(path)? {
        Input::Plain(_, text) => {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            (stem.into_owned(), text)
        }
        Input::Found(policy) => {
            input::note_unknown(ui, &policy);
            (policy_name(&policy.name), policy.text)
        }
    };
    OwnerPolicy::new(&stem, &text).map_err(|problem| Error::Refused {
        message: format!("`{}`: {problem}", path.display()),
        hint: format!(
            "mfa-session policy check {}",
            crate::quote::shell_quote_shown(path)
        ),
    })
}

/// A name that IAM takes for a policy that was found in a file.
fn policy_name(name: &str) -> String {
    let place = name.rsplit_once('#').map_or(name, |(_, place)| place);
    let is_taken = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let name: String = (place.chars())
        .map(|c| if is_taken(c) { c } else { '-' })
        .take(128)
        .collect();
    if name.is_empty() {
        "policy".to_owned()
    } else {
        name
    }
}

/// The folder in which temporary folders are made.
pub(super) fn temporary_parent(context: &Context) -> std::path::PathBuf {
    context
        .env
        .os("TMPDIR")
        .map_or_else(|| "/tmp".into(), Into::into)
}

fn welcome(ui: Ui, owner: &Owner, folder: &StateFolder, args: &Sandbox) {
    ui.say(&format!(
        "The sandbox is an AWS account on this machine. Its first user is {}.",
        owner.arn
    ));
    if let Some(device) = &owner.device {
        ui.say(&format!(
            "The user's MFA device is {}. Scan it with an authenticator app:",
            device.serial_number
        ));
        let uri = device.uri.expose_secret();
        if let Some(picture) = qr::render(uri) {
            ui.command(&picture);
        }
        ui.command(uri);
        ui.say("Without an app, `mfa-session sandbox code` prints its token code.");
    }
    ui.say(&format!(
        "The config file and the credentials file are in {}.",
        folder.path().display()
    ));
    match &args.env_file {
        Some(path) => {
            let path = sourced(path);
            ui.say("To use the sandbox, run in another shell:");
            ui.command(&format!("  set -a; . {path}; set +a"));
            ui.command("  mfa-session login --token-code \"$(mfa-session sandbox code)\"");
        }
        None => ui.say(
            "To write the environment variables for AWS tools to a file, use --env-file FILE.",
        ),
    }
}

fn code(context: &Context, state: Option<&Path>) -> Outcome {
    let now = context.clock.now();
    let secret = match state {
        Some(folder) => read_account(folder)?
            .owner()
            .and_then(|owner| owner.device)
            .map(|device| device.secret)
            .ok_or_else(|| Error::Refused {
                message: format!(
                    "the first user of the sandbox in `{}` has no MFA device",
                    folder.display()
                ),
                hint: "start with a new folder: mfa-session sandbox --state DIR".to_owned(),
            })?,
        None => from_environment(context)?,
    };
    context
        .ui
        .data(&format!("{}\n", secret.code_at(now).expose_secret()))?;
    Ok(0)
}

fn from_environment(context: &Context) -> Result<DeviceSecret, Error> {
    let refused = |message: String| Error::Refused {
        message,
        hint: "mfa-session sandbox code --state DIR, or: set -a; . ENV-FILE; set +a".to_owned(),
    };
    let text = context
        .env
        .get("MFA_TOTP_SECRET")
        .ok_or_else(|| refused("MFA_TOTP_SECRET is not set".to_owned()))?;
    DeviceSecret::from_base32(text).map_err(|e| refused(format!("MFA_TOTP_SECRET is {e}")))
}

/// A path in the form that the shell's `.` reads: it looks a bare name up in PATH.
fn sourced(path: &Path) -> String {
    let shown = path.display().to_string();
    let shown = if shown.contains('/') {
        shown
    } else {
        format!("./{shown}")
    };
    crate::process::shell_quote(&shown)
}
