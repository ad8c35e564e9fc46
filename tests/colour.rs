//! Colours and line breaks: on a terminal, and nowhere else.

use serde_json::Value;

use crate::common::World;

/// An escape character, with which every colour begins.
const ESCAPE: char = '\u{1b}';

const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";

/// A world whose terminals show colours, with a session and a policy that leaves ways past MFA open.
fn world() -> World {
    let mut world = World::new();
    world.set("TERM", "xterm-256color");
    world.log_in();
    let policy = world.run(&["policy", "generate"]).exits(0).stdout;
    std::fs::write(world.root().join("mfa.json"), policy).unwrap();
    world
}

/// What a terminal shows of a command line.
fn on_terminal(world: &World, line: &str, code: i32) -> String {
    let mut pty = world.shell_on_terminal(&format!("$mfa_session {line}"));
    pty.expect(&format!("<status {code}>"));
    pty.seen.clone()
}

#[test]
fn a_terminal_shows_colours() {
    let world = world();
    for (line, code, colours) in [
        ("status", 0, GREEN),
        ("policy explain mfa.json", 0, RED),
        ("policy explain mfa.json", 0, GREEN),
        ("policy verify mfa.json", 10, RED),
        ("policy check mfa.json", 10, RED),
        (
            "policy simulate --policy mfa.json --action s3:GetObject",
            0,
            RED,
        ),
        ("policy check missing.json", 1, RED),
        ("status --format text --unknown", 2, RED),
    ] {
        let seen = on_terminal(&world, line, code);
        assert!(seen.contains(colours), "{line}: {seen:?}");
    }
}

#[test]
fn pipes_get_no_colours() {
    let world = world();
    for line in [
        &["status"][..],
        &["policy", "explain", "mfa.json"],
        &["policy", "verify", "mfa.json"],
        &["policy", "check", "mfa.json"],
        &["policy", "check", "--fix", "mfa.json"],
        &[
            "policy",
            "simulate",
            "--policy",
            "mfa.json",
            "--action",
            "s3:GetObject",
        ],
        &["policy", "check", "missing.json"],
        &["demo"],
        &["--help"],
    ] {
        let ran = world.run(line);
        assert!(!ran.stdout.contains(ESCAPE), "{line:?}: {:?}", ran.stdout);
        assert!(!ran.stderr.contains(ESCAPE), "{line:?}: {:?}", ran.stderr);
    }
}

#[test]
fn no_color_switches_colours_off() {
    let mut world = world();
    world.set("NO_COLOR", "1");
    world.set("CLICOLOR_FORCE", "1");
    for (line, code) in [
        ("status", 0),
        ("policy verify mfa.json", 10),
        ("policy check missing.json", 1),
    ] {
        let seen = on_terminal(&world, line, code);
        assert!(!seen.contains(ESCAPE), "{line}: {seen:?}");
    }
}

#[test]
fn output_for_programs_never_carries_colours() {
    let mut world = world();
    world.set("CLICOLOR_FORCE", "1");
    assert!(world.run(&["status"]).exits(0).stdout.contains(GREEN));
    for line in [
        &["status", "--format", "json"][..],
        &["policy", "explain", "--format", "json"],
        &["policy", "verify", "--format", "json", "mfa.json"],
        &["policy", "check", "--format", "json", "mfa.json"],
        &["policy", "check", "--format", "sarif", "mfa.json"],
    ] {
        let ran = world.run(line);
        assert!(
            serde_json::from_str::<Value>(&ran.stdout).is_ok(),
            "{line:?}"
        );
        assert!(!ran.stdout.contains(ESCAPE), "{line:?}");
    }
    for line in [
        &["status", "--short"][..],
        &["policy", "explain", "--format", "markdown"],
        &["policy", "check", "--format", "github", "mfa.json"],
        &["policy", "generate"],
        &["credential-process", "--profile", "default"],
        &["env", "--shell", "bash"],
    ] {
        let ran = world.run(line);
        assert!(!ran.stdout.contains(ESCAPE), "{line:?}");
    }
}

#[test]
fn messages_wrap_on_a_narrow_terminal_only() {
    let world = world();
    let wide =
        "error: `--compact` contradicts `--format`: only JSON can be printed without white space";
    let plain = world
        .run(&["policy", "generate", "--compact", "--format", "terraform"])
        .exits(2)
        .stderr;
    assert_eq!(plain.lines().next(), Some(wide));
    let mut pty = world.shell_on_terminal("stty cols 40");
    pty.expect("<status 0>");
    pty.types("NO_COLOR=1 $mfa_session policy generate --compact --format terraform\n");
    pty.expect("<status 2>");
    let lines: Vec<&str> = pty.seen.lines().map(str::trim_end).collect();
    let start = (lines.iter())
        .position(|line| line.starts_with("error: "))
        .unwrap();
    assert_eq!(
        lines[start..start + 3],
        [
            "error: `--compact` contradicts",
            "  `--format`: only JSON can be printed",
            "  without white space",
        ]
    );
}
