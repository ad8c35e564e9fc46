//! `key store` and `key restore`: the secret of the long-term key in the OS keychain, however the commands are interrupted.
//!
//! A folder stands for the keychain here. The tests at the end, which CI runs, use a real Secret Service.

use std::fs;

use secrecy::ExposeSecret as _;

use crate::common::{Ran, World};

const STORE: [&str; 3] = ["key", "store", "--yes"];
const RESTORE: [&str; 3] = ["key", "restore", "--yes"];
const HOOK: [&str; 4] = ["credential-process", "--no-prompt", "--profile", "default"];

impl World {
    /// A world with a keychain, whose device is known and which has a session.
    fn with_keychain() -> Self {
        let mut world = Self::new();
        fs::create_dir(world.root().join("keychain")).unwrap();
        let folder = world.root().join("keychain").display().to_string();
        world.set("MFA_SESSION_TEST_KEYCHAIN", folder);
        world.add_config(&format!("mfa_serial = {}\n", world.serial()));
        world.log_in();
        world
    }

    /// The requests to the keychain since the last look.
    fn keychain_calls(&self) -> Vec<String> {
        let calls = self.lines("keychain/calls");
        let _ = fs::remove_file(self.root().join("keychain/calls"));
        calls
    }

    fn kept_secret(&self) -> Option<String> {
        fs::read_to_string(self.root().join("keychain").join(self.key_id())).ok()
    }

    fn secret(&self) -> String {
        let keys = self.owner.keys.as_ref().unwrap();
        keys.secret.expose_secret().to_owned()
    }

    /// A file in the keychain's folder that changes how it behaves.
    fn keychain_is(&self, what: &str) {
        fs::write(self.root().join("keychain").join(what), "").unwrap();
    }

    /// The source profile as it is after the secret was moved out.
    fn is_stored(&self) -> bool {
        let text = self.credentials();
        let lines = format!("mfa_key_store = keychain\nmfa_key_id = {}\n", self.key_id());
        text.contains(&lines) && !text.contains(&self.secret())
    }

    /// A login with a code that was not used before.
    fn log_in_again(&mut self) -> Ran {
        self.later(90);
        let code = self.code();
        self.run(&["login", "--force", "--token-code", &code])
    }
}

#[test]
fn a_secret_is_moved_into_the_keychain_and_back() {
    let mut world = World::with_keychain();
    let before = world.credentials();
    let ran = world
        .run(&STORE)
        .exits(0)
        .says("This moves the secret of the key")
        .says("mfa-session key restore --profile default");
    assert_eq!(ran.stdout, "");
    assert!(world.is_stored(), "{}", world.credentials());
    assert_eq!(world.kept_secret(), Some(world.secret()));
    // SDKs find no half of a pair: the session profile has the only one.
    let text = world.credentials();
    assert_eq!(text.matches("aws_access_key_id").count(), 1);
    assert_eq!(text.matches("aws_secret_access_key").count(), 1);
    world.has_nothing_left_behind("a secret was moved");
    // A new session needs one request.
    world.keychain_calls();
    let _ = world.log_in_again().exits(0);
    assert_eq!(world.keychain_calls(), ["load"]);
    world
        .run(&STORE)
        .exits(0)
        .says("is in the keychain already");
    let _ = world.run(&RESTORE).exits(0).says("in plain text");
    assert_eq!(world.kept_secret(), None);
    let sorted = |text: &str| -> Vec<String> {
        let own = text.split("[default-mfa]").next().unwrap().to_owned();
        let mut lines: Vec<_> = own.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&world.credentials()), sorted(&before));
    let _ = world.log_in_again().exits(0);
    assert!(world.keychain_calls().iter().all(|call| call != "keep"));
    world
        .run(&RESTORE)
        .exits(0)
        .says("is in the file, and not in the keychain");
}

