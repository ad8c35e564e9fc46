//! The sandbox as the oracle of the audit: accounts made at random, and real signed calls of each user at the states of MFA.

use mfa_session::audit::inputs::{AccountInputs, CredentialReport, Inputs, Key, Row};
use mfa_session::audit::report::{UserReport, Verdict};
use mfa_session::audit::{Options, judge};
use mfa_session::policy::generate::{self, Template};
use mfa_session::sandbox::client::{Client, text};
use mfa_session::sandbox::{Account, Setup};
use proptest::prelude::*;
use serde_json::{Value, json};
use time::UtcDateTime;
use time::macros::utc_datetime;

const NOW: UtcDateTime = utc_datetime!(2026-11-27 12:00);
const USERS: [&str; 3] = ["ada", "bob", "cyd"];

/// Calls that no policy of ours excepts, each with its parameters. The other user is the one after the caller.
const CALLS: [(&str, &[(&str, &str)]); 8] = [
    ("iam:ListUsers", &[]),
    ("iam:ListRoles", &[]),
    ("iam:CreateGroup", &[("GroupName", "new")]),
    ("iam:CreateAccessKey", &[("UserName", "OTHER")]),
    ("iam:ListAccessKeys", &[("UserName", "OTHER")]),
    ("iam:DeleteUser", &[("UserName", "nobody")]),
    (
        "sts:AssumeRole",
        &[
            ("RoleArn", "arn:aws:iam::123456789012:role/open"),
            ("RoleSessionName", "session"),
        ],
    ),
    (
        "sts:AssumeRole",
        &[
            ("RoleArn", "arn:aws:iam::123456789012:role/safe"),
            ("RoleSessionName", "session"),
        ],
    ),
];

fn arn(path: &str) -> String {
    format!("arn:aws:iam::123456789012:{path}")
}

fn generated(templates: &[Template], guard_own_only: bool) -> Value {
    let options = generate::Options {
        templates: templates.to_vec(),
        guard_own_only,
        ..generate::Options::default()
    };
    let document = generate::generate(&options).unwrap().document;
    serde_json::from_str(&document.to_json_compact()).unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "builders read better so")]
fn statement(
    effect: &str,
    actions: (&str, Value),
    resource: (&str, &str),
    condition: Value,
) -> Value {
    let ((actions, list), (resources, pattern)) = (actions, resource);
    json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, actions: list, resources: pattern, "Condition": condition}]})
}

