//! Tests of principals, accounts and sessions, and of which policies apply to which caller.

use super::tests::{allow_all, request, requester, silent};
use super::*;
use crate::policy::caller::Caller;
use crate::policy::context::Context;
use crate::policy::document::Effect;
use crate::policy::testing::named;

const DEV: &str = "arn:aws:iam::123456789012:user/team/dev";
const OTHER: &str = "arn:aws:iam::123456789012:user/other";
const ROOT: &str = "arn:aws:iam::123456789012:root";
const STRANGER: &str = "arn:aws:iam::210987654321:user/dev";
const ROLE: &str = "arn:aws:iam::123456789012:role/path/admin";
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/admin/s";

fn anyone(arn: &str) -> Requester {
    requester(arn, Context::new())
}

/// A resource policy with one statement about all actions and resources.
fn resource(effect: &str, element: &str, names: &[&str]) -> Vec<Named> {
    let names = serde_json::to_string(names).unwrap();
    let text = format!(
        r#"{{"Statement":{{"Effect":"{effect}","{element}":{{"AWS":{names}}},"Action":"*","Resource":"*"}}}}"#
    );
    vec![named("bucket", &text)]
}

fn decide(set: &PolicySet, caller: &Requester) -> Outcome {
    set.decide(&request("s3:GetObject", "arn:aws:s3:::b/k", caller))
        .outcome
}

#[test]
fn not_principal_denies_everyone_else() {
    for (names, caller, denied) in [
        // As in AWS's guide: a user with the account, and the account's other users are denied.
        (&[DEV, ROOT][..], DEV, false),
        (&[DEV, ROOT], OTHER, true),
        (&[DEV, ROOT], STRANGER, true),
        (&[DEV], DEV, false),
        (&[DEV], OTHER, true),
        // An account as the principal includes everyone in it.
        (&[ROOT], OTHER, false),
        (&["123456789012"], SESSION, false),
        (&[ROOT, STRANGER], OTHER, false),
        (&[ROOT], STRANGER, true),
        (&[DEV, ROOT], ROOT, false),
        // A session with its role and account.
        (&[SESSION, ROLE, ROOT], SESSION, false),
        (&[ROLE, ROOT], SESSION, false),
        (&[ROLE, ROOT], OTHER, true),
        (&[ROLE, ROOT], ROLE, false),
        (
            &["arn:aws:sts::123456789012:assumed-role/admin/other", ROOT],
            SESSION,
            true,
        ),
        (&["*"], STRANGER, false),
    ] {
        let set = PolicySet {
            identity: vec![allow_all()],
            resource: resource("Deny", "NotPrincipal", names),
            ..PolicySet::default()
        };
        let outcome = decide(&set, &anyone(caller));
        assert_eq!(
            outcome == Outcome::ExplicitDeny,
            denied,
            "{names:?} {caller}"
        );
        let allowing = PolicySet {
            resource: resource("Allow", "NotPrincipal", names),
            ..PolicySet::default()
        };
        if caller != ROOT {
            let allowed = decide(&allowing, &anyone(caller)) == Outcome::Allowed;
            assert_eq!(allowed, denied, "{names:?} {caller}");
        }
    }
}

#[test]
fn not_principal_always_denies_callers_with_a_boundary() {
    let set = PolicySet {
        identity: vec![allow_all()],
        boundary: vec![allow_all()],
        resource: resource("Deny", "NotPrincipal", &[DEV, ROOT]),
        ..PolicySet::default()
    };
    assert_eq!(decide(&set, &anyone(DEV)), Outcome::ExplicitDeny);
    let reasons = reasons(&set, &request("s3:GetObject", "*", &anyone(DEV)))
        .iter()
        .filter(|r| r.applies && r.effect == Effect::Deny)
        .count();
    assert_eq!(reasons, 1);
}

#[test]
fn access_is_granted_to_a_session_or_to_its_role() {
    let everyone_with_arn = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/admin"}}}}"#;
    let grant = |names: &[&str]| resource("Allow", "Principal", names);
    for (policy, caller, unbounded, bounded) in [
        (grant(&[SESSION]), SESSION, true, true),
        (grant(&[ROLE]), SESSION, true, false),
        (grant(&["*"]), SESSION, true, true),
        (vec![named("arn", everyone_with_arn)], SESSION, true, false),
        (grant(&[ROOT]), SESSION, false, false),
        (
            grant(&[SESSION]),
            "arn:aws:sts::123456789012:assumed-role/admin/t",
            false,
            false,
        ),
        (grant(&[DEV]), DEV, true, true),
        (grant(&[OTHER]), DEV, false, false),
        (
            grant(&["arn:aws-cn:iam::123456789012:user/team/dev"]),
            DEV,
            false,
            false,
        ),
        (
            grant(&["arn:aws:sts::123456789012:federated-user/f"]),
            "arn:aws:sts::123456789012:federated-user/f",
            true,
            true,
        ),
    ] {
        for limit in ["none", "boundary", "session"] {
            let set = PolicySet {
                resource: policy.clone(),
                boundary: if limit == "boundary" {
                    vec![silent()]
                } else {
                    vec![]
                },
                session: if limit == "session" {
                    vec![silent()]
                } else {
                    vec![]
                },
                ..PolicySet::default()
            };
            let allowed = decide(&set, &anyone(caller)) == Outcome::Allowed;
            let want = if limit == "none" { unbounded } else { bounded };
            assert_eq!(
                allowed,
                want,
                "{:?} {caller} {limit}",
                policy[0].policy.document()
            );
        }
    }
}

