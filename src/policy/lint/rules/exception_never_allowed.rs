//! MFA016: an exception from the Deny that nothing in the document allows.

use super::{Finding, Guard, Rule, Severity, View};
use crate::policy::document::Strings;
use crate::policy::pattern::ActionPattern;

pub(super) static RULE: Rule = Rule {
    id: "MFA016",
    name: "exception-never-allowed",
    explanation: "An exception from a Deny grants nothing by itself: an Allow is needed as well. This document contains \
        Allows, but none of them grants the excepted action without MFA, so the exception is useful only if another policy \
        grants it.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html",
    find,
};

/// Calls that need no Allow.
const FREE: [&str; 2] = ["sts:GetSessionToken", "sts:GetCallerIdentity"];

fn find(view: &View<'_>) -> Vec<Finding> {
    let Some(guard) = Guard::of(view) else {
        return Vec::new();
    };
    let mut allowed = view.universe.nothing();
    let mut allows = false;
    for allow in view.allows() {
        allows = true;
        let without_mfa = allow.truth.is_none_or(|t| t.absent || t.without);
        if let Some(compiled) = allow.compiled.as_ref().filter(|_| without_mfa) {
            allowed.add_all(&compiled.actions);
        }
    }
    if !allows {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for statement in &guard.statements {
        let exceptions: Vec<_> = (statement.exceptions().into_iter())
            .filter(|(_, pattern)| {
                let compiled = ActionPattern::new(pattern);
                view.universe.knows(pattern) && !FREE.iter().any(|free| compiled.matches(free))
            })
            .collect();
        let never: Vec<_> = (exceptions.iter())
            .filter(|(_, pattern)| {
                let covered = view.universe.matching(&Strings::One((*pattern).into()));
                !covered.meets(&allowed)
            })
            .collect();
        // The Allows are about something else, and this part of the document is for users of other policies.
        if never.len() == exceptions.len() && never.len() > 1 {
            let message = "this document allows none of the exceptions, so another policy must";
            findings.push(RULE.finding(
                Severity::Info,
                statement.path.key("NotAction"),
                message.to_owned(),
            ));
            continue;
        }
        findings.extend(never.into_iter().map(|(path, pattern)| {
            let message = format!(
                "`{pattern}` is excepted, but no Allow in this document grants it without MFA"
            );
            RULE.finding(Severity::Info, path.clone(), message)
        }));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{ALLOW_ALL, allow, finds, guarded};

    const EXCEPTIONS: &str = r#"["iam:GetUser","iam:List*","sts:GetSessionToken"]"#;

    fn beside(allow: &str) -> Vec<String> {
        finds(&RULE, &guarded(EXCEPTIONS, &[allow]))
    }

    #[test]
    fn an_exception_that_no_allow_grants_is_found() {
        assert_eq!(
            beside(r#""Effect":"Allow","Action":"iam:ListUsers","Resource":"*""#),
            ["info Statement[0].NotAction[0]"]
        );
        assert_eq!(
            beside(r#""Effect":"Allow","Action":"iam:GetUser","Resource":"*""#),
            ["info Statement[0].NotAction[1]"]
        );
        // If no exception is granted, there is one finding for the list.
        assert_eq!(
            beside(r#""Effect":"Allow","Action":"s3:*","Resource":"*""#),
            ["info Statement[0].NotAction"]
        );
        assert_eq!(
            beside(&allow(
                r#""Action":"*""#,
                r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#
            )),
            ["info Statement[0].NotAction"]
        );
    }

    #[test]
    fn an_exception_that_is_granted_or_needs_no_grant_is_not_found() {
        assert!(beside(ALLOW_ALL).is_empty());
        assert!(beside(r#""Effect":"Allow","NotAction":"s3:*","Resource":"*""#).is_empty());
        assert!(finds(&RULE, &guarded(EXCEPTIONS, &[])).is_empty());
        let session = guarded(
            r#"["sts:GetSessionToken"]"#,
            &[r#""Effect":"Allow","Action":"s3:*","Resource":"*""#],
        );
        assert!(finds(&RULE, &session).is_empty());
    }
}
