//! MFA devices: the output of `list-virtual-mfa-devices` and of `list-mfa-devices`.
//!
//! The first lists virtual devices of all users, the second all devices of one user, who may have none.

use serde::Deserialize;

use super::InputError;
use super::json::values;
use crate::aws::types::SerialNumber;

/// The command that makes such a file.
const COMMAND: &str = "aws iam list-virtual-mfa-devices` or `aws iam list-mfa-devices";

/// The MFA devices that are enabled for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Devices {
    /// The account that the ARNs name.
    pub account_id: Option<String>,
    /// The devices.
    pub devices: Vec<Device>,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Whose it is.
    pub holder: Holder,
    /// Its serial number or ARN.
    pub serial: String,
    /// What it is.
    pub kind: DeviceKind,
}

/// Whose device it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Holder {
    /// The user with this ARN, or root.
    Arn(String),
    /// The user with this name.
    Name(String),
}

/// The kinds of MFA device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeviceKind {
    /// A virtual device with codes.
    Virtual,
    /// A passkey or security key, which has no codes: GetSessionToken cannot use it.
    Passkey,
    /// A hardware device with codes.
    Hardware,
    /// A telephone. AWS no longer lets anybody sign in with it.
    Sms,
}

impl DeviceKind {
    /// As reports write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Virtual => "virtual",
            Self::Passkey => "passkey",
            Self::Hardware => "hardware",
            Self::Sms => "sms",
        }
    }

    /// By the form of the serial number.
    fn of(serial: &str) -> Self {
        let path = serial.splitn(6, ':').nth(5).unwrap_or_default();
        if !serial.starts_with("arn:") {
            Self::Hardware
        } else if path.starts_with("u2f/") {
            Self::Passkey
        } else if path.starts_with("sms-mfa/") {
            Self::Sms
        } else {
            Self::Virtual
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    #[serde(alias = "MFADevices", alias = "VirtualMFADevices")]
    devices: Vec<Entry>,
    #[serde(default)]
    is_truncated: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    serial_number: String,
    #[serde(default)]
    user_name: Option<String>,
    #[serde(default)]
    user: Option<Owner>,
    #[serde(default)]
    enable_date: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Owner {
    #[serde(default)]
    arn: Option<String>,
    #[serde(default)]
    user_name: Option<String>,
}

/// Reads the devices. Virtual devices that are nobody's are left out.
///
/// # Errors
/// [`InputError`].
pub fn read_devices(text: &str) -> Result<Devices, InputError> {
    let mut read = Devices::default();
    let pages: Vec<Listed> = values(text, COMMAND)?;
    if pages.last().is_some_and(|page| page.is_truncated) {
        return Err(InputError::Shape {
            command: COMMAND,
            problem: "the file is one page of several".to_owned(),
        });
    }
    for entry in pages.into_iter().flat_map(|page| page.devices) {
        let owner = entry.user.unwrap_or(Owner {
            arn: None,
            user_name: None,
        });
        let holder = match (owner.arn, owner.user_name.or(entry.user_name)) {
            (Some(arn), _) => Holder::Arn(arn),
            (None, Some(name)) => Holder::Name(name),
            (None, None) => continue,
        };
        let named = |text: &str| {
            let serial = SerialNumber::new(text).ok()?;
            serial.account().map(str::to_owned)
        };
        let of_holder = match &holder {
            Holder::Arn(arn) => named(arn),
            Holder::Name(_) => None,
        };
        if let Some(account) = of_holder.or_else(|| named(&entry.serial_number)) {
            match &read.account_id {
                None => read.account_id = Some(account),
                Some(known) if *known == account => {}
                Some(known) => return Err(InputError::Accounts(known.clone(), account)),
            }
        }
        // A device that was never enabled is nobody's.
        if entry.enable_date.as_deref() == Some("") {
            continue;
        }
        read.devices.push(Device {
            holder,
            kind: DeviceKind::of(&entry.serial_number),
            serial: entry.serial_number,
        });
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lists_are_read() {
        let virtual_devices = r#"{"VirtualMFADevices":[
            {"SerialNumber":"arn:aws:iam::123456789012:mfa/phone","User":{"Path":"/","UserName":"dev","UserId":"AIDA","Arn":"arn:aws:iam::123456789012:user/dev"},"EnableDate":"2024-01-01T00:00:00+00:00"},
            {"SerialNumber":"arn:aws:iam::123456789012:mfa/root-account-mfa-device","User":{"Arn":"arn:aws:iam::123456789012:root"}},
            {"SerialNumber":"arn:aws:iam::123456789012:mfa/nobody"}]}"#;
        let read = read_devices(virtual_devices).unwrap();
        assert_eq!(read.account_id.as_deref(), Some("123456789012"));
        let holders: Vec<&Holder> = read.devices.iter().map(|d| &d.holder).collect();
        let arn = |path: &str| Holder::Arn(format!("arn:aws:iam::123456789012:{path}"));
        assert_eq!(holders, [&arn("user/dev"), &arn("root")]);
        let of_users = r#"{"MFADevices":[]}
            {"MFADevices":[{"UserName":"dev","SerialNumber":"arn:aws:iam::123456789012:u2f/user/dev/x-ABC","EnableDate":"2024-01-01T00:00:00+00:00"}]}
            {"MFADevices":[{"UserName":"ops","SerialNumber":"GAHT12345678"}]}"#;
        let read = read_devices(of_users).unwrap();
        let kinds: Vec<DeviceKind> = read.devices.iter().map(|d| d.kind).collect();
        assert_eq!(kinds, [DeviceKind::Passkey, DeviceKind::Hardware]);
        assert_eq!(read.devices[1].holder, Holder::Name("ops".to_owned()));
    }

    #[test]
    fn other_json_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"Users":[]}"#,
            r#"{"MFADevices":[],"IsTruncated":true}"#,
        ] {
            assert!(read_devices(text).is_err(), "{text}");
        }
        let two = r#"{"MFADevices":[{"UserName":"a","SerialNumber":"arn:aws:iam::123456789012:mfa/a"},{"UserName":"b","SerialNumber":"arn:aws:iam::210987654321:mfa/b"}]}"#;
        assert!(matches!(read_devices(two), Err(InputError::Accounts(..))));
    }
}
