//! Cases and whole outputs.

use super::*;
use crate::policy::document::{self, Document};
use crate::policy::generate::{self, Options, Template};

fn written(templates: &[Template]) -> Document {
    let options = Options {
        templates: templates.to_vec(),
        ..Options::default()
    };
    generate::generate(&options).unwrap().document
}

fn judge(documents: Vec<Document>) -> Verification {
    let attached = Attached {
        identity: documents.into_iter().map(|d| ("p".to_owned(), d)).collect(),
        ..Attached::default()
    };
    verify(&attached, "aws").unwrap()
}

fn open_paths(verification: &Verification) -> Vec<(&'static str, Device)> {
    let open = verification.paths.iter().filter(|p| p.open);
    open.map(|p| (p.name, p.device)).collect()
}

#[test]
fn the_seed_policy_leaves_only_enrolment_open() {
    let result = judge(vec![generate::seed()]);
    assert!(result.assumed.allow && !result.is_clean());
    assert_eq!(result.unexpected, []);
    assert!(result.judged > 22_000 && result.stand_ins > 400);
    assert_eq!(
        result.possible,
        ByState {
            absent: 7,
            without: 7,
            with: result.judged
        }
    );
    let open: Vec<&str> = result.expected.iter().map(|o| o.action.as_str()).collect();
    assert_eq!(open, SEED_EXCEPTIONS);
    assert_eq!(
        open_paths(&result),
        [
            ("first-enrolment", Device::Without),
            ("enrol-another-user", Device::Without),
            ("enrol-another-user", Device::With),
        ]
    );
    let enrolment = &result.paths[0];
    for step in &enrolment.steps {
        assert_eq!(step.by.as_deref(), Some("assumed Allow: Statement[0]"));
        assert_eq!(
            step.passed,
            [Passed {
                statement: "p: DenyAllWithoutMFA".to_owned(),
                because: Because::NotAction
            }]
        );
    }
    let remedies: Vec<&str> = result.remedies.iter().map(|r| r.options.as_str()).collect();
    assert_eq!(
        remedies,
        [
            "--template console-enrol --guard own-only",
            "--template admin-provisioned"
        ]
    );
}

#[test]
fn console_enrol_with_own_only_is_clean() {
    let result = judge(vec![written(&[Template::ConsoleEnrol, Template::OwnOnly])]);
    assert!(
        result.is_clean(),
        "{:?} {:?}",
        open_paths(&result),
        result.unexpected
    );
    let enable = result.paths[0]
        .steps
        .iter()
        .find(|s| s.action == "iam:EnableMFADevice")
        .unwrap();
    assert_eq!(enable.by.as_deref(), Some("p: DenyEnrolmentByAccessKey"));
    assert!(judge(vec![written(&[Template::AdminProvisioned])]).is_clean());
}

#[test]
fn users_whom_mfa_opens_nothing_are_locked_out() {
    let parsed = |text: &str| document::parse(text).unwrap();
    let both = generate::seed()
        .to_json_compact()
        .replace(r#""false""#, r#"["true","false"]"#);
    let deny = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
    for text in [&both, deny] {
        let result = judge(vec![parsed(text)]);
        assert!(result.locked_out && !result.is_clean(), "{text}");
    }
    // Who is allowed little is not locked out, nor is who may use one service.
    let little = r#"{"Statement":{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}}"#;
    let one = r#"{"Statement":{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}}"#;
    for text in [little, one] {
        assert!(!judge(vec![parsed(text)]).locked_out, "{text}");
    }
    assert!(!judge(vec![generate::seed()]).locked_out);
}

#[test]
fn an_action_on_a_resource_that_it_is_never_about_is_not_possible() {
    let allows = r#"{"Statement":[{"Effect":"Allow","Action":["iam:EnableMFADevice","iam:ListVirtualMFADevices","iam:CreateVirtualMFADevice"],"Resource":"arn:aws:iam::*:mfa/*"},
        {"Effect":"Allow","Action":["iam:CreateVirtualMFADevice","iam:GetUser","iam:GetRole"],"Resource":"arn:aws:iam::*:user/*"}]}"#;
    let result = judge(vec![document::parse(allows).unwrap()]);
    let possible: Vec<&str> = (result.expected.iter())
        .chain(result.unexpected.iter().flat_map(|s| &s.actions))
        .map(|open| open.action.as_str())
        .collect();
    assert_eq!(
        possible,
        [
            "iam:CreateVirtualMFADevice",
            "iam:GetUser",
            "sts:GetSessionToken"
        ]
    );
}

