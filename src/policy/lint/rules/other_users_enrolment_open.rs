//! MFA011: a device can be enrolled for another user without MFA.

use super::{Finding, Guard, Rule, Severity, View};
use crate::policy::lint::guard::Target;
use crate::policy::lint::view::WITHOUT_MFA;

pub(super) static RULE: Rule = Rule {
    id: "MFA011",
    name: "other-users-enrolment-open",
    explanation: "The exceptions for enrolling a device apply to the devices of every user, and an Allow in the same document \
        grants these actions on other users too. Without MFA, a caller can then enrol a device for another user who has none, \
        and get everything that this user may do. A Deny on these actions with NotResource for the caller's own user closes \
        this (guard own-only).",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_iam_mfa-selfmanage.html",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let Some(guard) = Guard::of(view) else {
        return Vec::new();
    };
    let other = view.situation.other_user();
    let mut findings = Vec::new();
    for mfa in WITHOUT_MFA {
        let open = guard.passes_at("iam:CreateVirtualMFADevice", Target::Device, mfa)
            && guard.passes_at("iam:EnableMFADevice", Target::Other, mfa);
        let context = guard.context(mfa);
        let allow = view.allows().find(|allow| {
            allow.truth.is_none_or(|t| t.at(mfa))
                && allow.covers("iam:EnableMFADevice", &other, &context)
        });
        let Some(allow) = allow.filter(|_| open && findings.is_empty()) else {
            continue;
        };
        let path = allow
            .resources()
            .map_or_else(|| allow.path.clone(), |(path, _)| path);
        let message = "without MFA a device can be enrolled for another user who has none: `iam:EnableMFADevice` is allowed on \
            other users here and excepted from the Deny without MFA";
        findings.push(RULE.finding(Severity::High, path, message.to_owned()));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{
        ALLOW_ALL, KEY_ABSENT, allow, assert_finds_nothing, deny, finds, guarded,
    };

    const BOTH: &str = r#"["iam:CreateVirtualMFADevice","iam:EnableMFADevice"]"#;

    #[test]
    fn enrolment_beside_a_broad_allow_is_found() {
        for allow in [
            ALLOW_ALL,
            r#""Effect":"Allow","Action":"iam:*","Resource":["arn:aws:iam::*:user/*"]"#,
            &allow(
                r#""NotAction":"s3:*""#,
                r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
            ),
        ] {
            let policy = guarded(BOTH, &[allow]);
            assert_eq!(
                finds(&RULE, &policy),
                ["high Statement[1].Resource"],
                "{allow}"
            );
        }
    }

    #[test]
    fn enrolment_beside_a_narrow_allow_or_none_is_not_found() {
        assert!(finds(&RULE, &guarded(BOTH, &[])).is_empty());
        assert_finds_nothing(
            &RULE,
            |allow| guarded(BOTH, &[allow]),
            [
                r#""Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::*:user/${aws:username}""#,
                r#""Effect":"Allow","Action":"s3:*","Resource":"*""#,
                &allow(
                    r#""Action":"*""#,
                    r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
                ),
            ],
        );
        assert!(finds(&RULE, &guarded(r#"["iam:EnableMFADevice"]"#, &[ALLOW_ALL])).is_empty());
    }

    #[test]
    fn only_a_guard_for_both_keys_and_the_console_suffices() {
        let own = r#""Effect":"Deny","Action":"iam:EnableMFADevice","NotResource":["arn:aws:iam::*:user/${aws:username}"],"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#;
        assert!(finds(&RULE, &guarded(BOTH, &[ALLOW_ALL, own])).is_empty());
        // This Deny stops long-term keys but not the console.
        let keys = deny(r#""Action":"iam:EnableMFADevice""#, KEY_ABSENT);
        assert_eq!(finds(&RULE, &guarded(BOTH, &[ALLOW_ALL, &keys])).len(), 1);
    }
}
