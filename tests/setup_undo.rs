//! `setup --default`, `--roles`, `--mfa-process` and `--undo`, and a setup that is killed at any step.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::common::World;

const DEFAULT: [&str; 4] = ["setup", "--default", "--yes", "--no-try"];
const UNDO: [&str; 3] = ["setup", "--undo", "--yes"];

fn files(world: &World) -> (String, String) {
    (world.read(".aws/config"), world.credentials())
}

/// The names of the records of setups.
fn records(world: &World) -> Vec<std::path::PathBuf> {
    let folder = fs::read_dir(world.path(".aws/mfa-session/state"));
    let entries = folder.into_iter().flatten().map(|e| e.unwrap().path());
    entries
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("setup-")
        })
        .collect()
}

#[test]
fn bare_commands_work_after_the_keys_of_default_have_moved() {
    let world = World::new();
    let before = files(&world);
    let code = world.code();
    world
        .run(&["setup", "--default", "--yes", "--token-code", &code])
        .exits(0)
        .says("The keys of profile default move to profile default-long-term")
        .says("It works: profile default is arn:aws:iam::111122223333:user/admin with MFA.");
    assert_eq!(
        world.credentials().trim_start(),
        format!("[default-long-term]\n{}", world.key_lines())
    );
    world
        .run(&["credential-process", "--profile", "default"])
        .exits(0);
    world.run(&["status"]).exits(0);
    assert_eq!(world.count("sts:GetSessionToken"), 1);
    let after = files(&world);
    world.run(&DEFAULT).exits(0).says("nothing changes");
    assert_eq!(files(&world), after);
    world
        .run(&UNDO)
        .exits(0)
        .says("The last setup is taken back.");
    let now = files(&world);
    assert_eq!((now.0, now.1.trim_start()), (before.0, &*before.1));
    world.run(&UNDO).exits(1).says("nothing to take back");
}

#[test]
fn keys_that_cannot_move_are_left_where_they_are() {
    let world = World::new();
    let keys = world.key_lines();
    world.write_credentials(&format!("[default]\n{keys}aws_session_token = stale\n"));
    let before = files(&world);
    world.run(&DEFAULT).exits(1).says("a stale session token");
    assert_eq!(files(&world), before);
    world
        .run(&["setup", "--default", "--profile", "other", "--yes"])
        .exits(2)
        .says("`--default` is about profile `default`");
}

#[test]
fn role_profiles_move_if_they_are_asked_for() {
    let world = World::new();
    let role = "[profile ops]\nrole_arn = arn:aws:iam::111122223333:role/ops\nsource_profile = default\nmfa_serial = x\n";
    world.add_config(role);
    world
        .run(&["setup", "--yes", "--no-try"])
        .exits(0)
        .says("ops. To have them stand on profile default-mfa, add --roles.");
    assert!(world.read(".aws/config").contains(role));
    let before = files(&world);
    world
        .run(&["setup", "--yes", "--no-try", "--roles"])
        .exits(0);
    let moved = role.replace("= default\nmfa_serial = x", "= default-mfa");
    assert!(world.read(".aws/config").contains(&moved));
    world.run(&UNDO).exits(0);
    let lines = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(&world.read(".aws/config")), lines(&before.0));
    // A person is asked.
    let mut pty = world.shell_on_terminal("\"$mfa_session\" setup --no-try");
    pty.expect("Have them stand on profile default-mfa? [Y/n] ")
        .types("\n");
    pty.expect("-source_profile = default")
        .expect("Go on? [Y/n] ")
        .types("y\n");
    pty.expect("<status 0>");
    pty.close();
    assert!(
        world
            .read(".aws/config")
            .contains("source_profile = default-mfa")
    );
}

#[test]
fn a_program_that_prints_codes_is_written_and_used() {
    let world = World::new();
    let code = world.code();
    let script = world.script("codes", &format!("echo {code}"));
    world
        .run(&["setup", "--yes", "--mfa-process", &script])
        .exits(0)
        .says("It works");
    assert!(
        world
            .read(".aws/config")
            .contains(&format!("mfa_process = {script}\n"))
    );
}

