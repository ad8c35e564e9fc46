//! `doctor`: finds what is wrong, names the command that repairs it, and changes nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

use mfa_session::sandbox::OwnerPolicy;
use serde_json::Value;

use crate::common::{PROGRAM, World};
use crate::shared_files::PAIRS;

/// The findings of a run, as `id line profile`.
fn found(world: &World, arguments: &[&str], code: i32) -> Vec<String> {
    let before = world.tree();
    let line = [&["doctor", "--offline", "--format", "json"], arguments].concat();
    let ran = world.run(&line).exits(code);
    assert_eq!(ran.stderr, "");
    assert_eq!(world.tree(), before, "doctor changed something");
    shown(&ran.stdout)
}

/// The findings of a report, as `id line profile`.
fn shown(report: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).unwrap();
    assert_eq!(report["version"], 1);
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| {
            for key in ["what", "breaks", "repair", "command"] {
                assert!(!finding[key].as_str().unwrap().is_empty(), "{finding}");
            }
            let line = finding["line"].as_u64().map(|n| format!(" {n}"));
            let profile = finding["profile"].as_str().map(|p| format!(" {p}"));
            format!(
                "{}{}{}",
                finding["id"].as_str().unwrap(),
                line.unwrap_or_default(),
                profile.unwrap_or_default()
            )
        })
        .collect()
}

#[test]
fn a_healthy_set_up_has_no_findings_before_and_after_a_login() {
    let world = World::new();
    let none = Vec::<String>::new();
    assert_eq!(found(&world, &[], 0), none);
    world.log_in();
    assert_eq!(found(&world, &[], 0), none);
    let url = world.server.endpoint_url();
    world.add_config(&format!(
        "[profile admin]\ncredential_process = {PROGRAM} credential-process --profile default\nregion = eu-central-1\nendpoint_url = {url}\n[profile deploy]\nrole_arn = arn:aws:iam::111122223333:role/deploy\nsource_profile = admin\n"
    ));
    assert_eq!(found(&world, &[], 0), none);
    assert_eq!(found(&world, &["--profile", "deploy"], 0), none);
    let before = world.tree();
    let ran = world.run(&["doctor"]).exits(0);
    assert_eq!(ran.stdout, "Nothing is wrong.\n");
    assert_eq!(ran.stderr, "");
    assert_eq!(world.tree(), before);
}

#[test]
fn the_environment_that_exec_makes_is_healthy() {
    let world = World::new();
    world.log_in();
    let ran = world.run(&["exec", "--", PROGRAM, "doctor"]).exits(0);
    assert_eq!(ran.stdout, "Nothing is wrong.\n");
}

#[test]
fn a_home_without_files_lacks_a_key_and_stays_empty() {
    let world = World::new();
    fs::remove_dir_all(world.path(".aws")).unwrap();
    assert_eq!(found(&world, &[], 10), ["no-key"]);
    assert!(!world.path(".aws").exists());
}

