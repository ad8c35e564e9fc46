//! Finding the MFA device with iam:ListMFADevices, which the policy excepts for this.
//!
//! One usable device is taken, several are chosen from, and what cannot be used is explained.

use crate::aws::types::SerialNumber;
use crate::aws::{CallError, RefusalKind};
use crate::process::shell_quote;

use super::LoginError;
use super::ask::Asker;
use super::attempt::{Caller, Job};

/// What AWS lists, told apart.
#[derive(Debug, Default, PartialEq, Eq)]
struct Devices {
    usable: Vec<SerialNumber>,
    codeless: Vec<String>,
}

fn sort(listed: impl IntoIterator<Item = String>) -> Devices {
    let mut devices = Devices::default();
    for text in listed {
        match SerialNumber::new(&text) {
            Ok(serial) if serial.has_token_code() => devices.usable.push(serial),
            _ => devices.codeless.push(text),
        }
    }
    devices
}

/// Finds the device before a code is asked for.
///
/// # Errors
/// No device, no usable one, several and nobody to choose, or a refused call.
pub(super) fn find(job: &Job<'_>, asker: &mut Asker) -> Result<(), LoginError> {
    let devices = list(job)?;
    let serial = match (devices.usable.as_slice(), devices.codeless.as_slice()) {
        ([only], _) => only.clone(),
        ([], []) => return Err(no_device(job)),
        ([], codeless) => return Err(only_passkeys(codeless)),
        (several, _) => choose(job, asker, several)?,
    };
    let ui = job.context.ui;
    ui.say(&format!("Found the MFA device {serial}. To remember it:"));
    ui.say(&format!(
        "  aws configure set mfa_serial {serial} --profile {}",
        shell_quote(&job.names.source)
    ));
    job.serial.set(Some(serial));
    Ok(())
}

/// Looks again after AWS could not validate a code; whether another device came of it.
pub(super) fn look_up_again(job: &Job<'_>, asker: &mut Asker) -> Result<bool, LoginError> {
    let before = job.serial();
    find(job, asker)?;
    let same = job.serial() == before;
    if same {
        asker.tell(
            job,
            "It is the same device: it was tried too often. Wait three minutes.",
        );
    }
    Ok(!same)
}

fn list(job: &Job<'_>) -> Result<Devices, LoginError> {
    let target = job.target(None);
    match job
        .context
        .aws
        .mfa_devices(&target, job.keys, job.watch.left())
    {
        Ok(answered) => {
            job.heard(answered.skew, answered.corrected);
            Ok(sort(answered.value.into_iter().map(|d| d.serial_number)))
        }
        Err(CallError::Refused { refusal, .. }) if refusal.kind == RefusalKind::Policy => {
            Err(LoginError::DevicesDenied {
                profile: job.names.source.clone(),
                message: crate::ui::one_line(&refusal.message, 300),
            })
        }
        Err(error) => Err(job.call_failed(error)),
    }
}

fn choose(
    job: &Job<'_>,
    asker: &mut Asker,
    several: &[SerialNumber],
) -> Result<SerialNumber, LoginError> {
    let lines: Vec<_> = several
        .iter()
        .enumerate()
        .map(|(i, serial)| format!("  {}  {serial}", i + 1))
        .collect();
    let question = format!("Which MFA device [1-{}]? ", several.len());
    if let Some(n) = asker.choose(job, &lines, &question)?
        && let Some(chosen) = several.get(n)
    {
        return Ok(chosen.clone());
    }
    if job.caller == Caller::Program {
        return Err(
            job.cannot_ask("the user has several MFA devices, and none is named by `mfa_serial`")
        );
    }
    Err(LoginError::Device(
        format!(
            "the user has several MFA devices: {}",
            several
                .iter()
                .map(SerialNumber::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        ),
        several
            .first()
            .map(|s| format!("mfa-session login --serial-number {s}")),
    ))
}

fn no_device(job: &Job<'_>) -> LoginError {
    LoginError::Device(
        format!("the user of profile `{}` has no MFA device", job.names.source),
        Some("enrol one in the console: IAM, Security credentials, Assign MFA device, Authenticator app".to_owned()),
    )
}

fn only_passkeys(codeless: &[String]) -> LoginError {
    LoginError::Device(
        format!(
            "the user has only passkeys or security keys, which have no code for sts:GetSessionToken: {}",
            crate::ui::one_line(&codeless.join(", "), 300)
        ),
        Some("add an authenticator app as a second device, or use `aws login`".to_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_and_phones_are_told_from_devices_with_codes() {
        let listed = [
            "arn:aws:iam::123456789012:mfa/phone",
            "arn:aws:iam::123456789012:u2f/user/key-AAAA",
            "GAHT12345678",
            "arn:aws-us-gov:iam::123456789012:sms-mfa/x",
        ];
        let devices = sort(listed.map(str::to_owned));
        assert_eq!(
            devices
                .usable
                .iter()
                .map(SerialNumber::as_str)
                .collect::<Vec<_>>(),
            ["arn:aws:iam::123456789012:mfa/phone", "GAHT12345678"]
        );
        assert_eq!(devices.codeless.len(), 2);
    }
}