#[test]
fn nothing_attached_leaves_everything_open() {
    let result = judge(vec![]);
    assert_eq!(
        result.unexpected.len(),
        Catalog::embedded().services().len() + 1
    );
    assert!(open_paths(&result).contains(&("new-credentials", Device::With)));
    assert!(!open_paths(&result).contains(&("first-enrolment", Device::With)));
}

#[test]
fn a_deny_that_does_not_stop_long_term_keys_is_reported() {
    let bool_alone = generate::seed()
        .to_json_compact()
        .replace("BoolIfExists", "Bool");
    let result = judge(vec![document::parse(&bool_alone).unwrap()]);
    let s3 = result
        .unexpected
        .iter()
        .find(|s| s.service == "s3")
        .unwrap();
    assert!(s3.actions.iter().all(|a| a.absent && !a.without));
    assert!(s3.actions.iter().any(|a| a.future));
}

#[test]
fn an_extra_exception_is_reported_with_its_path() {
    let options = Options {
        exceptions: vec!["iam:CreateAccessKey".to_owned(), "s3:Get*".to_owned()],
        ..Options::default()
    };
    let result = judge(vec![generate::generate(&options).unwrap().document]);
    let services: Vec<&str> = result
        .unexpected
        .iter()
        .map(|s| s.service.as_str())
        .collect();
    assert_eq!(services, ["iam", "s3"]);
    assert_eq!(result.unexpected[0].actions.len(), 1);
    assert!(open_paths(&result).contains(&("new-credentials", Device::Without)));
    let expected = |actions: &[&str]| {
        let attached = Attached {
            identity: vec![(
                "p".to_owned(),
                generate::generate(&options).unwrap().document,
            )],
            expected: actions.iter().map(|&a| a.to_owned()).collect(),
            ..Attached::default()
        };
        verify(&attached, "aws").unwrap().unexpected.len()
    };
    assert_eq!(expected(&["S3:get*", "iam:CreateAccessKey"]), 0);
    assert_eq!(expected(&["s3:Get?"]), 2);
}