#[test]
fn a_hit_needs_no_keychain() {
    let mut world = World::with_keychain();
    let hook = world.run(&HOOK).exits(0);
    let _ = world.run(&STORE).exits(0);
    world.keychain_calls();
    // No keychain is running any more.
    world.set("MFA_SESSION_TEST_KEYCHAIN", "/nowhere");
    let before = world.tree();
    assert_eq!(world.run(&HOOK).exits(0), hook);
    assert_eq!(world.tree(), before);
    let exec = ["exec", "--", "true"];
    let _ = world.run(&exec).exits(0);
    let status = world.run(&["status", "--format", "json"]).exits(0);
    assert!(status.stdout.contains(&world.key_id()), "{}", status.stdout);
    let _ = world.run(&["device", "list"]).exits(0);
    assert_eq!(world.keychain_calls(), [""; 0]);
    let _ = world.run(&["logout"]).exits(0);
    assert!(world.is_stored());
    // A miss is refused with the reason.
    let code = world.code();
    world.run(&["login", "--token-code", &code]).exits(1).says(
        "the keychain cannot be used for the key of profile `default`: no keychain service is running",
    );
}

#[test]
fn the_hook_gets_a_new_session_with_one_request() {
    let world = World::with_keychain();
    let _ = world.run(&STORE).exits(0);
    let _ = world.run(&["logout"]).exits(0);
    world.keychain_calls();
    let _ = world.run(&HOOK).exits(3);
    assert!(world.keychain_calls().len() <= 1);
    let code = world.code();
    let process = world.script("code", &format!("echo {code}"));
    let config = world.read(".aws/config");
    let own = format!("[default]\nmfa_process = exec {process}\n");
    world.write_config(&config.replacen("[default]\n", &own, 1));
    let hook = ["credential-process", "--profile", "default"];
    let _ = world.run(&hook).exits(0);
    assert_eq!(world.keychain_calls(), ["load"]);
    let _ = world.run(&hook).exits(0);
    assert_eq!(world.keychain_calls(), [""; 0]);
}

#[test]
fn without_a_keychain_nothing_is_changed() {
    let mut world = World::with_keychain();
    // The system's own keychain is asked for, and there is none on this bus.
    world.unset("MFA_SESSION_TEST_KEYCHAIN");
    let before = (world.credentials(), world.read(".aws/config"));
    for line in [&STORE[..], &RESTORE] {
        world
            .run(line)
            .exits(1)
            .says("no keychain service is running")
            .says("the secret is never put elsewhere instead");
    }
    assert_eq!((world.credentials(), world.read(".aws/config")), before);
}

#[test]
fn a_keychain_that_is_locked_or_does_not_answer_changes_nothing() {
    for (what, message) in [
        ("locked", "the keychain is locked, and was not unlocked"),
        ("silent", "the keychain did not answer within"),
    ] {
        let mut world = World::with_keychain();
        world.set("MFA_SESSION_TEST_CALL_LIMIT", "600");
        world.keychain_is(what);
        let before = world.credentials();
        let _ = world.run(&STORE).exits(1).says(message);
        assert_eq!(world.credentials(), before);
        let _ = fs::remove_file(world.root().join("keychain").join(what));
        let _ = world.run(&STORE).exits(0);
        world.keychain_is(what);
        let stored = world.credentials();
        let _ = world.run(&RESTORE).exits(1).says(message);
        assert_eq!(world.credentials(), stored);
        let _ = world.run(&["logout"]).exits(0);
        let code = world.code();
        world
            .run(&["login", "--token-code", &code])
            .exits(1)
            .says(message)
            .says("unlock the keychain");
        assert_eq!(world.count("sts:GetSessionToken"), 1, "a code was used");
    }
}

#[test]
fn the_hook_waits_for_a_keychain_until_its_deadline() {
    let mut world = World::with_keychain();
    let _ = world.run(&STORE).exits(0);
    let _ = world.run(&["logout"]).exits(0);
    world.keychain_is("silent");
    world.set("MFA_SESSION_TEST_DEADLINE", "2");
    let ran = world.run(&HOOK).exits(3);
    let first = ran.stderr.lines().next().unwrap();
    assert!(first.contains("mfa-session login"), "{first}");
    let _ = ran.says("the keychain did not answer in time");
}

