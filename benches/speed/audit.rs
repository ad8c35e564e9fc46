//! The audit of large accounts, from parsed input.

use std::collections::HashMap;
use std::time::Instant;

use mfa_session::account;
use mfa_session::audit::inputs::{AccountInputs, CredentialReport, Inputs, Key, Row};
use mfa_session::audit::{Options, judge};
use mfa_session::policy::generate;
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value, json};

const ACCOUNT: &str = "123456789012";

fn arn(path: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{path}")
}

/// Accounts of this many tenths of the size for which a figure is due.
pub(super) fn accounts() {
    println!(
        "audit from parsed input: 10,000 users, 1,000 policies, 2,000 roles, and parts of that"
    );
    for tenths in [1, 2, 5, 10, 20] {
        let inputs = Inputs {
            accounts: vec![account(tenths * 1_000, tenths * 100, tenths * 200)],
            control: Vec::new(),
        };
        let began = Instant::now();
        let result = judge(&inputs, &Options::default());
        let seconds = began.elapsed().as_secs_f64();
        let open = result.accounts[0]
            .users
            .iter()
            .filter(|u| u.verdict.is_open())
            .count();
        let peak = getrusage(UsageWho::RUSAGE_SELF).unwrap().max_rss() / 1024;
        println!(
            "  {:>6} users: {seconds:.2} s, {:.0} µs for each, peak memory so far {peak} MiB, {open} open   {}",
            tenths * 1_000,
            seconds * 1e3 / f64::from(u32::try_from(tenths).unwrap()),
            if tenths == 10 {
                "(due 1 s, 500 MiB)"
            } else {
                ""
            },
        );
    }
    println!();
}

/// Every policy is another one, every user has two of them and a group, and most are bound by the guard of the group.
fn account(users: usize, policies: usize, roles: usize) -> AccountInputs {
    let guard: Value = serde_json::from_str(&generate::seed().to_json_compact()).unwrap();
    let managed: Vec<Value> = (0..policies)
        .map(|n| {
            json!({"PolicyName": format!("p{n}"), "Arn": arn(&format!("policy/p{n}")), "DefaultVersionId": "v1",
                "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": document(n)}]})
        })
        .collect();
    let groups: Vec<Value> = (0..50)
        .map(|n| {
            let own = if n % 10 == 0 { json!([]) } else { json!([{"PolicyName": "mfa", "PolicyDocument": guard}]) };
            json!({"Arn": arn(&format!("group/g{n}")), "GroupName": format!("g{n}"), "GroupPolicyList": own, "AttachedManagedPolicies": []})
        })
        .collect();
    let attached = |n: usize| {
        let of = |n: usize| json!({"PolicyArn": arn(&format!("policy/p{}", n % policies))});
        json!([of(n), of(n * 7 + 3)])
    };
    let people: Vec<Value> = (0..users)
        .map(|n| {
            json!({"Arn": arn(&format!("user/u{n}")), "UserName": format!("u{n}"), "UserId": format!("AIDA{n}"),
                "UserPolicyList": [], "GroupList": [format!("g{}", n % 50)], "AttachedManagedPolicies": attached(n)})
        })
        .collect();
    let trusted: Vec<Value> = (0..roles)
        .map(|n| {
            let principal = match n % 4 {
                0 => json!({"AWS": arn("root")}),
                1 => json!({"AWS": arn(&format!("user/u{}", n % users))}),
                2 => json!({"AWS": arn(&format!("role/r{}", n / 2))}),
                _ => json!({"Service": "ec2.amazonaws.com"}),
            };
            let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]});
            json!({"Arn": arn(&format!("role/r{n}")), "RoleName": format!("r{n}"), "RoleId": format!("AROA{n}"),
                "AssumeRolePolicyDocument": trust, "RolePolicyList": [], "AttachedManagedPolicies": attached(n)})
        })
        .collect();
    let details = json!({"UserDetailList": people, "GroupDetailList": groups, "RoleDetailList": trusted, "Policies": managed});
    let rows = (0..users).map(|n| {
        let row = Row {
            arn: arn(&format!("user/u{n}")),
            password: Some(n % 2 == 0),
            mfa: Some(n % 3 != 0),
            keys: [n % 5 != 0, false].map(|active| Key {
                active: Some(active),
                ..Key::default()
            }),
            certificates: [Some(false), Some(false)],
            ..Row::default()
        };
        (row.arn.clone(), row)
    });
    AccountInputs {
        account: account::read(&details.to_string()).unwrap(),
        report: Some(CredentialReport {
            rows: rows.collect::<HashMap<_, _>>(),
            ..CredentialReport::default()
        }),
        ..AccountInputs::default()
    }
}

fn document(n: usize) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:Get*", "s3:PutObject"], "Resource": format!("arn:aws:s3:::bucket-{n}/${{aws:username}}/*")},
        {"Effect": "Allow", "Action": ["ec2:Describe*", "logs:*", format!("service{n}:Run")], "Resource": "*"},
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn(&format!("role/r{n}"))},
        {"Effect": "Deny", "Action": "ec2:Terminate*", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/env": "prod"}}},
    ]})
}
