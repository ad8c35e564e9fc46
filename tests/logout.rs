//! `logout`: removes what a login wrote, and nothing else.

use crate::common::World;

#[test]
fn logout_removes_what_login_wrote_and_nothing_else() {
    let world = World::new();
    let before = world.credentials();
    world.log_in();
    let config = world.read(".aws/config");
    world
        .run(&["logout"])
        .exits(0)
        .says(&format!(
            "Forgot the session of key {} at {}.",
            world.key_id(),
            world.server.endpoint_url()
        ))
        .says("AWS still accepts it until ")
        .says("Profile default-mfa holds no session any more.");
    assert_eq!(world.credentials(), before);
    assert_eq!(world.read(".aws/config"), config);
    assert!(!world.record_path().exists());
    world.run(&["status"]).exits(3);
    world
        .run(&["credential-process", "--profile", "default", "--no-prompt"])
        .exits(3);
    for line in [
        &["logout"][..],
        &["logout", "--all"],
        &["logout", "--profile", "default"],
    ] {
        let ran = world.run(line).exits(0);
        assert_eq!(ran.stderr, "There is no session to forget.\n");
        assert_eq!(ran.stdout, "");
    }
    assert_eq!(world.credentials(), before);
}

#[test]
fn the_header_stays_if_the_profile_has_other_settings() {
    for kept in ["region = us-west-2\n", "# mine\n", "cli_pager =\n"] {
        let world = World::new();
        let before = format!("{}\n[default-mfa]\n{kept}", world.credentials());
        world.write_credentials(&before);
        world.log_in();
        world.run(&["logout"]).exits(0);
        assert_eq!(world.credentials(), before);
    }
}

#[test]
fn source_profile_session_profile_and_variable_name_the_same_session() {
    for (flag, variable) in [
        (Some("default"), None),
        (Some("default-mfa"), None),
        (None, Some("default-mfa")),
        (None, None),
    ] {
        let mut world = World::new();
        let before = world.credentials();
        world.log_in();
        if let Some(name) = variable {
            world.set("AWS_PROFILE", name);
        }
        let line = [
            vec!["logout"],
            flag.map(|f| vec!["--profile", f]).unwrap_or_default(),
        ]
        .concat();
        world.run(&line).exits(0).says("Forgot the session");
        assert_eq!(world.credentials(), before);
        assert!(!world.record_path().exists());
    }
}

#[test]
fn all_removes_every_session() {
    let world = World::new();
    let url = world.server.endpoint_url();
    world.add_config(&format!("[profile b]\nendpoint_url = {url}\n"));
    world.write_credentials(&format!(
        "{}\n[b]\n{}",
        world.credentials(),
        world.key_lines()
    ));
    let before = world.credentials();
    world.log_in();
    world.run(&["login", "--profile", "b"]).exits(0);
    world.run(&["login", "--session-profile", "third"]).exits(0);
    assert_eq!(
        world.credentials().matches("manager = mfa-session").count(),
        3
    );
    world.run(&["logout", "--all", "--profile", "b"]).exits(2);
    world
        .run(&["logout", "--all"])
        .exits(0)
        .says("Profile default-mfa holds")
        .says("Profile b-mfa holds")
        .says("Profile third holds");
    assert_eq!(world.credentials(), before);
}

#[test]
fn an_ended_session_is_not_called_valid() {
    let mut world = World::new();
    world.log_in();
    world.later(13 * 3600);
    world
        .run(&["logout"])
        .exits(0)
        .says("Forgot the session")
        .says_not("still accepts");
}

#[test]
fn another_tools_profile_and_the_source_are_left_alone() {
    let world = World::new();
    let foreign = "\n[default-mfa]\naws_access_key_id = ASIAFOREIGNFOREIGN12\naws_secret_access_key = foreign\n\
                   aws_session_token = foreign\nexpiration = 2099-01-01T00:00:00Z\n";
    let text = format!("{}{foreign}", world.credentials());
    world.write_credentials(&text);
    world.run(&["logout"]).exits(0).says("no session to forget");
    world.run(&["logout", "--all"]).exits(0);
    assert_eq!(world.credentials(), text);
    // The same with a session in the cache.
    let code = world.code();
    world
        .run(&["exec", "--token-code", &code, "--", "true"])
        .exits(0);
    world.run(&["logout"]).exits(0).says("Forgot");
    assert_eq!(world.credentials(), text);
}