/// Policies of every sort: Allows, guards, and what looks like a guard.
fn policies() -> Vec<Value> {
    let mfa =
        |operator: &str, value: &str| json!({operator: {"aws:MultiFactorAuthPresent": value}});
    let exceptions = json!([
        "iam:GetUser",
        "iam:EnableMFADevice",
        "iam:CreateVirtualMFADevice",
        "sts:GetSessionToken"
    ]);
    let all = ("Action", json!("*"));
    let everywhere = ("Resource", "*");
    vec![
        statement("Allow", all.clone(), everywhere, json!({})),
        statement(
            "Allow",
            ("Action", json!("iam:List*")),
            everywhere,
            json!({}),
        ),
        statement("Allow", all.clone(), everywhere, mfa("Bool", "true")),
        statement(
            "Allow",
            all.clone(),
            everywhere,
            mfa("BoolIfExists", "true"),
        ),
        statement(
            "Allow",
            ("Action", json!("sts:AssumeRole")),
            ("Resource", "arn:aws:iam::*:role/*"),
            json!({}),
        ),
        statement(
            "Allow",
            ("Action", json!(["iam:EnableMFADevice", "iam:*Key*"])),
            ("Resource", "arn:aws:iam::*:user/${aws:username}"),
            json!({}),
        ),
        generated(&[Template::Seed], false),
        generated(&[Template::Seed], true),
        generated(&[Template::ConsoleEnrol], false),
        generated(&[Template::AdminProvisioned], false),
        statement(
            "Deny",
            ("NotAction", exceptions.clone()),
            everywhere,
            mfa("Bool", "false"),
        ),
        statement(
            "Deny",
            ("NotAction", exceptions.clone()),
            everywhere,
            mfa("Null", "true"),
        ),
        statement(
            "Deny",
            ("NotAction", exceptions),
            ("NotResource", "arn:aws:iam::*:role/*"),
            mfa("BoolIfExists", "false"),
        ),
        statement(
            "Deny",
            ("NotAction", json!(["iam:List*", "sts:*"])),
            everywhere,
            mfa("BoolIfExists", "false"),
        ),
        statement(
            "Deny",
            all,
            everywhere,
            json!({"StringEquals": {"aws:username": "bob"}, "BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
        ),
        statement(
            "Deny",
            ("Action", json!("iam:EnableMFADevice")),
            ("NotResource", "arn:aws:iam::*:user/${aws:username}"),
            json!({}),
        ),
    ]
}

/// An account: for each user the numbers of the policies, and whether there is a device.
fn details(held: &[(Vec<usize>, bool)]) -> Value {
    let all = policies();
    let users: Vec<Value> = (USERS.iter().zip(held))
        .map(|(name, (numbers, _))| {
            let inline: Vec<Value> = numbers.iter().enumerate()
                .map(|(n, number)| json!({"PolicyName": format!("p{n}"), "PolicyDocument": all[*number]}))
                .collect();
            json!({"Arn": arn(&format!("user/{name}")), "UserName": name, "UserId": format!("AIDA{}AAAAAAAAAAAAAA", name.to_uppercase()),
                "UserPolicyList": inline, "AttachedManagedPolicies": [], "GroupList": []})
        })
        .collect();
    let role = |name: &str, condition: Value| {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": arn("root")}, "Action": "sts:AssumeRole", "Condition": condition}]});
        json!({"Arn": arn(&format!("role/{name}")), "RoleName": name, "RoleId": format!("AROA{}AAAAAAAAAAAAA", name.to_uppercase()), "AssumeRolePolicyDocument": trust, "RolePolicyList": [], "AttachedManagedPolicies": []})
    };
    let roles = [
        role("open", json!({})),
        role(
            "safe",
            json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        ),
    ];
    json!({"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": roles, "Policies": []})
}

fn judged(document: &str, held: &[(Vec<usize>, bool)]) -> Vec<UserReport> {
    let rows = (USERS.iter().zip(held)).map(|(name, (_, has_device))| {
        let arn = arn(&format!("user/{name}"));
        let row = Row {
            arn: arn.clone(),
            password: Some(false),
            mfa: Some(*has_device),
            keys: [true, false].map(|active| Key {
                active: Some(active),
                ..Key::default()
            }),
            certificates: [Some(false), Some(false)],
            ..Row::default()
        };
        (arn, row)
    });
    let inputs = Inputs {
        accounts: vec![AccountInputs {
            account: mfa_session::account::read(document).unwrap(),
            report: Some(CredentialReport {
                rows: rows.collect(),
                ..CredentialReport::default()
            }),
            ..AccountInputs::default()
        }],
        control: Vec::new(),
    };
    judge(&inputs, &Options::default()).accounts.remove(0).users
}

/// Whether the account lets the call pass; what it then answers does not matter.
fn passes(
    document: &str,
    held: &[(Vec<usize>, bool)],
    who: usize,
    with_mfa: bool,
    action: &str,
    params: &[(&str, &str)],
) -> bool {
    // Each call meets the account as it was.
    let mut account = Account::loaded(document, &Setup::default(), NOW).unwrap();
    let profiles = account.profiles();
    let mut serials = Vec::new();
    for (name, (_, has_device)) in USERS.iter().zip(held) {
        serials.push(has_device.then(|| {
            account
                .add_device(name, &format!("{name}-phone"), NOW)
                .unwrap()
        }));
    }
    let (_, keys) = profiles
        .iter()
        .find(|(name, _)| name == USERS[who])
        .unwrap();
    let mut client = Client::with_keys(keys);
    if with_mfa {
        let serial = serials[who].as_ref().unwrap();
        let code = account.token_code(serial, NOW).unwrap();
        let params = [
            ("SerialNumber", serial.as_str()),
            ("TokenCode", code.expose()),
        ];
        let answer = client
            .call(&mut account, "sts:GetSessionToken", &params, NOW)
            .unwrap();
        // A policy that denies the call itself leaves nothing to try.
        let Some(session) = Client::with_answer(&answer) else {
            return false;
        };
        client = session;
    }
    let other = USERS[(who + 1) % USERS.len()];
    let params: Vec<(&str, &str)> = (params.iter())
        .map(|(key, value)| {
            (
                *key,
                match *value {
                    "OTHER" => other,
                    "OWN" => USERS[who],
                    value => value,
                },
            )
        })
        .collect();
    let answer = client.call(&mut account, action, &params, NOW).unwrap();
    text(&answer, "Code").as_deref() != Some("AccessDenied")
}

/// A device that is not there: whether a policy lets the call pass is decided before that is noticed.
const ENABLE: &str = "iam:EnableMFADevice";

fn enable(user: &'static str) -> [(&'static str, &'static str); 4] {
    [
        ("UserName", user),
        ("SerialNumber", "arn:aws:iam::123456789012:mfa/none"),
        ("AuthenticationCode1", "123456"),
        ("AuthenticationCode2", "654321"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn audit_and_sandbox_agree(held in prop::collection::vec((prop::collection::vec(0..16_usize, 1..4), any::<bool>()), 3)) {
        let document = details(&held).to_string();
        let reports = judged(&document, &held);
        for (who, name) in USERS.iter().enumerate() {
            let report = reports.iter().find(|user| user.name == *name).unwrap();
            let passes = |with_mfa: bool, action: &str, params: &[(&str, &str)]| passes(&document, &held, who, with_mfa, action, params);
            let open: Vec<&str> = CALLS.iter().filter(|(action, params)| passes(false, action, params)).map(|(action, _)| *action).collect();
            let enrols_itself = passes(false, ENABLE, &enable("OWN"));
            let enrols_another = passes(false, ENABLE, &enable("OTHER"));
            let said = format!("{name}: {}: {:?}\n{document}", report.verdict, report.reasons);
            let has_way = |name: &str| report.ways.iter().any(|way| way.name == name);
            match report.verdict {
                Verdict::Enforced => {
                    prop_assert!(open.is_empty(), "{open:?} {said}");
                    prop_assert!(!enrols_itself && !enrols_another, "{said}");
                }
                Verdict::NoPermissions => {
                    prop_assert!(open.is_empty() && !enrols_itself && !enrols_another, "{open:?} {said}");
                    if held[who].1 {
                        for (action, params) in CALLS {
                            prop_assert!(!passes(true, action, params), "{action} {said}");
                        }
                    }
                }
                Verdict::EnforcedWithGaps => {
                    prop_assert_eq!(has_way("first-enrolment"), enrols_itself, "{}", said);
                    prop_assert_eq!(has_way("enrol-another-user"), enrols_another, "{}", said);
                    let new_key = open.contains(&"iam:CreateAccessKey");
                    prop_assert!(!new_key || has_way("new-credentials"), "{}", said);
                }
                verdict => prop_assert!(matches!(verdict, Verdict::NotEnforced | Verdict::EnrolledNotEnforced), "{}", said),
            }
            let assumes_safe = passes(false, CALLS[7].0, CALLS[7].1);
            prop_assert!(!assumes_safe, "{}", said);
        }
    }
}
