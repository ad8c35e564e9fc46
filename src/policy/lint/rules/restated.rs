//! Conditions about MFA, and the fixes that replace them by the condition that was meant.

use crate::policy::context::{Context, Mfa};
use crate::policy::lint::clause::{About, Clause};
use crate::policy::lint::fix::Fix;
use crate::policy::lint::restate::restate;
use crate::policy::lint::statement::Judged;

/// The Boolean operator's names.
pub(super) struct Names {
    pub(super) plain: &'static str,
    pub(super) if_exists: &'static str,
}

pub(super) const BOOL: Names = Names {
    plain: "Bool",
    if_exists: "BoolIfExists",
};

/// The first condition on an MFA key that does not hold at this state.
pub(super) fn failing<'s, 'a>(statement: &'s Judged<'a>, mfa: Mfa) -> Option<&'s Clause<'a>> {
    let mut context = Context::new();
    mfa.apply(&mut context);
    (statement.mfa_clauses()).find(|clause| !clause.holds(&context, statement.effect))
}

/// All conditions on the MFA keys replaced by one on `aws:MultiFactorAuthPresent`.
pub(super) fn restated(statement: &Judged<'_>, operator: &str, value: &str) -> Option<Fix> {
    let clauses: Vec<&Clause<'_>> = statement.mfa_clauses().collect();
    exchange(statement, clauses, operator, value)
}

/// The conditions on `aws:MultiFactorAuthPresent` replaced by one; those on the age stay.
pub(super) fn restated_present(statement: &Judged<'_>, operator: &str, value: &str) -> Option<Fix> {
    let clauses = statement
        .mfa_clauses()
        .filter(|c| c.about == About::MfaPresent);
    exchange(statement, clauses.collect(), operator, value)
}

pub(super) fn exchange(
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
        title: format!("use `{operator}` `{value}`"),
        edits: restate(statement, &clauses, operator, Some(value)),
    })
}
