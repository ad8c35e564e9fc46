//! MFA006: an operator that does not fit the type of an MFA key.

use super::{Finding, OPERATORS, Rule, Severity, View};
use crate::policy::condition::{Family, SetPrefix};
use crate::policy::lint::clause::{About, Clause, Truth};
use crate::policy::lint::fix::Fix;
use crate::policy::lint::restate::restate;
use crate::policy::lint::statement::Judged;

pub(super) static RULE: Rule = Rule {
    id: "MFA006",
    name: "unfit-operator",
    explanation: "aws:MultiFactorAuthPresent is a Boolean and aws:MultiFactorAuthAge is a number; both have one value. A \
        string operator compares letter by letter (True is not true). ForAllValues and ForAnyValue are for keys with several \
        values, and give unexpected results for an absent key. Use Bool, a numeric operator or Null.",
    url: OPERATORS,
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    (view.statements.iter())
        .flat_map(|statement| {
            statement
                .mfa_clauses()
                .map(move |clause| (statement, clause))
        })
        .filter(|(_, clause)| !fits(clause))
        .map(|(statement, clause)| {
            let kind = match clause.about {
                About::MfaAge => "a number",
                _ => "a Boolean",
            };
            let truth = Truth::of(&std::iter::once(clause), statement.effect);
            let never = !(truth.absent || truth.without || truth.ever);
            let message = format!(
                "`{}` on `{}`, which is {kind} with one value{}",
                clause.operator,
                clause.key,
                if never { ": it never holds" } else { "" }
            );
            RULE.finding(Severity::Warning, statement.block_path(clause), message)
                .mended_by(same_as(statement, clause, truth))
        })
        .collect()
}

fn fits(clause: &Clause<'_>) -> bool {
    let family = match clause.parsed.family {
        Family::Null => true,
        Family::Bool => clause.about == About::MfaPresent,
        Family::Numeric(_) => clause.about == About::MfaAge,
        _ => false,
    };
    family && clause.parsed.set == SetPrefix::None
}

/// The Boolean condition that says the same at every state.
fn same_as(statement: &Judged<'_>, clause: &Clause<'_>, truth: Truth) -> Option<Fix> {
    if clause.about != About::MfaPresent || truth.ever != truth.always {
        return None;
    }
    let (operator, value) = match (truth.absent, truth.without, truth.ever) {
        (false, false, true) => ("Bool", "true"),
        (false, true, false) => ("Bool", "false"),
        (true, false, true) => ("BoolIfExists", "true"),
        (true, true, false) => ("BoolIfExists", "false"),
        _ => return None,
    };
    // A key twice under one operator would be no document.
    let is_there = statement
        .mfa_clauses()
        .any(|c| c.operator.eq_ignore_ascii_case(operator) && c.lower_key() == clause.lower_key());
    (!is_there).then(|| Fix {
        title: format!("use `{operator}` `{value}`, which holds in the same cases"),
        edits: restate(statement, &[clause], operator, Some(value)),
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{assert_finds_nothing, deny, finds, mended, statements};

    fn policy(condition: &str) -> String {
        statements(&[&deny(r#""Action":"s3:*""#, condition)])
    }

    #[test]
    fn string_operators_and_set_prefixes_are_found_and_fixed() {
        for (before, after) in [
            (
                r#"{"StringEquals": {"aws:MultiFactorAuthPresent": "false"}}"#,
                r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#,
            ),
            (
                r#"{"StringNotEquals": {"aws:MultiFactorAuthPresent": "true"}}"#,
                r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
            ),
            (
                r#"{"ForAllValues:Bool": {"aws:MultiFactorAuthPresent": [false]}}"#,
                r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": [false]}}"#,
            ),
            (
                r#"{"ForAnyValue:StringLike": {"aws:MultiFactorAuthPresent": "t*"}}"#,
                r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
            ),
            (
                r#"{"StringEqualsIfExists": {"aws:MultiFactorAuthPresent": "true", "k": "v"}}"#,
                r#"{"StringEqualsIfExists": {"k": "v"}, "BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}"#,
            ),
        ] {
            assert_eq!(finds(&RULE, &policy(before)).len(), 1, "{before}");
            assert_eq!(mended(&RULE, &policy(before)), policy(after), "{before}");
        }
        for kept in [
            r#"{"StringEquals":{"aws:MultiFactorAuthPresent":"False"}}"#,
            r#"{"NumericEquals":{"aws:MultiFactorAuthPresent":"1"}}"#,
            r#"{"Bool":{"aws:MultiFactorAuthAge":"true"}}"#,
            r#"{"ForAnyValue:NumericLessThan":{"aws:MultiFactorAuthAge":"60"}}"#,
        ] {
            assert_eq!(finds(&RULE, &policy(kept)).len(), 1, "{kept}");
            assert_eq!(mended(&RULE, &policy(kept)), policy(kept));
        }
    }

    #[test]
    fn operators_of_the_right_type_are_not_found() {
        assert_finds_nothing(
            &RULE,
            policy,
            [
                r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
                r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"},"Null":{"aws:MultiFactorAuthAge":"true"}}"#,
                r#"{"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":3600}}"#,
                r#"{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
            ],
        );
    }
}
