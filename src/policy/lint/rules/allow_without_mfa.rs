//! MFA004: an Allow with a condition on the MFA key that grants without MFA.

use super::{BOOL, Finding, NULL, Rule, Severity, View, exchange};
use crate::policy::lint::clause::{About, Clause, Truth};
use crate::policy::lint::guard::stops_nearly_everything;
use crate::policy::lint::view::WITHOUT_MFA;

pub(super) static RULE: Rule = Rule {
    id: "MFA004",
    name: "allow-without-mfa",
    explanation: "An Allow with Null false tests whether aws:MultiFactorAuthPresent is in the request, but the console sends \
        the key with the value false when no MFA was used, so its presence proves nothing. An Allow with false, or with Null \
        true, grants only to callers who have not used MFA. Bool true grants only with MFA.",
    url: NULL,
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for allow in view.allows() {
        // An age with IfExists has a rule of its own.
        let clauses = || allow.mfa_clauses().filter(|c| !is_lenient_age(c));
        let Some(clause) = clauses().next() else {
            continue;
        };
        let truth = Truth::of(&clauses(), allow.effect);
        let proves_nothing = truth.without || (truth.absent && !truth.ever);
        let passing = (WITHOUT_MFA.into_iter())
            .filter(|mfa| proves_nothing && truth.at(*mfa) && !stops_nearly_everything(view, *mfa))
            .find_map(|mfa| view.passing(allow, mfa, &view.universe.nothing()));
        let Some(action) = passing else { continue };
        let message = format!(
            "`{action}` is allowed without MFA: `{}` of `{}` does not prove it",
            clause.operator, clause.key
        );
        let fix = truth
            .is(false, true, true)
            .then(|| exchange(allow, clauses().collect(), BOOL.plain, "true"))
            .flatten();
        findings.push(
            RULE.finding(Severity::Error, allow.block_path(clause), message)
                .mended_by(fix),
        );
    }
    findings
}

fn is_lenient_age(clause: &Clause<'_>) -> bool {
    clause.about == About::MfaAge && clause.parsed.if_exists
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{
        allow, assert_errors_in_blocks, assert_finds_nothing, deny, finds, mended, statements,
    };

    fn policy(condition: &str) -> String {
        statements(&[&allow(r#""Action":"ec2:*""#, condition)])
    }

    #[test]
    fn a_condition_that_does_not_prove_mfa_is_found() {
        assert_errors_in_blocks(
            &RULE,
            policy,
            [
                (r#"{"Null":{"aws:MultiFactorAuthPresent":"false"}}"#, "Null"),
                (r#"{"Null":{"aws:MultiFactorAuthPresent":"true"}}"#, "Null"),
                (r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#, "Bool"),
                (
                    r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":false}}"#,
                    "BoolIfExists",
                ),
                (
                    r#"{"Bool":{"aws:MultiFactorAuthPresent":["true","false"]}}"#,
                    "Bool",
                ),
                (r#"{"Null":{"aws:MultiFactorAuthAge":"true"}}"#, "Null"),
                (
                    r#"{"StringNotEquals":{"aws:MultiFactorAuthPresent":"true"}}"#,
                    "StringNotEquals",
                ),
            ],
        );
    }

    #[test]
    fn a_condition_that_requires_mfa_or_ignores_it_is_not_found() {
        assert_finds_nothing(
            &RULE,
            policy,
            [
                r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
                r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"},"Null":{"aws:MultiFactorAuthPresent":"false"}}"#,
                r#"{"Null":{"aws:MultiFactorAuthAge":"false"}}"#,
                r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#,
                r#"{"NumericLessThanIfExists":{"aws:MultiFactorAuthAge":"60"}}"#,
                r#"{"Bool":{"aws:SecureTransport":"false"}}"#,
                "{}",
            ],
        );
    }

    #[test]
    fn an_allow_beside_a_deny_that_stops_it_is_not_found() {
        let open = allow(
            r#""Action":"ec2:*""#,
            r#"{"Null":{"aws:MultiFactorAuthPresent":"false"}}"#,
        );
        let guard = deny(
            r#""NotAction":["iam:GetUser"]"#,
            r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
        );
        assert!(finds(&RULE, &statements(&[&open, &guard])).is_empty());
        let other = guard
            .replace("Bool", "Null")
            .replace(r#""false""#, r#""true""#);
        assert_eq!(finds(&RULE, &statements(&[&open, &other])).len(), 1);
    }

    #[test]
    fn the_fix_requires_the_key_to_be_true() {
        let before = policy(r#"{"Null": {"aws:MultiFactorAuthPresent": "false"}}"#);
        let after = policy(r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#);
        assert_eq!(mended(&RULE, &before), after);
        // The limit of the age is kept.
        let aged = |condition: &str| {
            policy(&format!(
                r#"{{{condition}, "NumericLessThanIfExists": {{"aws:MultiFactorAuthAge": "60"}}}}"#
            ))
        };
        assert_eq!(
            mended(
                &RULE,
                &aged(r#""Null": {"aws:MultiFactorAuthPresent": "false"}"#)
            ),
            aged(r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#)
        );
        let inverted = policy(r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#);
        assert_eq!(mended(&RULE, &inverted), inverted);
    }
}
