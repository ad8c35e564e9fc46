//! `audit`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::common::{Ran, World};

const ACCOUNT: &str = "123456789012";

fn arn(path: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{path}")
}

fn user(name: &str, policies: &[(&str, &Value)]) -> Value {
    let tags = if name == "bob" {
        json!([{"Key": "mfa-exempt", "Value": "builds"}, {"Key": "owner", "Value": "ops"}])
    } else {
        json!([])
    };
    let inline = policies.iter();
    let inline: Vec<Value> = inline
        .map(|(name, document)| json!({"PolicyName": name, "PolicyDocument": document}))
        .collect();
    json!({"Arn": arn(&format!("user/{name}")), "UserName": name, "UserId": format!("AIDA{name}"), "UserPolicyList": inline,
        "AttachedManagedPolicies": [], "GroupList": [], "Tags": tags})
}

/// An account with a user of whom MFA is required, and one of whom it is not.
fn world() -> World {
    let world = World::new();
    world
        .run(&["policy", "generate", "--output", "seed.json"])
        .exits(0);
    let seed = std::fs::read_to_string(world.root().join("seed.json")).unwrap();
    let seed: Value = serde_json::from_str(&seed).unwrap();
    let admin = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let reader = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    let own_only = world
        .run(&[
            "policy", "generate", "--guard", "own-only", "--format", "json",
        ])
        .exits(0);
    let own_only: Value = serde_json::from_str(&own_only.stdout).unwrap();
    let details = json!({
        "UserDetailList": [user("ada", &[("admin", &admin), ("mfa", &own_only)]), user("bob", &[("read", &reader)]), user("cyd", &[("admin", &admin), ("mfa", &seed)])],
        "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
    });
    write(&world, "details.json", &details.to_string());
    let row = |name: &str, mfa: bool, key: bool| {
        format!(
            "{name},{},2024-01-01T00:00:00+00:00,false,N/A,N/A,N/A,{mfa},{key},2024-01-01T00:00:00+00:00,2026-11-01T00:00:00+00:00,us-east-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n",
            arn(&format!("user/{name}"))
        )
    };
    let head = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n";
    let root = format!(
        "<root_account>,{},2024-01-01T00:00:00+00:00,not_supported,no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n",
        arn("root")
    );
    let csv = [
        head,
        &root,
        &row("ada", true, true),
        &row("bob", false, true),
        &row("cyd", false, true),
    ]
    .concat();
    write(&world, "report.csv", &csv);
    world
}

fn write(world: &World, name: &str, text: &str) {
    std::fs::write(world.root().join(name), text).unwrap();
}

fn audit(world: &World, more: &[&str]) -> Ran {
    let mut all = vec![
        "audit",
        "--authorization-details",
        "details.json",
        "--credential-report",
        "report.csv",
    ];
    all.extend(more);
    world.run(&all)
}

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {}", ran.stdout))
}

#[test]
fn the_worst_come_first_and_findings_exit_with_10() {
    let world = world();
    let ran = audit(&world, &[]).exits(10);
    let at = |text: &str| {
        ran.stdout
            .find(text)
            .unwrap_or_else(|| panic!("{text}: {}", ran.stdout))
    };
    assert!(
        at("MFA is not, or not wholly, enforced for 2 of 3 users")
            < at("Not enforced, without a device")
    );
    assert!(at("bob: key 1 (last used 2026-11-01 with s3); no MFA device") < at("cyd: key 1"));
    assert!(at("nothing requires MFA of the access key, which may do") > at("bob: key 1"));
    assert!(
        at("way around: first-enrolment with the access key: iam:CreateVirtualMFADevice")
            > at("cyd: key 1")
    );
    assert!(at("Enforced\n") > at("Enforced, with gaps"));
    let wide = ran
        .stdout
        .lines()
        .find(|line| line.chars().count() > 80 && line.contains(' ') && !line.contains("arn:"));
    assert_eq!(wide, None);
    assert_eq!(ran.stderr, "");
    audit(&world, &["--fail-on", "error"]).exits(10);
}

