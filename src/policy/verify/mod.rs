//! Verifies what policies leave possible without MFA: every action of the catalogue at each state of MFA, and the known ways past
//! MFA.
//!
//! Every result is a decision of the evaluator. What no policy can prevent is listed in the limits.

mod attached;
mod caller;
mod covers;
mod guards;
mod paths;
mod remedies;
mod sample_user;
mod states;
#[cfg(test)]
mod tests;
mod verification;

pub use attached::{Attached, VerifyError, partition_of};
pub use guards::{Because, Passed};
pub use paths::{About, Device, Path, Step};
pub use states::ByState;
pub use verification::{Assumed, LIMITS, OpenAction, OpenService, Remedy, Verification};

pub(super) use attached::statement_name;
pub(super) use sample_user::SampleUser;

use super::catalog::Catalog;
use super::evaluate::Outcome;
use super::generate::statements::SEED_EXCEPTIONS;
use super::pattern::ActionPattern;
use remedies::remedies;

/// What is expected to be possible without MFA besides the exceptions of the seed: looking at one's own device.
const EXPECTED: [&str; 1] = ["iam:GetMFADevice"];

/// This call succeeds under any policy; the limits mention it.
const CALLER_IDENTITY: &str = "sts:GetCallerIdentity";

/// Verifies the documents for users of this partition.
///
/// # Errors
/// [`VerifyError`].
pub fn verify(attached: &Attached, partition: &str) -> Result<Verification, VerifyError> {
    let user = SampleUser::new(attached, partition)?;
    let expected: Vec<ActionPattern> = SEED_EXCEPTIONS
        .into_iter()
        .chain(EXPECTED)
        .chain(attached.expected.iter().map(String::as_str))
        .map(ActionPattern::new)
        .collect();
    let mut result = Verification {
        judged: 0,
        stand_ins: 0,
        possible: ByState::default(),
        locked_out: false,
        assumed: Assumed {
            allow: user.assumed_allow,
            full_access: user.assumed_full_access,
            free_keys: user.free_keys.clone(),
        },
        expected: Vec::new(),
        unexpected: Vec::new(),
        paths: paths::all(&user),
        remedies: Vec::new(),
        limits: LIMITS.to_vec(),
    };
    let mut opened_by_mfa = 0;
    each_service(|service, actions| {
        let mut unexpected = Vec::new();
        for (action, future) in actions {
            result.judged += 1;
            result.stand_ins += usize::from(*future);
            let possible = user.possible(action);
            result.possible.count(possible);
            opened_by_mfa +=
                usize::from(possible.with && !expected.iter().any(|e| e.matches(action)));
            if !possible.absent && !possible.without {
                continue;
            }
            let open = OpenAction {
                action: (*action).to_owned(),
                absent: possible.absent,
                without: possible.without,
                future: *future,
            };
            if expected.iter().any(|e| e.matches(action)) {
                result.expected.push(open);
            } else {
                unexpected.push(open);
            }
        }
        if !unexpected.is_empty() {
            result.unexpected.push(OpenService {
                service: service.to_owned(),
                of: actions.len(),
                actions: unexpected,
            });
        }
    });
    result.locked_out = is_locked_out(&user, &result, opened_by_mfa);
    user.check()?;
    if result.is_open() {
        result.remedies = remedies(attached, partition, &result);
    }
    Ok(result)
}

/// Whether nothing is possible with MFA: at most sts:GetSessionToken, which needs no permission, or what a Deny of nearly everything
/// leaves for callers without MFA.
fn is_locked_out(user: &SampleUser, result: &Verification, opened_by_mfa: usize) -> bool {
    let is_denied = || user.outcomes(STRANGERS_ACTION).with == Outcome::ExplicitDeny;
    result.possible.with <= 1 || (opened_by_mfa == 0 && is_denied())
}

/// An action of a service that AWS may add.
const STRANGERS_ACTION: &str = "service-of-the-future:Action";

/// The catalogue's services with their actions, each with a stand-in for the unknown ones of the service, and an unknown service.
fn each_service(mut visit: impl FnMut(&str, &[(&str, bool)])) {
    for service in Catalog::embedded().services() {
        let future = format!("{}:ActionOfTheFuture", service.prefix);
        let actions: Vec<(&str, bool)> = (service.actions.iter())
            .map(|a| (a.as_str(), false))
            .filter(|(action, _)| *action != CALLER_IDENTITY)
            .chain([(future.as_str(), true)])
            .collect();
        visit(service.prefix, &actions);
    }
    let stranger = STRANGERS_ACTION.split(':').next().unwrap_or_default();
    visit(stranger, &[(STRANGERS_ACTION, true)]);
}

/// Counts the actions of the catalogue that are possible at each state of MFA.
pub(super) fn count(user: &SampleUser) -> ByState<usize> {
    let mut count = ByState::default();
    each_service(|_, actions| {
        for (action, _) in actions {
            count.count(user.possible(action));
        }
    });
    count
}

/// The ways past MFA.
pub(super) fn ways(user: &SampleUser) -> Vec<Path> {
    paths::all(user)
}

/// Finds the ways past MFA only, without evaluating the actions of the catalogue.
///
/// # Errors
/// [`VerifyError`].
pub fn paths(attached: &Attached, partition: &str) -> Result<Vec<Path>, VerifyError> {
    let user = SampleUser::new(attached, partition)?;
    let paths = paths::all(&user);
    user.check()?;
    Ok(paths)
}
