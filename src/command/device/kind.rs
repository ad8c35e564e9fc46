//! PURE: what kind of MFA device a serial number names.

use crate::aws::types::SerialNumber;

/// A kind of MFA device
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An authenticator app.
    Virtual,
    /// A hardware token that shows codes.
    Hardware,
    /// A passkey or a security key (FIDO).
    Passkey,
    /// Text messages, which AWS no longer offers.
    Sms,
    /// Anything else.
    Other,
}

impl Kind {
    pub(super) fn of(serial_number: &str) -> Self {
        let Some(rest) = serial_number.strip_prefix("arn:") else {
            return Self::Hardware;
        };
        let resource = rest.splitn(5, ':').nth(4).unwrap_or_default();
        match resource.split('/').next() {
            Some("mfa") => Self::Virtual,
            Some("u2f") => Self::Passkey,
            Some("sms-mfa") => Self::Sms,
            _ => Self::Other,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Virtual => "virtual",
            Self::Hardware => "hardware",
            Self::Passkey => "passkey",
            Self::Sms => "sms",
            Self::Other => "other",
        }
    }
}

/// Whether sts:GetSessionToken accepts the device.
pub(super) fn serves_login(serial_number: &str) -> bool {
    SerialNumber::new(serial_number).is_ok_and(|serial| serial.has_token_code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_serial_number_tells_the_kind() {
        for (serial, kind, usable) in [
            ("arn:aws:iam::123456789012:mfa/phone", Kind::Virtual, true),
            (
                "arn:aws-cn:iam::123456789012:mfa/team/phone",
                Kind::Virtual,
                true,
            ),
            ("GAHT12345678", Kind::Hardware, true),
            (
                "arn:aws:iam::123456789012:u2f/user/a/key-AAAA",
                Kind::Passkey,
                false,
            ),
            (
                "arn:aws-us-gov:iam::123456789012:sms-mfa/x",
                Kind::Sms,
                false,
            ),
            ("arn:aws:iam::123456789012:new/x", Kind::Other, false),
        ] {
            assert_eq!(Kind::of(serial), kind, "{serial}");
            assert_eq!(serves_login(serial), usable, "{serial}");
        }
    }
}
