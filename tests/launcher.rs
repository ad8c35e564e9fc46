//! The launcher, installed in front of the program as a package installs it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::common::{PROGRAM, Ran, World};
use crate::hook::{HOOK, expected};

const LAUNCHER: &str = env!("CARGO_BIN_EXE_mfa-session-launcher");

/// The folder of an installation, under the root folder of a world.
const PREFIX: &str = "usr";

impl World {
    /// Installs the launcher without the whole program. Returns the path to call.
    fn install_launcher(&self) -> PathBuf {
        let folder = self.root().join(PREFIX).join("bin");
        fs::create_dir_all(&folder).unwrap();
        let launcher = folder.join("mfa-session");
        fs::copy(LAUNCHER, &launcher).unwrap();
        launcher
    }

    /// Installs the launcher and the whole program. Returns the path to call.
    fn install(&self) -> PathBuf {
        let folder = self.root().join(PREFIX).join("libexec/mfa-session");
        fs::create_dir_all(&folder).unwrap();
        symlink(PROGRAM, folder.join("mfa-session")).unwrap();
        self.install_launcher()
    }

    fn run_installed(&self, program: &PathBuf, arguments: &[&str]) -> Ran {
        let mut command = self.command("setsid");
        command.arg("-w").arg(program).args(arguments);
        let output = command.stdin(std::process::Stdio::null()).output().unwrap();
        self.judge(arguments, output)
    }
}

#[test]
fn a_hit_needs_nothing_but_the_launcher() {
    let world = World::new();
    let launcher = world.install_launcher();
    world.log_in();
    let before = world.tree();
    let ran = world.run_installed(&launcher, &HOOK).exits(0);
    assert_eq!(ran.stdout, expected(&world));
    assert_eq!(ran.stderr, "");
    assert_eq!(world.tree(), before, "a hit wrote something");
}

#[test]
fn everything_else_is_answered_by_the_whole_program() {
    let world = World::new();
    let launcher = world.install();
    for arguments in [
        &["--version"][..],
        &["--help"],
        &[],
        &["no-such-command"],
        &["credential-process", "--profile", "nobody"],
        &["credential-process", "--profile", ""],
        &["credential-process", "--profile=default"],
        &HOOK,
        &["status"],
        &["exec", "--", "true"],
        &["policy", "generate"],
    ] {
        let direct = world.run(arguments);
        let ran = world.run_installed(&launcher, arguments);
        assert_eq!(ran, direct, "{arguments:?}");
    }
}

#[test]
fn a_session_that_has_ended_is_left_to_the_whole_program() {
    let mut world = World::new();
    let launcher = world.install();
    world.log_in();
    world.later(13 * 3600);
    let ran = world.run_installed(&launcher, &HOOK).exits(3);
    assert_eq!(ran, world.run(&HOOK));
}

#[test]
fn what_the_hook_refuses_is_refused_in_the_same_words() {
    let mut world = World::new();
    let launcher = world.install();
    world.log_in();
    world.set("MFA_SESSION_PARENT", "1");
    let ran = world.run_installed(&launcher, &HOOK).exits(1);
    assert_eq!(ran, world.run(&HOOK));
    world.unset("MFA_SESSION_PARENT");
    world.write_config("[default\n");
    let ran = world.run_installed(&launcher, &HOOK);
    assert_eq!(ran, world.run(&HOOK));
}

#[test]
fn without_a_home_the_whole_program_looks_for_one() {
    let mut world = World::new();
    world.log_in();
    let launcher = world.install_launcher();
    let home = world.home().display().to_string();
    world.unset("HOME");
    world.set("USERPROFILE", home);
    let _ = world
        .run_installed(&launcher, &HOOK)
        .exits(1)
        .says("not found");
    let launcher = world.root().join("usr");
    fs::remove_dir_all(launcher).unwrap();
    let ran = world.run_installed(&world.install(), &HOOK).exits(0);
    assert_eq!(ran, world.run(&HOOK));
}

#[test]
fn the_launcher_is_found_behind_a_link() {
    let world = World::new();
    let launcher = world.install();
    let link = world.root().join("mfa-session");
    symlink(launcher, &link).unwrap();
    let ran = world.run_installed(&link, &["--version"]).exits(0);
    assert_eq!(ran, world.run(&["--version"]));
}

#[test]
fn the_command_of_exec_gets_the_limit_on_core_files_back() {
    let world = World::new();
    let launcher = world.install();
    world.log_in();
    let show = ["exec", "--", "sh", "-c", "ulimit -S -c"];
    let ran = world.run_installed(&launcher, &show).exits(0);
    assert_eq!(ran, world.run(&show));
}

#[test]
fn a_launcher_without_the_whole_program_says_so() {
    let world = World::new();
    let launcher = world.install_launcher();
    let ran = world.run_installed(&launcher, &["status"]).exits(1);
    assert_eq!(ran.stdout, "");
    let ran = ran.says("/usr/libexec/mfa-session/mfa-session` not found");
    let _ = ran.says("hint: install mfa-session again");
}
