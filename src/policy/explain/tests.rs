//! Cases and whole outputs.

use super::*;
use crate::policy::document;
use crate::policy::generate;

fn differences(explanation: &Explanation, change: Change) -> Vec<String> {
    let variant = explanation
        .variants
        .iter()
        .find(|v| v.change == change)
        .unwrap();
    (variant.differences.iter())
        .map(|d| {
            let [before, after] = [d.before, d.after].map(Outcome::as_str);
            format!("{} {} {before} -> {after}", d.action, d.mfa)
        })
        .collect()
}

#[test]
fn the_seed_policy_depends_on_two_parts() {
    let explanation = explain(&generate::seed(), "aws").unwrap();
    // Without the exceptions, a user could never get MFA.
    let all = differences(&explanation, Change::NotAction);
    assert!(all.contains(&"iam:EnableMFADevice absent allowed -> explicitDeny".to_owned()));
    assert!(all.contains(&"sts:GetSessionToken false allowed -> explicitDeny".to_owned()));
    assert_eq!(all.len(), 14);
    // Without IfExists, the Deny does not apply to long-term keys.
    assert_eq!(
        differences(&explanation, Change::BoolIfExists),
        EXAMPLES.map(|action| format!("{action} absent explicitDeny -> allowed"))
    );
    // With Null, the Deny does not apply to sessions without MFA.
    assert_eq!(
        differences(&explanation, Change::Null),
        EXAMPLES.map(|action| format!("{action} false explicitDeny -> allowed"))
    );
    assert_eq!(
        differences(&explanation, Change::Condition),
        EXAMPLES.map(|action| format!("{action} true allowed -> explicitDeny"))
    );
}

#[test]
fn the_explanation_has_a_table_and_the_exceptions() {
    let explanation = explain(&generate::seed(), "aws").unwrap();
    let row = &explanation.table[0];
    assert_eq!(
        row.outcomes,
        ByState {
            absent: Outcome::ExplicitDeny,
            without: Outcome::ExplicitDeny,
            with: Outcome::Allowed
        }
    );
    assert_eq!(explanation.table.len(), 10);
    assert!(
        explanation.table[3..]
            .iter()
            .all(|r| r.outcomes.iter().all(|(_, o)| *o == Outcome::Allowed))
    );
    assert_eq!(explanation.exceptions.len(), 7);
    assert!(explanation.exceptions.iter().all(|e| e.purpose.is_some()));
}

#[test]
fn a_policy_of_another_kind_is_explained_by_what_it_does() {
    let allow = document::parse(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#,
    )
    .unwrap();
    let explanation = explain(&allow, "aws").unwrap();
    assert_eq!(
        (explanation.variants.len(), explanation.exceptions.len()),
        (0, 0)
    );
    assert_eq!(explanation.table[0].outcomes.absent, Outcome::Allowed);
    assert_eq!(explanation.table[1].outcomes.absent, Outcome::ImplicitDeny);
    assert!(!explanation.verification.unwrap().is_clean());
}

#[test]
fn another_key_in_the_block_keeps_its_operator() {
    let via = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false","aws:ViaAWSService":"false"}}}}"#;
    let document = document::parse(via).unwrap();
    let (_, _, changed) = changes(&document)
        .into_iter()
        .find(|(_, change, _)| *change == Change::BoolIfExists)
        .unwrap();
    assert!(changed.to_json_compact().contains(r#""BoolIfExists":{"aws:ViaAWSService":"false"},"Bool":{"aws:MultiFactorAuthPresent":"false"}"#));
}

#[test]
fn counts_and_attacks_show_what_a_part_prevents() {
    let explanation = explain(&generate::seed(), "aws").unwrap();
    let all = explanation.verification.as_ref().unwrap().judged;
    let variant = |change| {
        (explanation.variants.iter())
            .find(|v| v.change == change)
            .unwrap()
    };
    let bool_alone = variant(Change::BoolIfExists);
    assert_eq!(bool_alone.possible.absent, all);
    assert_eq!(bool_alone.possible.without, 7);
    assert!(
        (bool_alone.opens.iter()).any(|(name, _)| *name == "new-credentials"),
        "{:?}",
        bool_alone.opens
    );
    assert_eq!(variant(Change::Null).possible.without, all);
    assert_eq!(variant(Change::Condition).possible.with, 7);
    assert_eq!(variant(Change::NotAction).possible.absent, 0);
    assert!(
        explanation
            .variants
            .iter()
            .all(|v| v.change != Change::Statement)
    );
}

#[test]
fn a_guard_is_shown_by_what_happens_without_it() {
    let options = generate::Options {
        templates: vec![generate::Template::ConsoleEnrol],
        guard_own_only: true,
        ..generate::Options::default()
    };
    let document = generate::generate(&options).unwrap().document;
    let explanation = explain(&document, "aws").unwrap();
    let without = |sid: &str| {
        (explanation.variants.iter())
            .find(|v| v.statement == sid && v.change == Change::Statement)
            .unwrap()
    };
    assert_eq!(
        without("DenyEnrolmentByAccessKey").opens,
        [("first-enrolment", Device::Without)]
    );
    let others = without("DenyOtherUsersDevicesWithoutMFA");
    assert!((others.differences.iter()).all(|d| d.about == RowAbout::OtherUser));
    // Both guards stop the call, so removing one of them does not open it.
    assert_eq!(others.opens, []);
}

#[test]
fn a_trust_policy_is_judged_for_the_principals_that_it_names() {
    for principal in ["123456789012", "arn:aws:iam::210987654321:user/dev"] {
        let options = generate::Options {
            templates: vec![generate::Template::RoleTrust],
            principals: vec![principal.to_owned()],
            ..generate::Options::default()
        };
        let document = generate::generate(&options).unwrap().document;
        let explanation = explain(&document, "aws").unwrap();
        let [row] = explanation.table.as_slice() else {
            panic!("{:?}", explanation.table);
        };
        assert_eq!(row.action, "sts:AssumeRole");
        assert_eq!(
            row.outcomes.map(|o| o.as_str()),
            ByState {
                absent: "implicitDeny",
                without: "implicitDeny",
                with: "allowed"
            }
        );
        assert_eq!(
            differences(&explanation, Change::Bool),
            ["sts:AssumeRole absent implicitDeny -> allowed"]
        );
        assert_eq!(explanation.verification, None);
    }
}
