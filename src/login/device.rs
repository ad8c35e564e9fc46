//! Finds the MFA device with iam:ListMFADevices, which the policy allows without MFA for this purpose.
//!
//! A single usable device is taken, a person chooses among several, and an error explains why a device cannot be used.

use crate::aws::types::SerialNumber;
use crate::aws::{CallError, RefusalKind, Skew};
use crate::process::shell_quote;
use crate::session::record::Record;

use super::LoginError;
use super::code_source::{Choice, CodeSource};
use super::inputs::{Caller, Login};

/// What the lookup of a device came to.
pub(super) enum Found {
    /// A device with token codes, and what AWS's answer said about the clocks.
    Device(SerialNumber, Skew),
    /// A session that another process made while a person was asked to choose a device.
    Session(Box<Record>),
}

/// The devices of a user, by whether they have token codes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Devices {
    with_codes: Vec<SerialNumber>,
    without_codes: Vec<String>,
}

fn classify(listed: impl IntoIterator<Item = String>) -> Devices {
    let mut devices = Devices::default();
    for text in listed {
        match SerialNumber::new(&text) {
            Ok(serial) if serial.has_token_code() => devices.with_codes.push(serial),
            _ => devices.without_codes.push(text),
        }
    }
    devices
}

/// Finds the device, and says how to remember it.
///
/// # Errors
/// There is no device, none with token codes, several and nobody to choose, or the call is refused.
pub(super) fn find(login: &Login<'_>, source: &mut CodeSource<'_>) -> Result<Found, LoginError> {
    let (devices, skew) = list(login)?;
    let serial = match (
        devices.with_codes.as_slice(),
        devices.without_codes.as_slice(),
    ) {
        ([only], _) => only.clone(),
        ([], []) => return Err(no_device(login)),
        ([], others) => return Err(none_with_codes(others)),
        (several, _) => match choose(login, source, several)? {
            Chosen::Device(serial) => serial,
            Chosen::Session(record) => return Ok(Found::Session(record)),
        },
    };
    let ui = login.context.ui;
    ui.say(&format!("Found the MFA device {serial}. To remember it:"));
    ui.say(&format!(
        "  aws configure set mfa_serial {serial} --profile {}",
        shell_quote(&login.names.source)
    ));
    Ok(Found::Device(serial, skew))
}

/// Finds the device again after AWS could not validate a code of `before`. Returns `None`, with an explanation to the user, if it is
/// the same device.
///
/// # Errors
/// As [`find`].
pub(super) fn find_another(
    login: &Login<'_>,
    source: &mut CodeSource<'_>,
    before: &SerialNumber,
) -> Result<Option<Found>, LoginError> {
    let found = find(login, source)?;
    if matches!(&found, Found::Device(serial, _) if serial == before) {
        source.say(
            login,
            "It is the same device: it was tried too often. Wait three minutes.",
        );
        return Ok(None);
    }
    Ok(Some(found))
}

fn list(login: &Login<'_>) -> Result<(Devices, Skew), LoginError> {
    // Which partition the device is in is not known yet.
    let target = login.target(None);
    match login
        .context
        .aws
        .mfa_devices(&target, login.keys, login.watch.time_left())
    {
        Ok(answered) => {
            login.warn_about_clock(answered.skew, answered.corrected);
            let serials = answered.value.into_iter().map(|d| d.serial_number);
            Ok((classify(serials), answered.skew))
        }
        Err(CallError::Refused { refusal, .. }) if refusal.kind == RefusalKind::Policy => {
            Err(LoginError::DevicesDenied {
                profile: login.names.source.clone(),
                message: crate::ui::one_line(&refusal.message, 300),
            })
        }
        Err(error) => Err(login.call_failed(error, None)),
    }
}

enum Chosen {
    Device(SerialNumber),
    Session(Box<Record>),
}

fn choose(
    login: &Login<'_>,
    source: &mut CodeSource<'_>,
    several: &[SerialNumber],
) -> Result<Chosen, LoginError> {
    let lines: Vec<_> = several
        .iter()
        .enumerate()
        .map(|(i, serial)| format!("  {}  {serial}", i + 1))
        .collect();
    let question = format!("Which MFA device [1-{}]? ", several.len());
    match source.choose(login, &lines, &question)? {
        Choice::Session(record) => return Ok(Chosen::Session(record)),
        Choice::Line(n) => {
            if let Some(chosen) = several.get(n) {
                return Ok(Chosen::Device(chosen.clone()));
            }
        }
        Choice::Nobody => {}
    }
    if login.caller == Caller::Program {
        return Err(
            login.cannot_ask("the user has several MFA devices, and none is named by `mfa_serial`")
        );
    }
    let serials: Vec<_> = several.iter().map(SerialNumber::as_str).collect();
    Err(LoginError::Device(
        format!("the user has several MFA devices: {}", serials.join(", ")),
        serials
            .first()
            .map(|serial| format!("mfa-session login --serial-number {serial}")),
    ))
}

fn no_device(login: &Login<'_>) -> LoginError {
    LoginError::Device(
        format!(
            "the user of profile `{}` has no MFA device",
            login.names.source
        ),
        Some(format!(
            "mfa-session device enroll --profile {}",
            shell_quote(&login.names.source)
        )),
    )
}

fn none_with_codes(others: &[String]) -> LoginError {
    LoginError::Device(
        format!(
            "the user has only passkeys or security keys, which have no code for sts:GetSessionToken: {}",
            crate::ui::one_line(&others.join(", "), 300)
        ),
        Some("add an authenticator app as a second device, or use `aws login`".to_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_and_phones_have_no_token_codes() {
        let listed = [
            "arn:aws:iam::123456789012:mfa/phone",
            "arn:aws:iam::123456789012:u2f/user/key-AAAA",
            "GAHT12345678",
            "arn:aws-us-gov:iam::123456789012:sms-mfa/x",
        ];
        let devices = classify(listed.map(str::to_owned));
        assert_eq!(
            devices
                .with_codes
                .iter()
                .map(SerialNumber::as_str)
                .collect::<Vec<_>>(),
            ["arn:aws:iam::123456789012:mfa/phone", "GAHT12345678"]
        );
        assert_eq!(devices.without_codes.len(), 2);
    }
}
