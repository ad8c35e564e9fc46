//! Helpers that the tests of the rules share.

use super::fix::{Fix, apply};
use super::{Finding, Rule, Severity, Subject, check};
use crate::policy::document;

/// A policy of the present version with these statements, each given without its braces.
pub(super) fn statements(all: &[&str]) -> String {
    let all: Vec<String> = all.iter().map(|s| format!("{{{s}}}")).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        all.join(",")
    )
}

/// A policy that denies everything without MFA but these exceptions, and has further statements.
pub(super) fn guarded(exceptions: &str, more: &[&str]) -> String {
    let guard = format!(
        r#""Effect":"Deny","NotAction":{exceptions},"Resource":"*","Condition":{{"BoolIfExists":{{"aws:MultiFactorAuthPresent":"false"}}}}"#
    );
    let all: Vec<&str> = std::iter::once(guard.as_str())
        .chain(more.iter().copied())
        .collect();
    statements(&all)
}

/// A policy of which nothing but the text is known, judged.
pub(super) fn checked(policy: &str) -> Vec<Finding> {
    checked_as(policy, |_| {})
}

/// A policy of which more is known, judged.
pub(super) fn checked_as(policy: &str, adjust: impl FnOnce(&mut Subject<'_>)) -> Vec<Finding> {
    let document = document::parse(policy).unwrap_or_else(|e| panic!("{e}: {policy}"));
    let mut subject = Subject {
        document: &document,
        text: policy,
        attachment: None,
        kind: None,
        partition: None,
    };
    adjust(&mut subject);
    check(&subject)
}

/// Severity and path of what one rule finds.
pub(super) fn finds(rule: &Rule, policy: &str) -> Vec<String> {
    of_rule(rule, checked(policy))
}

/// The same, where more is known.
pub(super) fn finds_as(
    rule: &Rule,
    policy: &str,
    adjust: impl FnOnce(&mut Subject<'_>),
) -> Vec<String> {
    of_rule(rule, checked_as(policy, adjust))
}

fn of_rule(rule: &Rule, findings: Vec<Finding>) -> Vec<String> {
    let own = findings.into_iter().filter(|f| f.rule.id == rule.id);
    own.map(|f| format!("{} {}", f.severity.as_str(), f.path))
        .collect()
}

/// The policy after the rule's own fixes. If there were any, the finding is gone and no error has come.
pub(super) fn mended(rule: &Rule, policy: &str) -> String {
    mended_as(rule, policy, |_| {})
}

/// The same, where more is known.
pub(super) fn mended_as(rule: &Rule, policy: &str, adjust: impl Fn(&mut Subject<'_>)) -> String {
    let findings = checked_as(policy, &adjust);
    let errors = |findings: &[Finding]| -> Vec<&str> {
        let errors = findings.iter().filter(|f| f.severity == Severity::Error);
        errors.map(|f| f.rule.id).collect()
    };
    let before = errors(&findings).len();
    let known = errors(&findings)
        .iter()
        .map(|id| (*id).to_owned())
        .collect::<Vec<_>>();
    let fixes: Vec<Fix> = (findings.into_iter())
        .filter(|f| f.rule.id == rule.id)
        .filter_map(|f| f.fix)
        .collect();
    let after = apply(policy, &fixes).unwrap();
    if !fixes.is_empty() {
        let left = checked_as(&after, &adjust);
        let errors = errors(&left);
        assert!(
            errors.len() <= before && errors.iter().all(|id| known.iter().any(|k| k == id)),
            "{errors:?}: {after}"
        );
        assert!(
            !left.iter().any(|f| f.rule.id == rule.id && f.fix.is_some()),
            "{after}"
        );
    }
    after
}
