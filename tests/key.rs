//! `key rotate`: a new long-term key in place of the old one, however the command is interrupted.

use std::collections::BTreeMap;

use mfa_session::sandbox::{OwnerPolicy, SignedWith};

use crate::common::World;

const ROTATE: [&str; 3] = ["key", "rotate", "--yes"];

/// The key ids of the account, and whether each is active.
fn account_keys(world: &World) -> BTreeMap<String, bool> {
    let keys = world.server.with_account(|a| a.key_states());
    keys.into_iter().collect()
}

/// The key id in a profile of the credentials file.
fn key_in_file(world: &World) -> String {
    let text = world.credentials();
    let line = text
        .lines()
        .find_map(|l| l.strip_prefix("aws_access_key_id = "));
    line.unwrap().to_owned()
}

/// A world with a live session, whose device is known.
fn logged_in() -> World {
    let world = World::new();
    world.add_config(&format!("mfa_serial = {}\n", world.serial()));
    world.log_in();
    world
}

/// Asserts that the key in the file works and is the only one of the account.
#[track_caller]
fn is_rotated(world: &World) {
    let new = key_in_file(world);
    assert_ne!(new, world.key_id());
    assert_eq!(account_keys(world), BTreeMap::from([(new, true)]));
    world.run(&["device", "list"]).exits(0);
    let left: Vec<_> = std::fs::read_dir(world.path(".aws/mfa-session/state"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("rotation-"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
    world.has_nothing_left_behind("a rotation");
}

#[test]
fn a_key_is_rotated_and_the_old_one_deleted_after_a_login() {
    let world = logged_in();
    let before = world.credentials();
    let old_record = world.record_path();
    assert!(old_record.exists());
    let code = world.code();
    let ran = world
        .run(&["key", "rotate", "--yes", "--token-code", &code])
        .exits(0)
        .says("This creates a new access key for user admin")
        .says(&format!("The old key {} is inactive.", world.key_id()))
        .says(&format!("The key {} was deleted.", world.key_id()));
    assert_eq!(ran.stdout, "");
    is_rotated(&world);
    assert!(!old_record.exists());
    // Only the pair changed in the source profile.
    let now = world.credentials();
    let rest = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|l| !l.starts_with("aws_"));
        let own = lines.take_while(|l| !l.starts_with("[default-mfa]"));
        own.map(str::to_owned).collect()
    };
    assert_eq!(rest(&now), rest(&before));
    // The session profile holds the session of the new key.
    world.run(&["status"]).exits(0);
    assert!(now.contains("manager = mfa-session"), "{now}");
    let deleted = (world.calls().into_iter())
        .filter(|(action, _)| action.ends_with("AccessKey"))
        .collect::<Vec<_>>();
    assert_eq!(
        deleted,
        ["Create", "Update", "Delete"]
            .map(|word| (format!("iam:{word}AccessKey"), SignedWith::MfaSession))
    );
}

#[test]
fn without_a_second_code_the_old_key_waits_for_the_next_run() {
    let world = logged_in();
    world
        .run(&ROTATE)
        .exits(0)
        .says("is inactive. After a login with the new key, this deletes it:")
        .says("mfa-session key rotate --profile default");
    let new = key_in_file(&world);
    assert_eq!(
        account_keys(&world),
        BTreeMap::from([(world.key_id(), false), (new, true)])
    );
    // The session of the old key is nowhere any more.
    assert!(!world.record_path().exists());
    assert!(!world.credentials().contains("manager = mfa-session"));
    world.run(&ROTATE).exits(3);
    world.log_in();
    world
        .run(&ROTATE)
        .exits(0)
        .says("An earlier rotation was interrupted. Its new key");
    is_rotated(&world);
}

#[test]
fn the_old_key_is_kept_inactive_if_asked_for() {
    let world = logged_in();
    world
        .run(&["key", "rotate", "--yes", "--keep-old"])
        .exits(0)
        .says(&format!("The old key {} is kept.", world.key_id()))
        .says("mfa-session login --profile default");
    let new = key_in_file(&world);
    let both = BTreeMap::from([(world.key_id(), false), (new.clone(), true)]);
    assert_eq!(account_keys(&world), both);
    world.log_in();
    // The next rotation has no room, and says for what.
    world
        .run(&ROTATE)
        .exits(1)
        .says("has two access keys")
        .says(&format!(
            "aws iam delete-access-key --access-key-id {}",
            world.key_id()
        ));
    assert_eq!(account_keys(&world), both);
    assert_eq!(key_in_file(&world), new);
}

#[test]
fn a_rotation_that_is_killed_leaves_a_working_key_and_goes_on() {
    for step in [
        "key.created",
        "atomic.create",
        "atomic.half",
        "atomic.sync",
        "key.replaced",
        "key.deactivated",
        "key.deleted",
    ] {
        let mut world = logged_in();
        let code = world.code();
        world.set("MFA_SESSION_TEST_STEP", format!("{step}=kill"));
        world
            .run(&["key", "rotate", "--yes", "--token-code", &code])
            .exits(137);
        world.unset("MFA_SESSION_TEST_STEP");
        let current = key_in_file(&world);
        let states = account_keys(&world);
        assert!(
            states.get(&current) == Some(&true),
            "{step}: {current} of {states:?}"
        );
        world.run(&["device", "list"]).exits(0);
        // What is left to do needs a session of the key in the file.
        world.later(90);
        let code = world.code();
        world.run(&["login", "--token-code", &code]).exits(0);
        world.later(90);
        let code = world.code();
        let again = world
            .run(&["key", "rotate", "--yes", "--token-code", &code])
            .exits(0);
        // After the last step nothing is left, so the next run is another rotation.
        if step != "key.deleted" && states.len() == 2 {
            again.says("An earlier rotation was interrupted");
        }
        is_rotated(&world);
    }
}

#[test]
fn a_new_key_that_cannot_be_stored_is_deleted() {
    let mut world = logged_in();
    let before = world.credentials();
    world.set("MFA_SESSION_TEST_STEP", "atomic.write=enospc");
    world
        .run(&ROTATE)
        .exits(1)
        .says("The old key stays in place.");
    world.unset("MFA_SESSION_TEST_STEP");
    assert_eq!(world.credentials(), before);
    assert_eq!(
        account_keys(&world),
        BTreeMap::from([(world.key_id(), true)])
    );
    world
        .run(&["key", "rotate", "--yes", "--keep-old"])
        .exits(0);
}

#[test]
fn a_signal_waits_until_the_old_key_is_inactive() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let mut world = logged_in();
        world.set(
            "MFA_SESSION_TEST_STEP",
            format!("key.replaced=run:kill -{signal} $PPID"),
        );
        world.run(&ROTATE).exits(code).says("is inactive.");
        world.unset("MFA_SESSION_TEST_STEP");
        world.log_in();
        world.run(&ROTATE).exits(0).says("was deleted");
        is_rotated(&world);
    }
}

