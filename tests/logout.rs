//! `logout`: takes what a login wrote, and nothing else.

use crate::common::World;

#[test]
fn what_was_written_is_gone_and_the_rest_stays() {
    let world = World::new();
    let before = world.credentials();
    world.log_in();
    let config = world.read(".aws/config");
    world
        .run(&["logout"])
        .exits(0)
        .says(&format!("Forgot the session of key {}.", world.key_id()))
        .says("On AWS it stays valid until 20")
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
fn the_header_stays_where_anything_else_stands_under_it() {
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
fn named_by_source_session_or_variable_it_is_the_same_session() {
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
fn all_of_them_at_once() {
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
fn an_ended_session_is_not_said_to_be_valid() {
    let mut world = World::new();
    world.log_in();
    world.later(13 * 3600);
    world
        .run(&["logout"])
        .exits(0)
        .says("Forgot the session")
        .says_not("valid until");
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
    // With a session in the cache, too.
    let code = world.code();
    world
        .run(&["exec", "--token-code", &code, "--", "true"])
        .exits(0);
    world.run(&["logout"]).exits(0).says("Forgot");
    assert_eq!(world.credentials(), text);
}

#[test]
fn what_a_killed_write_left_of_a_record_goes_too() {
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
fn a_file_that_cannot_be_written_is_told_after_the_record_is_gone() {
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
