//! One broken policy in each output format, and the output for hostile files.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::policy::lint::report::{Given, Report, report};
use crate::policy::render::plain::is_hostile;
use crate::policy::source::Position;

/// Long-term keys pass.
const BROKEN: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "DenyWithoutMFA",
      "Effect": "Deny",
      "NotAction": ["iam:EnableMFADevice", "iam:CreateVirtualMFADevice", "sts:GetSessionToken"],
      "Resource": "*",
      "Condition": {
        "Bool": { "aws:MultiFactorAuthPresent": "false" }
      }
    }
  ]
}
"#;

fn reports(file: &str, text: &str) -> [Report; 1] {
    let report = report(file, text, &Given::default());
    assert_eq!(report.misread, []);
    [report]
}

/// The findings of one rule only, so that a new rule changes nothing here.
fn only(id: &str, mut reports: [Report; 1]) -> [Report; 1] {
    for policy in &mut reports[0].policies {
        policy.findings.retain(|l| l.finding.rule.id == id);
        assert!(!policy.findings.is_empty());
    }
    reports
}

fn compact() -> String {
    let value: Value = serde_json::from_str(BROKEN).unwrap();
    value.to_string()
}

fn plan() -> String {
    let policy = serde_json::to_string(&compact()).unwrap();
    format!(
        r#"{{"format_version":"1.2","planned_values":{{"root_module":{{"resources":[{{"address":"aws_iam_policy.mfa","mode":"managed","type":"aws_iam_policy","values":{{"policy":{policy}}}}}]}}}}}}"#
    )
}

