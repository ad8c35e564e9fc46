//! MFA010: the holder of a key can enrol the first device of its user.

use super::{Finding, Guard, Rule, Severity, View};
use crate::policy::context::Mfa;
use crate::policy::lint::guard::Target;

pub(super) static RULE: Rule = Rule {
    id: "MFA010",
    name: "first-enrolment-open",
    explanation: "iam:CreateVirtualMFADevice and iam:EnableMFADevice are possible with a long-term key. While the user has no \
        device, because the user is new or the last device was removed, the holder of the key can enrol a device and call \
        sts:GetSessionToken with it to get a session with MFA. Once the user has a device, AWS itself requires MFA to add \
        another one. A second Deny on these actions with Null true restricts the first enrolment to the console (template \
        console-enrol). Where administrators enrol devices, no exception is needed (template admin-provisioned).",
    url: "https://aws.amazon.com/security/security-bulletins/AWS-2023-001/",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let Some(guard) = Guard::of(view) else {
        return Vec::new();
    };
    let open = guard.passes_at("iam:CreateVirtualMFADevice", Target::Device, Mfa::Absent)
        && guard.passes_at("iam:EnableMFADevice", Target::Own, Mfa::Absent);
    if !open {
        return Vec::new();
    }
    let place = guard.place("iam:EnableMFADevice");
    let message = "the holder of a leaked key can enrol a device for a user who has none, and get a session with MFA: \
        `iam:CreateVirtualMFADevice` and `iam:EnableMFADevice` pass with a long-term key";
    vec![RULE.finding(Severity::High, place.element, message.to_owned())]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{
        KEY_ABSENT, WITHOUT_MFA, assert_finds_nothing, deny, finds, finds_as, guarded, statements,
    };
    use crate::policy::source::Attachment;

    const OPEN: [&str; 1] = ["high Statement[0].NotAction"];

    #[test]
    fn creating_and_enabling_devices_must_both_be_excepted() {
        for exceptions in [
            r#"["iam:CreateVirtualMFADevice","iam:EnableMFADevice"]"#,
            r#"["iam:Create*","iam:Enable*"]"#,
            r#""iam:*""#,
        ] {
            assert_eq!(
                finds(&RULE, &guarded(exceptions, &[])),
                OPEN,
                "{exceptions}"
            );
        }
        assert_finds_nothing(
            &RULE,
            |exceptions| guarded(exceptions, &[]),
            [
                r#"["iam:CreateVirtualMFADevice","iam:ListMFADevices"]"#,
                r#"["iam:EnableMFADevice"]"#,
                r#"["sts:GetSessionToken"]"#,
            ],
        );
    }

    #[test]
    fn a_second_deny_may_close_the_enrolment() {
        let both = r#"["iam:CreateVirtualMFADevice","iam:EnableMFADevice"]"#;
        for closing in [
            deny(&format!(r#""Action":{both}"#), KEY_ABSENT),
            deny(r#""Action":"iam:*MFA*""#, KEY_ABSENT),
            deny(r#""Action":"iam:EnableMFADevice""#, KEY_ABSENT),
            deny(
                r#""Action":"iam:EnableMFADevice""#,
                r#"{"Null":{"aws:TokenIssueTime":"true"}}"#,
            ),
            r#""Effect":"Deny","Action":"iam:CreateVirtualMFADevice","Resource":"*""#.to_owned(),
        ] {
            assert!(
                finds(&RULE, &guarded(both, &[&closing])).is_empty(),
                "{closing}"
            );
        }
        for leaving in [
            deny(r#""Action":"iam:ResyncMFADevice""#, KEY_ABSENT),
            deny(r#""Action":"iam:EnableMFADevice""#, r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#),
            deny(r#""Action":"iam:EnableMFADevice""#, r#"{"Null":{"aws:MultiFactorAuthPresent":"true"},"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#),
            r#""Effect":"Deny","Action":"iam:EnableMFADevice","NotResource":"arn:aws:iam::*:user/${aws:username}""#.to_owned(),
        ] {
            assert_eq!(finds(&RULE, &guarded(both, &[&leaving])), OPEN, "{leaving}");
        }
    }

    #[test]
    fn a_policy_without_a_guard_for_users_is_not_found() {
        let narrow = statements(&[&deny(r#""Action":"ec2:*""#, WITHOUT_MFA)]);
        assert!(finds(&RULE, &narrow).is_empty());
        let both = guarded(
            r#"["iam:CreateVirtualMFADevice","iam:EnableMFADevice"]"#,
            &[],
        );
        let role = |s: &mut crate::policy::lint::Subject<'_>| s.attachment = Some(Attachment::Role);
        assert!(finds_as(&RULE, &both, role).is_empty());
    }
}