#[test]
fn given_allows_replace_the_assumed_one() {
    let allow = document::parse(r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::b/*"}}"#).unwrap();
    let result = judge(vec![allow.clone()]);
    assert!(!result.assumed.allow);
    assert_eq!(result.unexpected.len(), 1);
    assert_eq!(result.unexpected[0].actions.len(), 1);
    assert!(judge(vec![allow, generate::seed()]).is_clean());
}

#[test]
fn boundaries_and_service_control_policies_count() {
    let deny = ("d".to_owned(), written(&[Template::AdminProvisioned]));
    let allow = ("a".to_owned(), super::sample_user::allow_everything());
    for attached in [
        Attached {
            boundary: vec![deny.clone(), allow.clone()],
            ..Attached::default()
        },
        Attached {
            service_control: vec![deny, allow],
            ..Attached::default()
        },
    ] {
        let result = verify(&attached, "aws-cn").unwrap();
        assert!(result.is_clean());
        assert!(result.possible.with > 22_000);
    }
}

#[test]
fn documents_that_cannot_be_verified_are_reported() {
    let typo = document::parse(
        r#"{"Statement":{"Effect":"Deny","Action":"*","Condition":{"BoolIfExist":{"a":"b"}}}}"#,
    )
    .unwrap();
    let attached = Attached {
        identity: vec![("p.json".to_owned(), typo)],
        ..Attached::default()
    };
    assert!(
        verify(&attached, "aws")
            .unwrap_err()
            .to_string()
            .starts_with("p.json: `Statement.Condition")
    );
    assert_eq!(
        verify(&Attached::default(), "").unwrap_err(),
        VerifyError::Partition(String::new())
    );
}

#[test]
fn a_condition_that_the_caller_can_avoid_stops_nobody() {
    let condition = |operator: &str| {
        generate::seed().to_json_compact().replace(
            r#""Condition":{"#,
            &format!(r#""Condition":{{"{operator}":{{"aws:SourceIp":"192.0.2.0/24"}},"#),
        )
    };
    for operator in ["IpAddress", "NotIpAddress"] {
        let result = judge(vec![document::parse(&condition(operator)).unwrap()]);
        assert_eq!(result.possible.absent, result.judged, "{operator}");
        assert_eq!(result.assumed.free_keys, ["aws:SourceIp"]);
        let key = result.paths.iter().find(|p| p.name == "new-credentials");
        assert_eq!(
            key.unwrap().steps[0].passed[0].because,
            Because::Avoidable(vec!["aws:SourceIp".to_owned()])
        );
        assert_eq!(result.remedies.len(), 2);
    }
}

#[test]
fn a_condition_that_the_caller_can_satisfy_stops_nobody() {
    let allow = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}}"#;
    let result = judge(vec![document::parse(allow).unwrap()]);
    assert!(!result.is_clean());
    // sts:GetSessionToken needs no permission.
    assert_eq!(result.possible.absent, 2);
    // The caller cannot choose keys whose value is fixed for a direct call.
    let forwarded = allow
        .replace("IpAddress", "Bool")
        .replace("aws:SourceIp", "aws:ViaAWSService")
        .replace("192.0.2.0/24", "true");
    let result = judge(vec![document::parse(&forwarded).unwrap()]);
    assert_eq!(result.possible.absent, 1);
}

#[test]
fn a_service_control_policy_that_only_denies_is_read_with_full_access() {
    let attached = Attached {
        service_control: vec![("s".to_owned(), written(&[Template::Scp]))],
        ..Attached::default()
    };
    let result = verify(&attached, "aws").unwrap();
    assert!(result.assumed.full_access && result.assumed.allow);
    assert_eq!(result.possible.with, result.judged);
    assert_eq!(open_paths(&result)[0].0, "first-enrolment");
}

#[test]
fn the_partition_is_read_from_the_documents() {
    let of = |documents: &[&Document]| partition_of(documents.iter().copied()).to_owned();
    let china = generate::generate(&Options {
        templates: vec![Template::OwnOnly],
        partition: "aws-cn".to_owned(),
        ..Options::default()
    })
    .unwrap()
    .document;
    let seed = generate::seed();
    assert_eq!(of(&[&seed]), "aws");
    assert_eq!(of(&[&seed, &china]), "aws-cn");
    assert_eq!(of(&[&written(&[Template::OwnOnly]), &china]), "aws");
    assert_eq!(of(&[]), "aws");
}

#[test]
fn more_policies_than_iam_can_attach_are_refused_at_once() {
    let list = |n: usize, of: &str| -> String {
        let items: Vec<String> = (0..n).map(|i| format!("\"{of}{i}\"")).collect();
        items.join(",")
    };
    let many = |actions: &str, resources: &str| {
        let text = format!(
            r#"{{"Statement":[{{"Effect":"Deny","NotAction":[{actions}],"Resource":[{resources}],"Condition":{{"BoolIfExists":{{"aws:MultiFactorAuthPresent":"false"}}}}}}]}}"#
        );
        let attached = Attached {
            identity: vec![("p".to_owned(), document::parse(&text).unwrap())],
            ..Attached::default()
        };
        verify(&attached, "aws").map(|result| result.is_clean())
    };
    assert_eq!(
        many(&list(30_000, "s3:A"), "\"*\""),
        Err(VerifyError::TooMuch)
    );
    assert_eq!(
        many("\"s3:A\"", &list(30_000, "*x")),
        Err(VerifyError::TooMuch)
    );
    // As much as ten managed policies can hold is accepted.
    assert_eq!(many(&list(1_500, "s3:A"), "\"*\""), Ok(true));
}

#[test]
fn a_resource_covered_by_only_one_pattern_is_found() {
    let text = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"kafka-cluster:Connect","Resource":"arn:aws:kafka:*:*:cluster/a*"},
        {"Effect":"Deny","Action":"*","Resource":"arn:aws:kafka:*:*:cluster/ax*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}"#;
    let result = judge(vec![document::parse(text).unwrap()]);
    assert_eq!(
        result.unexpected[0].actions[0].action,
        "kafka-cluster:Connect"
    );
}
