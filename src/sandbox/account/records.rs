//! What the account is made of, as it is stored.
//!
//! Users are known by their immutable id, never by name: names are found without regard to case and may change.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use crate::sandbox::seal::Seal;
use crate::sandbox::stored;
use crate::sandbox::totp::DeviceSecret;

/// The version of the stored form.
pub(in crate::sandbox) const VERSION: u32 = 1;

/// Everything that outlives the process.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Records {
    pub(in crate::sandbox) version: u32,
    pub(in crate::sandbox) partition: String,
    /// Twelve digits.
    pub(in crate::sandbox) account_id: String,
    /// The user whose key pair and device the sandbox hands out.
    pub(in crate::sandbox) owner: String,
    pub(in crate::sandbox) seal: Seal,
    /// By user id.
    pub(in crate::sandbox) users: BTreeMap<String, User>,
    /// Long-term keys by access key id.
    pub(in crate::sandbox) access_keys: BTreeMap<String, AccessKey>,
    /// By serial number.
    pub(in crate::sandbox) devices: BTreeMap<String, Device>,
    /// By serial number, and apart from the devices: deleting and recreating one does not refresh it.
    pub(in crate::sandbox) budgets: BTreeMap<String, Budget>,
    /// By access key id.
    pub(in crate::sandbox) sessions: BTreeMap<String, Session>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct User {
    pub(in crate::sandbox) name: String,
    /// Begins and ends with `/`.
    pub(in crate::sandbox) path: String,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) create_date: UtcDateTime,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct AccessKey {
    /// The user's id.
    pub(in crate::sandbox) user: String,
    #[serde(with = "stored::secret")]
    pub(in crate::sandbox) secret: SecretString,
    pub(in crate::sandbox) status: Status,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) create_date: UtcDateTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) enum Status {
    Active,
    Inactive,
}

/// A virtual MFA device.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Device {
    pub(in crate::sandbox) secret: DeviceSecret,
    /// Whose it is, and since when.
    pub(in crate::sandbox) assignment: Option<Assignment>,
    /// Steps by which the device's clock is ahead of the account's.
    pub(in crate::sandbox) clock_offset: i64,
    /// The steps whose codes STS has taken.
    pub(in crate::sandbox) used_steps: BTreeSet<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Assignment {
    /// The user's id.
    pub(in crate::sandbox) user: String,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) enable_date: UtcDateTime,
}

/// Verifications spent in one window of three minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Budget {
    /// Windows since the epoch.
    pub(in crate::sandbox) window: i64,
    pub(in crate::sandbox) spent: u32,
}

/// A session of sts:GetSessionToken; its secrets are derived, never stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Session {
    /// The user's id.
    pub(in crate::sandbox) user: String,
    pub(in crate::sandbox) mfa: Option<MfaContext>,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) issued: UtcDateTime,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) expiration: UtcDateTime,
}

/// What a session knows of the code that it was made with. It outlives the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MfaContext {
    /// The device.
    pub serial_number: String,
    /// When its code was taken: the start of `aws:MultiFactorAuthAge`.
    #[serde(with = "stored::moment")]
    pub authenticated: UtcDateTime,
}
