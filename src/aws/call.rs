//! The calls that this program makes, as a blocking trait.

use std::time::Duration;

use super::clock::Skew;
use super::error::CallError;
use super::role::RoleArn;
use super::target::Target;
use super::types::{Keys, SerialNumber, SessionCredentials, TokenCode};

/// The parameters of GetSessionToken
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>).
#[derive(Debug, Clone)]
pub struct SessionRequest<'a> {
    /// The device.
    pub serial_number: &'a SerialNumber,
    /// Its code.
    pub token_code: &'a TokenCode,
    /// 900 to 129600 s.
    pub duration_seconds: u32,
}

/// The parameters of AssumeRole
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>).
#[derive(Debug, Clone)]
pub struct RoleRequest<'a> {
    /// The role.
    pub role_arn: &'a RoleArn,
    /// The name of its session.
    pub session_name: &'a str,
    /// What the trust policy may ask for.
    pub external_id: Option<&'a str>,
    /// 900 to 43200 s.
    pub duration_seconds: u32,
}

/// An MFA device that ListMFADevices names
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The serial number or ARN, as AWS gives it.
    pub serial_number: String,
}

/// An answer, with the difference between the clocks.
#[derive(Debug, Clone)]
pub struct Answered<T> {
    /// The answer.
    pub value: T,
    /// This machine's clock, by the Date header.
    pub skew: Skew,
    /// AWS had refused the request's time, and a corrected one was signed.
    pub corrected: bool,
}

/// The calls that this program makes, blocking.
pub trait Aws {
    /// sts:GetSessionToken, one attempt, `limit` at most (20 s in any case).
    ///
    /// # Errors
    /// [`CallError`].
    fn session_token(
        &self,
        target: &Target,
        keys: &Keys,
        request: &SessionRequest<'_>,
        limit: Duration,
    ) -> Result<Answered<SessionCredentials>, CallError>;

    /// sts:AssumeRole with temporary credentials, one attempt, `limit` at most (20 s in any case).
    ///
    /// # Errors
    /// [`CallError`].
    fn assume_role(
        &self,
        target: &Target,
        credentials: &SessionCredentials,
        request: &RoleRequest<'_>,
        limit: Duration,
    ) -> Result<Answered<SessionCredentials>, CallError>;

    /// iam:ListMFADevices of the caller.
    ///
    /// # Errors
    /// [`CallError`].
    fn mfa_devices(
        &self,
        target: &Target,
        keys: &Keys,
        limit: Duration,
    ) -> Result<Answered<Vec<Device>>, CallError>;
}
