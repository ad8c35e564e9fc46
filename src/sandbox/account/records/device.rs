//! The record of a virtual MFA device.

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::identity::Tags;
use crate::sandbox::stored;
use crate::totp::DeviceSecret;

/// A virtual MFA device.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Device {
    /// Distinguishes the device from earlier ones with the same serial number.
    pub(in crate::sandbox) incarnation: u64,
    pub(in crate::sandbox) secret: DeviceSecret,
    pub(in crate::sandbox) tags: Tags,
    /// The user for whom the device is enabled.
    pub(in crate::sandbox) assignment: Option<Assignment>,
    /// How many steps the device's clock is ahead of the account's.
    pub(in crate::sandbox) clock_offset: i64,
    /// The second step of the last accepted pair.
    pub(in crate::sandbox) last_pair: Option<i64>,
}

/// The user for whom a device is enabled, and since when.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Assignment {
    /// The unique ID of the user.
    pub(in crate::sandbox) user: String,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) enable_date: UtcDateTime,
}
