//! A person at a terminal.
//!
//! What runs on the terminal is either a command line in a small shell with job control, or a calling program that captures the
//! hook's stdout and stderr by pipes, as botocore does: this test binary itself, as [`calling_program`].

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rexpect::process::PtyProcess;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios};

use super::{PROGRAM, Ran, World, eventually};

/// Much longer than any step takes.
const PATIENCE: Duration = Duration::from_mins(1);

const CALLS: &str = "MFA_SESSION_TEST_CALLS";
const RESULTS: &str = "MFA_SESSION_TEST_RESULTS";
const MANNER: &str = "MFA_SESSION_TEST_MANNER";
/// Between two calls, and between two words of one.
const CALL: &str = "\u{1e}";
const WORD: &str = "\u{1f}";

/// How the calling program treats the terminal and the hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Waits for the hook's end.
    Plain,
    /// Writes to the terminal.
    Raw,
    /// Puts the hook into a process group of its own, which is in the background.
    Background,
    /// Ends as soon as the file `leave` exists, without killing the hook.
    Leaves,
    /// Closes its end of the hook's stdout as soon as the file `leave` exists, and keeps running.
    Closes,
}

/// The other half of [`World::calls_on_terminal`].
#[test]
#[ignore = "plays the calling program in the tests of terminals"]
fn calling_program() {
    let var = |name: &str| std::env::var(name).unwrap();
    let Some(results) = std::env::var_os(RESULTS).map(PathBuf::from) else {
        // This was run with all ignored tests, not by a terminal test.
        return;
    };
    let manner = var(MANNER);
    if manner == "Raw" {
        change_mode(&std::io::stdin(), Termios::make_raw);
    }
    // Caught, not ignored: an ignored signal would stay ignored in the hook.
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGHUP] {
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false))).unwrap();
    }
    let calls = var(CALLS);
    let children: Vec<_> = calls
        .split(CALL)
        .map(|call| {
            let mut command = Command::new(PROGRAM);
            command
                .args(call.split(WORD))
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            if manner == "Background" {
                command.process_group(0);
            }
            command.spawn().unwrap()
        })
        .collect();
    let pids: Vec<_> = children.iter().map(|c| c.id().to_string()).collect();
    std::fs::write(results.join("pids.new"), pids.join("\n")).unwrap();
    std::fs::rename(results.join("pids.new"), results.join("pids")).unwrap();
    if manner == "Leaves" || manner == "Closes" {
        eventually("told to leave", || results.join("leave").exists());
        if manner == "Leaves" {
            // Children that are not waited for keep running.
            return;
        }
    }
    for (n, mut child) in children.into_iter().enumerate() {
        if manner == "Closes" {
            drop(child.stdout.take());
        }
        let output = child.wait_with_output().unwrap();
        let file = |what: &str| results.join(format!("{n}.{what}"));
        std::fs::write(file("stdout"), output.stdout).unwrap();
        std::fs::write(file("stderr"), output.stderr).unwrap();
        std::fs::write(file("status.new"), output.status.into_raw().to_string()).unwrap();
        std::fs::rename(file("status.new"), file("status")).unwrap();
    }
}

fn change_mode(tty: &impl std::os::fd::AsFd, change: impl FnOnce(&mut Termios)) {
    let mut mode = rustix::termios::tcgetattr(tty).unwrap();
    change(&mut mode);
    rustix::termios::tcsetattr(tty, OptionalActions::Now, &mode).unwrap();
}

/// The name that the hook's prompt gives the calling program.
pub fn calling_program_name() -> String {
    std::fs::read_to_string("/proc/self/comm").map_or_else(
        |_| "integration".to_owned(),
        // A thread's name stands here, the program's in the file of its first thread.
        |_| {
            std::fs::read_to_string(format!("/proc/{}/comm", std::process::id()))
                .unwrap()
                .trim()
                .to_owned()
        },
    )
}

