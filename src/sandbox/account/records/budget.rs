//! The record of the verifications that a device has spent.

use serde::{Deserialize, Serialize};

/// The verifications that were used in one window of three minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Budget {
    /// The number of the window since the epoch.
    pub(in crate::sandbox) window: i64,
    pub(in crate::sandbox) spent: u32,
}
