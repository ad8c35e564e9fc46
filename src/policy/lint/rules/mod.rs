//! The rules, one a file.

mod age_if_exists;
mod allow_if_exists;
mod allow_without_mfa;
mod device_lookup_denied;
mod device_named_as_user;
mod device_removal_open;
mod exception_never_allowed;
mod first_enrolment_open;
mod forwarded_calls_denied;
mod identity_without_mfa;
mod inverted;
mod long_term_keys_pass;
mod mixed_partitions;
mod narrowed_guard;
mod new_credentials_open;
mod oauth_token_open;
mod other_users_enrolment_open;
mod password_change;
mod scp_without_user_scope;
mod session_token_denied;
mod sessions_without_mfa_pass;
mod size_and_characters;
mod trust_if_exists;
mod unfit_operator;
mod unknown_name;
mod version_and_variables;

use super::clause::{About, Clause};
use super::guard::{Guard, Place};
use super::restate::restate;
use super::statement::Judged;
use super::view::View;
use super::{Edit, Finding, Fix, Rule, Severity};
use crate::policy::context::{Context, Mfa};
use crate::policy::document::{Scalar, Strings};

/// All rules, by their ids.
pub const RULES: &[&Rule] = &[
    &long_term_keys_pass::RULE,
    &sessions_without_mfa_pass::RULE,
    &allow_if_exists::RULE,
    &allow_without_mfa::RULE,
    &inverted::RULE,
    &unfit_operator::RULE,
    &unknown_name::RULE,
    &first_enrolment_open::RULE,
    &other_users_enrolment_open::RULE,
    &device_removal_open::RULE,
    &new_credentials_open::RULE,
    &password_change::RULE,
    &session_token_denied::RULE,
    &exception_never_allowed::RULE,
    &device_named_as_user::RULE,
    &device_lookup_denied::RULE,
    &oauth_token_open::RULE,
    &identity_without_mfa::RULE,
    &scp_without_user_scope::RULE,
    &trust_if_exists::RULE,
    &age_if_exists::RULE,
    &forwarded_calls_denied::RULE,
    &narrowed_guard::RULE,
    &size_and_characters::RULE,
    &version_and_variables::RULE,
    &mixed_partitions::RULE,
];

/// What AWS says about the key.
const PRESENT: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent";

/// What AWS says about `…IfExists`.
const IF_EXISTS: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists";

/// What AWS says about `Null`.
const NULL: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Null";

/// What AWS says about operators.
const OPERATORS: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html";

/// The Boolean operator's names.
struct Names {
    plain: &'static str,
    if_exists: &'static str,
}

const BOOL: Names = Names {
    plain: "Bool",
    if_exists: "BoolIfExists",
};

/// The first condition on an MFA key that does not hold at this state.
fn failing<'s, 'a>(statement: &'s Judged<'a>, mfa: Mfa) -> Option<&'s Clause<'a>> {
    let mut context = Context::new();
    mfa.apply(&mut context);
    (statement.mfa_clauses()).find(|clause| !clause.holds(&context, statement.effect))
}

/// All conditions on the MFA keys replaced by one on `aws:MultiFactorAuthPresent`.
fn restated(statement: &Judged<'_>, operator: &str, value: &str) -> Option<Fix> {
    let clauses: Vec<&Clause<'_>> = statement.mfa_clauses().collect();
    exchange(statement, clauses, operator, value)
}

/// The conditions on `aws:MultiFactorAuthPresent` replaced by one; those on the age stay.
fn restated_present(statement: &Judged<'_>, operator: &str, value: &str) -> Option<Fix> {
    let clauses = statement
        .mfa_clauses()
        .filter(|c| c.about == About::MfaPresent);
    exchange(statement, clauses.collect(), operator, value)
}

fn exchange(
    statement: &Judged<'_>,
    mut clauses: Vec<&Clause<'_>>,
    operator: &str,
    value: &str,
) -> Option<Fix> {
    // What stands under that operator already stays; else the first one on the key is rewritten.
    clauses.sort_by_key(|c| {
        (
            c.about != About::MfaPresent,
            !c.operator.eq_ignore_ascii_case(operator),
        )
    });
    clauses.first().filter(|c| c.about == About::MfaPresent)?;
    Some(Fix {
        title: format!("say `{operator}` `{value}`"),
        edits: restate(statement, &clauses, operator, Some(value)),
    })
}

/// Which exception lets which actions pass.
fn told(place: &Place<'_>, actions: &[&str]) -> String {
    const MOST: usize = 6;
    let mut names: Vec<String> = (actions.iter().take(MOST))
        .map(|a| format!("`{a}`"))
        .collect();
    if actions.len() > MOST {
        names.push(format!("{} more", actions.len() - MOST));
    }
    let names = names.join(", ");
    match (place.pattern, actions) {
        (Some(pattern), [one]) if pattern.eq_ignore_ascii_case(one) => format!("{names} passes"),
        (Some(pattern), _) => format!("`{pattern}` lets {names} pass"),
        (None, [_]) => format!("{names} passes"),
        (None, _) => format!("{names} pass"),
    }
}

/// The exception taken out, if nothing but what no one needs without MFA is excepted by it, and exceptions are left.
fn removal(view: &View<'_>, guard: &Guard<'_, '_>, place: &Place<'_>) -> Option<Fix> {
    let bad = (device_removal_open::CALLS.into_iter())
        .chain(new_credentials_open::calls())
        .map(|(action, _)| action)
        .chain([oauth_token_open::CALL]);
    let bad = (view.universe).matching(&Strings::Many(bad.map(Scalar::from).collect()));
    let is_bad = |pattern: &str| {
        let mut covered = view.universe.matching(&Strings::One(pattern.into()));
        covered.remove_all(&bad);
        covered.is_empty()
    };
    let pattern = place.pattern.filter(|pattern| is_bad(pattern))?;
    let list = (guard.statements.iter())
        .map(|statement| statement.exceptions())
        .find(|items| items.iter().any(|(path, _)| *path == place.path))?;
    list.iter().any(|(_, other)| !is_bad(other)).then(|| Fix {
        title: format!("no longer except `{pattern}`"),
        edits: vec![Edit::Remove(place.path.clone())],
    })
}
