//! Users, groups and roles: found by unique ID, or by name in any letter case; their names and ARNs.

use time::UtcDateTime;

use super::Account;
use super::records::{Identity, Kind, Records, Tags};
use crate::sandbox::fault::Fault;
use crate::sandbox::stored::whole_second;

/// A user, group or role that is to be created.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct NewIdentity<'a> {
    pub(in crate::sandbox) name: &'a str,
    pub(in crate::sandbox) path: &'a str,
    pub(in crate::sandbox) tags: Tags,
    pub(in crate::sandbox) boundary: Option<&'a str>,
}

impl<'a> NewIdentity<'a> {
    /// One with this name under the path `/`, without tags and boundary.
    pub(in crate::sandbox) fn named(name: &'a str) -> Self {
        Self {
            name,
            path: "/",
            tags: Tags::default(),
            boundary: None,
        }
    }

    pub(super) fn identity(&self, now: UtcDateTime) -> Identity {
        Identity {
            tags: self.tags.clone(),
            boundary: self.boundary.map(str::to_owned),
            ..Identity::new(self.name, self.path, whole_second(now))
        }
    }
}

impl Account {
    /// Changes the name or path of a user, group or role.
    ///
    /// # Errors
    /// `EntityAlreadyExists`.
    pub(in crate::sandbox) fn rename(
        &mut self,
        kind: Kind,
        id: &str,
        name: Option<&str>,
        path: Option<&str>,
    ) -> Result<(), Fault> {
        if let Some(name) = name {
            self.records.check_name_is_free(kind, name, Some(id))?;
        }
        if let Some(identity) = self.records.identity_mut(kind, id) {
            if let Some(name) = name {
                name.clone_into(&mut identity.name);
            }
            if let Some(path) = path {
                path.clone_into(&mut identity.path);
            }
        }
        Ok(())
    }
}

impl Records {
    /// All identities of a kind, with their unique IDs.
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

    /// An identity by name, in any letter case: its unique ID and its record.
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

    /// Checks that no identity of the kind has this name in any letter case. `but` may have it.
    ///
    /// # Errors
    /// `EntityAlreadyExists`.
    pub(super) fn check_name_is_free(
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

    /// The ARN of a user, group or role with this path and name, whether it exists or not.
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

    /// The ARN of an existing user, group or role.
    pub(in crate::sandbox) fn arn_of(&self, kind: Kind, identity: &Identity) -> String {
        self.arn(kind, &identity.path, &identity.name)
    }

    /// An ARN of STS in this account.
    pub(in crate::sandbox) fn sts_arn(&self, resource: &str) -> String {
        format!("arn:{}:sts::{}:{resource}", self.partition, self.account_id)
    }
}
