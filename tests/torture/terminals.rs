//! Terminals that are closed while the program asks for a code.

use std::process::Command;

use crate::common::{World, eventually};

/// A tmux server that only this test uses.
struct Tmux<'w> {
    world: &'w World,
}

impl Tmux<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.world.command("tmux");
        command
            .arg("-S")
            .arg(self.world.root().join("tmux"))
            .args(["-f", "/dev/null"])
            .args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
#[ignore = "needs tmux"]
fn a_killed_terminal_pane_leaves_no_lock_held() {
    let world = World::new();
    let tmux = Tmux { world: &world };
    let login = format!("{} login", crate::common::PROGRAM);
    tmux.run(&["new-session", "-d", "-s", "keep", "-x", "200", "sleep 100"]);
    tmux.run(&["new-window", "-t", "keep", "-n", "login", &login]);
    eventually("the prompt is there", || {
        tmux.run(&["capture-pane", "-p", "-t", "keep:login"])
            .contains("MFA code")
    });
    let pid = tmux.run(&["list-panes", "-t", "keep:login", "-F", "#{pane_pid}"]);
    let process = format!("/proc/{}", pid.trim());
    assert!(std::path::Path::new(&process).exists());
    tmux.run(&["kill-pane", "-t", "keep:login"]);
    eventually("the login ends", || {
        !std::path::Path::new(&process).exists()
    });
    world.has_nothing_left_behind("a killed pane");
    // No lock is held: the next hook succeeds at once.
    world.log_in();
}
