//! Groups and their members.

use std::collections::BTreeSet;

use time::UtcDateTime;

use super::identities::NewIdentity;
use super::records::{Group, Kind, Records};
use super::{Account, ids, quotas};
use crate::sandbox::fault::Fault;

impl Account {
    /// Creates a group without members, and returns its unique ID.
    ///
    /// # Errors
    /// `EntityAlreadyExists`, `LimitExceeded`.
    pub(in crate::sandbox) fn create_group(
        &mut self,
        new: &NewIdentity<'_>,
        now: UtcDateTime,
    ) -> Result<String, Fault> {
        self.records
            .check_name_is_free(Kind::Group, new.name, None)?;
        quotas::check_quota(
            self.records.groups.len(),
            quotas::GROUPS,
            "GroupsPerAccount",
        )?;
        let id = ids::unique_id(&mut self.rng, "AGPA");
        let group = Group {
            identity: new.identity(now),
            members: BTreeSet::new(),
        };
        self.records.groups.insert(id.clone(), group);
        Ok(id)
    }

    /// Deletes a group that has no members and no policies.
    ///
    /// # Errors
    /// `DeleteConflict`.
    pub(in crate::sandbox) fn delete_group(&mut self, id: &str) -> Result<(), Fault> {
        if let Some(group) = self.records.groups.get(id) {
            if !group.members.is_empty() {
                return Err(Fault::delete_conflict(
                    "Cannot delete entity, must remove users from group first.",
                ));
            }
            group.identity.check_no_policies()?;
        }
        self.records.groups.remove(id);
        Ok(())
    }

    /// Makes a user a member. A user who is a member already stays one.
    ///
    /// # Errors
    /// `LimitExceeded` if the user is in ten groups already.
    pub(in crate::sandbox) fn add_member(&mut self, group: &str, user: &str) -> Result<(), Fault> {
        let is_member = |g: &Group| g.members.contains(user);
        if self.records.groups.get(group).is_some_and(is_member) {
            return Ok(());
        }
        quotas::check_quota(
            self.records.groups_of(user).count(),
            quotas::GROUPS_PER_USER,
            "GroupsPerUser",
        )?;
        if let Some(group) = self.records.groups.get_mut(group) {
            group.members.insert(user.to_owned());
        }
        Ok(())
    }
}

impl Records {
    /// The groups of which a user is a member, with their unique IDs.
    pub(in crate::sandbox) fn groups_of(
        &self,
        user_id: &str,
    ) -> impl Iterator<Item = (&str, &Group)> {
        self.groups
            .iter()
            .filter(move |(_, group)| group.members.contains(user_id))
            .map(|(id, group)| (id.as_str(), group))
    }
}
