//! `policy verify`.

use serde_json::Value;

use crate::common::{Ran, World};

/// A fixture with one file for each list of options, written by `policy generate`.
fn world(files: &[(&str, &str)]) -> World {
    let world = World::new();
    for (file, options) in files {
        let line = format!("policy generate --output {file} {options}");
        let arguments: Vec<&str> = line.split_whitespace().collect();
        world.run(&arguments).exits(0);
    }
    world
}

fn verify(world: &World, arguments: &str) -> Ran {
    let all: Vec<&str> = ["policy", "verify"]
        .into_iter()
        .chain(arguments.split_whitespace())
        .collect();
    world.run(&all)
}

fn write(world: &World, name: &str, text: &str) {
    std::fs::write(world.root().join(name), text).unwrap();
}

const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

#[test]
fn the_seed_alone_leaves_the_first_enrolment_open() {
    let world = world(&[("seed.json", "")]);
    let ran = verify(&world, "seed.json").exits(10);
    assert!(
        ran.stdout.starts_with("open: 2 ways past MFA\n"),
        "{}",
        ran.stdout
    );
    for sentence in [
        "  first-enrolment: the key of a user without an MFA device",
        "    2. iam:EnableMFADevice for the key's user\n",
        "    each call: excepted by seed.json: DenyAllWithoutMFA (NotAction)\n",
        "AWS itself stops iam:EnableMFADevice",
        "  enrol-another-user: any key",
        "  mfa-session policy generate --template console-enrol --guard own-only\n",
        "sts:GetCallerIdentity",
    ] {
        assert!(ran.stdout.contains(sentence), "{sentence}: {}", ran.stdout);
    }
    let wide = ran.stdout.lines().find(|l| l.chars().count() > 80);
    assert_eq!(wide, None);
    assert_eq!(ran.stderr, "");
}

#[test]
fn the_suggested_policies_are_clean_alone_and_together_with_the_seed() {
    let world = world(&[
        ("seed.json", ""),
        ("closed.json", "--template console-enrol --guard own-only"),
        ("admin.json", "--template admin-provisioned"),
        ("enrol.json", "--template console-enrol"),
    ]);
    for files in [
        "closed.json",
        "seed.json closed.json",
        "admin.json",
        "seed.json admin.json",
    ] {
        let ran = verify(&world, files).exits(0);
        assert!(ran.stdout.starts_with("clean: "), "{}", ran.stdout);
    }
    // Half of it is not enough.
    let ran = verify(&world, "enrol.json");
    assert_eq!(
        ran.code, 0,
        "console-enrol stops a key from enrolling for others as well"
    );
    write(&world, "all.json", ALLOW_ALL);
    verify(&world, "all.json closed.json").exits(0);
    verify(&world, "all.json").exits(10);
}

#[test]
fn a_broken_policy_is_open() {
    let world = world(&[("seed.json", "")]);
    let seed = std::fs::read_to_string(world.root().join("seed.json")).unwrap();
    for (from, to) in [
        ("BoolIfExists", "Bool"),
        (
            "\"aws:MultiFactorAuthPresent\": \"false\"",
            "\"aws:MultiFactorAuthPresent\": \"true\"",
        ),
        (
            "\"BoolIfExists\": {",
            "\"IpAddress\": {\"aws:SourceIp\": \"192.0.2.0/24\"}, \"BoolIfExists\": {",
        ),
        (
            "\"Resource\": \"*\"",
            "\"Resource\": \"arn:aws:s3:::bucket\"",
        ),
        ("sts:GetSessionToken", "iam:CreateAccessKey"),
    ] {
        assert!(seed.contains(from), "{from}");
        write(&world, "broken.json", &seed.replace(from, to));
        let ran = verify(&world, "broken.json").exits(10);
        let json: Value =
            serde_json::from_str(&verify(&world, "broken.json --format json").stdout).unwrap();
        assert_ne!(
            json["unexpected"],
            serde_json::json!([]),
            "{to}: {}",
            ran.stdout
        );
        let open = |name: &str| {
            let paths = json["paths"].as_array().unwrap();
            paths.iter().any(|p| p["name"] == name && p["open"] == true)
        };
        // An inverted Deny stops keys, and lets consoles pass.
        assert_eq!(open("new-credentials"), !to.ends_with("\"true\""), "{to}");
    }
}

