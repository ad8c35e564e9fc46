//! Decisions: the order of evaluation, the reasons, and properties that always hold.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::policy::Role;
use super::*;
use crate::policy::caller::Caller;
use crate::policy::condition::Verdict;
use crate::policy::context::{Context, ContextValue, Mfa};
use crate::policy::document::Effect;
use crate::policy::testing::{ALLOW_EVERYTHING, context_at, named};
use crate::policy::{document, generate};

const USER: &str = "arn:aws:iam::123456789012:user/dev";
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/admin/s";

pub(super) fn allow_all() -> Named {
    named("all", ALLOW_EVERYTHING)
}

pub(super) fn silent() -> Named {
    named("silent", r#"{"Statement":[]}"#)
}

fn seed_and_allow() -> PolicySet {
    PolicySet {
        identity: vec![
            named("seed", &generate::seed().to_json_compact()),
            allow_all(),
        ],
        ..PolicySet::default()
    }
}

pub(super) fn requester(arn: &str, context: Context) -> Requester {
    Requester::new(Caller::from_arn(arn).unwrap(), context)
}

fn user(mfa: Mfa) -> Requester {
    requester(USER, context_at(mfa))
}

pub(super) fn request<'a>(
    action: &'a str,
    resource: &'a str,
    requester: &'a Requester,
) -> Request<'a> {
    Request {
        action,
        resource,
        requester,
        owner: None,
        habits: Habits::Live,
    }
}

fn outcome(set: &PolicySet, action: &str, requester: &Requester) -> Outcome {
    set.decide(&request(action, "arn:aws:s3:::bucket", requester))
        .outcome
}

#[test]
fn the_seed_policy_decides_by_the_state_of_mfa() {
    let set = seed_and_allow();
    for (mfa, other) in [
        (Mfa::Absent, Outcome::ExplicitDeny),
        (Mfa::False, Outcome::ExplicitDeny),
        (Mfa::True { age: 1 }, Outcome::Allowed),
    ] {
        let dev = user(mfa);
        assert_eq!(outcome(&set, "s3:ListAllMyBuckets", &dev), other);
        assert_eq!(outcome(&set, "iam:CreateAccessKey", &dev), other);
        for action in [
            "iam:EnableMFADevice",
            "IAM:getuser",
            "sts:GetSessionToken",
            "sts:GetCallerIdentity",
        ] {
            assert_eq!(outcome(&set, action, &dev), Outcome::Allowed, "{action}");
        }
    }
}

#[test]
fn a_deny_decides_by_its_condition_at_each_state_of_mfa() {
    let states = [Mfa::Absent, Mfa::False, Mfa::True { age: 1 }];
    for (operator, value, denied) in [
        ("BoolIfExists", "false", [true, true, false]),
        ("Bool", "false", [false, true, false]),
        ("Null", "true", [true, false, false]),
    ] {
        let deny = format!(
            r#"{{"Statement":{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"{operator}":{{"aws:MultiFactorAuthPresent":"{value}"}}}}}}}}"#
        );
        let set = PolicySet {
            identity: vec![allow_all(), named("deny", &deny)],
            ..PolicySet::default()
        };
        let got =
            states.map(|mfa| outcome(&set, "s3:GetObject", &user(mfa)) == Outcome::ExplicitDeny);
        assert_eq!(got, denied, "{operator}");
    }
}

