//! Users and their passwords.

use time::UtcDateTime;

use super::identities::NewIdentity;
use super::records::{Kind, Password, Records, User};
use super::{Account, ids, quotas};
use crate::sandbox::fault::Fault;
use crate::sandbox::stored::whole_second;

impl Account {
    /// Creates a user, and returns its unique ID.
    ///
    /// # Errors
    /// `EntityAlreadyExists`, `NoSuchEntity` for the boundary, `LimitExceeded`.
    pub(in crate::sandbox) fn create_user(
        &mut self,
        new: &NewIdentity<'_>,
        now: UtcDateTime,
    ) -> Result<String, Fault> {
        self.records
            .check_name_is_free(Kind::User, new.name, None)?;
        self.records.check_boundary(new.boundary)?;
        quotas::check_quota(self.records.users.len(), quotas::USERS, "UsersPerAccount")?;
        self.records.check_total_size()?;
        let id = ids::unique_id(&mut self.rng, "AIDA");
        let user = User {
            identity: new.identity(now),
            password: None,
        };
        self.records.users.insert(id.clone(), user);
        Ok(id)
    }

    /// Deletes a user who has no keys, devices, password, groups or policies.
    ///
    /// # Errors
    /// `DeleteConflict` names what the user still has.
    pub(in crate::sandbox) fn delete_user(&mut self, id: &str) -> Result<(), Fault> {
        self.records.check_user_has_nothing(id)?;
        self.records.users.remove(id);
        Ok(())
    }
}

impl Records {
    fn check_user_has_nothing(&self, id: &str) -> Result<(), Fault> {
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

    /// Whether this is the password of the user.
    pub(in crate::sandbox) fn is_password(&self, user_id: &str, password: &str) -> bool {
        let existing = self.users.get(user_id).and_then(|u| u.password.as_ref());
        existing.is_some_and(|p| p.hash == self.seal.password(user_id, password))
    }
}
