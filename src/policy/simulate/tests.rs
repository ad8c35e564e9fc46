//! Simulations: questions and the complete answers.

use serde_json::{Value, json};

use super::*;
use crate::policy::generate;

const DEV: &str = "arn:aws:iam::123456789012:user/dev";

fn ask(question: &Value) -> Value {
    let question = question.to_string();
    let simulation = Simulator::new().ask(&question, None).unwrap();
    let answer = serde_json::to_value(simulation.answer()).unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&line(&question).unwrap()).unwrap(),
        answer
    );
    answer
}

fn line(question: &str) -> Result<Vec<u8>, Vec<u8>> {
    let mut out = Vec::new();
    match Simulator::new().line(question, None, &mut out) {
        Ok(()) => Ok(out),
        Err(_) => Err(out),
    }
}

fn refused(question: &str) -> String {
    String::from_utf8(line(question).unwrap_err()).unwrap()
}

fn decision(question: &Value) -> String {
    let answer = ask(question);
    answer["EvaluationResults"][0]["EvalDecision"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn policy(statement: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

fn allow_all() -> String {
    policy(&json!({"Effect": "Allow", "Action": "*", "Resource": "*"}))
}

#[test]
fn an_answer_has_the_shape_of_awss() {
    let question = json!({
        "PolicyInputList": [generate::seed().to_json_compact()],
        "ActionNames": ["s3:ListAllMyBuckets"],
    });
    insta::assert_snapshot!(serde_json::to_string_pretty(&ask(&question)).unwrap(), @r#"
    {
      "EvaluationResults": [
        {
          "EvalActionName": "s3:ListAllMyBuckets",
          "EvalResourceName": "*",
          "EvalDecision": "explicitDeny",
          "MatchedStatements": [
            {
              "SourcePolicyId": "PolicyInputList.1",
              "SourcePolicyType": "IAM Policy",
              "StartPosition": {
                "Line": 1,
                "Column": 38
              },
              "EndPosition": {
                "Line": 1,
                "Column": 336
              }
            }
          ],
          "MissingContextValues": [],
          "Reasons": [
            {
              "PolicyId": "PolicyInputList.1",
              "StatementIndex": 0,
              "Sid": "DenyAllWithoutMFA",
              "Effect": "Deny",
              "Applies": true,
              "Decides": true,
              "Conditions": [
                {
                  "Key": "aws:MultiFactorAuthPresent",
                  "Operator": "BoolIfExists",
                  "PolicyValues": [
                    "false"
                  ],
                  "RequestValues": null,
                  "Verdict": "true"
                }
              ]
            }
          ]
        }
      ],
      "IsTruncated": false
    }
    "#);
}

#[test]
fn policies_are_text_or_objects() {
    let object: Value = serde_json::from_str(&allow_all()).unwrap();
    for list in [json!([allow_all()]), json!([object])] {
        assert_eq!(
            decision(&json!({"PolicyInputList": list, "ActionNames": ["s3:GetObject"]})),
            "allowed"
        );
    }
}

#[test]
fn one_result_for_each_action_and_resource() {
    let answer = ask(&json!({
        "PolicyInputList": [policy(&json!({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a"}))],
        "ActionNames": ["s3:GetObject", "ec2:RunInstances"],
        "ResourceArns": ["arn:aws:s3:::a", "*"],
    }));
    let results: Vec<String> = answer["EvaluationResults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| {
            let text = |field: &str| r[field].as_str().unwrap().to_owned();
            format!(
                "{} {} {}",
                text("EvalActionName"),
                text("EvalResourceName"),
                text("EvalDecision")
            )
        })
        .collect();
    assert_eq!(
        results,
        [
            "s3:GetObject arn:aws:s3:::a allowed",
            "s3:GetObject * implicitDeny",
            "ec2:RunInstances arn:aws:s3:::a implicitDeny",
            "ec2:RunInstances * implicitDeny",
        ]
    );
}

#[test]
fn missing_keys_are_listed_only_with_an_implicit_deny() {
    let conditional = policy(&json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"s3:prefix": "${aws:PrincipalTag/a}"}}},
        {"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": {"Bool": {"AWS:SecureTransport": "true", "aws:PrincipalArn": "x"}}},
    ]));
    let question = |policies: Value| json!({"PolicyInputList": policies, "ActionNames": ["s3:ListBucket"], "CallerArn": DEV});
    let missing =
        |question: &Value| ask(question)["EvaluationResults"][0]["MissingContextValues"].clone();
    assert_eq!(
        missing(&question(json!([conditional]))),
        json!(["s3:prefix", "aws:PrincipalTag/a", "AWS:SecureTransport"])
    );
    assert_eq!(
        missing(&question(json!([conditional, allow_all()]))),
        json!([])
    );
}

#[test]
fn the_type_distinguishes_a_list_from_a_single_value() {
    let question = |entry: Value| {
        json!({
            "PolicyInputList": [policy(&json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:TagKeys": "a"}}}))],
            "ActionNames": ["s3:GetObject"],
            "ContextEntries": [entry],
        })
    };
    let entry = |kind: &str, values: Value| json!({"ContextKeyName": "aws:tagkeys", "ContextKeyValues": values, "ContextKeyType": kind});
    assert_eq!(
        decision(&question(entry("string", json!(["a"])))),
        "allowed"
    );
    assert_eq!(
        decision(&question(entry("stringList", json!(["a"])))),
        "implicitDeny"
    );
    assert_eq!(
        decision(&question(
            json!({"ContextKeyName": "aws:TagKeys", "ContextKeyValues": ["a"]})
        )),
        "allowed"
    );
    assert!(
        refused(&question(entry("string", json!(["a", "b"]))).to_string())
            .contains("`aws:tagkeys` has 2 values")
    );
    assert!(
        refused(&question(entry("text", json!(["a"]))).to_string()).contains("ValidationError")
    );
}

#[test]
fn service_control_policies_are_evaluated_level_by_level() {
    let deny = policy(&json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"}));
    let silent = policy(&json!([]));
    let question = |scp: Value| json!({"PolicyInputList": [allow_all()], "ActionNames": ["s3:GetObject"], "ServiceControlPolicyInputList": scp});
    for (scp, want, allowed) in [
        (json!([]), "allowed", None),
        (json!([allow_all()]), "allowed", Some(true)),
        (json!([allow_all(), deny]), "explicitDeny", Some(false)),
        (
            json!([[allow_all()], [silent]]),
            "implicitDeny",
            Some(false),
        ),
        (
            json!([[allow_all()], [silent, allow_all()]]),
            "allowed",
            Some(true),
        ),
    ] {
        let answer = ask(&question(scp.clone()));
        let result = &answer["EvaluationResults"][0];
        assert_eq!(result["EvalDecision"], want, "{scp}");
        assert_eq!(
            result["OrganizationsDecisionDetail"]["AllowedByOrganizations"].as_bool(),
            allowed
        );
        assert_eq!(
            result["MatchedStatements"] == json!([]),
            want != "allowed",
            "{scp}"
        );
    }
    assert!(
        refused(&question(json!([allow_all(), [allow_all()]])).to_string()).contains("found both")
    );
}

#[test]
fn boundaries_session_policies_and_resource_policies_count() {
    let silent = policy(&json!([]));
    let grant = |principal: &str| {
        policy(
            &json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "*", "Resource": "*"}),
        )
    };
    let root = "arn:aws:iam::123456789012:root";
    for (extra, want) in [
        (
            json!({"PolicyInputList": [allow_all()], "PermissionsBoundaryPolicyInputList": [silent]}),
            "implicitDeny",
        ),
        (
            json!({"PolicyInputList": [allow_all()], "SessionPolicyInputList": [silent]}),
            "implicitDeny",
        ),
        (
            json!({"PolicyInputList": [allow_all()], "ResourceControlPolicyInputList": [silent]}),
            "allowed",
        ),
        (
            json!({"ResourcePolicy": grant(DEV), "PermissionsBoundaryPolicyInputList": [silent]}),
            "allowed",
        ),
        (json!({"ResourcePolicy": grant(root)}), "allowed"),
        (json!({"ResourcePolicy": grant("*")}), "allowed"),
        (
            json!({"ResourcePolicy": grant(DEV), "ResourceOwner": "arn:aws:iam::210987654321:root"}),
            "implicitDeny",
        ),
        (
            json!({"ResourcePolicy": grant(DEV), "ResourceOwner": "210987654321", "PolicyInputList": [allow_all()]}),
            "allowed",
        ),
        (
            json!({"ResourcePolicy": grant(DEV), "ResourceOwner": "arn:aws:iam::210987654321:user/team/x"}),
            "implicitDeny",
        ),
        (
            json!({"ResourcePolicy": grant(DEV), "ResourceOwner": "arn:aws:iam::123456789012:role/x"}),
            "allowed",
        ),
    ] {
        let mut question = json!({"ActionNames": ["s3:GetObject"], "ResourceArns": ["arn:aws:s3:::b/k"], "CallerArn": DEV});
        for (key, value) in extra.as_object().unwrap() {
            question[key] = value.clone();
        }
        assert_eq!(decision(&question), want, "{extra}");
    }
}

#[test]
fn an_action_with_a_wildcard_or_without_a_name_is_decided_on_as_it_is() {
    for action in ["s3:*", "s3:", "s3:Get*"] {
        for (pattern, want) in [
            ("*", "allowed"),
            ("s3:*", "allowed"),
            ("s3:GetObject", "implicitDeny"),
        ] {
            let allow = policy(&json!({"Effect": "Allow", "Action": pattern, "Resource": "*"}));
            let question = json!({"PolicyInputList": [allow], "ActionNames": [action]});
            assert_eq!(decision(&question), want, "{action} {pattern}");
        }
    }
}

#[test]
fn the_state_of_mfa_is_set_as_aws_sets_it() {
    let question = json!({"PolicyInputList": [generate::seed().to_json_compact(), allow_all()], "ActionNames": ["s3:GetObject"]}).to_string();
    for (mfa, want) in [
        (None, "explicitDeny"),
        (Some(Mfa::Absent), "explicitDeny"),
        (Some(Mfa::False), "explicitDeny"),
        (Some(Mfa::True { age: 0 }), "allowed"),
    ] {
        let simulation = Simulator::new().ask(&question, mfa).unwrap();
        let decision = simulation.answer().evaluation_results[0].eval_decision;
        assert_eq!(decision, want);
    }
}

#[test]
fn requests_without_an_answer_are_reported() {
    insta::assert_snapshot!(refused("{"), @r#"{"Error":{"Code":"ValidationError","Message":"EOF while parsing an object at line 1 column 1"}}"#);
    insta::assert_snapshot!(refused(r#"{"PolicyInputList":[]}"#), @r#"{"Error":{"Code":"ValidationError","Message":"missing field `ActionNames` at line 1 column 22"}}"#);
    insta::assert_snapshot!(refused(r#"{"ActionNames":[]}"#), @r#"{"Error":{"Code":"InvalidInput","Message":"expected at least one action in ActionNames"}}"#);
    insta::assert_snapshot!(refused(r#"{"ActionNames":["s3"]}"#), @r#"{"Error":{"Code":"InvalidInput","Message":"`s3` is not an action: expected a service and a name such as `iam:CreateUser`"}}"#);
    insta::assert_snapshot!(refused(r#"{"ActionNames":["a:b"],"PolicyInputList":["{}"]}"#), @r#"{"Error":{"Code":"InvalidInput","Message":"PolicyInputList.1: `document` (line 1, column 1): expected an element `Statement`, found none"}}"#);
    insta::assert_snapshot!(refused(r#"{"ActionNames":["a:b"],"PolicyInputList":[{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Boole":{"a":"b"}}}}]}"#), @r#"{"Error":{"Code":"InvalidInput","Message":"PolicyInputList.1: `Statement.Condition.Boole`: unknown condition operator `Boole`"}}"#);
    insta::assert_snapshot!(refused(r#"{"ActionNames":["a:b"],"PolicyInputList":[{"Statement":{"Effect":"Deny","Action":"*"}}]}"#), @r#"{"Error":{"Code":"InvalidInput","Message":"PolicyInputList.1: expected `Resource` or `NotResource` in each statement"}}"#);
    insta::assert_snapshot!(refused(r#"{"ActionNames":["a:b"],"ResourcePolicy":"{\"Statement\":[]}"}"#), @r#"{"Error":{"Code":"InvalidInput","Message":"expected a CallerArn beside a ResourcePolicy"}}"#);
    insta::assert_snapshot!(refused(r#"{"ActionNames":["a:b"],"CallerArn":"arn:aws:iam::123456789012:root"}"#), @r#"{"Error":{"Code":"InvalidInput","Message":"invalid CallerArn `arn:aws:iam::123456789012:root`: expected the ARN of a user, role, role session or federated user"}}"#);
    insta::assert_snapshot!(refused(r#"{"ActionNames":["a:b"],"ResourceOwner":"me"}"#), @r#"{"Error":{"Code":"InvalidInput","Message":"invalid ResourceOwner `me`: expected an account, or the ARN of its root, of a user or of a role"}}"#);
    insta::assert_snapshot!(refused(r#"{"ActionNames":["a:b"],"Policies":[]}"#).split(", expected").next().unwrap(), @r#"{"Error":{"Code":"ValidationError","Message":"unknown field `Policies`"#);
}

#[test]
fn repeated_policies_are_cached_and_memory_does_not_grow() {
    let mut simulator = Simulator::new();
    let question = |n: usize| {
        let id = format!("{n}{}", "x".repeat(1 << 16));
        json!({"ActionNames": ["a:b"], "PolicyInputList": [{"Id": id, "Statement": []}]})
            .to_string()
    };
    let mut ask = |n: usize| {
        let question = question(n);
        let simulation = simulator.ask(&question, None).unwrap();
        let source = Arc::clone(&simulation.policies.loaded[0].source);
        (source, simulator.sources.size())
    };
    let (_, before) = ask(0);
    assert_eq!(before, 0);
    let (second, kept) = ask(0);
    let (third, still) = ask(0);
    assert!(Arc::ptr_eq(&second, &third) && kept == still && kept > 1 << 16);
    for n in 1..300 {
        ask(n);
        let (_, size) = ask(n);
        assert!(size > 1 << 16 && size <= 8 << 20);
    }
}

#[test]
fn the_number_of_decisions_per_question_is_limited() {
    let many: Vec<String> = (0..400).map(|n| format!("a:b{n}")).collect();
    let question = json!({"ActionNames": many, "ResourceArns": many}).to_string();
    assert!(refused(&question).contains("160000 results"));
    // The total size of all reasons is limited too.
    let policy = json!({"Id": "x".repeat(1 << 19), "Statement": []});
    let question = |n: usize| {
        json!({"ActionNames": many[..n], "ResourceArns": many[..n], "PolicyInputList": [policy]})
            .to_string()
    };
    assert!(line(&question(20)).is_ok());
    assert!(refused(&question(30)).contains("900 results from"));
}
