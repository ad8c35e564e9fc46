//! The record of a group.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::identity::Identity;

/// A group; it is stored under its unique ID.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Group {
    pub(in crate::sandbox) identity: Identity,
    /// The unique IDs of the members.
    pub(in crate::sandbox) members: BTreeSet<String>,
}
