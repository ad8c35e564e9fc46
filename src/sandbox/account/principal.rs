//! A caller in the form that the policy engine reads: the principal, its facts, and all policies that apply to it.

use std::sync::Arc;

use time::UtcDateTime;

use super::Account;
use super::caller::Caller;
use super::records::{Identity, Kind, Session, SessionOf, Tags};
use crate::policy::caller;
use crate::policy::context::Mfa;
use crate::policy::document::Document;
use crate::policy::evaluate::{Named, Policy, PolicySet};

/// The facts of a caller that condition keys show and that do not follow from its ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Facts {
    /// Absent for long-term keys and roles; false or true for the sessions of users.
    pub(in crate::sandbox) mfa: Mfa,
    /// When the temporary credentials were issued.
    pub(in crate::sandbox) token_issued: Option<UtcDateTime>,
    /// The tags of the user or role and of its session, for `aws:PrincipalTag/KEY`.
    pub(in crate::sandbox) tags: Vec<(String, String)>,
}

impl Account {
    /// The principal with its unique ID.
    pub(in crate::sandbox) fn principal(&self, caller: &Caller) -> caller::Caller {
        let mut principal =
            caller::Caller::from_arn(&caller.arn).unwrap_or_else(|_| caller::Caller::unknown());
        let records = &self.records;
        match caller.session.as_ref().map(|session| &session.of) {
            None | Some(SessionOf::User { .. }) => principal.id = Some(caller.user.clone()),
            Some(SessionOf::Role { id, .. }) => {
                principal.id = Some(id.clone());
                let role = records.identity(Kind::Role, id);
                principal.issuer = role.map(|role| records.arn_of(Kind::Role, role));
            }
            Some(SessionOf::Federated { user, .. }) => {
                let user = records.identity(Kind::User, user);
                principal.issuer = user.map(|user| records.arn_of(Kind::User, user));
            }
        }
        principal
    }

    /// The facts of the caller at this time.
    pub(in crate::sandbox) fn facts(&self, caller: &Caller, now: UtcDateTime) -> Facts {
        let session = caller.session.as_deref();
        let mfa = match session {
            Some(Session {
                of: SessionOf::User { .. },
                mfa,
                ..
            }) => mfa.as_ref().map_or(Mfa::False, |mfa| Mfa::True {
                age: (now - mfa.authenticated)
                    .whole_seconds()
                    .max(0)
                    .unsigned_abs(),
            }),
            // Long-term keys and the sessions of roles and federated users do not have the key.
            _ => Mfa::Absent,
        };
        let own = (self.identity_of(caller)).map(|(_, identity)| &identity.tags);
        let tags = (own.into_iter().chain(session.map(|s| &s.tags)))
            .flat_map(Tags::iter)
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        Facts {
            mfa,
            token_issued: session.map(|session| session.issued),
            tags,
        }
    }

    /// All policies that apply to the caller: its own, those of its groups, its boundary, and its session policies.
    pub(in crate::sandbox) fn policy_set(&self, caller: &Caller) -> PolicySet {
        let mut set = PolicySet::default();
        if let Some((kind, identity)) = self.identity_of(caller) {
            set.identity.extend(self.policies_of(kind, identity));
            for (_, group) in self.records.groups_of(&caller.user) {
                set.identity
                    .extend(self.policies_of(Kind::Group, &group.identity));
            }
            set.boundary
                .extend((identity.boundary.as_deref()).and_then(|arn| self.managed(arn)));
        }
        if let Some(session) = caller.session.as_deref() {
            let documents = session.policies.iter().map(|p| p.named("session policy"));
            let by_arn = session
                .policy_arns
                .iter()
                .filter_map(|arn| self.managed(arn));
            set.session.extend(documents.chain(by_arn));
            let federated = matches!(session.of, SessionOf::Federated { .. });
            // A federated user without session policies has no permissions.
            if federated && set.session.is_empty() {
                set.session.extend(empty("no session policy"));
            }
        }
        set
    }

    /// The user or role whose policies apply to the caller.
    fn identity_of(&self, caller: &Caller) -> Option<(Kind, &Identity)> {
        let kind = match caller.session.as_ref().map(|session| &session.of) {
            Some(SessionOf::Role { .. }) => Kind::Role,
            _ => Kind::User,
        };
        let identity = self.records.identity(kind, &caller.user)?;
        Some((kind, identity))
    }

    /// The policies of a user, group or role, inline ones first.
    pub(in crate::sandbox) fn policies_of<'a>(
        &'a self,
        kind: Kind,
        identity: &'a Identity,
    ) -> impl Iterator<Item = Named> + 'a {
        let inline = identity.inline.iter().map(move |(name, policy)| {
            policy.named(format!("{name} of {} {}", kind.word(), identity.name))
        });
        let attached = identity.attached.iter().filter_map(|arn| self.managed(arn));
        inline.chain(attached)
    }

    /// A policy without statements, which neither allows nor denies anything.
    pub(in crate::sandbox) fn empty_policy(name: &str) -> Option<Named> {
        empty(name)
    }

    /// A managed policy. One that has been deleted allows nothing.
    fn managed(&self, arn: &str) -> Option<Named> {
        let existing = self.records.policies.get(arn).and_then(|p| p.document());
        existing.map_or_else(|| empty(arn), |document| Some(document.named(arn)))
    }
}

/// A policy with this name and no statements.
fn empty(name: &str) -> Option<Named> {
    let document = Document {
        elements: Vec::new(),
    };
    // INVARIANT: a policy without statements has no unknown operator, so this is never `None`.
    let policy = Policy::new(document).ok()?;
    Some(Named {
        name: name.to_owned(),
        policy: Arc::new(policy),
    })
}
