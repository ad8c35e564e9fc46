//! Which process started this one, and whether it is still running.
//!
//! The crates `procfs` and `sysinfo` were considered: `procfs` parses every field of a process's status where one is needed, and
//! `sysinfo` requires a newer version of Rust than this program.

use std::io::IsTerminal;
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Pid;

/// Shells that stand between a program and the command line that it runs.
const SHELLS: [&str; 18] = [
    "sh", "bash", "dash", "zsh", "fish", "ash", "ksh", "ksh93", "mksh", "yash", "busybox", "csh",
    "tcsh", "rbash", "nu", "elvish", "xonsh", "pwsh",
];
/// Processes that adopt orphans. They never started this program themselves.
const ADOPTERS: [&str; 2] = ["init", "systemd"];
/// No more nested shells than this are followed.
const MAX_SHELLS: usize = 16;

/// The name of the program that runs us, past the shells in between, without control characters. `None` if the system
/// has no `/proc` or a person runs us from a shell.
#[must_use]
pub fn caller() -> Option<String> {
    let mut pid = rustix::process::getppid()?;
    for _ in 0..MAX_SHELLS {
        let name = name_of(pid)?;
        if !is_shell(&name) {
            return (!name.is_empty() && !ADOPTERS.contains(&name.as_str())).then_some(name);
        }
        if !is_between(pid) {
            return None;
        }
        pid = parent_of(pid)?;
    }
    None
}

/// The processes that wait for us: our parent and, behind each shell in between, its own.
#[derive(Debug, Clone)]
pub struct Parent {
    direct: Option<Pid>,
    /// A shell in between, and its parent.
    behind: Vec<(Pid, Pid)>,
}

impl Parent {
    /// As they are now: to be called early.
    #[must_use]
    pub fn now() -> Self {
        let direct = rustix::process::getppid();
        let mut behind = Vec::new();
        let mut next = direct;
        while let Some(shell) = next.take_if(|_| behind.len() < MAX_SHELLS) {
            if is_between(shell) && name_of(shell).is_some_and(|name| is_shell(&name)) {
                next = parent_of(shell);
                behind.extend(next.map(|parent| (shell, parent)));
            }
        }
        Self { direct, behind }
    }

    /// Whether one of them has ended. A caller that gives up may leave its shell running, which still waits for us.
    #[must_use]
    pub fn gone(&self) -> bool {
        rustix::process::getppid() != self.direct
            || self
                .behind
                .iter()
                .any(|(shell, parent)| parent_of(*shell) != Some(*parent))
    }
}

/// Whether our standard output is a pipe or a socket that nothing reads any more.
#[must_use]
pub fn stdout_reader_gone() -> bool {
    let stdout = std::io::stdout();
    !stdout.is_terminal() && reader_gone(stdout)
}

fn reader_gone(output: impl AsFd) -> bool {
    // No event is requested: a closed other end is always reported.
    let mut fds = [PollFd::new(&output, PollFlags::empty())];
    let now = Timespec::default();
    let polled = poll(&mut fds, Some(&now));
    let [output] = fds;
    polled.is_ok() && output.revents().intersects(PollFlags::ERR | PollFlags::HUP)
}

/// A shell between us and a caller shares our process group; a human's own shell gives each command a group.
fn is_between(shell: Pid) -> bool {
    // Not rustix's, which take the 0 of a group outside our PID namespace for impossible.
    let shell = nix::unistd::Pid::from_raw(shell.as_raw_pid());
    nix::unistd::getpgid(Some(shell)) == Ok(nix::unistd::getpgrp())
}

fn is_shell(name: &str) -> bool {
    SHELLS.contains(&name)
}

fn name_of(pid: Pid) -> Option<String> {
    let name = std::fs::read(format!("/proc/{}/comm", pid.as_raw_pid())).ok()?;
    let name = String::from_utf8_lossy(&name);
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    Some(name.trim().to_owned())
}

fn parent_of(pid: Pid) -> Option<Pid> {
    let status = std::fs::read(format!("/proc/{}/status", pid.as_raw_pid())).ok()?;
    parent_in(&String::from_utf8_lossy(&status))
}

