//! The record of what users, groups and roles have in common: a name, a path, tags and policies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::stored_policy::StoredPolicy;
pub(in crate::sandbox) use crate::account::IdentityKind as Kind;
use crate::sandbox::fault::Fault;
use crate::sandbox::stored;

/// Tags in the order in which they were set. Keys that differ only in letter case are the same key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::sandbox) struct Tags(Vec<(String, String)>);

impl Tags {
    /// The most tags that one resource can have.
    pub(in crate::sandbox) const MOST: usize = 50;

    pub(in crate::sandbox) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The size in bytes.
    pub(in crate::sandbox::account) fn size(&self) -> usize {
        self.0
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum()
    }

    pub(in crate::sandbox) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets tags. A key that exists gets the new spelling and value.
    ///
    /// # Errors
    /// `LimitExceeded` if there would be more than [`Tags::MOST`]. Nothing is set then.
    pub(in crate::sandbox) fn set(&mut self, tags: &[(String, String)]) -> Result<(), Fault> {
        let mut after = self.0.clone();
        for (key, value) in tags {
            let existing = after.iter_mut().find(|(k, _)| k.eq_ignore_ascii_case(key));
            match existing {
                Some(tag) => *tag = (key.clone(), value.clone()),
                None => after.push((key.clone(), value.clone())),
            }
        }
        if after.len() > Self::MOST {
            return Err(Fault::limit_exceeded(
                "The number of tags has reached the maximum limit.",
            ));
        }
        self.0 = after;
        Ok(())
    }

    pub(in crate::sandbox) fn remove(&mut self, keys: &[String]) {
        self.0
            .retain(|(k, _)| !keys.iter().any(|key| key.eq_ignore_ascii_case(k)));
    }
}

impl From<Vec<(String, String)>> for Tags {
    fn from(tags: Vec<(String, String)>) -> Self {
        Self(tags)
    }
}

/// The common part of users, groups and roles.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Identity {
    pub(in crate::sandbox) name: String,
    /// Begins and ends with `/`.
    pub(in crate::sandbox) path: String,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) create_date: UtcDateTime,
    /// The tags. Groups have none.
    pub(in crate::sandbox) tags: Tags,
    /// The ARN of the permissions boundary. Groups have none.
    pub(in crate::sandbox) boundary: Option<String>,
    /// Inline policies by name.
    pub(in crate::sandbox) inline: BTreeMap<String, StoredPolicy>,
    /// The ARNs of the attached managed policies, in the order in which they were attached.
    pub(in crate::sandbox) attached: Vec<String>,
}

impl Identity {
    /// An identity without policies.
    pub(in crate::sandbox::account) fn new(
        name: &str,
        path: &str,
        create_date: UtcDateTime,
    ) -> Self {
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
            create_date,
            tags: Tags::default(),
            boundary: None,
            inline: BTreeMap::new(),
            attached: Vec::new(),
        }
    }

    /// An inline policy by name, in any letter case.
    pub(in crate::sandbox) fn inline_named(&self, name: &str) -> Option<(&str, &StoredPolicy)> {
        self.inline
            .iter()
            .find(|(existing, _)| existing.eq_ignore_ascii_case(name))
            .map(|(name, policy)| (name.as_str(), policy))
    }

    /// Checks that no policy prevents the deletion.
    ///
    /// # Errors
    /// `DeleteConflict`.
    pub(in crate::sandbox::account) fn check_no_policies(&self) -> Result<(), Fault> {
        if !self.attached.is_empty() {
            return Err(Fault::delete_conflict(
                "Cannot delete entity, must detach all policies first.",
            ));
        }
        if !self.inline.is_empty() {
            return Err(Fault::delete_conflict(
                "Cannot delete entity, must delete policies first.",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_keys_that_differ_only_in_case_are_the_same() {
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        let mut tags = Tags::default();
        tags.set(&[pair("Team", "a"), pair("other", "b")]).unwrap();
        tags.set(&[pair("team", "c")]).unwrap();
        assert_eq!(
            tags.iter().collect::<Vec<_>>(),
            [("team", "c"), ("other", "b")]
        );
        let many: Vec<_> = (0..49).map(|n| pair(&format!("k{n}"), "")).collect();
        assert_eq!(tags.set(&many).unwrap_err().code, "LimitExceeded");
        assert_eq!(tags.iter().count(), 2, "no tag was set");
        tags.remove(&["OTHER".to_owned()]);
        assert_eq!(tags.iter().collect::<Vec<_>>(), [("team", "c")]);
    }
}
