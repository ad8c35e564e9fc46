//! `completions`: the committed scripts, and what they answer in the shells themselves.

use std::fs;
use std::path::{Path, PathBuf};

use rexpect::session::{PtySession, spawn_command};

use crate::common::{PROGRAM, World};

/// Each shell and the name that it expects the script under.
const SCRIPTS: [(&str, &str); 5] = [
    ("bash", "mfa-session.bash"),
    ("zsh", "_mfa-session"),
    ("fish", "mfa-session.fish"),
    ("powershell", "mfa-session.ps1"),
    ("elvish", "mfa-session.elv"),
];

/// What is typed, and what stands on the line after one TAB.
const ANSWERS: [(&str, &str); 4] = [
    ("mfa-session stat", "mfa-session status"),
    (
        "mfa-session login --serial-n",
        "mfa-session login --serial-number",
    ),
    (
        "mfa-session login --profile pay",
        "mfa-session login --profile payrölls",
    ),
    (
        "mfa-session credential-process --profile pay",
        "mfa-session credential-process --profile payrölls",
    ),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions")
}

fn script(name: &str) -> String {
    folder().join(name).display().to_string()
}

#[test]
fn the_committed_scripts_are_what_the_program_prints() {
    let world = World::new();
    for (shell, file) in SCRIPTS {
        let printed = world.run(&["completions", shell]).exits(0).stdout;
        let committed = fs::read_to_string(folder().join(file)).unwrap_or_default();
        assert!(
            committed == printed,
            "renew it: cargo run -- completions {shell} > completions/{file}"
        );
    }
    let files = fs::read_dir(folder()).unwrap().count();
    assert_eq!(
        files,
        SCRIPTS.len(),
        "a file in completions/ is no script of ours"
    );
    world.run(&["completions", "tcsh"]).exits(2);
}

#[test]
fn profile_names_come_from_both_files() {
    let mut world = world();
    world.set("MFA_SESSION_COMPLETE", "fish");
    let answered = |world: &World, words: &[&str]| {
        let mut arguments = vec!["--", "mfa-session"];
        arguments.extend(words);
        world.run(&arguments).exits(0).stdout
    };
    let all = answered(&world, &["status", "--profile", ""]);
    let names: Vec<_> = all.lines().filter_map(|l| l.split('\t').next()).collect();
    for name in ["default", "payrölls"] {
        assert!(names.contains(&name), "{name}: {all}");
    }
    let session = answered(&world, &["login", "--session-profile", "pay"]);
    assert_eq!(session.trim(), "payrölls");
    world.write_config("[broken\n");
    assert_eq!(answered(&world, &["status", "--profile", "pay"]), "");
}

#[test]
fn options_are_offered_only_by_commands_that_use_them() {
    let mut world = world();
    world.set("MFA_SESSION_COMPLETE", "fish");
    let offers = |words: &[&str], option: &str| {
        let arguments = [&["--", "mfa-session"], words].concat();
        let answer = world.run(&arguments).exits(0).stdout;
        answer
            .lines()
            .any(|line| line.split('\t').next() == Some(option))
    };
    assert!(offers(&["--"], "--profile"));
    assert!(offers(&["status", "--"], "--profile"));
    assert!(offers(&["login", "--"], "--verbose"));
    assert!(offers(&["login", "--verb"], "--verbose"));
    for command in [
        &["policy"][..],
        &["policy", "explain"],
        &["sandbox"],
        &["completions"],
    ] {
        for (typed, option) in [
            ("--", "--profile"),
            ("--prof", "--profile"),
            ("--verb", "--verbose"),
        ] {
            let words = [command, &[typed]].concat();
            assert!(!offers(&words, option), "{words:?}");
        }
    }
}

#[test]
fn the_hook_never_answers_as_a_completion() {
    let mut world = World::new();
    world.log_in();
    for variable in ["MFA_SESSION_COMPLETE", "COMPLETE"] {
        world.set(variable, "bash");
        for arguments in [
            &["credential-process", "--profile", "default"][..],
            &["--profile", "default", "credential-process", "--no-prompt"],
        ] {
            let ran = world.run(arguments).exits(0);
            let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
            assert_eq!(json["Version"], 1);
        }
        world.unset(variable);
    }
}

#[test]
#[ignore = "needs bash"]
fn bash_completes() {
    let world = world();
    let mut bash = shell(&world, &["bash", "--norc", "--noprofile", "-i"]);
    enter(
        &mut bash,
        &format!("source '{}'", script("mfa-session.bash")),
    );
    for (typed, expected) in ANSWERS {
        completes(&mut bash, typed, expected);
    }
    leave(bash);
}

#[test]
#[ignore = "needs zsh"]
fn zsh_completes() {
    let world = world();
    let mut zsh = shell(&world, &["zsh", "-f", "-i"]);
    enter(&mut zsh, "autoload -Uz compinit && compinit -u");
    enter(&mut zsh, &format!("source '{}'", script("_mfa-session")));
    for (typed, expected) in ANSWERS {
        completes(&mut zsh, typed, expected);
    }
    leave(zsh);
}