#[test]
fn what_cannot_be_rotated_is_reported_before_anything_is_created() {
    let world = logged_in();
    let keys = world.key_lines();
    let (id, secret) = keys.split_once('\n').unwrap();
    let config = world.read(".aws/config");
    let in_default = |line: &str| config.replacen("[default]\n", &format!("[default]\n{line}"), 1);
    let refused = |config: &str, credentials: &str, says: &str| {
        world.write_config(config);
        world.write_credentials(credentials);
        world.run(&ROTATE).exits(1).says(says);
        assert_eq!(world.count("iam:CreateAccessKey"), 0, "{says}");
    };
    refused(
        &in_default(&format!("{id}\n")),
        &format!("[default]\n{secret}"),
        "the two halves of the key pair of profile `default` are not in one file",
    );
    refused(
        &format!("{config}[profile copy]\n{keys}"),
        &format!("[default]\n{keys}"),
        "profile `copy` holds the key",
    );
    let script = world.script("keys", "exit 1");
    refused(
        &in_default(&format!("credential_process = {script}\n")),
        "",
        "is not in a shared file",
    );
}

#[test]
fn a_rotation_that_a_policy_denies_changes_nothing() {
    let world = logged_in();
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"iam:CreateAccessKey","Resource":"*"}]}"#;
    let policy = OwnerPolicy::new("policy", policy).unwrap();
    let now = world.sandbox_now();
    (world.server)
        .with_account(|a| a.restrict_owner(&[policy], now))
        .unwrap();
    let before = world.credentials();
    world
        .run(&ROTATE)
        .exits(4)
        .says("iam:CreateAccessKey is denied")
        .says("ask an administrator");
    assert_eq!(world.credentials(), before);
    assert_eq!(
        account_keys(&world),
        BTreeMap::from([(world.key_id(), true)])
    );
}

#[test]
fn every_profile_with_the_pair_gets_the_new_one_in_the_same_write() {
    let world = logged_in();
    let keys = world.key_lines();
    let text = format!(
        "# top\r\n[default]\n{keys}x = 1\n\n[copy]\n{keys}[other]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = other\n"
    );
    world.write_credentials(&text);
    world
        .run(&["key", "rotate", "--yes", "--keep-old"])
        .exits(0);
    let now = world.credentials();
    let new = key_in_file(&world);
    let mut lines = now
        .lines()
        .filter(|l| l.starts_with("aws_secret_access_key"));
    let new_secret = lines.next().unwrap();
    let (id, secret) = keys.trim_end().split_once('\n').unwrap();
    let expected = text
        .replace(id, &format!("aws_access_key_id = {new}"))
        .replace(secret, new_secret);
    assert!(now == expected, "the file differs from what is expected");
}

#[test]
fn without_yes_a_script_is_told_what_to_type() {
    let world = logged_in();
    world
        .run(&["key", "rotate"])
        .exits(2)
        .says("mfa-session key rotate --profile default --yes");
    world
        .run(&["key", "rotate", "--keep-old"])
        .exits(2)
        .says("mfa-session key rotate --keep-old --profile default --yes");
    assert_eq!(world.count("iam:CreateAccessKey"), 0);
    let mut pty = world.shell_on_terminal("$mfa_session key rotate");
    pty.expect("Then it deactivates the old key")
        .expect("Go on? [Y/n] ")
        .types("n\n")
        .expect("Nothing was changed.")
        .expect("<status 1>");
    assert_eq!(
        account_keys(&world),
        BTreeMap::from([(world.key_id(), true)])
    );
}
