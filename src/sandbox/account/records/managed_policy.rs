//! The record of a managed policy and its versions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::identity::Tags;
use super::stored_policy::StoredPolicy;
use crate::sandbox::stored::{self, whole_second};

/// A managed policy of AWS or of the customer; it is stored under its ARN.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct ManagedPolicy {
    pub(in crate::sandbox) id: String,
    pub(in crate::sandbox) name: String,
    /// Begins and ends with `/`.
    pub(in crate::sandbox) path: String,
    pub(in crate::sandbox) description: Option<String>,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) create_date: UtcDateTime,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) update_date: UtcDateTime,
    pub(in crate::sandbox) tags: Tags,
    /// The versions by number: `v1` is 1.
    pub(in crate::sandbox) versions: BTreeMap<u32, PolicyVersion>,
    pub(in crate::sandbox) default_version: u32,
    /// The last number that was assigned. A number is never assigned twice.
    pub(in crate::sandbox) last_version: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct PolicyVersion {
    pub(in crate::sandbox) document: StoredPolicy,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) create_date: UtcDateTime,
}

impl ManagedPolicy {
    /// A policy with one version.
    pub(in crate::sandbox::account) fn new(
        id: String,
        name: &str,
        document: StoredPolicy,
        now: UtcDateTime,
    ) -> Self {
        let create_date = whole_second(now);
        let first = PolicyVersion {
            document,
            create_date,
        };
        Self {
            id,
            name: name.to_owned(),
            path: "/".to_owned(),
            description: None,
            create_date,
            update_date: create_date,
            tags: Tags::default(),
            versions: BTreeMap::from([(1, first)]),
            default_version: 1,
            last_version: 1,
        }
    }

    /// Replaces all versions by one, which has a new number unless its text is that of the only version.
    pub(in crate::sandbox::account) fn replace(
        &mut self,
        document: StoredPolicy,
        now: UtcDateTime,
    ) {
        let same = self.document().is_some_and(|d| d.text() == document.text());
        if same && self.versions.len() == 1 {
            return;
        }
        let create_date = whole_second(now);
        self.last_version += 1;
        self.default_version = self.last_version;
        self.update_date = create_date;
        let only = PolicyVersion {
            document,
            create_date,
        };
        self.versions = BTreeMap::from([(self.last_version, only)]);
    }

    /// The document of the default version.
    pub(in crate::sandbox) fn document(&self) -> Option<&StoredPolicy> {
        let version = self.versions.get(&self.default_version)?;
        Some(&version.document)
    }
}