#[test]
fn a_command_that_is_killed_leaves_the_secret_somewhere_and_goes_on() {
    let edits = ["atomic.create", "atomic.half", "atomic.sync", "key.moved"];
    let store: Vec<_> = ["key.kept"].into_iter().chain(edits).collect();
    let restore: Vec<_> = edits.into_iter().chain(["key.forgotten"]).collect();
    for (line, steps) in [(STORE, store), (RESTORE, restore)] {
        for step in steps {
            let what = format!("{} {step}", line[1]);
            let mut world = World::with_keychain();
            if line == RESTORE {
                let _ = world.run(&STORE).exits(0);
            }
            world.set("MFA_SESSION_TEST_STEP", format!("{step}=kill"));
            let _ = world.run(&line).exits(137);
            world.unset("MFA_SESSION_TEST_STEP");
            let in_file = world.credentials().contains(&world.secret());
            let in_keychain = world.kept_secret() == Some(world.secret());
            assert!(in_file || in_keychain, "{what}: the secret is lost");
            assert!(in_file != world.is_stored(), "{what}: half a change");
            // The key works in between.
            let _ = world.log_in_again().exits(0);
            let again = world.run(&line).exits(0);
            if in_file && in_keychain {
                assert!(
                    again.stderr.contains("was interrupted"),
                    "{what}: {}",
                    again.stderr
                );
            }
            assert_eq!(world.is_stored(), line == STORE, "{what}");
            assert_eq!(world.kept_secret().is_some(), line == STORE, "{what}");
            world.has_nothing_left_behind(&what);
        }
    }
}

#[test]
fn a_file_that_cannot_be_written_keeps_the_secret() {
    let mut world = World::with_keychain();
    let before = world.credentials();
    world.set("MFA_SESSION_TEST_STEP", "atomic.write=enospc");
    world
        .run(&STORE)
        .exits(1)
        .says("still in the file as well. The next key store goes on.");
    assert_eq!(world.credentials(), before);
    world.unset("MFA_SESSION_TEST_STEP");
    let _ = world.run(&STORE).exits(0).says("was interrupted");
    world.set("MFA_SESSION_TEST_STEP", "atomic.write=enospc");
    let _ = world.run(&RESTORE).exits(1);
    assert!(world.is_stored());
    assert_eq!(world.kept_secret(), Some(world.secret()));
}

#[test]
fn what_would_lose_a_secret_is_refused() {
    let world = World::with_keychain();
    let entry = world.root().join("keychain").join(world.key_id());
    fs::write(&entry, "another").unwrap();
    let before = world.credentials();
    world
        .run(&STORE)
        .exits(1)
        .says("the keychain has another secret for the key");
    assert_eq!(world.credentials(), before);
    assert_eq!(fs::read_to_string(&entry).unwrap(), "another");
    fs::remove_file(&entry).unwrap();
    let _ = world.run(&STORE).exits(0);
    // No session is written over a profile whose key is in the keychain.
    world.add_config(&format!(
        "[profile other]\nmfa_serial = {}\nendpoint_url = {}\n",
        world.serial(),
        world.server.endpoint_url()
    ));
    let text = world.credentials();
    world.write_credentials(&format!("{text}[other]\n{}", world.key_lines()));
    let code = world.code();
    let line = [
        "login",
        "--profile",
        "other",
        "--session-profile",
        "default",
    ];
    world
        .run(&[&line[..], &["--force", "--token-code", &code]].concat())
        .exits(1)
        .says("it holds long-term keys, which are never overwritten");
    world
        .run(&["key", "rotate", "--yes"])
        .exits(1)
        .says("is in the keychain, and keys are rotated in the file")
        .says("mfa-session key restore --profile default && mfa-session key rotate");
    // An entry that has gone is reported with the key's id.
    fs::remove_file(&entry).unwrap();
    let _ = world.run(&["logout"]).exits(0);
    for line in [&RESTORE[..], &["login", "--token-code", "123456"]] {
        world.run(line).exits(1).says(&format!(
            "the keychain has no secret for the key {} of profile `default`",
            world.key_id()
        ));
    }
}

