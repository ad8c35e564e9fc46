//! The device that a command is about: the one that was named, or the only one.

use crate::aws::EnabledDevice;
use crate::error::Error;

use super::super::own_calls::OwnCalls;

/// Chooses among the user's devices.
///
/// # Errors
/// The named device is not among them, there is none, or there are several and none is named.
pub(super) fn choose<'d>(
    calls: &OwnCalls<'_>,
    devices: &[&'d EnabledDevice],
    named: Option<&str>,
    command: &str,
) -> Result<&'d EnabledDevice, Error> {
    let refused = |message: String, words: &str| Error::Refused {
        message,
        hint: calls.command(words),
    };
    let all = || {
        let serials: Vec<_> = devices.iter().map(|d| d.serial_number.as_str()).collect();
        crate::ui::one_line(&serials.join(", "), 600)
    };
    match (named, devices) {
        (Some(named), _) => devices
            .iter()
            .copied()
            .find(|device| device.serial_number == named)
            .ok_or_else(|| {
                let message =
                    format!("`{named}` is not a device of this user that can be used here");
                refused(message, "device list")
            }),
        (None, []) => Err(refused(
            "the user has no MFA device that can be used here".to_owned(),
            "device list",
        )),
        (None, [only]) => Ok(only),
        (None, [first, ..]) => Err(refused(
            format!("the user has several MFA devices: {}", all()),
            &format!("{command} --serial-number {}", first.serial_number),
        )),
    }
}
