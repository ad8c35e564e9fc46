//! `login`.

use mfa_session::policy::generate;
use mfa_session::sandbox::SignedWith;

use crate::common::World;

#[test]
fn one_code_writes_the_session_profile_and_leaves_the_rest() {
    let world = World::new();
    let before = world.credentials();
    let ran = world.log_in();
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr.lines().last(),
        Some("export AWS_PROFILE=default-mfa")
    );
    let after = world.credentials();
    assert!(after.starts_with(&before), "{after}");
    for line in [
        "[default-mfa]",
        "manager = mfa-session",
        "mfa_session_source = default",
        "expiration = ",
    ] {
        assert!(after.contains(line), "{line}: {after}");
    }
    assert!(
        world
            .read(".aws/config")
            .contains("[profile default-mfa]\nregion = eu-central-1\n")
    );
}

#[test]
fn every_call_before_there_is_a_session_is_an_exception_of_the_seed() {
    let world = World::new();
    world.log_in().says("Found the MFA device");
    let calls = world.calls();
    assert_eq!(
        calls,
        [
            ("iam:ListMFADevices".to_owned(), SignedWith::LongTermKey),
            ("sts:GetSessionToken".to_owned(), SignedWith::LongTermKey)
        ]
    );
    let seed: serde_json::Value =
        serde_json::from_str(&generate::seed().to_json_compact()).unwrap();
    let exceptions = seed["Statement"][0]["NotAction"].as_array().unwrap();
    for (action, _) in calls {
        assert!(
            exceptions.iter().any(|e| e == action.as_str()),
            "{action} is no exception"
        );
    }
}

#[test]
fn a_wrong_code_is_refused_by_aws_and_changes_nothing() {
    let world = World::new();
    let before = world.credentials();
    let wrong = world.wrong_code();
    world
        .run(&["login", "--token-code", &wrong])
        .exits(4)
        .says("wrong, out of time or already used")
        .says("hint: ");
    assert_eq!(world.credentials(), before);
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn a_code_that_we_submitted_is_told_from_a_wrong_one() {
    let world = World::new();
    let code = world.code();
    world.run(&["login", "--token-code", &code]).exits(0);
    world
        .run(&["login", "--token-code", &code, "--force"])
        .exits(4)
        .says("used before");
}

#[test]
fn a_malformed_code_costs_no_call_and_is_not_repeated() {
    let world = World::new();
    world.hunt("98765");
    for bad in ["98765", "98765a", "９８７６５４", ""] {
        world
            .run(&["login", "--token-code", bad])
            .exits(2)
            .says("six digits");
    }
    assert_eq!(world.calls(), []);
}

#[test]
fn without_a_terminal_or_a_code_the_first_line_is_the_command() {
    let world = World::new();
    let ran = world.run(&["login"]).exits(3);
    assert_eq!(
        ran.stderr.lines().next(),
        Some("mfa-session login --profile default")
    );
}