#[test]
fn the_record_is_private_and_holds_no_secret() {
    let world = World::new();
    world.run(&DEFAULT).exits(0);
    let records = records(&world);
    assert_eq!(records.len(), 1);
    let mode = fs::metadata(&records[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = fs::read_to_string(&records[0]).unwrap();
    assert!(text.contains(&world.key_id()), "{text}");
}

#[test]
fn an_undo_asks_first_and_leaves_what_was_changed_since() {
    let world = World::new();
    world.run(&["setup", "--yes", "--no-try"]).exits(0);
    let config = world
        .read(".aws/config")
        .replace("mfa_serial = arn", "mfa_serial = gov:arn");
    world.write_config(&config);
    let before = files(&world);
    world
        .run(&["setup", "--undo"])
        .exits(2)
        .says("setup --undo --yes");
    let ran = world.run(&["setup", "--undo", "--dry-run"]).exits(0);
    assert!(
        ran.stdout.contains("-credential_process = "),
        "{}",
        ran.stdout
    );
    assert_eq!(files(&world), before);
    world
        .run(&UNDO)
        .exits(0)
        .says("`mfa_serial` of profile default was changed since");
    let config = world.read(".aws/config");
    assert!(config.contains("mfa_serial = gov:arn"), "{config}");
    assert!(!config.contains("default-mfa"), "{config}");
    assert_eq!(records(&world).len(), 0);
}

#[test]
fn a_record_that_is_damaged_or_open_to_others_is_not_used() {
    let world = World::new();
    world.run(&["setup", "--yes", "--no-try"]).exits(0);
    let before = files(&world);
    let record = records(&world).remove(0);
    let text = fs::read_to_string(&record).unwrap();
    fs::write(&record, "{\"version\":1,\"settings\":7}").unwrap();
    world.run(&UNDO).exits(1).says("is damaged");
    fs::write(&record, text).unwrap();
    fs::set_permissions(&record, fs::Permissions::from_mode(0o666)).unwrap();
    world.run(&UNDO).exits(1);
    assert_eq!(files(&world), before);
}

#[test]
fn a_setup_that_is_killed_at_any_step_loses_no_key_and_goes_on() {
    for step in [
        "setup.recorded",
        "atomic.create",
        "atomic.half",
        "atomic.sync",
        "setup.settings",
        "setup.credentials",
        "setup.config",
    ] {
        let mut world = World::new();
        let before = files(&world);
        world.set("MFA_SESSION_TEST_STEP", format!("{step}=kill"));
        world.run(&DEFAULT).exits(137);
        world.unset("MFA_SESSION_TEST_STEP");
        // The pair is whole, in one of the two profiles.
        let credentials = world.credentials();
        assert_eq!(credentials.matches(&world.key_lines()).count(), 1, "{step}");
        let torn = world.read(".aws/config").contains("[default]\n")
            && world.read(".aws/config").contains("credential_process")
            && credentials.contains("[default]\n");
        assert!(!torn, "{step}: keys and a process meet in one profile");
        world.run(&DEFAULT).exits(0);
        assert_eq!(
            world.credentials().trim_start(),
            format!("[default-long-term]\n{}", world.key_lines()),
            "{step}"
        );
        world.has_nothing_left_behind(step);
        // Both runs are taken back, also if the undo is killed.
        world.set("MFA_SESSION_TEST_STEP", format!("{step}=kill"));
        let first = world.run(&UNDO);
        world.unset("MFA_SESSION_TEST_STEP");
        assert_eq!(
            world.credentials().matches(&world.key_lines()).count(),
            1,
            "{step}"
        );
        if first.code == 137 {
            world.run(&UNDO).exits(0);
        }
        let now = files(&world);
        assert_eq!(
            (now.0, now.1.trim_start()),
            (before.0, &*before.1),
            "{step}"
        );
        world.has_nothing_left_behind(step);
    }
}

#[test]
fn a_key_that_was_stored_stays_after_an_undo() {
    let mut world = World::new();
    let keys = world.key_lines();
    let url = world.server.endpoint_url();
    world.set("AWS_ENDPOINT_URL", url);
    fs::remove_dir_all(world.path(".aws")).unwrap();
    let pair = world.owner.keys.clone().unwrap();
    world.set("AWS_ACCESS_KEY_ID", pair.id.as_str());
    world.set(
        "AWS_SECRET_ACCESS_KEY",
        secrecy::ExposeSecret::expose_secret(&pair.secret),
    );
    let line = ["setup", "--source-env", "--yes", "--no-try"];
    for step in ["setup.key", "setup.recorded", "setup.config"] {
        let _ = fs::remove_dir_all(world.path(".aws"));
        world.set("MFA_SESSION_TEST_STEP", format!("{step}=kill"));
        world.run(&line).exits(137);
        world.unset("MFA_SESSION_TEST_STEP");
        assert_eq!(world.credentials(), format!("[default]\n{keys}"), "{step}");
        world.run(&line).exits(0);
    }
    let _ = fs::remove_dir_all(world.path(".aws"));
    world.run(&line).exits(0);
    world
        .run(&UNDO)
        .exits(0)
        .says("stays in profile default: its secret exists nowhere else.");
    assert_eq!(files(&world), (String::new(), format!("[default]\n{keys}")));
}