#[test]
fn a_decision_names_what_decided() {
    let set = seed_and_allow();
    let at = |policy, statement| StatementRef {
        layer: Layer::Identity,
        policy,
        statement,
    };
    let dev = user(Mfa::Absent);
    let call = request("s3:GetObject", "*", &dev);
    let decision = set.decide(&call);
    assert_eq!(decision.deciding, [at(0, 0)]);
    let reasons = reasons(&set, &call);
    assert_eq!(
        reasons[0],
        Reason {
            statement: at(0, 0),
            policy: "seed",
            sid: Some("DenyAllWithoutMFA"),
            effect: Effect::Deny,
            applies: true,
            conditions: vec![ConditionReason {
                operator: "BoolIfExists",
                key: "aws:MultiFactorAuthPresent",
                policy_values: vec!["false"],
                request_values: None,
                verdict: Verdict::True,
            }],
        }
    );
    assert_eq!(
        (reasons[1].policy, reasons[1].effect),
        ("all", Effect::Allow)
    );
    let dev = user(Mfa::True { age: 5 });
    let call = request("s3:GetObject", "*", &dev);
    assert_eq!(set.decide(&call).deciding, [at(1, 0)]);
    let reasons = super::reasons(&set, &call);
    assert!(!reasons[0].applies);
    assert_eq!(
        reasons[0].conditions[0].request_values,
        Some(&["true".to_owned()][..])
    );
}

#[test]
fn some_calls_are_not_governed_by_policies() {
    let deny = named(
        "deny",
        r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#,
    );
    let dev = user(Mfa::Absent);
    let nothing = PolicySet::default();
    let denied = PolicySet {
        identity: vec![deny],
        ..PolicySet::default()
    };
    for (set, action, want, note) in [
        (
            &denied,
            "sts:getcalleridentity",
            Outcome::Allowed,
            Some(Note::NeedsNoPermission),
        ),
        (
            &nothing,
            "sts:GetCallerIdentity",
            Outcome::Allowed,
            Some(Note::NeedsNoPermission),
        ),
        (
            &denied,
            "sts:GetSessionToken",
            Outcome::ExplicitDeny,
            Some(Note::DenyMayHaveNoEffect),
        ),
        (
            &nothing,
            "sts:GetSessionToken",
            Outcome::Allowed,
            Some(Note::DenyMayHaveNoEffect),
        ),
        (&nothing, "sts:AssumeRole", Outcome::ImplicitDeny, None),
    ] {
        let decision = set.decide(&request(action, "*", &dev));
        assert_eq!((decision.outcome, decision.note), (want, note), "{action}");
    }
}

/// A resource policy that grants to one principal.
fn grant_to(principal: &str) -> Named {
    named(
        "bucket",
        &format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{principal},"Action":"s3:*","Resource":"*"}}}}"#
        ),
    )
}