#[test]
fn every_profile_with_the_pair_keeps_its_id() {
    let world = World::with_keychain();
    let keys = world.key_lines();
    let text = format!("# top\r\n[default]\n{keys}x = 1\n\n[copy]\n{keys}");
    world.write_credentials(&text);
    let _ = world.run(&STORE).exits(0).says("profile default, copy of");
    let id = world.key_id();
    let lines = format!("mfa_key_store = keychain\nmfa_key_id = {id}\n");
    assert_eq!(
        world.credentials(),
        format!("# top\r\n[default]\nx = 1\n{lines}\n[copy]\n{lines}")
    );
    let _ = world
        .run(&["key", "restore", "--yes", "--profile", "copy"])
        .exits(0);
    assert_eq!(world.credentials().matches(&keys).count(), 2);
}

#[test]
fn without_yes_a_script_is_told_what_to_type() {
    let world = World::with_keychain();
    let before = world.credentials();
    world
        .run(&["key", "store"])
        .exits(2)
        .says("mfa-session key store --profile default --yes");
    assert_eq!((world.credentials(), world.kept_secret()), (before, None));
}

/// Runs a shell script with a Secret Service on a bus of its own.
fn with_secret_service(world: &World, script: &str) -> Ran {
    let script = format!(
        "printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; {script}"
    );
    let mut command = world.command("dbus-run-session");
    command
        .args(["--", "sh", "-c", &script])
        .stdin(std::process::Stdio::null());
    world.judge(&["key"], command.output().unwrap())
}

#[test]
#[ignore = "needs gnome-keyring and dbus"]
fn a_real_secret_service_keeps_the_secret() {
    let mut world = World::with_keychain();
    world.unset("MFA_SESSION_TEST_KEYCHAIN");
    world.set("PROGRAM", crate::common::PROGRAM);
    world.later(90);
    world.set("CODE", world.code());
    let ran = with_secret_service(
        &world,
        r#"set -e
        "$PROGRAM" key store --yes
        ! grep -q '^aws_secret_access_key' "$HOME/.aws/credentials" || grep -q 'manager = mfa-session' "$HOME/.aws/credentials"
        grep -q 'mfa_key_store = keychain' "$HOME/.aws/credentials"
        "$PROGRAM" login --force --token-code "$CODE"
        "$PROGRAM" key restore --yes
        ! grep -q 'mfa_key_store' "$HOME/.aws/credentials"
        "$PROGRAM" key restore --yes"#,
    );
    let ran = ran
        .exits(0)
        .says("is in the file, and no longer in the keychain");
    assert!(
        ran.stderr
            .contains("is in the file, and not in the keychain")
    );
    assert!(world.credentials().contains(&world.secret()));
}

#[test]
#[ignore = "needs gnome-keyring and dbus"]
fn a_real_secret_service_that_is_locked_is_not_waited_for_forever() {
    let mut world = World::with_keychain();
    world.unset("MFA_SESSION_TEST_KEYCHAIN");
    world.set("PROGRAM", crate::common::PROGRAM);
    world.set("MFA_SESSION_TEST_CALL_LIMIT", "3000");
    let before = world.credentials();
    // The service is there, its collection cannot be unlocked without a prompt, and there is nobody to answer one.
    let script = r#"gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1; "$PROGRAM" key store --yes"#;
    let mut command = world.command("dbus-run-session");
    command
        .args(["--", "sh", "-c", script])
        .stdin(std::process::Stdio::null());
    let ran = world.judge(&["key"], command.output().unwrap()).exits(1);
    assert!(ran.stderr.contains("error: "), "{}", ran.stderr);
    assert_eq!(world.credentials(), before);
}
