//! `exec` and `env`.

use crate::common::World;

#[test]
fn a_command_gets_the_session_and_nothing_that_shadows_it() {
    let mut world = World::new();
    world.log_in();
    world.set("AWS_PROFILE", "default-mfa");
    world.set("AWS_SECURITY_TOKEN", "stale");
    let ran = world.run(&["exec", "--", "env"]).exits(0);
    for name in [
        "AWS_ACCESS_KEY_ID=ASIA",
        "AWS_SECRET_ACCESS_KEY=",
        "AWS_SESSION_TOKEN=",
        "AWS_CREDENTIAL_EXPIRATION=",
        "AWS_REGION=eu-central-1",
    ] {
        assert!(ran.stdout.contains(name), "{name}: {}", ran.stdout);
    }
    for name in ["AWS_PROFILE", "AWS_SECURITY_TOKEN", "MFA_SESSION_PARENT"] {
        assert!(!ran.stdout.contains(name), "{name}: {}", ran.stdout);
    }
}

#[test]
fn the_exit_code_is_the_commands_own() {
    let world = World::new();
    world.log_in();
    world.run(&["exec", "--", "sh", "-c", "exit 7"]).exits(7);
    world
        .run(&["exec", "--", "no-such-command"])
        .exits(127)
        .says("no-such-command");
    world.run(&["exec", "--", "/"]).exits(126);
    world
        .run(&["exec", "--", "sh", "-c", "kill -TERM $$"])
        .exits(143);
}