#[test]
fn a_session_policy_limits_what_is_granted_to_the_federated_user() {
    let mut caller = Caller::from_arn("arn:aws:sts::123456789012:federated-user/f").unwrap();
    caller.issuer = Some(DEV.to_owned());
    let caller = Requester::new(caller, Context::new());
    for (session, want) in [
        (vec![], Outcome::Allowed),
        (vec![silent()], Outcome::ImplicitDeny),
    ] {
        let set = PolicySet {
            resource: resource("Allow", "Principal", &[DEV]),
            session,
            ..PolicySet::default()
        };
        assert_eq!(decide(&set, &caller), want);
    }
}

#[test]
fn policies_of_an_organization_do_not_bind_everyone() {
    let deny = named(
        "deny",
        r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#,
    );
    let linked =
        "arn:aws:iam::123456789012:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    let linked_session = "arn:aws:sts::123456789012:assumed-role/AWSServiceRoleForX/s";
    for (caller, bound) in [
        (DEV, true),
        (ROOT, true),
        (ROLE, true),
        (SESSION, true),
        (linked, false),
        (linked_session, false),
    ] {
        let caller = anyone(caller);
        let base = || PolicySet {
            identity: vec![allow_all()],
            ..PolicySet::default()
        };
        for levels in [vec![vec![silent()]], vec![vec![allow_all(), deny.clone()]]] {
            let set = PolicySet {
                service_control: levels,
                ..base()
            };
            assert_eq!(decide(&set, &caller) != Outcome::Allowed, bound);
        }
        let set = PolicySet {
            resource_control: vec![vec![deny.clone()]],
            ..base()
        };
        assert_eq!(decide(&set, &caller) != Outcome::Allowed, bound);
    }
    // Service control policies bind only callers with an account, so not services or anonymous callers; resource control
    // policies bind all.
    for caller in [Caller::service("ec2.amazonaws.com"), Caller::anonymous()] {
        let caller = Requester::new(caller, Context::new());
        let set = |service_control, resource_control| PolicySet {
            resource: vec![named(
                "open",
                r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#,
            )],
            service_control,
            resource_control,
            ..PolicySet::default()
        };
        let unbound = set(vec![vec![deny.clone()]], vec![]);
        assert_eq!(decide(&unbound, &caller), Outcome::Allowed);
        let guarded = set(vec![], vec![vec![deny.clone()]]);
        assert_eq!(decide(&guarded, &caller), Outcome::ExplicitDeny);
    }
}

#[test]
fn root_needs_no_identity_policy_in_its_account() {
    assert_eq!(
        decide(&PolicySet::default(), &anyone(ROOT)),
        Outcome::Allowed
    );
    let caller = anyone(ROOT);
    let mut call = request("s3:GetObject", "arn:aws:s3:::b/k", &caller);
    call.owner = Some("210987654321");
    assert_eq!(
        PolicySet::default().decide(&call).outcome,
        Outcome::ImplicitDeny
    );
}

#[test]
fn variables_have_the_values_of_the_caller() {
    let own = named(
        "own",
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username}/*"},
            {"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:userid}/*"},
            {"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/t":"${aws:username}"}}}]}"#,
    );
    let set = PolicySet {
        identity: vec![own],
        ..PolicySet::default()
    };
    let at = |caller: &Requester, key: &str| {
        let resource = format!("arn:aws:s3:::b/{key}");
        set.decide(&request("s3:GetObject", &resource, caller))
            .outcome
            == Outcome::Allowed
    };
    // The user name is the last part of the ARN, without the path.
    assert!(at(&anyone(DEV), "dev/x"));
    assert!(!at(&anyone(DEV), "team/dev/x"));
    assert!(!at(&anyone(DEV), "/x"));
    // Roles and sessions have no user name.
    for caller in [ROLE, SESSION] {
        assert!(!at(&anyone(caller), "admin/x") && !at(&anyone(caller), "s/x"));
        assert!(!at(
            &requester(caller, Context::new().with("aws:PrincipalTag/t", "")),
            "x"
        ));
    }
    let mut session = Caller::from_arn(SESSION).unwrap();
    session.id = Some("AROAEXAMPLE".to_owned());
    let session = Requester::new(session, Context::new());
    assert!(at(&session, "AROAEXAMPLE:s/x") && !at(&session, "AROAEXAMPLE/x"));
    let mut user = Caller::from_arn(DEV).unwrap();
    user.id = Some("AIDAEXAMPLE".to_owned());
    assert!(at(&Requester::new(user, Context::new()), "AIDAEXAMPLE/x"));
}

#[test]
fn a_question_mark_is_one_utf16_unit_in_every_element() {
    for (statement, one, two) in [
        (r#""Resource":"arn:aws:s3:::b/@""#, false, true),
        (r#""NotResource":"arn:aws:s3:::b/@""#, true, false),
        (
            r#""Resource":"*","Condition":{"StringLike":{"k":"arn:aws:s3:::b/@"}}"#,
            false,
            true,
        ),
        (
            r#""Resource":"*","Condition":{"ArnLike":{"k":"arn:aws:s3:::b/@"}}"#,
            false,
            true,
        ),
    ] {
        let allowed = |marks: &str| {
            let text = format!(
                r#"{{"Statement":{{"Effect":"Allow","Action":"*",{}}}}}"#,
                statement.replace('@', marks)
            );
            let set = PolicySet {
                identity: vec![named("p", &text)],
                ..PolicySet::default()
            };
            let arn = "arn:aws:s3:::b/😀";
            let caller = requester(DEV, Context::new().with("k", arn));
            set.decide(&request("s3:GetObject", arn, &caller)).outcome == Outcome::Allowed
        };
        assert_eq!((allowed("?"), allowed("??")), (one, two), "{statement}");
    }
}
