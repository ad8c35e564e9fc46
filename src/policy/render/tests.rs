//! Whole outputs.

use super::*;
use crate::policy::generate::{Generated, Kind, Options, Template, generate};

fn written(templates: &[Template], kind: Option<Kind>) -> Generated {
    generate(&Options {
        templates: templates.to_vec(),
        kind,
        ..Options::default()
    })
    .unwrap()
}

#[test]
fn terraform_is_formatted_and_interpolates_nothing() {
    insta::assert_snapshot!(terraform(&written(&[Template::OwnOnly], None)), @r#"
    resource "aws_iam_policy" "deny_other_users_devices_without_mfa" {
      name = "DenyOtherUsersDevicesWithoutMFA"
      policy = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid    = "DenyOtherUsersDevicesWithoutMFA"
            Effect = "Deny"
            Action = [
              "iam:EnableMFADevice",
              "iam:ResyncMFADevice",
              "iam:GetUser",
              "iam:GetMFADevice",
              "iam:ListMFADevices",
            ]
            NotResource = [
              "arn:aws:iam::*:user/$${aws:username}",
              "arn:aws:iam::*:user/*/$${aws:username}",
            ]
            Condition = {
              BoolIfExists = {
                "aws:MultiFactorAuthPresent" = "false"
              }
            }
          },
        ]
      })
    }
    "#);
}

#[test]
fn cloudformation_in_yaml_holds_what_the_json_holds() {
    let generated = written(&[Template::Seed], Some(Kind::InlineGroup));
    insta::assert_snapshot!(cloudformation_yaml(&generated), @r#"
    AWSTemplateFormatVersion: "2010-09-09"
    Parameters:
      GroupName:
        Type: "String"
    Resources:
      DenyAllWithoutMFA:
        Type: "AWS::IAM::GroupPolicy"
        Properties:
          GroupName:
            Ref: "GroupName"
          PolicyName: "DenyAllWithoutMFA"
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: "DenyAllWithoutMFA"
                Effect: "Deny"
                NotAction:
                  - "iam:CreateVirtualMFADevice"
                  - "iam:EnableMFADevice"
                  - "iam:GetUser"
                  - "iam:ListMFADevices"
                  - "iam:ListVirtualMFADevices"
                  - "iam:ResyncMFADevice"
                  - "sts:GetSessionToken"
                Resource: "*"
                Condition:
                  BoolIfExists:
                    "aws:MultiFactorAuthPresent": "false"
    "#);
    let json: serde_json::Value = serde_json::from_str(&cloudformation_json(&generated)).unwrap();
    assert_eq!(
        json["Resources"]["DenyAllWithoutMFA"]["Properties"]["PolicyDocument"],
        serde_json::to_value(&generated.document).unwrap()
    );
}

#[test]
fn the_script_holds_the_policy_unexpanded() {
    let script = awscli(&written(&[Template::Scp], None));
    insta::assert_snapshot!(script, @r#"
    #!/bin/sh
    # Usage: sh SCRIPT [TARGET...]: create the policy and attach it to these roots, units or accounts.
    set -eu

    policy=$(
      cat <<'POLICY'
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "DenyAllWithoutMFA",
          "Effect": "Deny",
          "NotAction": [
            "iam:CreateVirtualMFADevice",
            "iam:EnableMFADevice",
            "iam:GetUser",
            "iam:ListMFADevices",
            "iam:ListVirtualMFADevices",
            "iam:ResyncMFADevice",
            "sts:GetSessionToken"
          ],
          "Resource": "*",
          "Condition": {
            "BoolIfExists": {
              "aws:MultiFactorAuthPresent": "false"
            },
            "ArnLike": {
              "aws:PrincipalArn": "arn:aws:iam::*:user/*"
            }
          }
        }
      ]
    }
    POLICY
    )

    id=$(aws organizations create-policy --type SERVICE_CONTROL_POLICY --name DenyAllWithoutMFA --description DenyAllWithoutMFA --content "$policy" --query Policy.PolicySummary.Id --output text)
    echo "$id"
    for target in "$@"; do
      aws organizations attach-policy --policy-id "$id" --target-id "$target"
    done
    "#);
}

#[test]
fn keys_that_yaml_would_take_for_something_else_are_quoted() {
    let text = cloudformation_yaml(&written(&[Template::ConsoleEnrol], None));
    assert!(text.contains(" \"Null\":\n"), "{text}");
}

#[test]
fn an_explanation_in_both_styles() {
    let seed = crate::policy::explain::explain(&crate::policy::generate::seed(), "aws").unwrap();
    let text = explanation(&seed, Style::Text);
    let head: Vec<&str> = text.lines().take(3).collect();
    assert_eq!(
        head,
        [
            "Decisions by state of MFA",
            "  action                      absent        false         true",
            "  s3:ListAllMyBuckets         explicitDeny  explicitDeny  allowed",
        ]
    );
    assert!(text.contains("\n  first-enrolment (user without a device): iam:CreateVirtualMFADevice, iam:EnableMFADevice, sts:GetSessionToken: "));
    let markdown = explanation(&seed, Style::Markdown);
    assert!(markdown.starts_with("## Decisions by state of MFA\n\n| action | absent | false | true |\n| --- | --- | --- | --- |\n| s3:ListAllMyBuckets | explicitDeny |"));
    assert!(
        markdown.contains("\n- sts:GetSessionToken: turn a token code into a session with MFA\n")
    );
}

#[test]
fn a_simulation_begins_with_its_decision() {
    let seed = crate::policy::generate::seed().to_json_compact();
    let question = serde_json::json!({
        "PolicyInputList": [seed],
        "ActionNames": ["s3:ListAllMyBuckets", "sts:GetCallerIdentity"],
    });
    let question = question.to_string();
    let asked = crate::policy::simulate::Simulator::new()
        .ask(&question, None)
        .unwrap();
    insta::assert_snapshot!(simulation(&asked.answer()), @r#"
    explicitDeny: s3:ListAllMyBuckets on *
      PolicyInputList.1 Deny: DenyAllWithoutMFA applies and decides
        true: BoolIfExists aws:MultiFactorAuthPresent "false", request: absent

    allowed: sts:GetCallerIdentity on *
      PolicyInputList.1 Deny: DenyAllWithoutMFA applies
        true: BoolIfExists aws:MultiFactorAuthPresent "false", request: absent
      note: this call needs no permission and succeeds even under an explicit deny
    "#);
}

#[test]
fn a_verification_begins_with_its_verdict() {
    use crate::policy::verify::{Attached, verify};
    let judge = |templates: &[Template]| {
        let attached = Attached {
            identity: vec![("p.json".to_owned(), written(templates, None).document)],
            ..Attached::default()
        };
        verification(&verify(&attached, "aws").unwrap(), Style::Text)
    };
    let clean = judge(&[Template::ConsoleEnrol, Template::OwnOnly]);
    assert!(clean.starts_with("clean: nothing is possible without MFA but what is expected\n"));
    let open = judge(&[Template::Seed]);
    assert!(
        open.starts_with("open: 0 unexpected actions and 3 ways past MFA\n"),
        "{open}"
    );
    assert!(open.contains("\nfirst-enrolment, user without a device: "));
    assert!(open.contains("\n  2. iam:EnableMFADevice on arn:aws:iam::123456789012:user/caller: assumed Allow *: Statement[0]\n"));
    assert!(open.contains("\n  3. sts:GetSessionToken on *: assumed Allow *: Statement[0]\n"));
}
