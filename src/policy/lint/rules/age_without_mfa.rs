//! MFA029: a Deny of old MFA that lets calls without any MFA pass.

use super::{Finding, Fix, Rule, Severity, View};
use crate::policy::context::Mfa;
use crate::policy::lint::clause::About;
use crate::policy::lint::guard::stops_nearly_everything;
use crate::policy::lint::restate::restate;

pub(super) static RULE: Rule = Rule {
    id: "MFA029",
    name: "age-without-mfa",
    explanation: "aws:MultiFactorAuthAge is absent from every request without MFA, and a numeric operator does not hold for an \
        absent key. A Deny under NumericGreaterThan alone stops those whose MFA is too old and lets those pass who used none. \
        With IfExists it stops both; so does a second statement that denies under BoolIfExists false on \
        aws:MultiFactorAuthPresent.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthage",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Beside a guard, only its exceptions pass.
    if stops_nearly_everything(view, Mfa::Absent) {
        return findings;
    }
    for deny in view.denies() {
        let stops_old_only =
            (deny.truth).is_some_and(|t| !t.absent && !t.without && !t.fresh && t.ever);
        let mut ages = deny.mfa_clauses().filter(|c| c.about == About::MfaAge);
        let (true, Some(clause)) = (stops_old_only, ages.next()) else {
            continue;
        };
        let Some(action) = view.passing(deny, Mfa::Absent, &view.universe.nothing()) else {
            continue;
        };
        let message = format!(
            "`{action}` is denied if the MFA is too old and passes without MFA: if the request has no `{}`, `{}` does not hold; \
             a Deny under `BoolIfExists` `{{\"aws:MultiFactorAuthPresent\":\"false\"}}` closes it",
            clause.key, clause.operator
        );
        let is_alone = deny.mfa_clauses().count() == 1 && !clause.parsed.if_exists;
        let fix = is_alone.then(|| {
            let operator = format!("{}IfExists", clause.operator);
            Fix {
                title: format!("use `{operator}`"),
                edits: restate(deny, &[clause], &operator, None),
            }
        });
        findings.push(
            RULE.finding(Severity::Error, deny.block_path(clause), message)
                .mended_by(fix),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{
        WITHOUT_MFA, assert_errors_in_blocks, assert_finds_nothing, deny, finds, mended, statements,
    };

    const OLD: &str = r#"{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"3600"}}"#;

    fn policy(condition: &str) -> String {
        statements(&[&deny(r#""NotAction":"iam:*""#, condition)])
    }

    #[test]
    fn a_deny_of_old_mfa_alone_is_found() {
        assert_errors_in_blocks(
            &RULE,
            policy,
            [
                (OLD, "NumericGreaterThan"),
                (
                    r#"{"NumericGreaterThanEquals":{"aws:multifactorauthage":3600}}"#,
                    "NumericGreaterThanEquals",
                ),
                (
                    r#"{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"3600"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
                    "NumericGreaterThan",
                ),
            ],
        );
    }

    #[test]
    fn a_deny_that_also_stops_calls_without_mfa_is_not_found() {
        assert_finds_nothing(
            &RULE,
            policy,
            [
                r#"{"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"3600"}}"#,
                r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}"#,
                WITHOUT_MFA,
            ],
        );
        let guard = deny(r#""NotAction":"iam:*""#, WITHOUT_MFA);
        let old = deny(r#""NotAction":"iam:*""#, OLD);
        assert!(finds(&RULE, &statements(&[&guard, &old])).is_empty());
        let narrow = guard.replace(r#""NotAction":"iam:*""#, r#""Action":"s3:*""#);
        assert_eq!(finds(&RULE, &statements(&[&narrow, &old])).len(), 1);
    }

    #[test]
    fn the_fix_adds_if_exists() {
        let after = OLD.replace("NumericGreaterThan", "NumericGreaterThanIfExists");
        let on = |condition: &str| statements(&[&deny(r#""Action":"s3:*""#, condition)]);
        assert_eq!(mended(&RULE, &on(OLD)), on(&after));
    }
}
