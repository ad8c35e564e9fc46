//! MFA023: an Allow that limits the age of the MFA only if the request carries one.

use super::{Finding, Fix, Rule, Severity, View};
use crate::policy::lint::clause::About;
use crate::policy::lint::guard::stops_nearly_everything;
use crate::policy::lint::restate::restate;
use crate::policy::lint::view::WITHOUT_MFA;

pub(super) static RULE: Rule = Rule {
    id: "MFA023",
    name: "age-if-exists",
    explanation: "aws:MultiFactorAuthAge is absent from every request without MFA, and an operator with IfExists holds for an \
        absent key. The Allow therefore grants both to callers with a fresh token code and to callers who gave none. Without \
        IfExists, it grants only with MFA.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthage",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for allow in view.allows() {
        let clauses = allow.mfa_clauses();
        let mut lenient = clauses.filter(|c| c.about == About::MfaAge && c.parsed.if_exists);
        let (Some(truth), Some(clause)) = (allow.truth, lenient.next()) else {
            continue;
        };
        let passing = (WITHOUT_MFA.into_iter())
            .filter(|mfa| truth.at(*mfa) && !stops_nearly_everything(view, *mfa))
            .find_map(|mfa| view.passing(allow, mfa, &view.universe.nothing()));
        let Some(action) = passing else { continue };
        let message = format!(
            "`{action}` is allowed without MFA: the age is absent then, so `{}` holds",
            clause.operator
        );
        let plain = clause.operator.len().checked_sub("IfExists".len());
        let fix = (plain.and_then(|n| clause.operator.get(..n))).map(|plain| Fix {
            title: format!("use `{plain}`"),
            edits: restate(allow, &[clause], plain, None),
        });
        findings.push(
            RULE.finding(Severity::Warning, allow.block_path(clause), message)
                .mended_by(fix),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{allow, assert_finds_nothing, finds, mended, statements};

    fn policy(condition: &str) -> String {
        statements(&[&allow(r#""Action":"ec2:*""#, condition)])
    }

    #[test]
    fn an_allow_that_holds_without_an_age_is_found() {
        for condition in [
            r#"{"NumericLessThanIfExists":{"aws:MultiFactorAuthAge":"3600"}}"#,
            r#"{"NumericLessThanIfExists":{"aws:MultiFactorAuthAge":3600},"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#,
        ] {
            assert_eq!(
                finds(&RULE, &policy(condition)),
                ["warning Statement[0].Condition.NumericLessThanIfExists"]
            );
        }
        assert_finds_nothing(
            &RULE,
            policy,
            [
                r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}"#,
                r#"{"NumericLessThanIfExists":{"aws:MultiFactorAuthAge":"3600"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
                r#"{"NumericLessThanIfExists":{"s3:max-keys":"10"}}"#,
            ],
        );
    }

    #[test]
    fn a_deny_with_if_exists_is_not_found() {
        let deny = policy(r#"{"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"3600"}}"#)
            .replace("Allow", "Deny");
        assert!(finds(&RULE, &deny).is_empty());
    }

    #[test]
    fn the_fix_removes_if_exists() {
        let before =
            policy(r#"{"NumericLessThanIfExists": {"aws:MultiFactorAuthAge": 60, "k": "1"}}"#);
        let after = policy(
            r#"{"NumericLessThanIfExists": {"k": "1"}, "NumericLessThan": {"aws:MultiFactorAuthAge": 60}}"#,
        );
        assert_eq!(mended(&RULE, &before), after);
    }
}
