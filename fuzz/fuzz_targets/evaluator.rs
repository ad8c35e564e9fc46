//! Properties of decisions, for policies made of meaningful words and of arbitrary text.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use mfa_session::policy::caller::Caller;
use mfa_session::policy::condition::OPERATORS;
use mfa_session::policy::context::{Context, ContextValue};
use mfa_session::policy::document::{Document, Element, Statements, parse};
use mfa_session::policy::evaluate::{
    Habits, Named, Outcome, Policy, PolicySet, Request, Requester, reasons,
};
use serde_json::{Value, json};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    identity: Vec<Statement<'a>>,
    boundary: Vec<Statement<'a>>,
    session: Vec<Statement<'a>>,
    resource: Vec<Statement<'a>>,
    service_control: Vec<Vec<Statement<'a>>>,
    resource_control: Vec<Statement<'a>>,
    deny: Statement<'a>,
    caller: u8,
    action: Text<'a>,
    on: Text<'a>,
    across: bool,
    simulation: bool,
    context: Vec<(Text<'a>, Vec<Text<'a>>, bool)>,
}

#[derive(Debug, Arbitrary)]
struct Statement<'a> {
    deny: bool,
    but: bool,
    actions: Vec<Text<'a>>,
    but_resources: bool,
    resources: Vec<Text<'a>>,
    principal: Option<Vec<Text<'a>>>,
    conditions: Vec<(u8, u8, bool, Text<'a>, Vec<Text<'a>>)>,
}

/// A word from the list, or arbitrary text.
#[derive(Debug, Arbitrary)]
enum Text<'a> {
    Word(u8),
    Any(&'a str),
}

const WORDS: [&str; 24] = [
    "*",
    "s3:GetObject",
    "s3:*",
    "iam:GetUser",
    "sts:GetSessionToken",
    "sts:GetCallerIdentity",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:iam::123456789012:user/dev",
    "arn:aws:iam::123456789012:root",
    "arn:aws:iam::123456789012:role/admin",
    "123456789012",
    "aws:MultiFactorAuthPresent",
    "aws:username",
    "aws:CurrentTime",
    "aws:TagKeys",
    "true",
    "false",
    "${aws:username}",
    "${aws:TagKeys, 'x'}",
    "2026-01-01T00:00:00Z",
    "7",
    "10.0.0.0/8",
    "10.0.0.1",
];

const CALLERS: [&str; 5] = [
    "arn:aws:iam::123456789012:user/dev",
    "arn:aws:iam::123456789012:root",
    "arn:aws:iam::123456789012:role/admin",
    "arn:aws:sts::123456789012:assumed-role/admin/session",
    "arn:aws:sts::123456789012:federated-user/dev",
];

impl Text<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Word(n) => WORDS[usize::from(*n) % WORDS.len()],
            Self::Any(text) => text,
        }
    }
}

fn texts(all: &[Text<'_>]) -> Vec<String> {
    all.iter().map(|t| t.text().to_owned()).collect()
}

impl Statement<'_> {
    fn json(&self, effect: &str) -> Value {
        let mut conditions = serde_json::Map::new();
        for (operator, prefix, if_exists, key, values) in &self.conditions {
            let (base, ..) = OPERATORS[usize::from(*operator) % OPERATORS.len()];
            let prefix = ["", "ForAllValues:", "ForAnyValue:"][usize::from(*prefix) % 3];
            let name = match (base, if_exists) {
                ("Null", _) => "Null".to_owned(),
                (_, true) => format!("{prefix}{base}IfExists"),
                (_, false) => format!("{prefix}{base}"),
            };
            conditions.insert(name, json!({key.text(): texts(values)}));
        }
        let action = if self.but { "NotAction" } else { "Action" };
        let resource = if self.but_resources {
            "NotResource"
        } else {
            "Resource"
        };
        let mut statement = json!({
            "Effect": effect,
            action: texts(&self.actions),
            resource: texts(&self.resources),
            "Condition": conditions,
        });
        if let Some(principal) = &self.principal {
            statement["Principal"] = json!({"AWS": texts(principal)});
        }
        statement
    }
}

fn document(statements: &[Statement<'_>]) -> Document {
    let all: Vec<Value> = statements
        .iter()
        .map(|s| s.json(if s.deny { "Deny" } else { "Allow" }))
        .collect();
    let text = json!({"Version": "2012-10-17", "Statement": all}).to_string();
    parse(&text).expect("a policy")
}

fn named(document: Document) -> Named {
    Named {
        name: "p".to_owned(),
        policy: Arc::new(Policy::new(document).expect("known operators")),
    }
}

fn some(statements: &[Statement<'_>]) -> Vec<Named> {
    if statements.is_empty() {
        Vec::new()
    } else {
        vec![named(document(statements))]
    }
}

fn reversed(policies: &[Named]) -> Vec<Named> {
    policies
        .iter()
        .rev()
        .map(|n| {
            let mut document = n.policy.document().clone();
            for element in &mut document.elements {
                if let Element::Statement(Statements::Many(all)) = element {
                    all.reverse();
                }
            }
            named(document)
        })
        .collect()
}

fuzz_target!(|input: Input<'_>| {
    let set = PolicySet {
        identity: some(&input.identity),
        boundary: some(&input.boundary),
        session: some(&input.session),
        resource: some(&input.resource),
        service_control: input.service_control.iter().map(|l| some(l)).collect(),
        resource_control: vec![some(&input.resource_control)],
    };
    let mut context = Context::new();
    for (key, values, list) in &input.context {
        let mut values = texts(values);
        match (list, values.pop()) {
            (false, Some(one)) => context.set(key.text(), one),
            (_, last) => {
                values.extend(last);
                context.set(key.text(), ContextValue::List(values));
            }
        }
    }
    let caller = CALLERS[usize::from(input.caller) % CALLERS.len()];
    let requester = Requester::new(Caller::from_arn(caller).expect("a caller"), context);
    let request = Request {
        action: input.action.text(),
        resource: input.on.text(),
        requester: &requester,
        owner: input.across.then_some("210987654321"),
        habits: if input.simulation {
            Habits::Simulation
        } else {
            Habits::Live
        },
    };
    let decision = set.decide(&request);

    let reasons = reasons(&set, &request);
    for deciding in &decision.deciding {
        assert!(
            reasons
                .iter()
                .any(|r| r.statement == *deciding && r.applies)
        );
    }

    let deny = json!({"Version": "2012-10-17", "Statement": input.deny.json("Deny")});
    let deny = parse(&deny.to_string()).expect("a policy");
    let mut more = set.clone();
    more.identity.push(named(deny));
    let after = more.decide(&request).outcome;
    assert!(after == decision.outcome || after == Outcome::ExplicitDeny);

    let mut turned = set.clone();
    turned.identity = reversed(&set.identity);
    turned.resource = reversed(&set.resource);
    assert_eq!(turned.decide(&request).outcome, decision.outcome);

    let mut printed = set.clone();
    for named_policy in &mut printed.identity {
        let text = named_policy.policy.document().to_json_pretty();
        *named_policy = named(parse(&text).expect("a printed policy"));
    }
    assert_eq!(printed.decide(&request), decision);
});
