//! The policies of users, groups and roles: attached, inline, and as permissions boundaries.

use super::quotas;
use super::records::{Identity, Kind, Records, StoredPolicy};
use crate::policy::generate;
use crate::sandbox::fault::Fault;

/// How a managed policy is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Usage {
    Attached,
    Boundary,
}

impl Records {
    /// Checks that a policy that is to be attached or to become a boundary exists.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub(in crate::sandbox) fn check_attachable(&self, arn: &str) -> Result<(), Fault> {
        if self.policies.contains_key(arn) {
            Ok(())
        } else {
            Err(not_attachable(arn))
        }
    }

    /// Checks that a permissions boundary exists, if there is one.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub(in crate::sandbox) fn check_boundary(&self, arn: Option<&str>) -> Result<(), Fault> {
        arn.map_or(Ok(()), |arn| self.check_attachable(arn))
    }

    /// The identities that use a policy in this way.
    pub(in crate::sandbox) fn holders(
        &self,
        arn: &str,
        usage: Usage,
    ) -> impl Iterator<Item = (Kind, &str, &Identity)> {
        Kind::ALL
            .into_iter()
            .flat_map(|kind| {
                self.identities(kind)
                    .map(move |(id, identity)| (kind, id, identity))
            })
            .filter(move |(_, _, identity)| match usage {
                Usage::Attached => identity.attached.iter().any(|a| a == arn),
                Usage::Boundary => identity.boundary.as_deref() == Some(arn),
            })
    }

    /// Attaches a policy. A policy that is attached already stays attached.
    ///
    /// # Errors
    /// `NoSuchEntity`, `LimitExceeded` if ten policies are attached already.
    pub(in crate::sandbox) fn attach(
        &mut self,
        kind: Kind,
        id: &str,
        arn: &str,
    ) -> Result<(), Fault> {
        self.check_attachable(arn)?;
        let Some(identity) = self.identity(kind, id) else {
            return Ok(());
        };
        if identity.attached.iter().any(|a| a == arn) {
            return Ok(());
        }
        quotas::check_quota(
            identity.attached.len(),
            quotas::ATTACHED,
            &format!("PoliciesPer{}", kind.title()),
        )?;
        if let Some(identity) = self.identity_mut(kind, id) {
            identity.attached.push(arn.to_owned());
        }
        Ok(())
    }

    /// Detaches a policy.
    ///
    /// # Errors
    /// `NoSuchEntity` if the policy is not attached.
    pub(in crate::sandbox) fn detach(
        &mut self,
        kind: Kind,
        id: &str,
        arn: &str,
    ) -> Result<(), Fault> {
        let attached = |identity: &Identity| identity.attached.iter().any(|a| a == arn);
        if !self.identity(kind, id).is_some_and(attached) {
            return Err(not_found(arn));
        }
        if let Some(identity) = self.identity_mut(kind, id) {
            identity.attached.retain(|a| a != arn);
        }
        Ok(())
    }

    /// Stores an inline policy, which replaces one with the same name.
    ///
    /// # Errors
    /// `LimitExceeded` if the inline policies of the identity would be too large together.
    pub(in crate::sandbox) fn put_inline(
        &mut self,
        kind: Kind,
        id: &str,
        name: &str,
        document: StoredPolicy,
    ) -> Result<(), Fault> {
        self.check_total_size()?;
        let size = inline_kind(kind);
        let Some(identity) = self.identity_mut(kind, id) else {
            return Ok(());
        };
        let others = (identity.inline.iter())
            .filter(|(existing, _)| !existing.eq_ignore_ascii_case(name))
            .map(|(_, policy)| size.size(policy.text()));
        if others.sum::<usize>() + size.size(document.text()) > size.limit() {
            return Err(Fault::limit_exceeded(format!(
                "Maximum policy size of {} bytes exceeded for {} {}",
                size.limit(),
                kind.word(),
                identity.name
            )));
        }
        identity
            .inline
            .retain(|existing, _| existing == name || !existing.eq_ignore_ascii_case(name));
        identity.inline.insert(name.to_owned(), document);
        Ok(())
    }
}

/// The kind of policy that the inline policies of an identity are, which determines their size limit.
pub(in crate::sandbox) fn inline_kind(kind: Kind) -> generate::Kind {
    match kind {
        Kind::User => generate::Kind::InlineUser,
        Kind::Group => generate::Kind::InlineGroup,
        Kind::Role => generate::Kind::InlineRole,
    }
}

fn not_attachable(arn: &str) -> Fault {
    Fault::no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
}

/// `NoSuchEntity` for a managed policy.
pub(super) fn not_found(arn: &str) -> Fault {
    Fault::no_such_entity(format!("Policy {arn} was not found."))
}
