//! Complete outputs of each format.

use super::*;
use crate::policy::document::Document;
use crate::policy::explain::explain;
use crate::policy::generate::{Generated, Kind, Options, Template, generate, seed};
use crate::policy::testing::ALLOW_EVERYTHING;
use crate::policy::verify::{Attached, Verification, verify};

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
fn cloudformation_has_the_same_content_in_yaml_and_json() {
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
fn the_shell_does_not_expand_the_policy_in_the_script() {
    let generated = written(&[Template::Scp], None);
    let policy = generated.document.to_json_pretty();
    let script = awscli(&generated);
    assert_eq!(script.matches(&policy).count(), 1, "{script}");
    insta::assert_snapshot!(script.replace(&policy, "{policy}"), @r#"
    #!/bin/sh
    # Usage: sh SCRIPT [TARGET...]: create the policy and attach it to these roots, units or accounts.
    set -eu

    policy=$(
      cat <<'POLICY'
    {policy}
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
fn the_explanation_of_the_seed_policy_is_complete() {
    let seed = explain(&seed(), "aws").unwrap();
    insta::assert_snapshot!(explanation(&seed, Style::Text), @r"
    Without MFA, 7 of 22,547 AWS actions are possible; with MFA, all of them. (457
    of these are placeholders for actions that AWS may add.)

    No policy here allows anything, so an Allow of everything is assumed.

    Decisions by state of MFA
      absent: with a long-term key, which sends no MFA key; false: in the console or
      a session without MFA; true: with MFA

      action                      absent        false         true
      s3:ListAllMyBuckets         explicitDeny  explicitDeny  allowed
      ec2:TerminateInstances      explicitDeny  explicitDeny  allowed
      iam:CreateAccessKey         explicitDeny  explicitDeny  allowed
      iam:CreateVirtualMFADevice  allowed       allowed       allowed
      iam:EnableMFADevice         allowed       allowed       allowed
      iam:GetUser                 allowed       allowed       allowed
      iam:ListMFADevices          allowed       allowed       allowed
      iam:ListVirtualMFADevices   allowed       allowed       allowed
      iam:ResyncMFADevice         allowed       allowed       allowed
      sts:GetSessionToken         allowed       allowed       allowed

    What each part does
      DenyAllWithoutMFA: if NotAction is replaced by Action *
        absent, false: 7 fewer actions are possible: iam:CreateVirtualMFADevice,
          iam:EnableMFADevice, iam:GetUser, iam:ListMFADevices,
          iam:ListVirtualMFADevices, iam:ResyncMFADevice and sts:GetSessionToken
        nobody could set up MFA: no device could be enrolled, and no session
          obtained
      DenyAllWithoutMFA: if BoolIfExists is replaced by Bool
        absent: 22,540 more actions are possible, among them s3:ListAllMyBuckets,
          ec2:TerminateInstances and iam:CreateAccessKey
        this opens ways past MFA: remove-device, new-credentials, federation-token
          and oauth-token
      DenyAllWithoutMFA: if BoolIfExists false is replaced by Null true
        false: 22,540 more actions are possible, among them s3:ListAllMyBuckets,
          ec2:TerminateInstances and iam:CreateAccessKey
      DenyAllWithoutMFA: if the condition is removed
        true: 22,540 fewer actions are possible, among them s3:ListAllMyBuckets,
          ec2:TerminateInstances and iam:CreateAccessKey

    What the exceptions are for
      action                      purpose
      iam:CreateVirtualMFADevice  create the device that is to be enrolled
      iam:EnableMFADevice         enrol it
      iam:GetUser                 learn one's own name and ARN
      iam:ListMFADevices          find the serial number of one's device
      iam:ListVirtualMFADevices   find a device that is not yet enrolled
      iam:ResyncMFADevice         mend a device whose clock has drifted
      sts:GetSessionToken         turn a token code into a session with MFA

    Ways past MFA for the holder of a long-term key
      first-enrolment: the key of a user without an MFA device gives its holder an
        MFA device for that user, and with it everything that the user may do
        1. iam:CreateVirtualMFADevice
        2. iam:EnableMFADevice for the key's user
        3. sts:GetSessionToken
        each call: excepted by DenyAllWithoutMFA (NotAction)
        once the user has a device, AWS itself stops iam:EnableMFADevice (since
          2023)
      enrol-another-user: any key gives its holder an MFA device for another user
        who has none
        1. iam:CreateVirtualMFADevice
        2. iam:EnableMFADevice for another user
        each call: excepted by DenyAllWithoutMFA (NotAction)
      closed: remove-device, new-credentials, federation-token and oauth-token

    Policies that close all of this when they are attached as well
      mfa-session policy generate --template console-enrol --guard own-only
        users with console access: the first device is enrolled there, never by a
          (leaked) access key
      mfa-session policy generate --template admin-provisioned
        users with keys only: an administrator enrols their devices

    Limits: what no policy can prevent, or what has not been verified
      sts:GetCallerIdentity succeeds under any policy, even presigned for someone
        else (EKS tokens)
      role sessions, federated users and Identity Center identities never carry the
        MFA key: require MFA in trust policies
      no identity policy applies to the root user
      the policy applies only to the users to whom it is attached (a long-term
        Bedrock API key creates a new IAM user)
      sts:GetSessionToken without a token code needs no permission; the session
        cannot call IAM and is denied everything else
      denied by the evaluator, but not verified on live AWS: CodeCommit Git and SSH
        credentials, Keyspaces, SES SMTP, S3 presigned URLs, rds-db:connect
      denied by the evaluator, but not verified on live AWS: API keys
        (*:CallWithBearerToken), and creating ECR and CodeArtifact tokens
      not verified on live AWS: whether OAuth sessions of `aws login` and calls that
        services forward carry the MFA key
    ");
    let markdown = explanation(&seed, Style::Markdown);
    assert!(markdown.contains("| action | absent | false | true |\n| --- | --- | --- | --- |\n| s3:ListAllMyBuckets | explicitDeny |"), "{markdown}");
    assert!(
        markdown.contains("\n- DenyAllWithoutMFA: if NotAction is replaced by Action \\*\n"),
        "{markdown}"
    );
    let json: serde_json::Value = serde_json::from_str(&explanation_json(&seed)).unwrap();
    assert_eq!(json["version"], 1);
    insta::assert_snapshot!(json["table"][0].to_string(), @r#"{"action":"s3:ListAllMyBuckets","resource":"any","absent":"explicitDeny","false":"explicitDeny","true":"allowed"}"#);
    insta::assert_snapshot!(json["variants"][1].to_string(), @r#"{"statement":"DenyAllWithoutMFA","part":"BoolIfExists","instead":"Bool","possible":{"absent":22547,"false":7,"true":22547},"differences":[{"action":"s3:ListAllMyBuckets","resource":"any","mfa":"absent","before":"explicitDeny","after":"allowed"},{"action":"ec2:TerminateInstances","resource":"any","mfa":"absent","before":"explicitDeny","after":"allowed"},{"action":"iam:CreateAccessKey","resource":"any","mfa":"absent","before":"explicitDeny","after":"allowed"}],"opens":[{"name":"remove-device","device":"without"},{"name":"new-credentials","device":"without"},{"name":"federation-token","device":"without"},{"name":"oauth-token","device":"without"},{"name":"remove-device","device":"with"},{"name":"new-credentials","device":"with"},{"name":"federation-token","device":"with"},{"name":"oauth-token","device":"with"}]}"#);
}

#[test]
fn a_simulation_begins_with_its_decision() {
    let seed = seed().to_json_compact();
    let question = serde_json::json!({
        "PolicyInputList": [seed],
        "ActionNames": ["s3:ListAllMyBuckets", "sts:GetCallerIdentity"],
    });
    let question = question.to_string();
    let asked = crate::policy::simulate::Simulator::new()
        .ask(&question, None)
        .unwrap();
    insta::assert_snapshot!(simulation(&asked.answer(), Style::Text), @r#"
    explicitDeny: s3:ListAllMyBuckets on *
      PolicyInputList.1: Deny DenyAllWithoutMFA applies and decides
        true: BoolIfExists aws:MultiFactorAuthPresent "false"; the request has no value

    allowed: sts:GetCallerIdentity on *
      PolicyInputList.1: Deny DenyAllWithoutMFA applies
        true: BoolIfExists aws:MultiFactorAuthPresent "false"; the request has no value
      note: this call needs no permission and succeeds even under an explicit deny
    "#);
}

/// The verification of a user with only this policy.
fn verify_alone(document: Document) -> Verification {
    let attached = Attached {
        identity: vec![("p.json".to_owned(), document)],
        ..Attached::default()
    };
    verify(&attached, "aws").unwrap()
}

/// The verification of a user with only this policy, as text.
fn verified(document: Document) -> String {
    verification(&verify_alone(document), Style::Text)
}

#[test]
fn a_verification_begins_with_its_verdict() {
    let judge = |templates: &[Template]| verified(written(templates, None).document);
    let clean = judge(&[Template::ConsoleEnrol, Template::OwnOnly]);
    insta::assert_snapshot!(clean.split("\nLimits").next().unwrap(), @r"
    clean: without MFA, only the expected actions are possible

    With a long-term key, 4 of 22,547 AWS actions are possible; in the console or a
    session without MFA, 7; with MFA, all of them. (457 of these are placeholders
    for actions that AWS may add.)

    No policy here allows anything, so an Allow of everything is assumed.

    Ways past MFA for the holder of a long-term key
      closed: first-enrolment, enrol-another-user, remove-device, new-credentials,
        federation-token and oauth-token

    Possible without MFA, as expected
      in both states: iam:GetUser, iam:ListMFADevices, iam:ListVirtualMFADevices and
        sts:GetSessionToken
      in the console or a session without MFA only: iam:CreateVirtualMFADevice,
        iam:EnableMFADevice and iam:ResyncMFADevice
    ");
    let open = judge(&[Template::Seed]);
    insta::assert_snapshot!(open.split("\nPossible without").next().unwrap(), @r"
    open: 2 ways past MFA

    Without MFA, 7 of 22,547 AWS actions are possible; with MFA, all of them. (457
    of these are placeholders for actions that AWS may add.)

    No policy here allows anything, so an Allow of everything is assumed.

    Ways past MFA for the holder of a long-term key
      first-enrolment: the key of a user without an MFA device gives its holder an
        MFA device for that user, and with it everything that the user may do
        1. iam:CreateVirtualMFADevice
        2. iam:EnableMFADevice for the key's user
        3. sts:GetSessionToken
        each call: excepted by p.json: DenyAllWithoutMFA (NotAction)
        once the user has a device, AWS itself stops iam:EnableMFADevice (since
          2023)
      enrol-another-user: any key gives its holder an MFA device for another user
        who has none
        1. iam:CreateVirtualMFADevice
        2. iam:EnableMFADevice for another user
        each call: excepted by p.json: DenyAllWithoutMFA (NotAction)
      closed: remove-device, new-credentials, federation-token and oauth-token

    Policies that close all of this when they are attached as well
      mfa-session policy generate --template console-enrol --guard own-only
        users with console access: the first device is enrolled there, never by a
          (leaked) access key
      mfa-session policy generate --template admin-provisioned
        users with keys only: an administrator enrols their devices
    ");
}

#[test]
fn the_verification_of_a_broken_policy_lists_what_is_open() {
    let seed = seed().to_json_compact();
    let broken = verified(seed.replace("BoolIfExists", "Bool").parse().unwrap());
    insta::assert_snapshot!(broken.split("\nPolicies that close").next().unwrap(), @r"
    open: 22,539 actions and 6 ways past MFA

    With a long-term key, all 22,547 AWS actions are possible; in the console or a
    session without MFA, 7; with MFA, all of them. (457 of these are placeholders
    for actions that AWS may add.)

    No policy here allows anything, so an Allow of everything is assumed.

    Possible without MFA, but not expected
      22,539 actions are possible without MFA: 22,539 with a long-term key, 0 in the
      console or a session without MFA.
      184 of 191 actions of iam: iam:AcceptDelegationRequest,
        iam:AddClientIDToOpenIDConnectProvider, iam:AddRoleToInstanceProfile,
        iam:AddUserToGroup and 180 more
      15 of 16 actions of sts: sts:AssumeRole, sts:AssumeRoleWithSAML,
        sts:AssumeRoleWithWebIdentity, sts:AssumeRoot and 11 more
      every action of 455 services: ec2, sagemaker, connect, quicksight, chime,
        glue, iot, bedrock, datazone, bedrock-agentcore, ses, s3 and 443 more

      (--format json lists them all.)

    Ways past MFA for the holder of a long-term key
      first-enrolment: the key of a user without an MFA device gives its holder an
        MFA device for that user, and with it everything that the user may do
        1. iam:CreateVirtualMFADevice
        2. iam:EnableMFADevice for the key's user
        3. sts:GetSessionToken
        once the user has a device, AWS itself stops iam:EnableMFADevice (since
          2023)
      enrol-another-user: any key gives its holder an MFA device for another user
        who has none
        1. iam:CreateVirtualMFADevice
        2. iam:EnableMFADevice for another user
      remove-device: any key gives its holder a user without a device, for whom a
        new one can be enrolled
        iam:DeactivateMFADevice for another user
        p.json: DenyAllWithoutMFA does not apply: Bool does not hold, because the
          request has no aws:MultiFactorAuthPresent
      new-credentials: any key gives its holder further credentials
        iam:CreateAccessKey for the key's user
        iam:CreateLoginProfile for the key's user
        iam:UpdateLoginProfile for the key's user
        iam:CreateServiceSpecificCredential for the key's user
        iam:ResetServiceSpecificCredential for the key's user
        iam:UpdateServiceSpecificCredential for the key's user
        iam:UploadSSHPublicKey for the key's user
        iam:CreateAccessKey for another user
        iam:AcceptDelegationRequest
        iam:SendDelegationToken
        sts:AssumeRole
        sts:AssumeRoot
        each call: p.json: DenyAllWithoutMFA does not apply: Bool does not hold,
          because the request has no aws:MultiFactorAuthPresent
      federation-token: any key gives its holder a token that other accounts or
        services trust
        sts:GetFederationToken
        sts:GetWebIdentityToken
        each call: p.json: DenyAllWithoutMFA does not apply: Bool does not hold,
          because the request has no aws:MultiFactorAuthPresent
      oauth-token: any key gives its holder an OAuth token, made from the key alone
        signin:CreateOAuth2Token
        p.json: DenyAllWithoutMFA does not apply: Bool does not hold, because the
          request has no aws:MultiFactorAuthPresent
    ");
}

#[test]
fn a_verification_as_json_has_its_frozen_shape() {
    let json = verification_json(&verify_alone(seed()));
    let mut json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["version"], &json["clean"]),
        (&1.into(), &false.into())
    );
    insta::assert_snapshot!(serde_json::to_string_pretty(&json["paths"][0]).unwrap(), @r#"
    {
      "name": "first-enrolment",
      "gives": "an MFA device for that user, and with it everything that the user may do",
      "device": "without",
      "open": true,
      "steps": [
        {
          "action": "iam:CreateVirtualMFADevice",
          "resource": "arn:aws:iam::123456789012:mfa/device",
          "decision": "allowed",
          "by": "assumed Allow: Statement[0]",
          "passed": [
            {
              "statement": "p.json: DenyAllWithoutMFA",
              "because": "excepted by p.json: DenyAllWithoutMFA (NotAction)"
            }
          ],
          "stopped_by_aws": false
        },
        {
          "action": "iam:EnableMFADevice",
          "resource": "arn:aws:iam::123456789012:user/caller",
          "decision": "allowed",
          "by": "assumed Allow: Statement[0]",
          "passed": [
            {
              "statement": "p.json: DenyAllWithoutMFA",
              "because": "excepted by p.json: DenyAllWithoutMFA (NotAction)"
            }
          ],
          "stopped_by_aws": false
        },
        {
          "action": "sts:GetSessionToken",
          "resource": "*",
          "decision": "allowed",
          "by": "assumed Allow: Statement[0]",
          "passed": [
            {
              "statement": "p.json: DenyAllWithoutMFA",
              "because": "excepted by p.json: DenyAllWithoutMFA (NotAction)"
            }
          ],
          "stopped_by_aws": false
        }
      ]
    }
    "#);
    let members = json.as_object_mut().unwrap();
    for long in ["paths", "limits", "expected"] {
        members.remove(long);
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap(), @r#"
    {
      "version": 1,
      "clean": false,
      "locked_out": false,
      "judged": 22547,
      "stand_ins": 457,
      "possible": {
        "absent": 7,
        "false": 7,
        "true": 22547
      },
      "assumed": {
        "allow": true,
        "full_access": false,
        "free_keys": []
      },
      "remedies": [
        {
          "command": "mfa-session policy generate --template console-enrol --guard own-only",
          "suits": "users with console access: the first device is enrolled there, never by a (leaked) access key"
        },
        {
          "command": "mfa-session policy generate --template admin-provisioned",
          "suits": "users with keys only: an administrator enrols their devices"
        }
      ],
      "unexpected": []
    }
    "#);
}

#[test]
fn a_terminal_gets_the_same_text_with_colours() {
    let verified = verify_alone(ALLOW_EVERYTHING.parse().unwrap());
    let coloured = verification(&verified, Style::Terminal);
    assert!(coloured.starts_with("\u{1b}[1m\u{1b}[31mopen\u{1b}[0m: "));
    assert_eq!(
        without_colours(&coloured),
        verification(&verified, Style::Text)
    );

    let explained = explain(&seed(), "aws").unwrap();
    let coloured = explanation(&explained, Style::Terminal);
    assert!(coloured.contains("\u{1b}[32mallowed\u{1b}[0m"));
    assert!(coloured.contains("\u{1b}[31mexplicitDeny\u{1b}[0m"));
    assert_eq!(
        without_colours(&coloured),
        explanation(&explained, Style::Text)
    );
    assert!(!explanation(&explained, Style::Markdown).contains('\u{1b}'));
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        plain + part.split_once('m').map_or(part, |(_, rest)| rest)
    })
}
