//! The record of a user.

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::identity::Identity;
use crate::sandbox::stored;

/// A user; it is stored under its unique ID.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct User {
    pub(in crate::sandbox) identity: Identity,
    pub(in crate::sandbox) password: Option<Password>,
}

/// A console password. The sandbox has no console, so the password is only compared.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Password {
    /// A keyed hash of the password.
    pub(in crate::sandbox::account) hash: String,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) create_date: UtcDateTime,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) changed: UtcDateTime,
    pub(in crate::sandbox) reset_required: bool,
}
