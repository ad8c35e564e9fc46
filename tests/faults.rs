//! Killed, out of room or out of luck at every step of a write: the old file or the new one, and the next login mends it.

use std::fs;

use crate::common::World;

const SHARED: [&str; 13] = [
    "atomic.create",
    "atomic.read",
    "atomic.write",
    "atomic.half",
    "atomic.mode",
    "atomic.sync",
    "atomic.compare",
    "atomic.stage",
    "atomic.swap",
    "atomic.displaced",
    "atomic.folder",
    "atomic.discard",
    "atomic.done",
];

const PRIVATE: [&str; 5] = [
    "private.create",
    "private.write",
    "private.sync",
    "private.rename",
    "private.folder",
];

/// A world whose session profile is in the config file already, so that the step is the credentials file's own.
fn world() -> World {
    let world = World::new();
    world.add_config("[profile default-mfa]\nregion = eu-west-1\n");
    world.write_credentials(&format!(
        "# mine\n{}\n[other]\nx = y\n",
        world.credentials()
    ));
    world
}

fn is_written(text: &str, before: &str) -> bool {
    text.starts_with(before)
        && text.contains("\n[default-mfa]\naws_access_key_id = ASIA")
        && text.ends_with("mfa_session_source = default\n")
}

/// The next login needs no code if the session was stored, and leaves nothing lying about.
#[track_caller]
fn mended(world: &mut World, before: &str, step: &str) {
    world.unset("MFA_SESSION_TEST_STEP");
    if world.record_path().exists() {
        world.run(&["login"]).exits(0);
    } else {
        world.log_in();
    }
    assert!(is_written(&world.credentials(), before), "{step}");
    world
        .run(&["credential-process", "--profile", "default-mfa"])
        .exits(0);
    assert_eq!(world.leftovers(), Vec::<String>::new(), "{step}");
    let sessions = fs::read_dir(world.path(".aws/mfa-session/sessions"))
        .unwrap()
        .count();
    assert!(sessions <= 1, "{step}");
}

fn shared(what: &str, codes: &[i32]) {
    for step in SHARED {
        let mut world = world();
        let before = world.credentials();
        world.set("MFA_SESSION_TEST_STEP", format!("{step}={what}"));
        let code = world.code();
        let ran = world.run(&["login", "--token-code", &code]);
        assert!(
            codes.contains(&ran.code),
            "{step}: {} {}",
            ran.code,
            ran.stderr
        );
        let after = world.credentials();
        assert!(
            after == before || is_written(&after, &before),
            "{step}: {after}"
        );
        if ran.code == 1 {
            assert_eq!(after, before, "{step}");
            assert_eq!(world.leftovers(), Vec::<String>::new(), "{step}");
            // The code was not spent for nothing.
            ran.says("The session is in the cache")
                .says("without another code");
            assert!(world.record_path().exists());
        }
        mended(&mut world, &before, step);
        assert_eq!(world.count("sts:GetSessionToken"), 1, "{step}");
    }
}

#[test]
fn killed_at_every_step_of_the_shared_file() {
    shared("kill", &[137]);
}

#[test]
fn out_of_room_at_every_step_of_the_shared_file() {
    shared("enospc", &[0, 1]);
}

#[test]
fn an_input_output_error_at_every_step_of_the_shared_file() {
    shared("eio", &[0, 1]);
}

#[test]
fn an_interrupted_call_at_every_step_of_the_shared_file() {
    shared("eintr", &[0, 1]);
}

#[test]
fn no_free_descriptor_at_every_step_of_the_shared_file() {
    shared("emfile", &[0, 1]);
}

#[test]
fn renewing_is_as_safe_as_the_first_time() {
    for step in SHARED {
        let mut world = world();
        world.log_in();
        let before = world.credentials();
        world.set("MFA_SESSION_TEST_STEP", format!("{step}=kill"));
        let code = world.code();
        world
            .run(&["login", "--force", "--token-code", &code])
            .exits(137);
        let head = before.split_once("\n[default-mfa]").unwrap().0;
        let after = world.credentials();
        assert!(after.starts_with(head), "{step}: {after}");
        assert_eq!(after.matches("ASIA").count(), 1, "{step}: {after}");
        mended(&mut world, head, step);
    }
}

