//! Users: who they are, and what has to go before they can.

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::identity::{Identity, Kind, Tags};
use super::records::Records;
use super::{Account, ids, quotas, whole_second};
use crate::sandbox::fault::Fault;
use crate::sandbox::stored;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct User {
    pub(in crate::sandbox) identity: Identity,
    pub(in crate::sandbox) password: Option<Password>,
}

/// For the console, which the sandbox does not have: it is only ever compared.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Password {
    /// Made with the account's own key.
    hash: String,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) create_date: UtcDateTime,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) changed: UtcDateTime,
    pub(in crate::sandbox) reset_required: bool,
}

/// A user, group or role to be made.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct New<'a> {
    pub(in crate::sandbox) name: &'a str,
    pub(in crate::sandbox) path: &'a str,
    pub(in crate::sandbox) tags: Tags,
    pub(in crate::sandbox) boundary: Option<&'a str>,
}

impl<'a> New<'a> {
    /// Under the path `/`, without tags and boundary.
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
    /// Makes a user and returns its id.
    ///
    /// # Errors
    /// `EntityAlreadyExists`, `NoSuchEntity` for the boundary, `LimitExceeded`.
    pub(in crate::sandbox) fn create_user(
        &mut self,
        new: &New<'_>,
        now: UtcDateTime,
    ) -> Result<String, Fault> {
        self.records.check_free(Kind::User, new.name, None)?;
        self.records.check_boundary(new.boundary)?;
        quotas::check_room(self.records.users.len(), quotas::USERS, "UsersPerAccount")?;
        self.records.check_weight()?;
        let id = ids::unique_id(&mut self.rng, "AIDA");
        let user = User {
            identity: new.identity(now),
            password: None,
        };
        self.records.users.insert(id.clone(), user);
        Ok(id)
    }

    /// Gives a user, group or role another name or path.
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
            self.records.check_free(kind, name, Some(id))?;
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

    /// Deletes a user who has nothing any more.
    ///
    /// # Errors
    /// `DeleteConflict` says what the user still has.
    pub(in crate::sandbox) fn delete_user(&mut self, id: &str) -> Result<(), Fault> {
        self.records.check_user_is_bare(id)?;
        self.records.users.remove(id);
        Ok(())
    }
}

impl Records {
    fn check_user_is_bare(&self, id: &str) -> Result<(), Fault> {
        let Some(user) = self.users.get(id) else {
            return Ok(());
        };
        let conflict = |what: &str| {
            Err(Fault::delete_conflict(format!(
                "Cannot delete entity, must {what} first."
            )))
        };
        if self.devices_of(id).next().is_some() {
            return conflict("remove tokens from principal");
        }
        if self.keys_of(id).next().is_some() {
            return conflict("delete access keys");
        }
        if user.password.is_some() {
            return conflict("delete login profile");
        }
        if self.groups_of(id).next().is_some() {
            return conflict("remove users from group");
        }
        user.identity.check_no_policies()
    }

    /// Sets a user's password.
    pub(in crate::sandbox) fn set_password(
        &mut self,
        user_id: &str,
        password: &str,
        reset_required: bool,
        now: UtcDateTime,
    ) {
        let hash = self.seal.password(user_id, password);
        let now = whole_second(now);
        if let Some(user) = self.users.get_mut(user_id) {
            let create_date = user.password.as_ref().map_or(now, |p| p.create_date);
            user.password = Some(Password {
                hash,
                create_date,
                changed: now,
                reset_required,
            });
        }
    }

    /// Whether this is the user's password.
    pub(in crate::sandbox) fn is_password(&self, user_id: &str, password: &str) -> bool {
        let there = self.users.get(user_id).and_then(|u| u.password.as_ref());
        there.is_some_and(|p| p.hash == self.seal.password(user_id, password))
    }
}