#[test]
fn a_resource_policy_grants_access_within_its_account() {
    let role = r#"{"AWS":"arn:aws:iam::123456789012:role/path/admin"}"#;
    let root = r#"{"AWS":"123456789012"}"#;
    let own = |arn: &str| format!(r#"{{"AWS":["{arn}"]}}"#);
    for (caller, principal, bounded, want, withheld) in [
        (USER, own(USER), false, Outcome::Allowed, None),
        (USER, own(USER), true, Outcome::Allowed, None),
        (USER, "\"*\"".into(), true, Outcome::Allowed, None),
        (
            USER,
            root.to_owned(),
            false,
            Outcome::ImplicitDeny,
            Some(Layer::Identity),
        ),
        (SESSION, own(SESSION), true, Outcome::Allowed, None),
        (SESSION, role.to_owned(), false, Outcome::Allowed, None),
        (
            SESSION,
            role.to_owned(),
            true,
            Outcome::ImplicitDeny,
            Some(Layer::Boundary),
        ),
        (
            USER,
            own(SESSION),
            false,
            Outcome::ImplicitDeny,
            Some(Layer::Identity),
        ),
    ] {
        let set = PolicySet {
            resource: vec![grant_to(&principal)],
            boundary: if bounded { vec![silent()] } else { vec![] },
            ..PolicySet::default()
        };
        let caller = requester(caller, Context::new());
        let decision = set.decide(&request("s3:GetObject", "arn:aws:s3:::b/k", &caller));
        assert_eq!(
            (decision.outcome, decision.withheld_by),
            (want, withheld),
            "{principal} {bounded}"
        );
    }
}

#[test]
fn a_role_and_a_key_are_used_only_by_those_whom_their_own_policy_lets() {
    let root = r#"{"AWS":"123456789012"}"#;
    let own = format!(r#"{{"AWS":"{USER}"}}"#);
    let other = r#"{"AWS":"arn:aws:iam::123456789012:user/other"}"#;
    let caller = requester(USER, Context::new());
    for action in [
        "sts:AssumeRole",
        "STS:assumerole",
        "sts:TagSession",
        "sts:SetSourceIdentity",
        "kms:Decrypt",
    ] {
        let decided = |principal: Option<&str>, identity: Vec<Named>| {
            let resource = principal.into_iter().map(|principal| {
                let text = grant_to(principal).policy.document().to_json_compact();
                named("own", &text.replace("s3:*", "*"))
            });
            let set = PolicySet {
                identity,
                resource: resource.collect(),
                ..PolicySet::default()
            };
            let decision = set.decide(&request(action, "*", &caller));
            (decision.outcome, decision.withheld_by)
        };
        let allowed = (Outcome::Allowed, None);
        let denied_by = |layer| (Outcome::ImplicitDeny, Some(layer));
        assert_eq!(
            decided(Some(other), vec![allow_all()]),
            denied_by(Layer::Resource),
            "{action}"
        );
        assert_eq!(decided(Some(&own), vec![]), allowed, "{action}");
        // The statement that lets the account's own policies decide.
        assert_eq!(decided(Some(root), vec![allow_all()]), allowed, "{action}");
        assert_eq!(decided(Some(root), vec![]), denied_by(Layer::Identity));
        // Nothing is known of the resource's policy.
        assert_eq!(decided(None, vec![allow_all()]), allowed, "{action}");
    }
}

#[test]
fn in_a_simulation_a_grant_to_the_account_suffices() {
    let set = PolicySet {
        resource: vec![grant_to(r#"{"AWS":"arn:aws:iam::123456789012:root"}"#)],
        ..PolicySet::default()
    };
    let dev = user(Mfa::Absent);
    let mut call = request("s3:GetObject", "arn:aws:s3:::b/k", &dev);
    assert_eq!(set.decide(&call).outcome, Outcome::ImplicitDeny);
    call.habits = Habits::Simulation;
    assert_eq!(set.decide(&call).outcome, Outcome::Allowed);
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let dev = user(Mfa::Absent);
    let mut call = request("s3:GetObject", "arn:aws:s3:::b/k", &dev);
    call.owner = Some("210987654321");
    let grant = || vec![grant_to(&format!(r#"{{"AWS":"{USER}"}}"#))];
    for (identity, resource, boundary, want) in [
        (vec![allow_all()], grant(), vec![], None),
        (vec![allow_all()], vec![], vec![], Some(Layer::Resource)),
        (vec![], grant(), vec![], Some(Layer::Identity)),
        (
            vec![allow_all()],
            grant(),
            vec![silent()],
            Some(Layer::Boundary),
        ),
        (
            vec![allow_all()],
            vec![grant_to(r#"{"AWS":"123456789012"}"#)],
            vec![],
            None,
        ),
    ] {
        let set = PolicySet {
            identity,
            boundary,
            resource,
            ..PolicySet::default()
        };
        assert_eq!(set.decide(&call).withheld_by, want);
    }
}

#[test]
fn every_limit_must_allow_and_any_deny_wins() {
    let dev = user(Mfa::Absent);
    let base = || PolicySet {
        identity: vec![allow_all()],
        ..PolicySet::default()
    };
    for (set, want) in [
        (
            PolicySet {
                boundary: vec![silent()],
                ..base()
            },
            Some(Layer::Boundary),
        ),
        (
            PolicySet {
                session: vec![silent()],
                ..base()
            },
            Some(Layer::Session),
        ),
        (
            PolicySet {
                session: vec![silent(), allow_all()],
                ..base()
            },
            None,
        ),
        (
            PolicySet {
                service_control: vec![vec![allow_all()], vec![silent()]],
                ..base()
            },
            Some(Layer::ServiceControl(1)),
        ),
        (
            PolicySet {
                service_control: vec![vec![allow_all(), silent()]],
                ..base()
            },
            None,
        ),
        (
            PolicySet {
                resource_control: vec![vec![silent()]],
                ..base()
            },
            None,
        ),
    ] {
        assert_eq!(
            set.decide(&request("s3:GetObject", "*", &dev)).withheld_by,
            want
        );
    }
    let deny = || {
        named(
            "deny",
            r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}"#,
        )
    };
    for set in [
        PolicySet {
            boundary: vec![allow_all(), deny()],
            ..base()
        },
        PolicySet {
            session: vec![allow_all(), deny()],
            ..base()
        },
        PolicySet {
            resource: vec![deny()],
            ..base()
        },
        PolicySet {
            service_control: vec![vec![allow_all()], vec![allow_all(), deny()]],
            ..base()
        },
        PolicySet {
            resource_control: vec![vec![deny()]],
            ..base()
        },
    ] {
        assert_eq!(outcome(&set, "s3:GetObject", &dev), Outcome::ExplicitDeny);
        assert_eq!(outcome(&set, "ec2:RunInstances", &dev), Outcome::Allowed);
    }
}

#[test]
fn callers_without_an_account_need_only_the_resource_policy() {
    let trust = named(
        "trust",
        r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#,
    );
    let set = PolicySet {
        resource: vec![trust],
        ..PolicySet::default()
    };
    for (caller, want) in [
        (Caller::service("ec2.amazonaws.com"), Outcome::Allowed),
        (
            Caller::service("lambda.amazonaws.com"),
            Outcome::ImplicitDeny,
        ),
        (Caller::anonymous(), Outcome::ImplicitDeny),
    ] {
        let caller = Requester::new(caller, Context::new());
        assert_eq!(outcome(&set, "sts:AssumeRole", &caller), want);
    }
}

#[test]
fn an_allow_on_one_arn_does_not_cover_all_resources() {
    let set = PolicySet {
        identity: vec![named(
            "a",
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":["arn:aws:s3:::*","arn:*"]}}"#,
        )],
        ..PolicySet::default()
    };
    let dev = user(Mfa::Absent);
    assert_eq!(
        set.decide(&request("s3:ListAllMyBuckets", "*", &dev))
            .outcome,
        Outcome::ImplicitDeny
    );
    assert_eq!(
        set.decide(&request("s3:GetObject", "arn:aws:s3:::b", &dev))
            .outcome,
        Outcome::Allowed
    );
}

#[test]
fn a_malformed_arn_in_a_policy_fails_closed() {
    let dev = user(Mfa::Absent);
    for (effect, want) in [
        ("Allow", Outcome::ImplicitDeny),
        ("Deny", Outcome::ExplicitDeny),
    ] {
        for operator in ["ArnLike", "ArnNotLike"] {
            let text = |other: &str| {
                format!(
                    r#"{{"Statement":{{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{{"{operator}":{{"aws:PrincipalArn":"x"}}{other}}}}}}}"#
                )
            };
            let set = |other| PolicySet {
                identity: vec![named("a", &text(other))],
                ..PolicySet::default()
            };
            assert_eq!(outcome(&set(""), "s3:GetObject", &dev), want);
            // If another condition fails, the statement does not apply at all.
            let false_one = r#","StringEquals":{"aws:username":"other"}"#;
            assert_eq!(
                outcome(&set(false_one), "s3:GetObject", &dev),
                Outcome::ImplicitDeny
            );
        }
    }
}

#[test]
fn a_resource_with_a_variable_that_has_no_value_matches_nothing() {
    let policy = |element: &str| PolicySet {
        identity: vec![named(
            "a",
            &format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","{element}":"arn:aws:s3:::${{aws:PrincipalTag/x}}*"}}}}"#
            ),
        )],
        ..PolicySet::default()
    };
    let dev = user(Mfa::Absent);
    assert_eq!(
        outcome(&policy("Resource"), "s3:GetObject", &dev),
        Outcome::ImplicitDeny
    );
    assert_eq!(
        outcome(&policy("NotResource"), "s3:GetObject", &dev),
        Outcome::Allowed
    );
}

#[test]
fn unknown_operators_do_not_compile() {
    let document = document::parse(
        r#"{"Statement":[{"Effect":"Deny","Action":"*","Condition":{"BoolIfExist":{"a":"b"}}}]}"#,
    )
    .unwrap();
    assert_eq!(
        Policy::new(document).unwrap_err().to_string(),
        "`Statement[0].Condition.BoolIfExist`: unknown condition operator `BoolIfExist`"
    );
}

#[test]
fn a_policy_lists_the_condition_keys_that_it_uses() {
    let policy = named("a", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"${aws:username}","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"${no:variable}"},"StringLike":{"s3:prefix":["${aws:PrincipalTag/t, 'x'}","${*}"],"AWS:UserName":"x"}}}]}"#).policy;
    assert_eq!(
        policy.context_keys(),
        [
            "aws:MultiFactorAuthPresent",
            "s3:prefix",
            "AWS:UserName",
            "aws:PrincipalTag/t"
        ]
    );
}

// Properties that hold for all policies.

const ACTIONS: [&str; 8] = [
    "*",
    "s3:*",
    "S3:GetObject",
    "s3:Get*",
    "iam:?etUser",
    "iam:GetUser",
    "sts:GetSessionToken",
    "*:*User",
];
const RESOURCES: [&str; 7] = [
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:s3:::${none}",
    "arn:aws:s3:::?/k",
    "arn:aws:s3:::${t, 'b'}/${*}",
    "arn:aws:iam::123456789012:user/dev",
];
const OPERATORS: [&str; 22] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotLikeIfExists",
    "Bool",
    "BoolIfExists",
    "Null",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThanIfExists",
    "DateGreaterThan",
    "IpAddress",
    "NotIpAddress",
    "ArnLike",
    "ArnNotEquals",
    "BinaryEquals",
    "ForAnyValue:StringLike",
    "ForAllValues:StringNotEquals",
    "ForAnyValue:ArnNotLikeIfExists",
    "ForAllValues:ArnEquals",
    "ForAnyValue:StringEqualsIfExists",
];
const KEYS: [&str; 4] = ["aws:MultiFactorAuthPresent", "aws:username", "t", "L"];
const VALUES: [&str; 16] = [
    "true",
    "False",
    "dev",
    "b*",
    "B",
    "${aws:username}",
    "${none}",
    "${l}",
    "7",
    "8",
    "10.0.0.0/8",
    "10.0.0.1",
    "arn:aws:iam::*:user/b?b",
    "arn:aws:iam::123456789012:user/dev",
    "arn:x",
    "YQ==",
];
const CONTEXT_VALUES: [&str; 10] = [
    "true",
    "false",
    "dev",
    "b",
    "",
    "7",
    "10.0.0.1",
    "arn:aws:iam::123456789012:user/dev",
    "arn:x",
    "YQ==",
];
const PRINCIPALS: [&str; 5] = [
    "\"*\"",
    r#"{"AWS":"arn:aws:iam::123456789012:root"}"#,
    r#"{"AWS":"arn:aws:iam::123456789012:user/dev"}"#,
    r#"{"AWS":"arn:aws:iam::123456789012:role/admin"}"#,
    r#"{"AWS":"arn:aws:iam::123456789012:user/other"}"#,
];

fn quoted(texts: &[&str]) -> String {
    serde_json::to_string(texts).unwrap()
}

fn any_statement() -> impl Strategy<Value = String> {
    let condition = (
        select(&OPERATORS[..]),
        select(&KEYS[..]),
        subsequence(&VALUES[..], 0..3),
    )
        .prop_map(|(o, k, v)| format!(r#""{o}":{{"{k}":{}}}"#, quoted(&v)));
    let conditions = prop::collection::vec(condition, 0..3).prop_map(|mut all| {
        all.dedup_by_key(|c| c.split(":{").next().unwrap().to_owned());
        all.join(",")
    });
    (
        select(&["Allow", "Deny"][..]),
        select(&["Action", "NotAction"][..]),
        subsequence(&ACTIONS[..], 0..3),
        select(&["Resource", "NotResource"][..]),
        subsequence(&RESOURCES[..], 0..3),
        conditions,
        select(&PRINCIPALS[..]),
    )
        .prop_map(|(effect, action, actions, resource, resources, conditions, principal)| {
            format!(
                r#"{{"Effect":"{effect}","Principal":{principal},"{action}":{},"{resource}":{},"Condition":{{{conditions}}}}}"#,
                quoted(&actions),
                quoted(&resources)
            )
        })
}

fn any_policy() -> impl Strategy<Value = String> {
    (
        select(&["2008-10-17", "2012-10-17"][..]),
        prop::collection::vec(any_statement(), 0..4),
    )
        .prop_map(|(version, statements)| {
            format!(
                r#"{{"Version":"{version}","Statement":[{}]}}"#,
                statements.join(",")
            )
        })
}

fn any_policies() -> impl Strategy<Value = Vec<Named>> {
    prop_oneof![
        2 => Just(vec![]),
        1 => Just(vec![allow_all()]),
        3 => any_policy().prop_map(|text| vec![named("p", &text)]),
        1 => any_policy().prop_map(|text| vec![named("p", &text), allow_all()]),
    ]
}

fn any_set() -> impl Strategy<Value = PolicySet> {
    let levels = || prop::collection::vec(any_policies(), 0..2);
    (
        any_policies(),
        any_policies(),
        any_policies(),
        any_policies(),
        levels(),
        levels(),
    )
        .prop_map(
            |(identity, boundary, session, resource, service_control, resource_control)| {
                PolicySet {
                    identity,
                    boundary,
                    session,
                    resource,
                    service_control,
                    resource_control,
                }
            },
        )
}

#[derive(Debug, Clone)]
struct Call {
    action: &'static str,
    resource: &'static str,
    requester: Requester,
    across: bool,
    habits: Habits,
}

impl Call {
    fn request(&self) -> Request<'_> {
        Request {
            action: self.action,
            resource: self.resource,
            requester: &self.requester,
            owner: self.across.then_some("210987654321"),
            habits: self.habits,
        }
    }
}

fn any_call() -> impl Strategy<Value = Call> {
    let value = || prop::option::of(select(&CONTEXT_VALUES[..]));
    let list = prop::option::of(subsequence(&CONTEXT_VALUES[..], 0..3));
    (
        select(
            &[
                "s3:GetObject",
                "iam:GetUser",
                "sts:getSessionToken",
                "sts:GetCallerIdentity",
                "S3:PutObject",
                "sts:AssumeRole",
                "STS:tagSession",
                "kms:Decrypt",
            ][..],
        ),
        select(
            &[
                "*",
                "arn:aws:s3:::b/k",
                "arn:aws:s3:::dev/*",
                "arn:aws:iam::123456789012:user/dev",
            ][..],
        ),
        (value(), value(), list),
        select(&[USER, SESSION][..]),
        any::<bool>(),
        select(&[Habits::Live, Habits::Simulation][..]),
    )
        .prop_map(|(action, resource, (mfa, t, list), arn, across, habits)| {
            let mut context = Context::new();
            if let Some(mfa) = mfa {
                context.set("aws:MultiFactorAuthPresent", mfa);
            }
            if let Some(t) = t {
                context.set("T", t);
            }
            if let Some(list) = list {
                let list = list.into_iter().map(str::to_owned).collect();
                context.set("l", ContextValue::List(list));
            }
            Call {
                action,
                resource,
                requester: requester(arn, context),
                across,
                habits,
            }
        })
}

fn rebuilt(named: &Named, change: impl FnOnce(&mut Vec<document::Statement>)) -> Named {
    let mut statements = named.policy.document().statements().to_vec();
    change(&mut statements);
    let version = named.policy.document().version();
    let document = document::Document {
        elements: vec![
            document::Element::Version(version),
            document::Element::Statement(document::Statements::Many(statements)),
        ],
    };
    Named {
        name: named.name.clone(),
        policy: Arc::new(Policy::new(document).unwrap()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_evaluator_agrees_with_the_reference_evaluator(set in any_set(), call in any_call()) {
        let request = call.request();
        prop_assert_eq!(set.decide(&request).outcome, reference::decide(&set, &request));
    }

    #[test]
    fn adding_a_deny_never_allows_more(set in any_set(), call in any_call(), statement in any_statement()) {
        let before = set.decide(&call.request()).outcome;
        let deny = statement.replacen("Allow", "Deny", 1);
        let deny = named("d", &format!(r#"{{"Version":"2012-10-17","Statement":[{deny}]}}"#));
        let mut more = set.clone();
        more.identity.push(deny);
        let after = more.decide(&call.request()).outcome;
        prop_assert!(after == before || after == Outcome::ExplicitDeny);
    }

    #[test]
    fn the_order_of_statements_never_matters(set in any_set(), call in any_call()) {
        let mut turned = set.clone();
        turned.identity = set.identity.iter().rev().map(|n| rebuilt(n, |s| s.reverse())).collect();
        turned.resource = set.resource.iter().map(|n| rebuilt(n, |s| s.reverse())).collect();
        prop_assert_eq!(turned.decide(&call.request()).outcome, set.decide(&call.request()).outcome);
    }

    #[test]
    fn not_action_and_not_resource_are_complements(actions in subsequence(&ACTIONS[..], 0..4), resources in subsequence(&RESOURCES[..], 0..4), call in any_call()) {
        let covers = |action: &str, actions: &[&str], resource: &str, resources: &[&str]| {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","{action}":{},"{resource}":{}}}}}"#, quoted(actions), quoted(resources));
            named("p", &text).policy.statements()[0].applies(&call.request(), Role::Attached).is_some()
        };
        prop_assert_ne!(covers("Action", &actions, "Resource", &["*"]), covers("NotAction", &actions, "Resource", &["*"]));
        prop_assert_ne!(covers("Action", &["*"], "Resource", &resources), covers("Action", &["*"], "NotResource", &resources));
    }

    #[test]
    fn a_printed_policy_decides_like_the_original(set in any_set(), call in any_call()) {
        let mut printed = set.clone();
        for named_policy in &mut printed.identity {
            *named_policy = named("p", &named_policy.policy.document().to_json_pretty());
        }
        prop_assert_eq!(printed.decide(&call.request()), set.decide(&call.request()));
    }

    #[test]
    fn reasons_agree_with_the_decision(set in any_set(), call in any_call()) {
        let request = call.request();
        let decision = set.decide(&request);
        let reasons = reasons(&set, &request);
        prop_assert_eq!(set.decide_with_reasons(&request), (decision.clone(), reasons.clone()));
        for deciding in &decision.deciding {
            prop_assert!(reasons.iter().any(|r| r.statement == *deciding && r.applies));
        }
        let denied = reasons.iter().any(|r| r.applies && r.effect == Effect::Deny);
        if call.action != "sts:GetCallerIdentity" {
            prop_assert_eq!(denied, decision.outcome == Outcome::ExplicitDeny);
        }
    }
}