#[test]
fn the_record_is_the_old_or_the_new_one() {
    for step in PRIVATE {
        for what in ["kill", "enospc", "eio", "eintr", "emfile"] {
            let mut world = world();
            let before = world.credentials();
            world.set("MFA_SESSION_TEST_STEP", format!("{step}={what}"));
            let code = world.code();
            let ran = world.run(&["login", "--token-code", &code]);
            if what == "kill" {
                assert_eq!(ran.code, 137, "{step}: {}", ran.stderr);
            } else {
                // The code is spent: the session goes where it can.
                assert_eq!(ran.code, 0, "{step}={what}: {}", ran.stderr);
                assert!(is_written(&world.credentials(), &before), "{step}");
                let kept = world.record_path().exists();
                assert_eq!(
                    ran.stderr.contains("could not be stored in the cache"),
                    !kept,
                    "{step}: {}",
                    ran.stderr
                );
            }
            mended(&mut world, &before, step);
        }
    }
}

#[test]
fn a_session_that_cannot_be_kept_is_still_handed_out() {
    let mut world = World::new();
    let code = world.code();
    world.set("MFA_SESSION_TEST_STEP", "private.write=enospc");
    world
        .run(&[
            "exec",
            "--token-code",
            &code,
            "--",
            "sh",
            "-c",
            "test -n \"$AWS_SESSION_TOKEN\"",
        ])
        .exits(0)
        .says("could not be stored in the cache");
    assert!(!world.record_path().exists());

    let code = world.code();
    world.mfa_process(&format!("echo {code}"));
    let ran = world
        .run(&["credential-process", "--profile", "default"])
        .exits(0)
        .says("the next call will ask for another code");
    assert!(ran.stdout.contains("\"SessionToken\""));
}

#[test]
fn a_session_that_has_no_place_at_all_is_an_error() {
    let mut world = World::new();
    world.add_config("[profile default-mfa]\ncredential_process = mfa-session credential-process --profile default-mfa\nmfa_session_source = default\n");
    let code = world.code();
    world.set("MFA_SESSION_TEST_STEP", "private.write=enospc");
    world
        .run(&["login", "--token-code", &code])
        .exits(1)
        .says("storage space");
}

#[test]
fn a_config_file_that_cannot_be_written_is_said_and_no_more() {
    let mut world = World::new();
    let before = world.read(".aws/config");
    // The config file comes first; only its write is hit.
    let script = world.root().join("first");
    let flag = world.root().join("flag");
    fs::write(
        &script,
        format!(
            "[ -e {0} ] || {{ touch {0}; chmod 400 \"$HOME/.aws/config\"; }}\n",
            flag.display()
        ),
    )
    .unwrap();
    world.set(
        "MFA_SESSION_TEST_STEP",
        format!("atomic.create=run:sh {}", script.display()),
    );
    world
        .log_in()
        .says("warning: the settings of profile default were not copied into profile default-mfa");
    assert_eq!(world.read(".aws/config"), before);
    assert!(world.credentials().contains("[default-mfa]"));
}

#[test]
fn killed_while_the_config_file_is_written() {
    for step in SHARED {
        let mut world = World::new();
        let (config, credentials) = (world.read(".aws/config"), world.credentials());
        let settings = config.strip_prefix("[default]\n").unwrap();
        world.set("MFA_SESSION_TEST_STEP", format!("{step}=kill"));
        let code = world.code();
        world.run(&["login", "--token-code", &code]).exits(137);
        world.unset("MFA_SESSION_TEST_STEP");
        assert_eq!(world.credentials(), credentials);
        assert!(world.read(".aws/config").starts_with(&config));
        world.run(&["login"]).exits(0);
        assert_eq!(
            world.read(".aws/config"),
            format!("{config}\n[profile default-mfa]\n{settings}"),
            "{step}"
        );
        assert!(world.credentials().starts_with(&credentials));
        assert_eq!(world.leftovers(), Vec::<String>::new(), "{step}");
    }
}