/// The parent in a `/proc/PID/status`, whose first line holds a name that may be anything but has its line ends escaped.
fn parent_in(status: &str) -> Option<Pid> {
    status
        .lines()
        .find_map(|line| line.strip_prefix("PPid:"))
        .and_then(|pid| pid.trim().parse().ok())
        .and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;
    use std::path::Path;
    use std::process::{Child, ChildStdout, Command, Stdio};

    use crate::process::shell_quote;

    use super::*;

    #[test]
    fn a_parent_is_found_behind_an_odd_name() {
        let status = "Name:\tx\\nPPid: 7 (y)\nUmask:\t0022\nPPid:\t42\n";
        assert_eq!(parent_in(status), Pid::from_raw(42));
        assert_eq!(parent_in("Name:\tinit\nPPid:\t0\n"), None);
        assert_eq!(parent_in(""), None);
    }

    #[test]
    fn a_reader_that_closed_its_end_is_gone() {
        let (read, write) = std::io::pipe().unwrap();
        assert!(!reader_gone(&write));
        drop(read);
        assert!(reader_gone(&write));

        let (ours, theirs) = UnixStream::pair().unwrap();
        assert!(!reader_gone(&ours));
        drop(theirs);
        assert!(reader_gone(&ours));

        let file = tempfile::tempfile().unwrap();
        assert!(!reader_gone(&file));
    }

    /// Has the other half move to a process group of its own, as a shell with job control does it.
    const OWN_GROUP: &str = "MFA_SESSION_TEST_OWN_GROUP";

    /// The command line of the other half of the tests below.
    fn other_half() -> String {
        let test = std::env::current_exe().unwrap();
        format!(
            "{} --exact process::parents::tests::says_who_called --ignored --nocapture --test-threads=1",
            shell_quote(test.to_str().unwrap())
        )
    }

    #[test]
    #[ignore = "the other half of the tests below"]
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stdout,
        reason = "it is controlled by the environment and answers on standard output"
    )]
    fn says_who_called() {
        if std::env::var_os(OWN_GROUP).is_some() {
            rustix::process::setpgid(None, None).unwrap();
        }
        let parent = Parent::now();
        println!("<caller {:?} gone {}>", caller(), parent.gone());
        // Until the test closes our standard input.
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        println!("<gone {}>", parent.gone());
    }

    fn said(output: &mut BufReader<ChildStdout>) -> String {
        let mut line = String::new();
        while !line.contains('<') {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "nothing was said");
        }
        line.split(['<', '>']).nth(1).unwrap().to_owned()
    }

    /// Runs a script of this name, which the kernel takes for its process.
    fn start(folder: &Path, name: &str, text: &str) -> Child {
        let path = folder.join(name);
        #[expect(clippy::disallowed_methods, reason = "a file of the test")]
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        Command::new(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    #[test]
    fn the_caller_is_found_past_its_shells() {
        let folder = tempfile::tempdir().unwrap();
        let inner = shell_quote(&format!("({}); :", other_half()));
        let text = format!("sh -c {inner}; :");
        let mut child = start(folder.path(), "te\x1b\x07rra (x)", &text);
        let mut output = BufReader::new(child.stdout.take().unwrap());
        assert_eq!(said(&mut output), r#"caller Some("terra (x)") gone false"#);
        drop(child.stdin.take());
        assert_eq!(said(&mut output), "gone false");
        output.read_to_end(&mut Vec::new()).unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_caller_that_leaves_its_shell_behind_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let inner = shell_quote(&format!("{}; :", other_half()));
        // A background command reads nothing unless it is given its input.
        let text = format!("exec 3<&0\nsh -c {inner} <&3 3<&- &\nwait");
        let mut child = start(folder.path(), "terraform", &text);
        let mut output = BufReader::new(child.stdout.take().unwrap());
        assert_eq!(said(&mut output), r#"caller Some("terraform") gone false"#);
        let input = child.stdin.take();
        child.kill().unwrap();
        child.wait().unwrap();
        drop(input);
        assert_eq!(said(&mut output), "gone true");
        output.read_to_end(&mut Vec::new()).unwrap();
    }

    #[test]
    fn a_person_at_a_shell_is_not_a_caller() {
        let output = Command::new("sh")
            .args(["-c", &format!("{}; :", other_half())])
            .env(OWN_GROUP, "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        assert!(output.contains("<caller None gone false>"), "{output}");
    }
}
