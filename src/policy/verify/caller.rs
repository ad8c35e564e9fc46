//! The caller for whom policies are verified, at each state of MFA.

use super::attached::Attached;
use super::states::ByState;
use crate::policy::caller::{self, Caller, NotACaller};
use crate::policy::context::{Context, Mfa};
use crate::policy::document::{Principal, PrincipalKind, StatementElement};
use crate::policy::evaluate::Requester;

/// The account and users that stand for all others.
pub(super) const ACCOUNT: &str = "123456789012";
pub(super) const OTHER_ACCOUNT: &str = "210987654321";

/// The calling user; if there is a resource policy, a user that it names.
pub(super) fn caller(attached: &Attached, partition: &str) -> Result<Caller, NotACaller> {
    let principals = (attached.resource.iter())
        .flat_map(|(_, document)| document.statements())
        .flat_map(|statement| &statement.elements)
        .filter_map(|element| match element {
            StatementElement::Principal(Principal::Entries(entries)) => Some(entries),
            _ => None,
        })
        .flatten()
        .filter(|(kind, _)| *kind == PrincipalKind::Aws)
        .flat_map(|(_, names)| names.texts());
    let mut callers = principals.filter_map(|name| {
        let account = name
            .strip_suffix(":root")
            .and_then(|n| n.rsplit(':').next());
        let account = account.unwrap_or(name);
        if caller::is_account(account) {
            Caller::from_arn(&format!("arn:{partition}:iam::{account}:user/caller")).ok()
        } else {
            Caller::from_arn(name).ok()
        }
    });
    match callers.next() {
        Some(caller) => Ok(caller),
        None => Caller::from_arn(&user(partition, "caller")),
    }
}

/// The caller with the context that AWS sends for a direct call.
pub(super) fn requesters(caller: &Caller) -> ByState<Requester> {
    ByState {
        absent: Mfa::Absent,
        without: Mfa::False,
        with: Mfa::True { age: 60 },
    }
    .map(|mfa| {
        let mut context = Context::new()
            .with("aws:userid", "AIDACKCEVSQ6C2EXAMPLE")
            .with("aws:ViaAWSService", "false");
        mfa.apply(&mut context);
        Requester::new(caller.clone(), context)
    })
}

/// The ARN of a user of the account.
pub(super) fn user(partition: &str, name: &str) -> String {
    format!("arn:{partition}:iam::{ACCOUNT}:user/{name}")
}