#[test]
fn a_killed_logout_is_finished_by_the_next_command() {
    let steps = SHARED.into_iter().chain(["private.list", "private.remove"]);
    for step in steps {
        for next in ["logout", "logout --all", "login"] {
            let mut world = world();
            let before = world.credentials();
            world.log_in();
            world.set("MFA_SESSION_TEST_STEP", format!("{step}=kill"));
            world.run(&["logout"]).exits(137);
            world.unset("MFA_SESSION_TEST_STEP");
            let what = format!("{step}, {next}");
            if next == "login" {
                if world.record_path().exists() {
                    world.run(&["login"]).exits(0);
                } else {
                    world.log_in();
                }
                assert!(is_written(&world.credentials(), &before), "{what}");
            } else {
                world.run(&next.split(' ').collect::<Vec<_>>()).exits(0);
                assert_eq!(world.credentials(), before, "{what}");
                assert!(!world.record_path().exists(), "{what}");
            }
            world.has_nothing_left_behind(&what);
        }
    }
}

#[test]
fn a_logout_that_fails_says_so_and_the_next_one_finishes_it() {
    let steps = SHARED.into_iter().chain(["private.list", "private.remove"]);
    for step in steps {
        for what in ["enospc", "eio", "eintr", "emfile"] {
            let mut world = world();
            let before = world.credentials();
            world.log_in();
            let logged_in = world.credentials();
            world.set("MFA_SESSION_TEST_STEP", format!("{step}={what}"));
            let ran = world.run(&["logout"]);
            let what = format!("{step}={what}: {}", ran.stderr);
            let after = world.credentials();
            let is_done = after == before && !world.record_path().exists();
            assert_eq!(ran.code, i32::from(!is_done), "{what}");
            assert_eq!(ran.stderr.contains("error: "), !is_done, "{what}");
            assert!(after == before || after == logged_in, "{what}");
            world.unset("MFA_SESSION_TEST_STEP");
            world.run(&["logout"]).exits(0);
            assert_eq!(world.credentials(), before, "{what}");
            assert!(!world.record_path().exists(), "{what}");
            world.has_nothing_left_behind(&what);
        }
    }
}

#[test]
fn leftovers_are_removed_even_if_a_file_cannot_be_read() {
    for next in [&["login"][..], &["logout"], &["exec", "--", "true"]] {
        let mut world = world();
        world.set("MFA_SESSION_TEST_STEP", "atomic.stage=kill");
        let code = world.code();
        world.run(&["login", "--token-code", &code]).exits(137);
        assert_ne!(world.leftovers(), Vec::<String>::new());
        world.unset("MFA_SESSION_TEST_STEP");
        world.write(".aws/config", b"[default]\nregion = \xff\n");
        world.run(next).exits(1).says("not valid UTF-8");
        world.has_nothing_left_behind(&next.join(" "));
    }
}

#[test]
fn a_killed_first_login_leaves_nothing_after_the_next_command() {
    let steps = PRIVATE.into_iter().chain(["private.probed"]);
    for step in steps {
        for next in [&["logout"][..], &["logout", "--all"]] {
            let mut world = world();
            world.set("MFA_SESSION_TEST_STEP", format!("{step}=kill"));
            let code = world.code();
            world.run(&["login", "--token-code", &code]).exits(137);
            world.unset("MFA_SESSION_TEST_STEP");
            world.run(next).exits(0);
            world.has_nothing_left_behind(step);
            assert!(!world.record_path().exists(), "{step}");
        }
    }
}

#[test]
fn exec_removes_what_others_left_when_it_logs_in() {
    let mut world = world();
    world.set("MFA_SESSION_TEST_STEP", "private.rename=kill");
    let code = world.code();
    world.run(&["login", "--token-code", &code]).exits(137);
    assert_ne!(world.leftovers_in_cache(), Vec::<String>::new());
    world.unset("MFA_SESSION_TEST_STEP");
    let code = world.code();
    world
        .run(&["exec", "--token-code", &code, "--", "true"])
        .exits(0);
    world.has_nothing_left_behind("exec");
}
