//! MFA002: a Deny that applies to long-term keys but not to sessions without MFA.

use super::{BOOL, Finding, NULL, Rule, Severity, View, restated};
use crate::policy::context::Mfa;
use crate::policy::document::{Scalar, Strings};
use crate::policy::generate::statements::SEED_EXCEPTIONS;

pub(super) static RULE: Rule = Rule {
    id: "MFA002",
    name: "sessions-without-mfa-pass",
    explanation: "Null true tests whether the key is absent, and only requests with long-term keys lack it. The console, and \
        sessions from GetSessionToken without a token code, send aws:MultiFactorAuthPresent with the value false, so the Deny \
        does not apply and they need no MFA. BoolIfExists false denies both. Null true is right only to deny the enrolment of \
        a device with a key.",
    url: NULL,
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    // What may be open without MFA anyway: a guard that stops it for keys only is meant so.
    let way_to_mfa = SEED_EXCEPTIONS.into_iter().chain(["iam:GetMFADevice"]);
    let way_to_mfa = view
        .universe
        .matching(&Strings::Many(way_to_mfa.map(Scalar::from).collect()));
    let mut findings = Vec::new();
    for deny in view.denies() {
        if !deny.truth.is_some_and(|t| t.is(true, false, false)) {
            continue;
        }
        let Some(action) = view.passing(deny, Mfa::False, &way_to_mfa) else {
            continue;
        };
        let Some(clause) = super::failing(deny, Mfa::False) else {
            continue;
        };
        let message = format!(
            "`{action}` is denied with a long-term key and passes without MFA in the console or with a session: there `{}` is \
             `false`, not absent",
            clause.key
        );
        findings.push(
            RULE.finding(Severity::Error, deny.block_path(clause), message)
                .mended_by(restated(deny, BOOL.if_exists, "false")),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{
        KEY_ABSENT, WITHOUT_MFA, assert_finds_nothing, deny, finds, mended, statements,
    };

    fn policy(actions: &str) -> String {
        statements(&[&deny(actions, KEY_ABSENT)])
    }

    #[test]
    fn null_true_as_the_only_guard_is_found() {
        for actions in [
            r#""Action":"*""#,
            r#""Action":["iam:CreateAccessKey"]"#,
            r#""NotAction":["iam:GetUser","sts:GetSessionToken"]"#,
            r#""Action":"iam:*MFADevice""#,
        ] {
            assert_eq!(
                finds(&RULE, &policy(actions)),
                ["error Statement[0].Condition.Null"],
                "{actions}"
            );
        }
    }

    #[test]
    fn the_enrolment_guard_is_not_found() {
        assert_finds_nothing(
            &RULE,
            policy,
            [
                r#""Action":["iam:CreateVirtualMFADevice","iam:EnableMFADevice","iam:ResyncMFADevice"]"#,
                r#""Action":"iam:EnableMFADevice""#,
                r#""Action":["iam:CreateVirtualMFADevice","iam:EnableMFADevice","iam:ListMFADevices"]"#,
            ],
        );
    }

    #[test]
    fn a_guard_that_stops_sessions_too_is_not_found() {
        let everything = deny(r#""Action":"*""#, KEY_ABSENT);
        let bool_false = everything.replace("Null", "Bool").replace("true", "false");
        assert!(finds(&RULE, &statements(&[&everything, &bool_false])).is_empty());
        // The age is absent from every request without MFA.
        let age = everything.replace("Present", "Age");
        assert!(finds(&RULE, &statements(&[&age])).is_empty());
        // The broad enrolment guard lets sessions pass, but the other guard stops them.
        let seed = deny(
            r#""NotAction":["iam:EnableMFADevice","iam:CreateVirtualMFADevice"]"#,
            WITHOUT_MFA,
        );
        let broad = deny(r#""Action":"iam:*MFADevice*""#, KEY_ABSENT);
        assert!(finds(&RULE, &statements(&[&seed, &broad])).is_empty());
    }

    #[test]
    fn an_inverted_deny_is_left_to_another_rule() {
        let inverted = statements(&[&deny(
            r#""Action":"*""#,
            r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#,
        )]);
        assert!(finds(&RULE, &inverted).is_empty());
    }

    #[test]
    fn the_fix_replaces_the_condition() {
        let before = policy(r#""Action":"s3:*""#);
        let after = before
            .replace("Null", "BoolIfExists")
            .replace(r#""true""#, r#""false""#);
        assert_eq!(mended(&RULE, &before), after);
    }
}