#[test]
fn json_has_its_frozen_form() {
    let world = world();
    let ran = audit(&world, &["--format", "json"]).exits(10);
    let report = json_of(&ran);
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(keys(&report), ["version", "accounts", "inputs"]);
    assert_eq!(report["version"], 1);
    let account = &report["accounts"][0];
    assert_eq!(
        keys(account),
        ["account_id", "root", "users", "roles", "findings"]
    );
    assert_eq!(account["account_id"], ACCOUNT);
    assert_eq!(account["root"]["verdict"], "enforced");
    assert_eq!(
        keys(&account["users"][0]),
        [
            "name",
            "arn",
            "verdict",
            "reasons",
            "credentials",
            "devices",
            "ways"
        ]
    );
    let verdicts: Vec<(&str, &str)> = (account["users"].as_array().unwrap().iter())
        .map(|user| {
            (
                user["name"].as_str().unwrap(),
                user["verdict"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        verdicts,
        [
            ("bob", "not-enforced"),
            ("cyd", "enforced-with-gaps"),
            ("ada", "enforced")
        ]
    );
    assert_eq!(report["inputs"][0]["kind"], "authorization-details");
    assert_eq!(report["inputs"][0]["sha256"].as_str().unwrap().len(), 64);
    let ids: Vec<&str> = (account["findings"].as_array().unwrap().iter())
        .map(|found| found["id"].as_str().unwrap())
        .collect();
    assert!(
        ids.contains(&"MFA040") && ids.contains(&"MFA042"),
        "{ids:?}"
    );
}

#[test]
fn tables_and_reports_for_programs_are_printed() {
    let world = world();
    let csv = audit(&world, &["--format", "csv"]).exits(10).stdout;
    let mut lines = csv.lines();
    assert_eq!(
        lines.next(),
        Some("CHECK_ID,STATUS,STATUS_EXTENDED,SEVERITY,RESOURCE_UID,ACCOUNT_UID,COMPLIANCE")
    );
    assert!(
        csv.contains("MFA040,PASS,") && csv.contains("MFA040,FAIL,"),
        "{csv}"
    );
    assert!(csv.contains("CIS-7.0: 2.10 | PCI-4.0.1: 8.4.1"), "{csv}");
    let sarif = json_of(&audit(&world, &["--format", "sarif"]).exits(10));
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "MFA040");
    let junit = audit(&world, &["--format", "junit"]).exits(10).stdout;
    assert!(
        junit.contains(r#"<testsuite name="mfa-session audit 123456789012""#),
        "{junit}"
    );
    assert!(
        junit.contains(
            r#"<testcase classname="MFA040" name="arn:aws:iam::123456789012:user/ada"/>"#
        ),
        "{junit}"
    );
}

#[test]
fn compressed_files_and_standard_input_are_read() {
    let world = world();
    let plain = audit(&world, &["--format", "csv"]).stdout;
    let status = Command::new("gzip")
        .arg("-k")
        .arg(world.root().join("details.json"))
        .status();
    assert!(status.unwrap().success());
    let args = [
        "audit",
        "--authorization-details",
        "details.json.gz",
        "--credential-report",
        "report.csv",
        "--format",
        "csv",
    ];
    assert_eq!(world.run(&args).stdout, plain);
    let mut child = world
        .command(crate::common::PROGRAM)
        .args([
            "audit",
            "--authorization-details",
            "-",
            "--credential-report",
            "report.csv",
            "--format",
            "csv",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let details = std::fs::read(world.root().join("details.json")).unwrap();
    child.stdin.take().unwrap().write_all(&details).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), plain);
}

#[test]
fn exempt_users_are_listed_separately() {
    let world = world();
    let ran = audit(&world, &["--exempt-tag", "mfa-exempt"]).exits(10);
    let summary = "MFA is not, or not wholly, enforced for 1 of 3 users; 1 user is exempt";
    assert!(ran.stdout.contains(summary), "{}", ran.stdout);
    assert!(ran.stdout.contains("Exempt by a tag\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("bob (not-enforced)"), "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("exempt by a tag (builds), without an end; owner: ops"),
        "{}",
        ran.stdout
    );
}

#[test]
fn without_a_credential_report_nobody_is_enforced() {
    let world = world();
    let ran = world
        .run(&[
            "audit",
            "--authorization-details",
            "details.json",
            "--format",
            "json",
        ])
        .exits(10);
    assert!(
        ran.stderr
            .contains("there is no credential report of account 123456789012"),
        "{}",
        ran.stderr
    );
    let report = json_of(&ran);
    for user in report["accounts"][0]["users"].as_array().unwrap() {
        assert_eq!(user["verdict"], "unknown", "{user}");
    }
}

#[test]
fn bad_input_gets_one_clear_error() {
    let world = world();
    write(&world, "empty.json", "");
    write(&world, "list.json", "[]");
    write(&world, "none.json", "{}");
    write(
        &world,
        "other.csv",
        &std::fs::read_to_string(world.root().join("report.csv"))
            .unwrap()
            .replace(ACCOUNT, "210987654321"),
    );
    write(&world, "bad.json.gz", "\u{1f}\u{8b}");
    std::fs::write(world.root().join("cut.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
    let bad_policy = json!({"UserDetailList": [user("ada", &[("p", &json!("%7B%22Statement"))])]});
    write(&world, "policy.json", &bad_policy.to_string());
    for (details, more, problem) in [
        ("missing.json", &[][..], "cannot read `missing.json`"),
        ("empty.json", &[], "the file is empty"),
        (
            "list.json",
            &[],
            "expected the output of `aws iam get-account-authorization-details`",
        ),
        (
            "none.json",
            &[],
            "it has no users, groups, roles or policies",
        ),
        ("cut.gz", &[], "cannot read `cut.gz`"),
        (
            "policy.json",
            &[],
            "policy `p` of `arn:aws:iam::123456789012:user/ada`",
        ),
        (
            "details.json",
            &["--credential-report", "other.csv"],
            "it is of account 210987654321",
        ),
        (
            "details.json",
            &["--credential-report", "list.json"],
            "expected a credential report",
        ),
        (
            "details.json",
            &["--mfa-devices", "list.json"],
            "expected the output of `aws iam list-virtual-mfa-devices`",
        ),
        ("details.json", &["--scp", "none.json"], "`none.json`: "),
        (
            "details.json",
            &["--authorization-details", "details.json"],
            "is in another file already",
        ),
        (
            "details.json",
            &["--management-account", "x"],
            "`x` is not the number of an account",
        ),
    ] {
        let mut args = vec!["audit", "--authorization-details", details];
        args.extend(more);
        let ran = world.run(&args);
        assert!(ran.code == 1 || ran.code == 2, "{args:?}: {ran:?}");
        let ran = ran.says(problem);
        assert_eq!(ran.stdout, "", "{args:?}");
        let errors = ran
            .stderr
            .lines()
            .filter(|line| line.starts_with("error:"))
            .count();
        assert_eq!(errors, 1, "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn a_hostile_name_does_no_harm() {
    let world = World::new();
    let details = json!({"UserDetailList": [{"Arn": arn("user/=cmd"), "UserName": "=cmd", "UserPolicyList": [], "GroupList": ["a\u{1b}[31m"]}]});
    write(&world, "details.json", &details.to_string());
    let csv = format!(
        "user,arn,password_enabled,mfa_active,access_key_1_active,access_key_2_active,cert_1_active,cert_2_active\n=cmd,{},false,false,true,false,false,false\n",
        arn("user/=cmd")
    );
    write(&world, "report.csv", &csv);
    let text = audit(&world, &[]).exits(10).stdout;
    assert!(!text.contains('\u{1b}'), "{text}");
    let table = audit(&world, &["--format", "csv"]).exits(10).stdout;
    for cell in table.lines().flat_map(|line| line.split(',')) {
        assert!(!cell.starts_with(['=', '+', '@']), "{cell}");
    }
    let junit = audit(&world, &["--format", "junit"]).exits(10).stdout;
    assert!(!junit.contains('\u{1b}'), "{junit}");
}

#[test]
fn whom_a_policy_would_break_is_said_before_it_is_attached() {
    let world = world();
    let ran = audit(&world, &["--if-attached", "seed.json", "--to", "bob"]).exits(10);
    for sentence in [
        "open: 1 of 1 user would notice",
        "bob: not-enforced would be enforced\n    key 1",
        "key 1 was last used on 2026-11-01 with s3: 0 of ",
        "cannot enrol a device: an administrator has to",
    ] {
        assert!(ran.stdout.contains(sentence), "{sentence}: {}", ran.stdout);
    }
    let admin = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":"sts:GetCallerIdentity","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}"#;
    write(&world, "closed.json", admin);
    let ran = audit(
        &world,
        &["--if-attached", "closed.json", "--format", "json"],
    )
    .exits(10);
    let report = json_of(&ran);
    let users = report["accounts"][0]["users"].as_array().unwrap();
    let of = |name: &str| users.iter().find(|user| user["name"] == name).unwrap();
    let cannot = of("cyd")["cannot"].to_string();
    assert!(cannot.contains("cannot enrol a device"), "{cannot}");
    assert!(cannot.contains("sts:GetSessionToken is denied"), "{cannot}");
    assert!(
        !of("ada")["cannot"].to_string().contains("enrol"),
        "{}",
        of("ada")
    );
    let ran = audit(
        &world,
        &["--if-attached", "seed.json", "--to", "group/none"],
    )
    .exits(1);
    ran.says("there is no group `none` in the authorization details");
    audit(&world, &["--if-attached", "seed.json", "--format", "csv"]).exits(2);
    audit(&world, &["--to", "bob"]).exits(2);
}
