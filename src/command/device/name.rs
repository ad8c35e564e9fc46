//! PURE: the name of a new device.

use crate::aws::{CallerIdentity, EnabledDevice};

/// The user's name, or the first of `NAME-2`, `NAME-3` … that none of the user's own devices has.
pub(super) fn free_name(user: &str, devices: &[EnabledDevice]) -> String {
    let is_taken = |name: &str| {
        let mut serials = devices.iter().map(|device| device.serial_number.as_str());
        serials.any(|serial| serial.rsplit('/').next() == Some(name))
    };
    std::iter::once(user.to_owned())
        // AWS has eight devices for a user.
        .chain((2..=9).map(|n| format!("{user}-{n}")))
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}

/// The serial number that a new device with this name will have.
pub(super) fn future_serial(caller: &CallerIdentity, name: &str) -> String {
    let partition = caller.arn.split(':').nth(1).unwrap_or_default();
    format!("arn:{partition}:iam::{}:mfa/{name}", caller.account)
}

#[cfg(test)]
mod tests {
    use time::UtcDateTime;

    use super::*;

    #[test]
    fn a_name_is_free_if_no_own_device_has_it() {
        let devices: Vec<_> = ["mfa/admin", "mfa/team/admin-2", "u2f/user/admin/admin-4"]
            .map(|resource| EnabledDevice {
                serial_number: format!("arn:aws:iam::111122223333:{resource}"),
                enabled: UtcDateTime::UNIX_EPOCH,
            })
            .into();
        assert_eq!(free_name("admin", &[]), "admin");
        assert_eq!(free_name("admin", &devices), "admin-3");
        assert_eq!(free_name("other", &devices), "other");
    }

    #[test]
    fn a_serial_number_keeps_the_partition() {
        let caller = CallerIdentity {
            account: "111122223333".to_owned(),
            arn: "arn:aws-cn:iam::111122223333:user/a".to_owned(),
        };
        assert_eq!(
            future_serial(&caller, "a-2"),
            "arn:aws-cn:iam::111122223333:mfa/a-2"
        );
    }
}