/// A terminal, and what runs on it.
pub struct Pty<'w> {
    world: &'w World,
    _process: PtyProcess,
    master: File,
    results: PathBuf,
    /// The arguments of each call.
    calls: Vec<Vec<String>>,
    /// Everything that the screen has shown.
    pub seen: String,
    /// The beginning of a character whose other bytes have not been read yet.
    torn: Vec<u8>,
    /// How much of it has been matched so far.
    at: usize,
}

impl World {
    /// A calling program on a terminal of its own, which calls the program once for each list of arguments, all at once.
    pub fn calls_on_terminal(&self, manner: Manner, calls: &[&[&str]]) -> Pty<'_> {
        let mut command = self.on_terminal(r#"stty echo; exec "$0" "$@""#);
        command
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "common::pty::calling_program", "--ignored"])
            .args(["--nocapture", "--test-threads=1"])
            .env(
                CALLS,
                calls
                    .iter()
                    .map(|c| c.join(WORD))
                    .collect::<Vec<_>>()
                    .join(CALL),
            )
            .env(MANNER, format!("{manner:?}"));
        self.pty(command, calls)
    }

    /// The hook for the default profile, called by a program on a terminal.
    pub fn hook_on_terminal(&self, manner: Manner) -> Pty<'_> {
        self.calls_on_terminal(manner, &[&["credential-process", "--profile", "default"]])
    }

    /// A shell with job control on a terminal. It runs the line, then each line that is typed, and says `<status N>` after each.
    /// `mfa-session` is the program.
    pub fn shell_on_terminal(&self, line: &str) -> Pty<'_> {
        let mut command = self.on_terminal(concat!(
            "set -m; stty echo; mfa_session=$0; ",
            r#"eval "$1"; echo "<status $?>"; "#,
            r#"while IFS= read -r line; do eval "$line"; echo "<status $?>"; done"#,
        ));
        command.arg(PROGRAM).arg(line);
        self.pty(command, &[])
    }

    fn on_terminal(&self, script: &str) -> Command {
        let mut command = self.command("sh");
        command.args(["-c", script]);
        command
    }

    fn pty(&self, mut command: Command, calls: &[&[&str]]) -> Pty<'_> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let n = COUNT.fetch_add(1, Ordering::SeqCst);
        let results = self.root().join(format!("results-{n}"));
        std::fs::create_dir(&results).unwrap();
        command.env(RESULTS, &results);
        let mut process = PtyProcess::new(command).unwrap();
        process.set_kill_timeout(Some(500));
        let master = process.get_file_handle().unwrap();
        Pty {
            world: self,
            _process: process,
            master,
            results,
            calls: calls
                .iter()
                .map(|c| c.iter().map(|&w| w.to_owned()).collect())
                .collect(),
            seen: String::new(),
            torn: Vec::new(),
            at: 0,
        }
    }
}

