//! Helpers that the tests of the rules share.

use super::fix::{Fix, apply};
use super::{Finding, Rule, Severity, Subject, check};
use crate::policy::document;

/// A statement, without its braces, that allows everything.
pub(super) const ALLOW_ALL: &str = r#""Effect":"Allow","Action":"*","Resource":"*""#;

/// The condition of a guard: it holds unless the request was made with MFA.
pub(super) const WITHOUT_MFA: &str = r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#;

/// A condition that holds only for requests without the MFA key, such as those signed with a long-term key.
pub(super) const KEY_ABSENT: &str = r#"{"Null":{"aws:MultiFactorAuthPresent":"true"}}"#;

/// An Allow of these actions on every resource under this condition, without its braces.
///
/// `actions` is the whole member, such as `"Action":"s3:*"`.
pub(super) fn allow(actions: &str, condition: &str) -> String {
    format!(r#""Effect":"Allow",{actions},"Resource":"*","Condition":{condition}"#)
}

/// A Deny of these actions on every resource under this condition, without its braces.
///
/// `actions` is the whole member, such as `"NotAction":"iam:*"`.
pub(super) fn deny(actions: &str, condition: &str) -> String {
    format!(r#""Effect":"Deny",{actions},"Resource":"*","Condition":{condition}"#)
}

/// A policy of the current version with these statements, each given without its braces.
pub(super) fn statements(all: &[&str]) -> String {
    let all: Vec<String> = all.iter().map(|s| format!("{{{s}}}")).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        all.join(",")
    )
}

/// A policy that denies everything except these actions without MFA, followed by further statements.
pub(super) fn guarded(exceptions: &str, more: &[&str]) -> String {
    let guard = deny(&format!(r#""NotAction":{exceptions}"#), WITHOUT_MFA);
    let all: Vec<&str> = std::iter::once(guard.as_str())
        .chain(more.iter().copied())
        .collect();
    statements(&all)
}

/// The findings in a policy of which only the text is known.
pub(super) fn checked(policy: &str) -> Vec<Finding> {
    checked_as(policy, |_| {})
}

/// The findings in a policy of which more is known: `adjust` adds it.
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

/// Severity and path of each finding of one rule.
pub(super) fn finds(rule: &Rule, policy: &str) -> Vec<String> {
    of_rule(rule, checked(policy))
}

/// The same for a policy of which more is known.
pub(super) fn finds_as(
    rule: &Rule,
    policy: &str,
    adjust: impl FnOnce(&mut Subject<'_>),
) -> Vec<String> {
    of_rule(rule, checked_as(policy, adjust))
}

/// Asserts that each policy has exactly one finding of this rule, an error at this block of its condition.
#[track_caller]
pub(super) fn assert_errors_in_blocks<'a>(
    rule: &Rule,
    policy: impl Fn(&str) -> String,
    cases: impl IntoIterator<Item = (&'a str, &'a str)>,
) {
    for (condition, block) in cases {
        let path = format!("error Statement[0].Condition.{block}");
        assert_eq!(finds(rule, &policy(condition)), [path], "{condition}");
    }
}

/// Asserts that this rule finds nothing in the policy with each of these parts.
#[track_caller]
pub(super) fn assert_finds_nothing<'a>(
    rule: &Rule,
    policy: impl Fn(&str) -> String,
    parts: impl IntoIterator<Item = &'a str>,
) {
    for part in parts {
        assert_eq!(finds(rule, &policy(part)), [""; 0], "{part}");
    }
}

fn of_rule(rule: &Rule, findings: Vec<Finding>) -> Vec<String> {
    let own = findings.into_iter().filter(|f| f.rule.id == rule.id);
    own.map(|f| format!("{} {}", f.severity.as_str(), f.path))
        .collect()
}

/// The policy after the fixes of this rule.
///
/// If there were any, it asserts that the fixed findings are gone and that no error was added.
pub(super) fn mended(rule: &Rule, policy: &str) -> String {
    mended_as(rule, policy, |_| {})
}

/// The same for a policy of which more is known.
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