#[test]
fn files_of_a_killed_write_are_removed_too() {
    let mut world = World::new();
    world.log_in();
    world.set("MFA_SESSION_TEST_STEP", "private.rename=kill");
    let code = world.code();
    world
        .run(&["login", "--force", "--token-code", &code])
        .exits(137);
    world.unset("MFA_SESSION_TEST_STEP");
    let sessions = world.path(".aws/mfa-session/sessions");
    let count = || std::fs::read_dir(&sessions).unwrap().count();
    world.run(&["logout"]).exits(0);
    assert_eq!(count(), 0);
}

#[test]
fn a_file_that_cannot_be_written_is_reported_after_the_record_is_removed() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    world.log_in();
    std::fs::set_permissions(
        world.path(".aws/credentials"),
        PermissionsExt::from_mode(0o400),
    )
    .unwrap();
    world
        .run(&["logout"])
        .exits(1)
        .says("Forgot the session")
        .says("is read-only")
        .says("hint: chmod u+w");
    assert!(!world.record_path().exists());
    std::fs::set_permissions(
        world.path(".aws/credentials"),
        PermissionsExt::from_mode(0o600),
    )
    .unwrap();
    world
        .run(&["logout"])
        .exits(0)
        .says("Profile default-mfa holds no session any more");
    assert!(!world.credentials().contains("ASIA"));
}

/// Two profiles with one key, both logged in.
fn two_profiles_with_one_key() -> (World, String) {
    let world = World::new();
    let url = world.server.endpoint_url();
    let mut text = String::new();
    for name in ["eu", "us"] {
        world.add_config(&format!("[profile {name}]\nendpoint_url = {url}\n"));
        text.extend(["[", name, "]\n", &world.key_lines(), "\n"]);
    }
    let before = text.trim_end().to_owned() + "\n";
    world.write_credentials(&before);
    let code = world.code();
    world
        .run(&["login", "--profile", "eu", "--token-code", &code])
        .exits(0);
    world.run(&["login", "--profile", "us"]).exits(0);
    (world, before)
}

#[test]
fn every_profile_that_holds_the_session_is_emptied() {
    for name in ["eu", "us", "us-mfa"] {
        let (world, before) = two_profiles_with_one_key();
        world
            .run(&["logout", "--profile", name])
            .exits(0)
            .says("Forgot the session of key")
            .says("Profile eu-mfa holds no session any more.")
            .says("Profile us-mfa holds no session any more.");
        assert_eq!(world.credentials(), before);
    }
    // Without the record, the named profile shows which session is meant.
    let (world, before) = two_profiles_with_one_key();
    std::fs::remove_file(world.record_path()).unwrap();
    world
        .run(&["logout", "--profile", "eu"])
        .exits(0)
        .says("Profile us-mfa holds no session any more.");
    assert_eq!(world.credentials(), before);
}

#[test]
fn an_invalid_record_is_removed_too() {
    let put: [(&str, fn(&std::path::Path)); 5] = [
        ("too large", |path| {
            std::fs::write(path, vec![b' '; 100_000]).unwrap();
        }),
        ("damaged", |path| std::fs::write(path, "{").unwrap()),
        ("another version", |path| {
            std::fs::write(path, "{\"version\":2}").unwrap();
        }),
        ("an empty folder", |path| {
            std::fs::remove_file(path).unwrap();
            std::fs::create_dir(path).unwrap();
        }),
        ("a link", |path| {
            std::fs::remove_file(path).unwrap();
            std::os::unix::fs::symlink("/dev/null", path).unwrap();
        }),
    ];
    for (what, put) in put {
        for line in [&["logout"][..], &["logout", "--all"]] {
            let world = World::new();
            let before = world.credentials();
            world.log_in();
            put(&world.record_path());
            let removed = format!(
                "Removed `{}`, which held no usable session.",
                world.record_path().display()
            );
            world
                .run(line)
                .exits(0)
                .says(&removed)
                .says("Profile default-mfa holds no session any more.");
            assert!(world.record_path().symlink_metadata().is_err(), "{what}");
            assert_eq!(world.credentials(), before, "{what}");
        }
    }
    // A folder that is not empty is not removed. The rest is.
    let world = World::new();
    let before = world.credentials();
    world.log_in();
    std::fs::remove_file(world.record_path()).unwrap();
    std::fs::create_dir_all(world.record_path().join("mine")).unwrap();
    world
        .run(&["logout", "--all"])
        .exits(1)
        .says("Profile default-mfa holds no session any more.")
        .says(&format!(
            "cannot remove `{}`",
            world.record_path().display()
        ));
    assert_eq!(world.credentials(), before);
}

