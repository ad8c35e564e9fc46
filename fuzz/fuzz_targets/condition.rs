//! Every operator accepts any values from policies and requests, and an operator and its negation never both hold.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use mfa_session::policy::caller::Caller;
use mfa_session::policy::condition::{OPERATORS, Operator, is_storable};
use mfa_session::policy::context::{Context, ContextValue};
use mfa_session::policy::document::{Version, parse};
use mfa_session::policy::evaluate::{
    Habits, Named, Outcome, Policy, PolicySet, Request, Requester,
};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    operator: u8,
    prefix: u8,
    if_exists: bool,
    policy: Vec<&'a str>,
    request: Asked<'a>,
}

#[derive(Debug, Arbitrary)]
enum Asked<'a> {
    Absent,
    One(&'a str),
    List(Vec<&'a str>),
}

fuzz_target!(|input: Input<'_>| {
    let (base, family, _) = OPERATORS[usize::from(input.operator) % OPERATORS.len()];
    assert!(Operator::parse(base).is_some());
    for value in &input.policy {
        for version in [Version::V2008, Version::V2012] {
            let _ = is_storable(family, value, version);
        }
    }
    let prefix = ["", "ForAllValues:", "ForAnyValue:"][usize::from(input.prefix) % 3];
    let suffix = if input.if_exists && base != "Null" {
        "IfExists"
    } else {
        ""
    };
    let mut context = Context::new();
    match &input.request {
        Asked::Absent => {}
        Asked::One(value) => context.set("k", *value),
        Asked::List(values) => {
            let values = values.iter().map(|v| (*v).to_owned()).collect();
            context.set("k", ContextValue::List(values));
        }
    }
    let requester = Requester::new(
        Caller::from_arn("arn:aws:iam::123456789012:user/dev").expect("a user"),
        context,
    );
    let allows = |operator: &str| {
        let text = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
                "Condition": {operator: {"k": input.policy}}},
        });
        let document = parse(&text.to_string()).expect("a policy");
        let policy = Policy::new(document).ok()?;
        let set = PolicySet {
            identity: vec![Named {
                name: "p".to_owned(),
                policy: Arc::new(policy),
            }],
            ..PolicySet::default()
        };
        let decision = set.decide(&Request {
            action: "s3:GetObject",
            resource: "*",
            requester: &requester,
            owner: None,
            habits: Habits::Live,
        });
        Some(decision.outcome == Outcome::Allowed)
    };
    let holds = allows(&format!("{prefix}{base}{suffix}"));
    let Some(negated) = negation(base) else {
        return;
    };
    let is_absent = match &input.request {
        Asked::Absent => true,
        Asked::One(_) => false,
        Asked::List(values) => values.is_empty(),
    };
    // With IfExists or ForAllValues, both hold for an absent key.
    if prefix.is_empty() && !(is_absent && input.if_exists) {
        let other = allows(&format!("{negated}{suffix}"));
        assert!(
            !(holds == Some(true) && other == Some(true)),
            "{base} and {negated}"
        );
    }
});

fn negation(operator: &str) -> Option<&'static str> {
    let negated = match operator {
        "StringEquals" => "StringNotEquals",
        "StringEqualsIgnoreCase" => "StringNotEqualsIgnoreCase",
        "StringLike" => "StringNotLike",
        "NumericEquals" => "NumericNotEquals",
        "DateEquals" => "DateNotEquals",
        "IpAddress" => "NotIpAddress",
        "ArnEquals" => "ArnNotEquals",
        "ArnLike" => "ArnNotLike",
        _ => return None,
    };
    Some(negated)
}
