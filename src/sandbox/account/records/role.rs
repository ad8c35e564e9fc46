//! The record of a role.

use serde::{Deserialize, Serialize};

use super::access_key::Use;
use super::identity::Identity;
use super::stored_policy::StoredPolicy;

/// A role; it is stored under its unique ID.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Role {
    pub(in crate::sandbox) identity: Identity,
    pub(in crate::sandbox) trust: StoredPolicy,
    pub(in crate::sandbox) description: Option<String>,
    /// The longest duration of a session, in seconds.
    pub(in crate::sandbox) max_session_seconds: i32,
    pub(in crate::sandbox) last_used: Option<Use>,
}

impl Role {
    /// The default of `max_session_seconds`: one hour.
    pub(in crate::sandbox) const DEFAULT_SESSION_SECONDS: i32 = 3_600;
}
