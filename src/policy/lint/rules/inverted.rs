//! MFA005: a Deny that applies to callers with MFA and not to those without.

use super::{Finding, PRESENT, Rule, Severity, View};
use crate::policy::lint::view::WITHOUT_MFA;

pub(super) static RULE: Rule = Rule {
    id: "MFA005",
    name: "inverted",
    explanation: "The Deny applies when MFA was used and does not apply when it was not: callers without MFA pass, and \
        callers with MFA are denied. A Deny of calls without MFA is written with BoolIfExists false.",
    url: PRESENT,
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for deny in view.denies() {
        let Some(truth) = deny.truth.filter(|t| t.fresh && !(t.absent && t.without)) else {
            continue;
        };
        let passing = (WITHOUT_MFA.into_iter())
            .filter(|mfa| !truth.at(*mfa))
            .find_map(|mfa| view.passing(deny, mfa, &view.universe.nothing()));
        let (Some(action), Some(clause)) = (passing, deny.mfa_clauses().next()) else {
            continue;
        };
        let message = format!("`{action}` is denied with MFA and passes without it");
        findings.push(RULE.finding(Severity::Error, deny.block_path(clause), message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{
        assert_errors_in_blocks, assert_finds_nothing, deny, finds, statements,
    };

    fn policy(condition: &str) -> String {
        statements(&[&deny(r#""NotAction":"iam:*""#, condition)])
    }

    #[test]
    fn a_deny_of_callers_with_mfa_is_found() {
        assert_errors_in_blocks(
            &RULE,
            policy,
            [
                (r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#, "Bool"),
                (
                    r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":true}}"#,
                    "BoolIfExists",
                ),
                (r#"{"Null":{"aws:MultiFactorAuthPresent":"false"}}"#, "Null"),
                (
                    r#"{"StringNotEquals":{"aws:MultiFactorAuthPresent":"false"}}"#,
                    "StringNotEquals",
                ),
                (
                    r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}"#,
                    "NumericLessThan",
                ),
                (r#"{"Null":{"aws:MultiFactorAuthAge":"false"}}"#, "Null"),
            ],
        );
    }

    #[test]
    fn a_deny_of_old_or_absent_mfa_is_not_found() {
        assert_finds_nothing(
            &RULE,
            policy,
            [
                r#"{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"3600"}}"#,
                r#"{"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"3600"}}"#,
                r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"0"}}"#,
                r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#,
                r#"{"Null":{"aws:MultiFactorAuthPresent":"true"}}"#,
                r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
            ],
        );
    }

    #[test]
    fn a_deny_is_not_inverted_where_nobody_passes() {
        let on = |operator: &str, value: &str| {
            let condition =
                format!(r#"{{"{operator}":{{"aws:MultiFactorAuthPresent":"{value}"}}}}"#);
            deny(r#""Action":"s3:*""#, &condition)
        };
        let both = statements(&[&on("Bool", "true"), &on("BoolIfExists", "false")]);
        assert!(finds(&RULE, &both).is_empty());
    }
}
