//! Role profiles: login, status and logout are about the session at the end of their chain; the rest is about their roles.

use crate::common::World;

const ARN: &str = "arn:aws:iam::111122223333:role/readonly";

fn last_line(stderr: &str) -> &str {
    stderr.lines().last().unwrap_or_default()
}

/// A role profile in the config file.
fn role(name: &str, source: &str) -> String {
    format!("[profile {name}]\nrole_arn = {ARN}\nsource_profile = {source}\n")
}

#[test]
fn login_status_and_logout_of_a_role_profile_are_about_its_session() {
    for (config, credentials) in [
        (role("readonly", "default"), String::new()),
        (
            role("readonly", "middle") + &role("middle", "default"),
            String::new(),
        ),
        (
            String::new(),
            format!("[readonly]\nrole_arn = {ARN}\nsource_profile = default\n"),
        ),
    ] {
        let world = World::new();
        world.add_config(&config);
        world.write_credentials(&format!("{credentials}{}", world.credentials()));
        let line = |command: &'static str| [command, "--profile", "readonly"];
        world.run(&line("status")).exits(3);
        let code = world.code();
        let ran = world
            .run(&["login", "--profile", "readonly", "--token-code", &code])
            .exits(0)
            .says("The session is in profile default-mfa.");
        assert_eq!(
            last_line(&ran.stderr),
            "eval \"$(mfa-session env --profile readonly)\""
        );
        let status = world.run(&line("status")).exits(0);
        assert!(
            status.stdout.starts_with("default-mfa: "),
            "{}",
            status.stdout
        );
        world
            .run(&line("login"))
            .exits(0)
            .says("is good for another");
        world
            .run(&line("logout"))
            .exits(0)
            .says("Forgot the session");
        world.run(&line("status")).exits(3);
        assert!(!world.credentials().contains("ASIA"));
        assert_eq!(world.count("sts:GetSessionToken"), 1);
    }
}

#[test]
fn a_login_ends_with_the_role_profile_if_its_source_holds_the_session() {
    let mut world = World::new();
    world.add_config(&format!(
        "{}{}[profile hook]\ncredential_process = mfa-session credential-process --profile default\n",
        role("by-hook", "hook"),
        role("by-session", "default-mfa"),
    ));
    world.log_in();
    for profile in ["by-hook", "by-session"] {
        let ran = world.run(&["login", "--profile", profile]).exits(0);
        assert_eq!(
            last_line(&ran.stderr),
            format!("export AWS_PROFILE={profile}")
        );
        world.set("AWS_PROFILE", profile);
        world
            .run(&["login"])
            .exits(0)
            .says(&format!("AWS_PROFILE is already {profile}"));
        world.unset("AWS_PROFILE");
    }
}

#[test]
fn the_role_names_the_device_where_the_source_does_not_and_keeps_its_duration() {
    let world = World::new();
    let serial = world.serial();
    world.add_config(&format!(
        "{}mfa_serial = arn:aws:iam::111122223333:mfa/far\n{}mfa_serial = {}\nduration_seconds = 900\n",
        role("far", "near"),
        role("near", "default"),
        serial.as_str(),
    ));
    let code = world.code();
    world
        .run(&["-v", "login", "--profile", "far", "--token-code", &code])
        .exits(0)
        .says(&format!("MFA device {}", serial.as_str()))
        .says("duration 43200 s");
    assert_eq!(world.count("iam:ListMFADevices"), 0);
    // A command that needs a code names the profile that knows the device.
    world.run(&["logout"]).exits(0);
    let ran = world.run(&["login", "--profile", "far"]).exits(3);
    assert!(
        ran.stderr.contains("mfa-session login --profile far"),
        "{}",
        ran.stderr
    );
    // The source's own device comes first.
    let config = world.read(".aws/config");
    world.write_config(&config.replace(
        "[default]\n",
        "[default]\nmfa_serial = arn:aws:iam::111122223333:mfa/own\n",
    ));
    world
        .run(&["-v", "login", "--profile", "far", "--token-code", &code])
        .says("MFA device arn:aws:iam::111122223333:mfa/own");
}

#[test]
fn a_profile_may_be_its_own_source() {
    let world = World::new();
    let url = world.server.endpoint_url();
    world.write_credentials(&format!("[own]\n{}", world.key_lines()));
    world.write_config(&format!(
        "{}endpoint_url = {url}\nduration_seconds = 900\n",
        role("own", "own")
    ));
    let code = world.code();
    world
        .run(&["-v", "login", "--profile", "own", "--token-code", &code])
        .exits(0)
        .says("duration 43200 s")
        .says("The session is in profile own-mfa.");
}
