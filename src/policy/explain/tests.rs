//! Cases and whole outputs.

use super::*;
use crate::policy::document;
use crate::policy::generate;

fn differences(explanation: &Explanation, change: &str) -> Vec<String> {
    let variant = explanation
        .variants
        .iter()
        .find(|v| v.change == change)
        .unwrap();
    (variant.differences.iter())
        .map(|d| format!("{} {} {} -> {}", d.action, d.mfa, d.before, d.after))
        .collect()
}

#[test]
fn two_parts_carry_the_seed() {
    let explanation = explain(&generate::seed(), "aws").unwrap();
    // Without the exceptions a user could never get to MFA.
    let all = differences(&explanation, "Action * instead of NotAction");
    assert!(all.contains(&"iam:EnableMFADevice absent allowed -> explicitDeny".to_owned()));
    assert!(all.contains(&"sts:GetSessionToken false allowed -> explicitDeny".to_owned()));
    assert_eq!(all.len(), 14);
    // Without IfExists every long-term key passes.
    assert_eq!(
        differences(&explanation, "Bool instead of BoolIfExists"),
        EXAMPLES.map(|action| format!("{action} absent explicitDeny -> allowed"))
    );
    // Null lets sessions without MFA pass.
    assert_eq!(
        differences(&explanation, "Null true instead of BoolIfExists false"),
        EXAMPLES.map(|action| format!("{action} false explicitDeny -> allowed"))
    );
    assert_eq!(
        differences(&explanation, "without the condition"),
        EXAMPLES.map(|action| format!("{action} true allowed -> explicitDeny"))
    );
}

#[test]
fn the_table_and_the_exceptions() {
    let explanation = explain(&generate::seed(), "aws").unwrap();
    let row = &explanation.table[0];
    assert_eq!(
        (row.absent, row.without, row.with),
        ("explicitDeny", "explicitDeny", "allowed")
    );
    assert_eq!(explanation.table.len(), 10);
    assert!(
        explanation.table[3..]
            .iter()
            .all(|r| r.absent == "allowed" && r.with == "allowed")
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
    assert_eq!(explanation.table[0].absent, "allowed");
    assert_eq!(explanation.table[1].absent, "implicitDeny");
    assert!(!explanation.verification.is_clean());
}

#[test]
fn a_further_key_in_the_block_keeps_its_operator() {
    let via = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false","aws:ViaAWSService":"false"}}}}"#;
    let document = document::parse(via).unwrap();
    let (_, changed) = changes(&document)
        .into_iter()
        .find(|(name, _)| name.starts_with("Bool"))
        .unwrap();
    assert!(changed.to_json_compact().contains(r#""BoolIfExists":{"aws:ViaAWSService":"false"},"Bool":{"aws:MultiFactorAuthPresent":"false"}"#));
}