#[test]
fn a_cache_that_is_not_trusted_is_an_error_that_names_it() {
    use std::os::unix::fs::PermissionsExt;
    for folder in ["", "/sessions"] {
        for line in [&["logout"][..], &["logout", "--all"]] {
            let world = World::new();
            let before = world.credentials();
            world.log_in();
            let path = world.path(&format!(".aws/mfa-session{folder}"));
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o777)).unwrap();
            let sessions = world.path(".aws/mfa-session/sessions");
            let ran = world
                .run(line)
                .exits(1)
                .says(&format!(
                    "the files in `{}` were not removed",
                    sessions.display()
                ))
                .says("is writable by others (mode 0777)")
                .says("hint: chmod go-w");
            assert_eq!(ran.stderr.matches("error:").count(), 1, "{}", ran.stderr);
            assert!(world.record_path().exists());
            // The locks are in the cache as well.
            if folder == "/sessions" {
                assert_eq!(world.credentials(), before);
            }
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).unwrap();
            world.run(&["logout", "--all"]).exits(0);
            assert!(!world.record_path().exists());
            assert_eq!(world.credentials(), before);
        }
    }
}

#[test]
fn all_writes_once_and_lists_as_often_for_many_sessions_as_for_few() {
    let counts = |many: usize| -> Vec<usize> {
        let mut world = World::new();
        let before = world.credentials();
        world.log_in();
        let record = std::fs::read_to_string(world.record_path()).unwrap();
        let section = world.credentials()[before.len()..].to_owned();
        let mut text = world.credentials();
        for number in 0..many {
            let (key, session) = (
                format!("AKIAMANY{number:012}"),
                format!("ASIAMANY{number:012}"),
            );
            let id = section.split("aws_access_key_id = ").nth(1).unwrap();
            let id = id.lines().next().unwrap();
            let copy = record
                .replace(&world.key_id(), &key)
                .replace(id, &session)
                .replace("default-mfa", &format!("many-{number}-mfa"));
            let path = world.record_path().display().to_string();
            let path = path.replace(&world.key_id(), &key);
            std::fs::copy(world.record_path(), &path).unwrap();
            std::fs::write(&path, copy).unwrap();
            text.push_str(
                &section
                    .replace(id, &session)
                    .replace("default-mfa", &format!("many-{number}-mfa")),
            );
        }
        world.write_credentials(&text);
        let log = world.root().join("steps");
        let steps = ["private.list", "atomic.read", "atomic.swap"];
        let plan = steps.map(|step| format!("{step}=run:echo {step} >> {}", log.display()));
        world.set("MFA_SESSION_TEST_STEP", plan.join(";"));
        let ran = world.run(&["logout", "--all"]).exits(0);
        assert_eq!(ran.stderr.matches("holds no session").count(), many + 1);
        assert_eq!(ran.stderr.matches("Forgot the session").count(), many + 1);
        assert_eq!(world.credentials(), before);
        let log = std::fs::read_to_string(log).unwrap();
        steps
            .iter()
            .map(|step| log.lines().filter(|line| line == step).count())
            .collect()
    };
    let few = counts(2);
    assert_eq!(few[1..], [1, 1], "one read and one write");
    assert_eq!(counts(40), few);
}
