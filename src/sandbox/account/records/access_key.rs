//! The record of a long-term access key.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use crate::sandbox::stored;

/// A long-term access key; it is stored under its access key ID.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct AccessKey {
    /// The unique ID of the user.
    pub(in crate::sandbox) user: String,
    #[serde(with = "stored::secret")]
    pub(in crate::sandbox) secret: SecretString,
    pub(in crate::sandbox) status: Status,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) create_date: UtcDateTime,
    pub(in crate::sandbox) last_used: Option<Use>,
}

/// Whether a key can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) enum Status {
    Active,
    Inactive,
}

impl Status {
    pub(in crate::sandbox) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
        }
    }
}

/// The last use of a key or a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Use {
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) date: UtcDateTime,
    pub(in crate::sandbox) service: String,
    pub(in crate::sandbox) region: String,
}