impl Pty<'_> {
    /// Reads until the screen shows `text` after what was matched before.
    #[track_caller]
    pub fn expect(&mut self, text: &str) -> &mut Self {
        let until = Instant::now() + PATIENCE;
        while !self.seen[self.at..].contains(text) {
            assert!(
                self.read_until(until),
                "no `{text}` in `{}`{}",
                self.seen.escape_debug(),
                self.left_behind(),
            );
        }
        self.at += self.seen[self.at..].find(text).unwrap() + text.len();
        self
    }

    /// Waits until the screen shows more; `false` if nothing comes.
    pub fn shows_more(&mut self) -> bool {
        self.read_until(Instant::now() + PATIENCE)
    }

    /// The output of the calls so far, for the message of a failed assertion.
    fn left_behind(&self) -> String {
        let stderr = |n| std::fs::read_to_string(self.results.join(format!("{n}.stderr")));
        let all: Vec<_> = (0..self.calls.len()).map(stderr).collect();
        format!("; the calls said {all:?}")
    }

    fn read_until(&mut self, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        let mut fds = [PollFd::new(&self.master, PollFlags::IN)];
        if poll(&mut fds, Timespec::try_from(left).ok().as_ref()).unwrap() == 0 {
            return false;
        }
        let mut buffer = [0; 4096];
        match self.master.read(&mut buffer) {
            Ok(read) if read > 0 => {
                self.torn.extend(&buffer[..read]);
                let whole = match std::str::from_utf8(&self.torn) {
                    Err(error) if error.error_len().is_none() => error.valid_up_to(),
                    _ => self.torn.len(),
                };
                let bytes: Vec<u8> = self.torn.drain(..whole).collect();
                self.seen.push_str(&String::from_utf8_lossy(&bytes));
                true
            }
            // EIO: no process has the terminal open any more.
            _ => false,
        }
    }

    /// Ends the shell.
    pub fn close(mut self) {
        self.types("exit\n");
        let until = Instant::now() + PATIENCE;
        while self.read_until(until) {}
    }

    /// Reads what the screen shows by now.
    pub fn read_now(&mut self) -> &mut Self {
        while self.read_until(Instant::now()) {}
        self
    }

    /// Types.
    pub fn types(&mut self, keys: &str) -> &mut Self {
        self.master.write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Types a code and the end of the line.
    pub fn types_code(&mut self, code: &str) -> &mut Self {
        self.types(code).types("\n")
    }

    /// Waits for the prompt for a code, and asserts that typed characters are not shown.
    #[track_caller]
    pub fn expect_prompt(&mut self) -> &mut Self {
        self.expect("MFA code").expect("): ");
        assert!(!self.echoes(), "typing shows: {}", self.seen);
        assert!(self.has(LocalModes::ICANON | LocalModes::ISIG));
        self
    }

    /// Whether the terminal has these modes.
    pub fn has(&self, modes: LocalModes) -> bool {
        rustix::termios::tcgetattr(&self.master)
            .unwrap()
            .local_modes
            .contains(modes)
    }

    /// Whether typed characters are shown.
    pub fn echoes(&self) -> bool {
        self.has(LocalModes::ECHO)
    }

    /// Waits until typed characters are shown again.
    #[track_caller]
    pub fn expect_echo(&mut self) -> &mut Self {
        eventually("typing shows", || self.echoes());
        self
    }

    /// The ids of the calls' processes.
    pub fn pids(&self) -> Vec<u32> {
        let file = self.results.join("pids");
        eventually("the calls run", || file.exists());
        let text = std::fs::read_to_string(file).unwrap();
        text.lines().map(|pid| pid.parse().unwrap()).collect()
    }

    /// Makes the calling program end, or close its pipe.
    pub fn tells_it_to_leave(&mut self) -> &mut Self {
        std::fs::write(self.results.join("leave"), "").unwrap();
        self
    }

    /// The output of a call after its end, searched for leaked secrets.
    #[track_caller]
    pub fn ran(&mut self, call: usize) -> Ran {
        let file = |what: &str| self.results.join(format!("{call}.{what}"));
        eventually("the call ends", || file("status").exists());
        let read = |what: &str| std::fs::read(file(what)).unwrap();
        let status: i32 = String::from_utf8(read("status")).unwrap().parse().unwrap();
        let output = Output {
            status: ExitStatus::from_raw(status),
            stdout: read("stdout"),
            stderr: read("stderr"),
        };
        let arguments: Vec<_> = self.calls[call].iter().map(String::as_str).collect();
        self.world.judge(&arguments, output)
    }

    /// The output of the only call. Asserts that the terminal has its earlier modes.
    #[track_caller]
    pub fn ends(&mut self) -> Ran {
        let ran = self.ran(0);
        self.read_now();
        assert!(self.echoes(), "typing does not show: {}", self.seen);
        self.world.hunt_in("the terminal", &self.seen, false);
        ran
    }
}

impl Drop for Pty<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.read_now();
            self.world.hunt_in("the terminal", &self.seen, false);
            self.world.hunt_devices_in("the terminal", &self.seen);
        }
    }
}