#[test]
#[ignore = "needs zsh"]
fn zsh_answers_the_first_tab_of_an_autoloaded_script() {
    let world = world();
    for (typed, expected) in ANSWERS {
        // A shell of its own each: its first TAB loads the script.
        let mut zsh = shell(&world, &["zsh", "-f", "-i"]);
        enter(
            &mut zsh,
            &format!("fpath=('{}' $fpath)", folder().display()),
        );
        enter(&mut zsh, "autoload -Uz compinit && compinit -u");
        completes(&mut zsh, typed, expected);
        leave(zsh);
    }
}

#[test]
#[ignore = "needs fish"]
fn fish_completes() {
    let world = world();
    for (typed, expected) in ANSWERS {
        let asked = format!(
            "source '{}'; complete -C '{typed}'",
            script("mfa-session.fish")
        );
        let output = world
            .command("fish")
            .args(["--no-config", "-c", &asked])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let candidates: Vec<_> = text.lines().filter_map(|l| l.split('\t').next()).collect();
        let last = expected.rsplit(' ').next().unwrap();
        assert_eq!(candidates, [last], "{typed}");
    }
}

/// A profile whose name a shell would run, and what each shell makes of the first letters of it.
const HOSTILE: &str = "[x$(touch pwned)`touch pwned`&touch pwned&]\n";

#[test]
#[ignore = "needs bash"]
fn bash_quotes_what_it_would_run() {
    let world = world();
    world.write_credentials(&format!("{}{HOSTILE}[star*]\n", world.credentials()));
    let mut bash = shell(&world, &["bash", "--norc", "--noprofile", "-i"]);
    enter(
        &mut bash,
        &format!("source '{}'", script("mfa-session.bash")),
    );
    for (typed, printed) in [
        (
            "mfa-session status --profile x",
            "<x$(touch pwned)`touch pwned`&touch pwned&>",
        ),
        ("mfa-session status --profile st", "<star*>"),
        // Inside quotes of the user's own nothing is offered that would end them.
        ("mfa-session status --profile 'x", "<x>"),
        ("mfa-session status --profile 'pay", "<payrölls>"),
    ] {
        let close = if typed.contains('\'') && printed == "<x>" {
            "'"
        } else {
            ""
        };
        reads(&mut bash, typed, close, printed);
    }
    leave(bash);
    assert!(!world.home().join("pwned").exists());
}

#[test]
#[ignore = "needs zsh"]
fn zsh_quotes_what_it_would_run() {
    let world = world();
    world.write_credentials(&format!("{}{HOSTILE}", world.credentials()));
    let mut zsh = shell(&world, &["zsh", "-f", "-i"]);
    enter(&mut zsh, "autoload -Uz compinit && compinit -u");
    enter(&mut zsh, &format!("source '{}'", script("_mfa-session")));
    let printed = "<x$(touch pwned)`touch pwned`&touch pwned&>";
    reads(&mut zsh, "mfa-session status --profile x", "", printed);
    leave(zsh);
    assert!(!world.home().join("pwned").exists());
}

/// Types, presses TAB, and has the shell print the last word as it reads it.
#[track_caller]
fn reads(shell: &mut PtySession, typed: &str, close: &str, printed: &str) {
    shell.send(typed).unwrap();
    shell
        .send(&format!("\t{close}\x01printf '<%s> ' line: \x05 ;:\r"))
        .unwrap();
    shell.flush().unwrap();
    let expected: String = printed.bytes().map(char::from).collect();
    if let Err(error) = shell.exp_string(&format!(
        "<line:> <mfa-session> <status> <--profile> {expected}"
    )) {
        panic!("`{typed}` was not read as `{printed}`: {error}");
    }
    shell.exp_string(READY).unwrap();
}

/// A world with one more profile, and the program in its PATH.
fn world() -> World {
    let mut world = World::new();
    world.add_config("[profile payrölls]\nregion = eu-central-1\n");
    let program = Path::new(PROGRAM).parent().unwrap().display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    world.set("PATH", format!("{program}:{path}"));
    world.set("TERM", "dumb");
    world.set("PS1", READY);
    world
}

const READY: &str = "ready> ";

fn shell(world: &World, command: &[&str]) -> PtySession {
    let mut child = world.command(command[0]);
    child.args(&command[1..]);
    let mut shell = spawn_command(child, Some(20_000)).unwrap();
    shell.exp_string(READY).unwrap();
    shell
}

fn enter(shell: &mut PtySession, line: &str) {
    shell.send_line(line).unwrap();
    shell.exp_string(READY).unwrap();
}

/// An interactive zsh ignores SIGTERM.
fn leave(mut shell: PtySession) {
    shell.send_line("exit").unwrap();
    shell.exp_eof().unwrap();
}

/// Types, presses TAB, and has the shell print its own line.
#[track_caller]
fn completes(shell: &mut PtySession, typed: &str, expected: &str) {
    shell.send(typed).unwrap();
    // Ctrl-A, and an `echo` in front of what stands there.
    shell.send("\t\x01echo line: \x05 :end\r").unwrap();
    shell.flush().unwrap();
    // What comes from the terminal is read a byte a character.
    let expected: String = expected.bytes().map(char::from).collect();
    if let Err(error) = shell.exp_string(&format!("line: {expected} :end")) {
        panic!("`{typed}` did not become `{expected}`: {error}");
    }
    shell.exp_string(READY).unwrap();
}