#[test]
fn the_json_output_is_versioned_and_complete() {
    let world = world(&[
        ("seed.json", ""),
        ("closed.json", "--template console-enrol --guard own-only"),
    ]);
    let json = |arguments: &str, code| -> Value {
        let ran = verify(&world, &format!("{arguments} --format json")).exits(code);
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let open = json("seed.json", 10);
    assert_eq!(
        (&open["version"], &open["clean"]),
        (&1.into(), &false.into())
    );
    assert_eq!(open["expected"].as_array().unwrap().len(), 7);
    assert_eq!(open["paths"][0]["name"], "first-enrolment");
    assert_eq!(open["paths"][0]["device"], "without");
    assert_eq!(
        open["paths"][0]["steps"][1]["action"],
        "iam:EnableMFADevice"
    );
    assert!(open["judged"].as_u64().unwrap() > 22_000);
    assert_eq!(open["possible"]["true"], open["judged"]);
    assert!(open["limits"].as_array().unwrap().len() > 5);
    let clean = json("closed.json", 0);
    assert_eq!(
        (&clean["version"], &clean["clean"]),
        (&1.into(), &true.into())
    );
    assert_eq!(clean["remedies"], serde_json::json!([]));
    let markdown = verify(&world, "seed.json --format markdown")
        .exits(10)
        .stdout;
    assert!(markdown.contains("\n## Ways past MFA"), "{markdown}");
}

#[test]
fn boundaries_and_service_control_policies_apply_too() {
    let world = world(&[
        ("seed.json", ""),
        ("closed.json", "--template console-enrol --guard own-only"),
        (
            "scp.json",
            "--template scp --template console-enrol --guard own-only",
        ),
    ]);
    write(&world, "all.json", ALLOW_ALL);
    let boundary = std::fs::read_to_string(world.root().join("closed.json")).unwrap();
    let boundary = boundary.replacen(
        "\"Statement\": [",
        "\"Statement\": [{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},",
        1,
    );
    write(&world, "boundary.json", &boundary);
    verify(&world, "all.json --boundary boundary.json").exits(0);
    verify(&world, "all.json --boundary all.json").exits(10);
    let ran = verify(&world, "all.json --scp scp.json").exits(0);
    assert!(
        ran.stdout.contains("FullAWSAccess is assumed"),
        "{}",
        ran.stdout
    );
    verify(&world, "seed.json --scp all.json").exits(10);
    verify(&world, "seed.json --scp all.json --scp scp.json").exits(0);
    // A boundary that only denies leaves nothing, and that is said.
    let ran = verify(&world, "all.json --boundary closed.json").exits(10);
    assert!(
        ran.stdout
            .starts_with("locked out: nothing more is possible with MFA than without it\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn policies_that_lock_their_user_out_are_an_error() {
    let world = world(&[("seed.json", "")]);
    let seed = std::fs::read_to_string(world.root().join("seed.json")).unwrap();
    let both = seed.replace("\"false\"", "[\"true\", \"false\"]");
    assert_ne!(both, seed);
    write(&world, "both.json", &both);
    let all = ALLOW_ALL.replace("Allow", "Deny");
    write(&world, "all.json", &all);
    write(&world, "allow.json", ALLOW_ALL);
    for policies in ["both.json", "both.json allow.json", "all.json allow.json"] {
        let ran = verify(&world, policies).exits(10);
        assert!(ran.stdout.contains("lock the user out"), "{}", ran.stdout);
        let json = verify(&world, &format!("{policies} --format json")).exits(10);
        let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(json["locked_out"], true, "{policies}");
    }
}

#[test]
fn expected_actions_can_be_listed() {
    let world = world(&[(
        "p.json",
        "--template console-enrol --guard own-only --except s3:GetObject --except s3:ListBucket",
    )]);
    let ran = verify(&world, "p.json").exits(10);
    assert!(
        ran.stdout.starts_with("open: 2 actions\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("s3:GetObject and s3:ListBucket"),
        "{}",
        ran.stdout
    );
    verify(&world, "p.json --expect s3:GetObject").exits(10);
    verify(&world, "p.json --expect s3:GetObject --expect S3:List*").exits(0);
}

#[test]
fn other_kinds_of_policy_and_invalid_arguments_are_refused() {
    let world = world(&[
        ("seed.json", ""),
        (
            "trust.json",
            "--template role-trust --principal 123456789012",
        ),
    ]);
    verify(&world, "trust.json")
        .exits(1)
        .says("policy explain trust.json");
    verify(&world, "seed.json --scp trust.json")
        .exits(1)
        .says("`Principal`");
    verify(&world, "seed.json --boundary missing")
        .exits(1)
        .says("missing");
    verify(&world, "- -").exits(2).says("read only once");
    verify(&world, "seed.json --partition nowhere").exits(2);
    verify(&world, "").exits(2);
}

#[test]
fn a_closed_pipe_is_success() {
    let world = world(&[("seed.json", "")]);
    let ran = world
        .run_unread(&["policy", "verify", "seed.json"])
        .exits(0);
    assert_eq!(ran.stderr, "");
}
