//! What users, groups and roles have in common: a name that is found in any letter case, a path, tags and policies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::documents::StoredPolicy;
use super::records::Records;
pub(in crate::sandbox) use crate::account::IdentityKind as Kind;
use crate::sandbox::fault::Fault;
use crate::sandbox::stored;

/// Tags in the order in which they were set. Keys are told apart without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::sandbox) struct Tags(Vec<(String, String)>);

impl Tags {
    /// The most that one resource can have.
    pub(in crate::sandbox) const MOST: usize = 50;

    pub(in crate::sandbox) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// In bytes.
    pub(super) fn weight(&self) -> usize {
        self.0
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum()
    }

    pub(in crate::sandbox) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets tags; a key that is there takes the new spelling and value.
    ///
    /// # Errors
    /// `LimitExceeded` past [`Tags::MOST`]; nothing is set then.
    pub(in crate::sandbox) fn set(&mut self, tags: &[(String, String)]) -> Result<(), Fault> {
        let mut after = self.0.clone();
        for (key, value) in tags {
            let there = after.iter_mut().find(|(k, _)| k.eq_ignore_ascii_case(key));
            match there {
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

/// The common part.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Identity {
    pub(in crate::sandbox) name: String,
    /// Begins and ends with `/`.
    pub(in crate::sandbox) path: String,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) create_date: UtcDateTime,
    /// Groups have none.
    pub(in crate::sandbox) tags: Tags,
    /// The ARN of the policy that is the permissions boundary; groups have none.
    pub(in crate::sandbox) boundary: Option<String>,
    /// By policy name.
    pub(in crate::sandbox) inline: BTreeMap<String, StoredPolicy>,
    /// ARNs of managed policies in the order in which they were attached.
    pub(in crate::sandbox) attached: Vec<String>,
}

impl Identity {
    /// One without policies.
    pub(super) fn new(name: &str, path: &str, create_date: UtcDateTime) -> Self {
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

    /// An inline policy by name, found in any letter case.
    pub(in crate::sandbox) fn inline_named(&self, name: &str) -> Option<(&str, &StoredPolicy)> {
        self.inline
            .iter()
            .find(|(there, _)| there.eq_ignore_ascii_case(name))
            .map(|(name, policy)| (name.as_str(), policy))
    }

    /// What still has to go before the holder can be deleted.
    pub(super) fn check_no_policies(&self) -> Result<(), Fault> {
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

impl Records {
    /// All of a kind by their ids.
    pub(in crate::sandbox) fn identities(
        &self,
        kind: Kind,
    ) -> Box<dyn Iterator<Item = (&str, &Identity)> + '_> {
        match kind {
            Kind::User => Box::new(self.users.iter().map(|(id, u)| (id.as_str(), &u.identity))),
            Kind::Group => Box::new(self.groups.iter().map(|(id, g)| (id.as_str(), &g.identity))),
            Kind::Role => Box::new(self.roles.iter().map(|(id, r)| (id.as_str(), &r.identity))),
        }
    }

    pub(in crate::sandbox) fn identity(&self, kind: Kind, id: &str) -> Option<&Identity> {
        match kind {
            Kind::User => self.users.get(id).map(|u| &u.identity),
            Kind::Group => self.groups.get(id).map(|g| &g.identity),
            Kind::Role => self.roles.get(id).map(|r| &r.identity),
        }
    }

    pub(in crate::sandbox) fn identity_mut(
        &mut self,
        kind: Kind,
        id: &str,
    ) -> Option<&mut Identity> {
        match kind {
            Kind::User => self.users.get_mut(id).map(|u| &mut u.identity),
            Kind::Group => self.groups.get_mut(id).map(|g| &mut g.identity),
            Kind::Role => self.roles.get_mut(id).map(|r| &mut r.identity),
        }
    }

    /// One of a kind by name, found in any letter case: its id and what it is.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub(in crate::sandbox) fn named(
        &self,
        kind: Kind,
        name: &str,
    ) -> Result<(&str, &Identity), Fault> {
        self.identities(kind)
            .find(|(_, identity)| identity.name.eq_ignore_ascii_case(name))
            .ok_or_else(|| {
                Fault::no_such_entity(format!(
                    "The {} with name {name} cannot be found.",
                    kind.word()
                ))
            })
    }

    /// Sees that a name is free, in any letter case, but for the one that already bears it.
    ///
    /// # Errors
    /// `EntityAlreadyExists`.
    pub(super) fn check_free(
        &self,
        kind: Kind,
        name: &str,
        but: Option<&str>,
    ) -> Result<(), Fault> {
        match self.named(kind, name) {
            Ok((id, _)) if Some(id) != but => Err(Fault::already_exists(format!(
                "{} with name {name} already exists.",
                kind.title()
            ))),
            _ => Ok(()),
        }
    }

    /// The ARN of a user, group or role, there or to be.
    pub(in crate::sandbox) fn arn(&self, kind: Kind, path: &str, name: &str) -> String {
        let Self {
            partition,
            account_id,
            ..
        } = self;
        format!(
            "arn:{partition}:iam::{account_id}:{}{path}{name}",
            kind.word()
        )
    }

    /// The ARN of one that is there.
    pub(in crate::sandbox) fn arn_of(&self, kind: Kind, identity: &Identity) -> String {
        self.arn(kind, &identity.path, &identity.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_apart_without_regard_to_case() {
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
        assert_eq!(tags.iter().count(), 2, "nothing of it was set");
        tags.remove(&["OTHER".to_owned()]);
        assert_eq!(tags.iter().collect::<Vec<_>>(), [("team", "c")]);
    }
}
