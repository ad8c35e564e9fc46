//! A caller as the policy engine sees it: who it is, what is known of it, and every policy that bears on it.

use std::sync::{Arc, OnceLock};

use time::UtcDateTime;

use super::{Account, Caller};
use crate::policy::caller;
use crate::policy::context::Mfa;
use crate::policy::document::parse;
use crate::policy::evaluate::{Named, Policy, PolicySet};

/// What a user may do to whom no policy is attached on purpose: everything.
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"AllowEverything","Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// What the request context tells of a caller beside what follows from its ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Facts {
    /// Absent for long-term keys and for roles, false or true for a user's sessions.
    pub(in crate::sandbox) mfa: Mfa,
    /// When the temporary credentials were issued.
    pub(in crate::sandbox) token_issued: Option<UtcDateTime>,
    /// The tags of the user or role, and of its session, as `aws:PrincipalTag/KEY` tells them.
    pub(in crate::sandbox) tags: Vec<(String, String)>,
}

impl Account {
    /// The caller for the policy engine, with its unique id.
    pub(in crate::sandbox) fn principal(&self, caller: &Caller) -> caller::Caller {
        let mut principal =
            caller::Caller::from_arn(&caller.arn).unwrap_or_else(|_| caller::Caller::unknown());
        let user = self.records.users.get(&caller.user);
        principal.id = user.map(|_| caller.user.clone());
        principal
    }

    /// What is known of the caller at this moment.
    #[expect(
        clippy::unused_self,
        reason = "the account's records tell the tags, once it has them"
    )]
    pub(in crate::sandbox) fn facts(&self, caller: &Caller, now: UtcDateTime) -> Facts {
        let mfa = match caller.session.as_ref().map(|session| &session.mfa) {
            None => Mfa::Absent,
            Some(None) => Mfa::False,
            Some(Some(mfa)) => Mfa::True {
                age: (now - mfa.authenticated)
                    .whole_seconds()
                    .max(0)
                    .unsigned_abs(),
            },
        };
        Facts {
            mfa,
            token_issued: caller.session.as_ref().map(|session| session.issued),
            tags: Vec::new(),
        }
    }

    /// All policies that are attached to the caller: its own, its groups', the boundary, the session's.
    pub(in crate::sandbox) fn policy_set(&self, caller: &Caller) -> PolicySet {
        let user = self.records.users.get(&caller.user);
        PolicySet {
            identity: user.and_then(|_| everything()).into_iter().collect(),
            ..PolicySet::default()
        }
    }
}

fn everything() -> Option<Named> {
    static POLICY: OnceLock<Option<Arc<Policy>>> = OnceLock::new();
    let policy = POLICY.get_or_init(|| {
        let document = parse(EVERYTHING).ok()?;
        Policy::new(document).ok().map(Arc::new)
    });
    policy.clone().map(|policy| Named {
        name: "AllowEverything".to_owned(),
        policy,
    })
}