#[test]
fn a_finding_says_where_it_is_what_it_breaks_and_how_to_repair_it() {
    let world = World::new();
    world.add_config("[profile a b]\nregion = eu-west-1\n");
    let home = world.home().display().to_string();
    world.add_config("[profile 'it is']\nregion = eu-west\n");
    let ran = world.run(&["doctor", "--offline"]).exits(0);
    insta::assert_snapshot!(ran.stdout.replace(&home, "~"), @r#"
    warning: section-ignored  ~/.aws/config:4
      The section `[profile a b]` of the config file is not a profile.
      Breaks: AWS's programs ignore what stands in it; there, a profile is
        `[profile NAME]`.
      Repair: Write a name with blanks in quotes: `[profile "a b"]`.
          ${EDITOR:-vi} +4 ~/.aws/config

    warning: region-unknown  ~/.aws/config:7
      `region` of profile `it is` is `eu-west`, which is no region of AWS.
      Breaks: Calls go to a host that does not exist, unless an endpoint is
        configured.
      Repair: Name a region of AWS.
          aws configure set region eu-west-1 --profile 'it is'

    2 warnings
    "#);
    for line in ran.stdout.replace(&home, "~").lines() {
        assert!(
            line.starts_with("      ") || line.chars().count() <= 80,
            "{line}"
        );
    }
}

#[test]
fn permissions_leftovers_and_untrusted_records_are_found() {
    let world = World::new();
    world.log_in();
    let mode = |path: &str, mode| {
        fs::set_permissions(world.path(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(".aws/credentials", 0o644);
    mode(".aws/config", 0o664);
    let record = world.record_path();
    fs::set_permissions(&record, fs::Permissions::from_mode(0o640)).unwrap();
    for name in [
        ".aws/.credentials.mfa-session-1-0.tmp",
        ".aws/mfa-session/sessions/.x.json.mfa-session-1-0.tmp",
    ] {
        world.write(name, "x");
        let file = fs::File::open(world.path(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_mins(10))
            .unwrap();
    }
    let found = found(&world, &[], 10);
    assert_eq!(
        found,
        [
            "file-writable-by-others",
            "cache-not-trusted",
            "file-open-to-others",
            "file-leftover",
            "cache-leftover",
        ]
    );
    // The commands that are named repair it.
    let run = |command: &str| {
        let status = world.command("sh").arg("-c").arg(command).status();
        assert!(status.unwrap().success(), "{command}");
    };
    let json = world
        .run(&["doctor", "--offline", "--format", "json"])
        .exits(10)
        .stdout;
    let report: Value = serde_json::from_str(&json).unwrap();
    for finding in report["findings"].as_array().unwrap() {
        let command = finding["command"].as_str().unwrap();
        if command.starts_with("chmod") {
            run(command);
        }
    }
    world.run(&["logout", "--all"]).exits(0);
    assert_eq!(self::found(&world, &[], 0), Vec::<String>::new());
}

#[test]
fn files_that_cannot_be_read_are_findings_and_no_failures() {
    let world = World::new();
    let config = world.read(".aws/config");
    world.write(".aws/config", [config.as_bytes(), b"\n\xff\n"].concat());
    assert_eq!(found(&world, &[], 10), ["file-unreadable 5"]);
    fs::remove_file(world.path(".aws/config")).unwrap();
    fs::create_dir(world.path(".aws/config")).unwrap();
    assert_eq!(found(&world, &[], 10), ["file-unreadable"]);
    fs::remove_dir(world.path(".aws/config")).unwrap();
    std::os::unix::fs::symlink("nowhere", world.path(".aws/config")).unwrap();
    assert_eq!(found(&world, &[], 10), ["file-dangling"]);
}

#[test]
fn a_variable_that_names_no_file_is_a_finding() {
    let mut world = World::new();
    world.set("AWS_CONFIG_FILE", "/nowhere/config");
    assert_eq!(found(&world, &[], 0), ["file-missing"]);
}

#[test]
fn a_profile_narrows_the_findings_and_must_exist() {
    let world = World::new();
    world.add_config("[profile x]\nregion = nowhere\n");
    assert_eq!(found(&world, &[], 0), ["region-unknown 5 x"]);
    assert_eq!(
        found(&world, &["--profile", "x"], 0),
        ["region-unknown 5 x"]
    );
    let none = Vec::<String>::new();
    assert_eq!(found(&world, &["--profile", "default"], 0), none);
    world
        .run(&["doctor", "--profile", "defualt"])
        .exits(1)
        .says("error: no profile `defualt` in the shared files")
        .says("hint: did you mean `--profile default`?");
}

#[test]
fn the_checks_are_listed() {
    let world = World::new();
    let list = world.run(&["doctor", "--list"]).exits(0).stdout;
    assert!(
        list.contains("keys-and-process (error)\n  keys and a process"),
        "{list}"
    );
    let json = world
        .run(&["doctor", "--list", "--format", "json"])
        .exits(0);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let checks = json["checks"].as_array().unwrap();
    for check in checks {
        assert!(list.contains(check["id"].as_str().unwrap()));
    }
}

/// The findings of each pair of files, which `shared_files` describes.
const FINDINGS: [(&str, &[&str]); 11] = [
    ("aws_vault", &["hook-missing 15 vaulted"]),
    (
        "byte_order_mark",
        &["byte-order-mark 1", "byte-order-mark 1"],
    ),
    (
        "faults_elsewhere",
        &[
            "syntax 1", "syntax 6", "syntax 8", "syntax 9", "syntax 2", "syntax 4", "syntax 8",
        ],
    ),
    ("hash_comments", &["half-pair 15 x"]),
    ("hook_and_source", &["region-unknown 5 someone"]),
    ("indented_unevenly", &["region-unknown 7 x"]),
    ("many_tools", &["hook-missing 16 granted"]),
    (
        "odd_headers",
        &[
            "section-ignored 10",
            "section-ignored 12",
            "section-ignored 14",
            "section-ignored 16",
            "region-unknown 4 \"quoted\"",
            "region-unknown 9 ws.prod/eu+1@host:x%",
        ],
    ),
    (
        "sections_twice",
        &["section-twice 5", "section-twice 5", "region-unknown 4 x"],
    ),
    ("tabs_and_blanks", &["region-unknown 9 z"]),
    ("text_behind_headers", &["region-unknown 5 x"]),
];

#[test]
fn files_as_people_have_them_have_the_findings_that_they_should() {
    for pair in &PAIRS {
        let world = pair.world();
        let expected = (FINDINGS.iter())
            .find(|(name, _)| *name == pair.name)
            .map(|(_, expected)| expected.to_vec())
            .unwrap_or_default();
        let before = world.tree();
        let ran = world.run(&["doctor", "--offline", "--format", "json"]);
        assert_eq!(world.tree(), before, "{}", pair.name);
        let has_error = ran.stdout.contains("\"severity\": \"error\"");
        let found = found(&world, &[], if has_error { 10 } else { 0 });
        assert_eq!(found, expected, "{}", pair.name);
    }
}

const DENIED: &str = "An error occurred (AccessDenied) when calling the ListBuckets operation: User: arn:aws:iam::111122223333:user/a is not authorized to perform: s3:ListAllMyBuckets with an explicit deny in an identity-based policy";

#[test]
fn an_error_is_explained_by_what_this_machine_knows() {
    let world = World::new();
    let before = world.tree();
    let ran = world.run(&["doctor", "explain", DENIED]).exits(0);
    assert_eq!(world.tree(), before);
    assert!(ran.stdout.starts_with("mfa-policy\n"), "{}", ran.stdout);
    let login = "\n      mfa-session login --profile default\n";
    assert!(ran.stdout.ends_with(login), "{}", ran.stdout);
    for line in ran.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let piped = world.feed(&["doctor", "explain"], DENIED).exits(0);
    assert_eq!(piped.stdout, ran.stdout);
    world.log_in();
    // The sandbox's account is another one than that of the message.
    let account = world.serial().account().unwrap().to_owned();
    let text = DENIED.replace("111122223333", &account);
    let json = |profile: &str| {
        let line = [
            "doctor",
            "--profile",
            profile,
            "explain",
            "--format",
            "json",
        ];
        let ran = world.feed(&line, &text).exits(0);
        serde_json::from_str::<Value>(&ran.stdout).unwrap()
    };
    let source = json("default");
    assert_eq!(source["cause"], "mfa-policy");
    assert_eq!(source["command"], "export AWS_PROFILE=default-mfa");
    let session = json("default-mfa");
    assert_eq!(session["cause"], "other-deny");
    assert!(session["undecided"].is_string());
    let other = text.replace(&account, "444455556666");
    let other = world.run(&["doctor", "explain", &other]).exits(0);
    assert!(
        other.stdout.starts_with("other-account\n"),
        "{}",
        other.stdout
    );
}

#[test]
fn a_text_that_is_no_error_of_aws_is_not_explained() {
    let world = World::new();
    for text in ["hello", ""] {
        world
            .feed(&["doctor", "explain"], text)
            .exits(1)
            .says("error: this text is no error of AWS's that is known here\n")
            .says("hint: give the whole text");
    }
    let long = "x".repeat(2_000_000);
    world
        .feed(&["doctor", "explain"], long)
        .exits(1)
        .says("error: ");
    world
        .run(&["doctor", "--list", "explain", "x"])
        .exits(2)
        .says("error: `--list` contradicts `explain`");
}

/// The findings of a run that calls the account, which learns of no code and changes nothing.
fn called(world: &World, arguments: &[&str], code: i32) -> Vec<String> {
    let before = world.tree();
    let line = [&["doctor", "--format", "json"], arguments].concat();
    let ran = world.run(&line).exits(code);
    assert_eq!(world.tree(), before, "doctor changed something");
    assert_eq!(world.count("sts:GetSessionToken"), 0);
    shown(&ran.stdout)
}

#[test]
fn the_account_is_asked_only_what_changes_nothing() {
    let world = World::new();
    assert_eq!(called(&world, &[], 0), Vec::<String>::new());
    let calls: Vec<_> = world
        .calls()
        .into_iter()
        .map(|(action, _)| action)
        .collect();
    assert_eq!(
        calls,
        [
            "sts:GetCallerIdentity",
            "iam:ListMFADevices",
            "iam:ListAccessKeys"
        ]
    );
    assert_eq!(found(&world, &[], 0), Vec::<String>::new());
    assert_eq!(world.calls().len(), 3, "--offline calls nobody");
}

#[test]
fn devices_are_compared_with_the_one_that_is_configured() {
    let world = World::without_device();
    assert_eq!(called(&world, &[], 10), ["no-device default"]);
    let world = World::new();
    let other = world.serial().as_str().replace(":mfa/", ":mfa/other-");
    world.add_config(&format!("mfa_serial = {other}\n"));
    assert_eq!(called(&world, &[], 10), ["device-not-enabled default"]);
}

#[test]
fn keys_that_aws_refuses_are_told_apart() {
    let world = World::new();
    let id = world.key_id();
    let pair = |id: &str| {
        format!(
            "[default]\naws_access_key_id = {id}\naws_secret_access_key = no/secret/of/anybody\n"
        )
    };
    world.write_credentials(&pair(&id));
    assert_eq!(called(&world, &[], 10), ["secret-wrong default"]);
    world.write_credentials(&pair("AKIAIOSFODNN7EXAMPLE"));
    assert_eq!(called(&world, &[], 10), ["key-unknown default"]);
}

#[test]
fn an_endpoint_that_does_not_answer_is_found() {
    let world = World::new();
    world.call("http://127.0.0.1:1");
    assert_eq!(called(&world, &[], 10), ["unreachable"]);
    let mut world = World::new();
    world.call("https://127.0.0.1:1");
    world.set("AWS_CA_BUNDLE", "/nowhere/ca.pem");
    assert_eq!(called(&world, &[], 10), ["certificates"]);
}

#[test]
fn a_clock_that_differs_and_an_old_key_are_found() {
    let mut world = World::new();
    world.set("MFA_SESSION_TEST_CLOCK_OFFSET", "-3600");
    assert_eq!(called(&world, &[], 0), ["clock"]);
    let mut world = World::new();
    world.later(91 * 86_400);
    assert_eq!(called(&world, &[], 0), ["key-old default"]);
}

#[test]
fn a_key_that_another_program_gives_is_not_asked_for() {
    let world = World::new();
    let script = world.script("keys", "touch ran");
    let config = world.read(".aws/config");
    world.write_config(&format!("{config}credential_process = {script}\n"));
    world.write_credentials("");
    let ran = world.run(&["doctor"]).exits(0);
    assert_eq!(ran.stdout, "Nothing is wrong.\n");
    let _ =
        ran.says("note: AWS was not called: another program gives the key of profile `default`");
    assert!(!world.root().join("ran").exists());
}

#[test]
fn a_lookup_that_a_policy_denies_matters_where_no_device_is_configured() {
    let world = World::new();
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:ListMFADevices","Resource":"*"}]}"#;
    let policy = OwnerPolicy::new("policy", policy).unwrap();
    let now = world.sandbox_now();
    let account = &world.server;
    account
        .with_account(|a| a.restrict_owner(&[policy], now))
        .unwrap();
    assert_eq!(called(&world, &[], 0), ["lookup-denied default"]);
    world.add_config(&format!("mfa_serial = {}\n", world.serial()));
    assert_eq!(called(&world, &[], 0), Vec::<String>::new());
}
