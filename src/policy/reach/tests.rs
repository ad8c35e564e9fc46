//! Sets of actions against the evaluator.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::policy::caller::Caller;
use crate::policy::context::{Context, Mfa};
use crate::policy::document::{self, Document};
use crate::policy::evaluate::{Habits, Outcome, Request, Requester};

const USER: &str = "arn:aws:iam::123456789012:user/team/dev";

/// Documents with every element by which statements differ.
fn documents() -> Vec<Document> {
    const ELEMENTS: [[&str; 4]; 16] = [
        ["Allow", r#""Action":"*""#, r#""Resource":"*""#, ""],
        [
            "Allow",
            r#""Action":"s3:*""#,
            r#""Resource":"arn:aws:s3:::bucket/*""#,
            "",
        ],
        [
            "Allow",
            r#""Action":["iam:*","new:Thing"]"#,
            r#""Resource":"arn:aws:iam::*:user/*/${aws:username}""#,
            "",
        ],
        [
            "Allow",
            r#""NotAction":["iam:*","s3:Get*"]"#,
            r#""Resource":"*""#,
            r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
        ],
        [
            "Allow",
            r#""Action":"sts:*""#,
            r#""NotResource":"arn:aws:iam::*:role/a*""#,
            "",
        ],
        [
            "Allow",
            r#""Action":"ec2:Describe*""#,
            r#""Resource":"*""#,
            r#"{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
        ],
        ["Deny", r#""Action":"s3:Get*""#, r#""Resource":"*""#, ""],
        [
            "Deny",
            r#""NotAction":["iam:GetUser","iam:EnableMFADevice","sts:GetSessionToken"]"#,
            r#""Resource":"*""#,
            r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#,
        ],
        [
            "Deny",
            r#""NotAction":"s3:*""#,
            r#""Resource":"*""#,
            r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
        ],
        [
            "Deny",
            r#""Action":"*""#,
            r#""Resource":"*""#,
            r#"{"Null":{"aws:MultiFactorAuthPresent":"true"}}"#,
        ],
        [
            "Deny",
            r#""Action":["iam:EnableMFADevice","iam:GetUser"]"#,
            r#""NotResource":"arn:aws:iam::*:user/*/${aws:username}""#,
            "",
        ],
        [
            "Deny",
            r#""Action":"*""#,
            r#""Resource":"arn:aws:s3:::bucket/secret*""#,
            "",
        ],
        [
            "Deny",
            r#""Action":"sts:GetSessionToken""#,
            r#""Resource":"*""#,
            r#"{"StringEquals":{"aws:PrincipalTag/kind":"machine"}}"#,
        ],
        [
            "Deny",
            r#""Action":"*""#,
            r#""Resource":"*""#,
            r#"{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#,
        ],
        [
            "Deny",
            r#""Action":"iam:*MFA*""#,
            r#""Resource":"arn:aws:iam::*:mfa/*""#,
            "",
        ],
        [
            "Allow",
            r#""Action":"s3:GetObject""#,
            r#""Resource":"arn:aws:s3:::home/${aws:username}/*""#,
            "",
        ],
    ];
    let parse = |[effect, action, resource, condition]: [&str; 4]| {
        let condition = if condition.is_empty() {
            "{}"
        } else {
            condition
        };
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}",{action},{resource},"Condition":{condition}}}]}}"#
        );
        document::parse(&text).unwrap()
    };
    ELEMENTS.into_iter().map(parse).collect()
}

fn requester(mfa: Mfa) -> Requester {
    let mut context = Context::new()
        .with("aws:ViaAWSService", "false")
        .with("aws:PrincipalTag/kind", "machine");
    mfa.apply(&mut context);
    Requester::new(Caller::from_arn(USER).unwrap(), context)
}

/// Some actions of every sort.
const ACTIONS: [&str; 14] = [
    "s3:GetObject",
    "s3:PutObject",
    "ec2:DescribeInstances",
    "ec2:RunInstances",
    "iam:GetUser",
    "iam:EnableMFADevice",
    "iam:CreateVirtualMFADevice",
    "iam:ListVirtualMFADevices",
    "iam:CreateAccessKey",
    "iam:PutRolePolicy",
    "sts:AssumeRole",
    "sts:GetSessionToken",
    "new:Thing",
    "service-of-the-future:Action",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// What is possible is what the evaluator allows on one of the resources.
    #[test]
    fn sets_and_the_evaluator_agree(
        picks in prop::collection::vec((0..16_usize, select(vec![Limit::Identity, Limit::Identity, Limit::Boundary, Limit::ServiceControl])), 1..7),
        mfa in select(vec![Mfa::Absent, Mfa::False, Mfa::True { age: 60 }]),
    ) {
        let documents = documents();
        let field = Field::of(&documents);
        prop_assert!(!field.is_cut());
        let policies = picks.iter().map(|(n, limit)| Held {
            limit: *limit,
            place: "p".into(),
            prepared: Arc::new(field.prepare(&documents[*n]).unwrap()),
        });
        let bound = Bound { policies: policies.collect() };
        let requester = requester(mfa);
        let terrain = bound.terrain(&field, &requester, &[]);
        let possible = bound.possible(&field, &terrain, &bound.holding(&requester), None);
        let set = bound.policy_set();
        let resources = bound.resources(&field, &requester, &[]);
        for action in ACTIONS {
            let one = field.matching(&[action]);
            let expected = resources.iter().any(|resource| {
                field.about(field.kind_of(resource)).meets(&one)
                    && set.decide(&Request { action, resource, requester: &requester, owner: None, habits: Habits::Live }).outcome == Outcome::Allowed
            });
            prop_assert_eq!(possible.meets(&one), expected, "{}", action);
        }
    }
}

#[test]
fn actions_are_about_the_resources_of_their_kind() {
    let field = Field::of([]);
    let about = |resource: &str, action: &str| {
        field
            .about(field.kind_of(resource))
            .meets(&field.matching(&[action]))
    };
    for (resource, action, is_about) in [
        ("*", "iam:ListUsers", true),
        ("*", "iam:ListVirtualMFADevices", true),
        ("*", "iam:EnableMFADevice", false),
        ("*", "s3:GetObject", true),
        (USER, "iam:EnableMFADevice", true),
        (USER, "iam:CreateRole", false),
        (USER, "s3:GetObject", false),
        ("arn:aws:iam::123456789012:role/x", "sts:AssumeRole", true),
        ("arn:aws:iam::123456789012:root", "sts:AssumeRoot", true),
        ("arn:aws:s3:::b/k", "s3:GetObject", true),
        ("arn:aws:s3:::b/k", "iam:GetUser", false),
        ("", "s3:GetObject", true),
    ] {
        assert_eq!(about(resource, action), is_about, "{resource} {action}");
    }
}
