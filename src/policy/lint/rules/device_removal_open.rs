//! MFA012: a device can be removed without MFA.

use super::exceptions::DEVICE_REMOVALS;
use super::{Finding, Guard, Rule, Severity, View, passing_actions, removal};

pub(super) static RULE: Rule = Rule {
    id: "MFA012",
    name: "device-removal-open",
    explanation: "iam:DeactivateMFADevice or iam:DeleteVirtualMFADevice is possible without MFA. The holder of a password or \
        key can remove a device and enrol another one in its place, or undo an enrolment that the user has begun. Nobody \
        needs these calls to set up MFA, and with MFA they are possible anyway.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_iam_mfa-selfmanage.html",
    find,
};

/// What removes a device.
fn find(view: &View<'_>) -> Vec<Finding> {
    let Some(guard) = Guard::of(view) else {
        return Vec::new();
    };
    (guard.open_by_place(DEVICE_REMOVALS.into_iter()).into_iter())
        .map(|(place, actions)| {
            let message = format!(
                "{} without MFA: a device can be removed",
                passing_actions(&place, &actions)
            );
            let fix = removal(view, &guard, &place);
            RULE.finding(Severity::Error, place.path, message)
                .mended_by(fix)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{
        KEY_ABSENT, WITHOUT_MFA, deny, finds, guarded, mended, statements,
    };

    #[test]
    fn exceptions_are_found_by_name_and_by_pattern() {
        for (exceptions, at) in [
            (
                r#"["iam:GetUser","iam:DeactivateMFADevice"]"#,
                vec![".NotAction[1]"],
            ),
            (r#"["iam:deletevirtualmfadevice"]"#, vec![".NotAction[0]"]),
            (
                r#"["iam:DeleteVirtualMFADevice","iam:Deactivate*"]"#,
                vec![".NotAction[0]", ".NotAction[1]"],
            ),
            (r#""iam:*MFA*""#, vec![".NotAction"]),
            (r#"["sts:*","iam:*"]"#, vec![".NotAction[1]"]),
        ] {
            let want: Vec<String> = at
                .iter()
                .map(|at| format!("error Statement[0]{at}"))
                .collect();
            assert_eq!(
                finds(&RULE, &guarded(exceptions, &[])),
                want,
                "{exceptions}"
            );
        }
        let none = guarded(
            r#"["iam:CreateVirtualMFADevice","iam:EnableMFADevice"]"#,
            &[],
        );
        assert!(finds(&RULE, &none).is_empty());
    }

    #[test]
    fn an_action_that_no_deny_lists_is_an_exception() {
        // The two Denys list everything except the two IAM actions that remove a device.
        let rest = deny(r#""NotAction":"iam:*""#, WITHOUT_MFA);
        let iam = deny(r#""Action":["iam:*User*","iam:*Key*"]"#, WITHOUT_MFA);
        assert_eq!(
            finds(&RULE, &statements(&[&rest, &iam])),
            ["error Statement[0].NotAction"]
        );
        let all = iam.replace(r#"["iam:*User*","iam:*Key*"]"#, r#""iam:*""#);
        assert!(finds(&RULE, &statements(&[&rest, &all])).is_empty());
    }

    #[test]
    fn a_second_deny_that_stops_only_keys_does_not_suffice() {
        let keys = deny(r#""Action":"iam:*""#, KEY_ABSENT);
        let policy = guarded(r#"["iam:DeactivateMFADevice"]"#, &[&keys]);
        assert_eq!(finds(&RULE, &policy), ["error Statement[0].NotAction[0]"]);
    }

    #[test]
    fn the_fix_removes_an_exception_that_serves_nothing_else() {
        let before = guarded(
            r#"["iam:DeleteVirtualMFADevice", "iam:GetUser", "iam:Deactivate*"]"#,
            &[],
        );
        assert_eq!(mended(&RULE, &before), guarded(r#"["iam:GetUser"]"#, &[]));
        for kept in [
            r#"["iam:*MFA*", "iam:GetUser"]"#,
            r#"["iam:DeactivateMFADevice"]"#,
        ] {
            let kept = guarded(kept, &[]);
            assert_eq!(mended(&RULE, &kept), kept);
        }
    }
}
