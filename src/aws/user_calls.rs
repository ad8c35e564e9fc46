//! The calls with which a user manages their own MFA devices and access keys, as a blocking trait.
//!
//! They are apart from the calls of a login, so that a program that only answers the hook need not have them.

use secrecy::SecretString;
use time::UtcDateTime;

use super::call::Answered;
use super::error::CallError;
use super::signer::Signer;
use super::target::Target;
use super::types::{AccessKeyId, Keys, SerialNumber, TokenCode};

/// Who signed a call (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    /// The account, twelve digits.
    pub account: String,
    /// The ARN.
    pub arn: String,
}

impl CallerIdentity {
    /// The name of the IAM user; `None` for root and for a role.
    #[must_use]
    pub fn user_name(&self) -> Option<&str> {
        let resource = self.arn.splitn(6, ':').nth(5)?;
        let path = resource.strip_prefix("user/")?;
        path.rsplit('/').next().filter(|name| !name.is_empty())
    }
}

/// An MFA device that is enabled for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnabledDevice {
    /// The serial number or ARN, as AWS gives it.
    pub serial_number: String,
    /// When it was enabled.
    pub enabled: UtcDateTime,
}

/// A virtual device that was just created. It is nobody's until it is enabled.
#[derive(Debug, Clone)]
pub struct NewDevice {
    /// Its ARN.
    pub serial_number: SerialNumber,
    /// The secret of its codes, in base32.
    pub secret: SecretString,
}

/// Whether an access key can sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStatus {
    /// It can.
    Active,
    /// It cannot.
    Inactive,
}

/// An access key of the user, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// Its id.
    pub id: AccessKeyId,
    /// Whether it can sign.
    pub status: KeyStatus,
    /// When it was created.
    pub created: UtcDateTime,
}

/// The calls with which a user manages their own devices and keys, blocking. Each takes 20 s at most.
pub trait UserCalls {
    /// sts:GetCallerIdentity, which no policy can deny.
    ///
    /// # Errors
    /// [`CallError`], as for every call here.
    fn caller(&self, to: &Target, by: &Signer) -> Result<Answered<CallerIdentity>, CallError>;

    /// iam:ListMFADevices of the caller.
    ///
    /// # Errors
    /// [`CallError`].
    fn devices(&self, to: &Target, by: &Signer) -> Result<Answered<Vec<EnabledDevice>>, CallError>;

    /// iam:CreateVirtualMFADevice.
    ///
    /// # Errors
    /// [`CallError`].
    fn create_device(
        &self,
        to: &Target,
        by: &Signer,
        name: &str,
    ) -> Result<Answered<NewDevice>, CallError>;

    /// iam:EnableMFADevice with two consecutive codes.
    ///
    /// # Errors
    /// [`CallError`].
    fn enable_device(
        &self,
        to: &Target,
        by: &Signer,
        user: &str,
        device: &SerialNumber,
        codes: &[TokenCode; 2],
    ) -> Result<Answered<()>, CallError>;

    /// iam:ResyncMFADevice with two consecutive codes.
    ///
    /// # Errors
    /// [`CallError`].
    fn resync_device(
        &self,
        to: &Target,
        by: &Signer,
        user: &str,
        device: &SerialNumber,
        codes: &[TokenCode; 2],
    ) -> Result<Answered<()>, CallError>;

    /// iam:DeactivateMFADevice: the device is nobody's afterwards.
    ///
    /// # Errors
    /// [`CallError`].
    fn deactivate_device(
        &self,
        to: &Target,
        by: &Signer,
        user: &str,
        serial_number: &str,
    ) -> Result<Answered<()>, CallError>;

    /// iam:DeleteVirtualMFADevice of a device that is nobody's.
    ///
    /// # Errors
    /// [`CallError`].
    fn delete_device(
        &self,
        to: &Target,
        by: &Signer,
        serial_number: &str,
    ) -> Result<Answered<()>, CallError>;

    /// iam:ListAccessKeys of the caller.
    ///
    /// # Errors
    /// [`CallError`].
    fn keys(&self, to: &Target, by: &Signer) -> Result<Answered<Vec<AccessKey>>, CallError>;

    /// iam:CreateAccessKey for the caller. AWS shows the secret only this once.
    ///
    /// # Errors
    /// [`CallError`].
    fn create_key(&self, to: &Target, by: &Signer) -> Result<Answered<Keys>, CallError>;

    /// iam:UpdateAccessKey: a key of the caller can sign, or cannot.
    ///
    /// # Errors
    /// [`CallError`].
    fn set_key_status(
        &self,
        to: &Target,
        by: &Signer,
        id: &AccessKeyId,
        status: KeyStatus,
    ) -> Result<Answered<()>, CallError>;

    /// iam:DeleteAccessKey of the caller.
    ///
    /// # Errors
    /// [`CallError`].
    fn delete_key(
        &self,
        to: &Target,
        by: &Signer,
        id: &AccessKeyId,
    ) -> Result<Answered<()>, CallError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_name_is_the_end_of_its_arn() {
        let name = |arn: &str| {
            let account = "111122223333".to_owned();
            let arn = arn.to_owned();
            let name = CallerIdentity { account, arn };
            name.user_name().map(str::to_owned)
        };
        assert_eq!(name("arn:aws:iam::111122223333:user/a").unwrap(), "a");
        assert_eq!(
            name("arn:aws-cn:iam::111122223333:user/team/sub/a@b").unwrap(),
            "a@b"
        );
        for other in [
            "arn:aws:iam::111122223333:root",
            "arn:aws:sts::111122223333:assumed-role/r/s",
            "arn:aws:iam::111122223333:user/",
            "user/a",
        ] {
            assert_eq!(name(other), None, "{other}");
        }
    }
}
