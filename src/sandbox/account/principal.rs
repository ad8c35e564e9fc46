//! A caller as the policy engine sees it: who it is, and every policy that bears on it.

use std::sync::{Arc, OnceLock};

use super::{Account, Caller};
use crate::policy::caller;
use crate::policy::document::parse;
use crate::policy::evaluate::{Named, Policy, PolicySet};

/// What a user may do to whom no policy is attached on purpose: everything.
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"AllowEverything","Effect":"Allow","Action":"*","Resource":"*"}]}"#;

impl Account {
    /// The caller for the policy engine, with its unique id.
    pub(in crate::sandbox) fn principal(&self, caller: &Caller) -> caller::Caller {
        let mut principal =
            caller::Caller::from_arn(&caller.arn).unwrap_or_else(|_| caller::Caller::unknown());
        let user = self.records.users.get(&caller.user);
        principal.id = user.map(|_| caller.user.clone());
        principal
    }

    /// The policies that bear on the caller.
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