#[test]
fn text_shows_the_lines_of_the_file() {
    let reports = only("MFA001", reports("mfa.json", BROKEN));
    insta::assert_snapshot!(findings(&reports, Colour::Never), @r#"
    error[MFA001]: `s3:GetObject` is denied to a session without MFA and passes with a long-term key: if the request has no `aws:MultiFactorAuthPresent`, `Bool` does not hold
      --> mfa.json:10:9
       |
    10 |         "Bool": { "aws:MultiFactorAuthPresent": "false" }
       |         ^^^^^^
       |
       = at: Statement[0].Condition.Bool
       = fix: use `BoolIfExists` `false`
       = see: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
    "#);
    insta::assert_snapshot!(summary(&reports), @r#"1 error in 1 policy"#);
}

#[test]
fn a_policy_in_a_string_or_on_a_long_line_is_formatted() {
    let file = only("MFA001", reports("plan.json", &plan()));
    insta::assert_snapshot!(findings(&file, Colour::Never), @r#"
    error[MFA001]: `s3:GetObject` is denied to a session without MFA and passes with a long-term key: if the request has no `aws:MultiFactorAuthPresent`, `Bool` does not hold
    --> plan.json:1:163
     |
     |
     |         "Bool": {
     |         ^^^^^^
     = at: aws_iam_policy.mfa.policy.Statement[0].Condition.Bool
     = fix: use `BoolIfExists` `false`
     = see: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
    "#);
    let line = only("MFA001", reports("one-line.json", &compact()));
    insta::assert_snapshot!(findings(&line, Colour::Never), @r#"
    error[MFA001]: `s3:GetObject` is denied to a session without MFA and passes with a long-term key: if the request has no `aws:MultiFactorAuthPresent`, `Bool` does not hold
    --> one-line.json:1:193
     |
     |
     |         "Bool": {
     |         ^^^^^^
     = at: Statement[0].Condition.Bool
     = fix: use `BoolIfExists` `false`
     = see: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
    "#);
}

#[test]
fn json_has_its_frozen_shape() {
    insta::assert_snapshot!(json(&only("MFA001", reports("mfa.json", BROKEN))), @r#"
    {
      "version": 1,
      "findings": [
        {
          "id": "MFA001",
          "severity": "error",
          "file": "mfa.json",
          "path": "Statement[0].Condition.Bool",
          "line": 10,
          "column": 9,
          "message": "`s3:GetObject` is denied to a session without MFA and passes with a long-term key: if the request has no `aws:MultiFactorAuthPresent`, `Bool` does not hold",
          "url": "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent"
        }
      ]
    }
    "#);
    insta::assert_snapshot!(json(&[]), @r#"
    {
      "version": 1,
      "findings": []
    }
    "#);
}

#[test]
fn github_annotates_lines() {
    let of = |file: &str, text: &str| github(&only("MFA001", reports(file, text)));
    insta::assert_snapshot!(of("a,b:100%.json", BROKEN), @"::error file=a%2Cb%3A100%25.json,line=10,endLine=10,col=9,endColumn=15,title=MFA001 long-term-keys-pass::Statement[0].Condition.Bool: `s3:GetObject` is denied to a session without MFA and passes with a long-term key: if the request has no `aws:MultiFactorAuthPresent`, `Bool` does not hold (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent)");
    insta::assert_snapshot!(of("-", &plan()), @"::error title=MFA001 long-term-keys-pass::aws_iam_policy.mfa.policy.Statement[0].Condition.Bool: `s3:GetObject` is denied to a session without MFA and passes with a long-term key: if the request has no `aws:MultiFactorAuthPresent`, `Bool` does not hold (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent)");
}

/// The only run in the SARIF log.
fn run(reports: &[Report]) -> Value {
    let log: Value = serde_json::from_str(&sarif(reports)).unwrap();
    assert_eq!(log["version"], "2.1.0");
    log["runs"][0].clone()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

#[test]
fn sarif_describes_the_rules_with_findings() {
    let run = run(&only("MFA001", reports("mfa.json", BROKEN)));
    let mut tool = run["tool"].clone();
    tool["driver"]["semanticVersion"] = "0.0.0".into();
    insta::assert_snapshot!(pretty(&tool), @r#"
    {
      "driver": {
        "name": "mfa-session",
        "semanticVersion": "0.0.0",
        "rules": [
          {
            "id": "MFA001",
            "name": "long-term-keys-pass",
            "shortDescription": {
              "text": "long term keys pass"
            },
            "fullDescription": {
              "text": "A request that is signed with a long-term access key does not contain aws:MultiFactorAuthPresent at all. A condition that compares its value, such as Bool, then does not hold and the Deny does not apply: the holder of the key needs no MFA. BoolIfExists also holds for an absent key."
            },
            "help": {
              "text": "A request that is signed with a long-term access key does not contain aws:MultiFactorAuthPresent at all. A condition that compares its value, such as Bool, then does not hold and the Deny does not apply: the holder of the key needs no MFA. BoolIfExists also holds for an absent key.\n\nhttps://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent"
            },
            "helpUri": "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent",
            "defaultConfiguration": {
              "level": "error"
            },
            "properties": {
              "tags": [
                "security",
                "aws",
                "iam",
                "mfa"
              ],
              "security-severity": "9.0"
            }
          }
        ]
      }
    }
    "#);
}

#[test]
fn sarif_contains_the_place_and_the_fix() {
    let run = run(&only("MFA001", reports("policies/mfa.json", BROKEN)));
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    insta::assert_snapshot!(pretty(&run["results"]), @r#"
    [
      {
        "ruleId": "MFA001",
        "ruleIndex": 0,
        "level": "error",
        "message": {
          "text": "`s3:GetObject` is denied to a session without MFA and passes with a long-term key: if the request has no `aws:MultiFactorAuthPresent`, `Bool` does not hold"
        },
        "locations": [
          {
            "physicalLocation": {
              "artifactLocation": {
                "uri": "policies/mfa.json"
              },
              "region": {
                "startLine": 10,
                "startColumn": 9,
                "endLine": 10,
                "endColumn": 15
              }
            },
            "logicalLocations": [
              {
                "fullyQualifiedName": "Statement[0].Condition.Bool"
              }
            ]
          }
        ],
        "fixes": [
          {
            "description": {
              "text": "use `BoolIfExists` `false`"
            },
            "artifactChanges": [
              {
                "artifactLocation": {
                  "uri": "policies/mfa.json"
                },
                "replacements": [
                  {
                    "deletedRegion": {
                      "startLine": 10,
                      "startColumn": 14,
                      "endLine": 10,
                      "endColumn": 14
                    },
                    "insertedContent": {
                      "text": "IfExists"
                    }
                  }
                ]
              }
            ]
          }
        ],
        "properties": {
          "severity": "error",
          "security-severity": "9.0"
        }
      }
    ]
    "#);
}

#[test]
fn control_characters_are_not_printed() {
    let hostile = BROKEN
        .replace("DenyWithoutMFA", "a\u{9b}31m\u{202e}\u{7f}\u{200f}b")
        .replace(
            "sts:GetSessionToken",
            "sts:\\u001b[31mGetSessionToken\\u0007\\n::error::x",
        );
    for text in [hostile.clone(), serde_json::to_string(&hostile).unwrap()] {
        let reports = reports("\u{1b}[2Ja.json", &text);
        let marks = |c: char| is_hostile(c) && c != '\n';
        let shown = findings(&reports, Colour::Never);
        assert!(
            shown.contains("[2Ja.json:") && !shown.contains(marks),
            "{shown:?}"
        );
        let annotations = github(&reports);
        assert!(!annotations.contains(marks), "{annotations:?}");
        let found: usize = reports[0].policies.iter().map(|p| p.findings.len()).sum();
        assert_eq!(annotations.lines().count(), found);
        for line in annotations.lines() {
            // A workflow command ends at the end of its line, and quoted text in a message starts no other one.
            let begins = ["::error file=", "::warning file=", "::notice file="];
            assert!(begins.iter().any(|b| line.starts_with(b)), "{line}");
        }
    }
}

#[test]
fn colours_are_printed_only_to_terminals() {
    let reports = reports("mfa.json", BROKEN);
    assert!(!findings(&reports, Colour::Never).contains('\u{1b}'));
    assert!(findings(&reports, Colour::Terminal(Some(80))).contains("\u{1b}["));
}

#[test]
fn windows_line_endings_end_a_line() {
    let reports = only("MFA001", reports("mfa.json", &BROKEN.replace('\n', "\r\n")));
    let shown = findings(&reports, Colour::Never);
    assert!(
        shown.contains("10 |         \"Bool\": {") && !shown.contains('␍'),
        "{shown}"
    );
}

/// Files of any shape, made of the names and values that the readers of formats look for.
fn any_file() -> impl Strategy<Value = Value> {
    let broken: Value = serde_json::from_str(BROKEN).unwrap();
    let texts = [
        BROKEN,
        "%7B%22Statement%22%3A[]}",
        "{\"Version\":\"2012-10-17\"",
        "aws_iam_policy",
        "AWS::IAM::Role",
        "data",
        "ü\u{9b}",
    ];
    let leaf = prop_oneof![
        3 => Just(broken),
        3 => proptest::sample::select(texts.to_vec()).prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
    ];
    let names = [
        "PolicyDocument",
        "AssumeRolePolicyDocument",
        "Statement",
        "Version",
        "Type",
        "Properties",
        "Roles",
        "Ref",
        "Fn::If",
        "Fn::Sub",
        "Policies",
        "PolicyVersionList",
        "IsDefaultVersion",
        "Document",
        "Arn",
        "AttachedManagedPolicies",
        "PolicyArn",
        "RoleName",
        "format_version",
        "planned_values",
        "root_module",
        "resources",
        "child_modules",
        "address",
        "type",
        "mode",
        "values",
        "policy",
        "inline_policy",
        "json",
        "resource_changes",
        "change",
        "after_unknown",
        "Effect",
        "Action",
    ];
    leaf.prop_recursive(8, 64, 6, move |inner| {
        let name = proptest::sample::select(names.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            4 => proptest::collection::vec((name, inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_position_lies_within_the_file(file in any_file(), spread in any::<bool>(), cut in 0..400_usize) {
        let mut text = if spread { pretty(&file) } else { file.to_string() };
        // Truncated files are included.
        if cut < 40 && text.len() > cut {
            let end = text.len() - cut;
            let end = (0..=end).rev().find(|n| text.is_char_boundary(*n)).unwrap();
            text.truncate(end);
        }
        let reports = [report("any.json", &text, &Given::default())];
        let lines: Vec<&str> = text.split('\n').collect();
        let stands = |at: Position| {
            (lines.get(at.line - 1)).is_some_and(|line| (1..=line.chars().count() + 1).contains(&at.column))
        };
        prop_assert!(reports[0].judged + reports[0].misread.len() > 0);
        for misread in &reports[0].misread {
            prop_assert!(stands(misread.start), "{misread:?}");
        }
        for policy in &reports[0].policies {
            for located in &policy.findings {
                prop_assert!(stands(located.start) && stands(located.end), "{located:?}");
                prop_assert!(located.start <= located.end, "{located:?}");
                prop_assert!(located.path.starts_with(&policy.place), "{located:?}");
                let marked = located.line.text.get(located.line.mark.clone());
                prop_assert!(marked.is_some_and(|m| !m.is_empty()), "{located:?}");
            }
        }
        prop_assert!(serde_json::from_str::<Value>(&json(&reports)).is_ok());
        prop_assert!(serde_json::from_str::<Value>(&sarif(&reports)).is_ok());
        let found: usize = reports[0].policies.iter().map(|p| p.findings.len()).sum();
        prop_assert_eq!(github(&reports).lines().count(), found);
        prop_assert_eq!(findings(&reports, Colour::Never).matches(" = see: ").count(), found);
    }
}
