//! The rules, one a file.

mod allow_if_exists;
mod allow_without_mfa;
mod inverted;
mod long_term_keys_pass;
mod sessions_without_mfa_pass;
mod unfit_operator;

use super::restate::restate;
use super::statement::{About, Clause, Judged};
use super::view::View;
use super::{Finding, Fix, Rule, Severity};
use crate::policy::context::{Context, Mfa};

/// All rules, by their ids.
pub const RULES: &[&Rule] = &[
    &long_term_keys_pass::RULE,
    &sessions_without_mfa_pass::RULE,
    &allow_if_exists::RULE,
    &allow_without_mfa::RULE,
    &inverted::RULE,
    &unfit_operator::RULE,
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
