//! Runs a command and captures its output: `mfa_process` prints a token code, `credential_process` prints keys.
//!
//! The crate `subprocess` was considered: it limits the time and size of a capture, but within these limits it reads until the pipes
//! are closed, and a grandchild can keep them open after the command has ended.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::process::{Pid, Signal};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::{PARENT_GUARD, harden, platform};

/// How often the caller's tick is called.
const TICK: Duration = Duration::from_secs(1);
/// How often the child is looked after while its pipes are silent: it may end while somebody else holds them open.
const LOOK: Duration = Duration::from_millis(20);
/// How long a child has to end after SIGTERM.
const GRACE: Duration = Duration::from_millis(500);
/// As much of standard error as is kept.
const STDERR_HEAD: usize = 2048;

/// What a child gets as its standard input, and where its standard error goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The terminal, for both, so that the child can ask a human. As [`Input::Null`] where there is none, or where we are in its
    /// background and reading would stop us all.
    Terminal,
    /// Our own standard input; standard error is kept for a message.
    Inherit,
    /// Nothing to read; standard error is kept for a message.
    Null,
}

/// How much a child may take.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// When it is ended; never, if `None`.
    pub deadline: Option<Instant>,
    /// How many bytes it may print.
    pub max_bytes: usize,
}

/// The output and status of a child that ended by itself.
#[derive(Debug)]
pub struct Captured {
    /// Its standard output.
    pub stdout: SecretString,
    /// The first 2,048 bytes of its standard error; empty if that was the terminal. It may quote a secret: for the human only.
    pub stderr_head: String,
    /// How it ended.
    pub status: ExitStatus,
}

impl Captured {
    /// Standard output without the white space around it: the code that an `mfa_process` prints.
    #[must_use]
    pub fn trimmed(&self) -> SecretString {
        self.stdout.expose_secret().trim().into()
    }
}

/// How the wait for a child ended.
#[derive(Debug)]
pub enum Ended<B> {
    /// By itself.
    Exited(Captured),
    /// The deadline passed, and it was ended.
    Deadline,
    /// The tick broke off, and it was ended.
    Left(B),
}

/// Why a child's output was not captured. Messages do not repeat the command line, because it may contain secrets.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The shell could not be started.
    #[error("`sh` could not be started")]
    Spawn(#[source] io::Error),
    /// A pipe could not be read.
    #[error("the command's output could not be read")]
    Read(#[source] io::Error),
    /// It printed more than [`Limit::max_bytes`], and was ended.
    #[error("the command printed more than {max_bytes} bytes")]
    TooMuch {
        /// The limit.
        max_bytes: usize,
    },
    /// Its output is not valid UTF-8.
    #[error("the command printed something that is not valid UTF-8")]
    NotText,
}

/// Runs `command` by `sh -c` with `env` and [`PARENT_GUARD`] added to our environment, and waits for its end.
///
/// `tick` is called at once and then each second; it breaks off by returning [`ControlFlow::Break`]. When that happens, when the
/// deadline passes or when the child prints too much, it and its children get SIGTERM and, if that does not help, SIGKILL. A
/// grandchild that lives on with the pipes in its hands is not waited for.
///
/// # Errors
/// [`ProcessError`]; an exit status other than 0 is not one.
pub fn capture<B>(
    command: &str,
    env: &[(&str, &str)],
    input: Input,
    limit: Limit,
    tick: &mut dyn FnMut() -> ControlFlow<B>,
) -> Result<Ended<B>, ProcessError> {
    let mut running = Running(spawn(command, env, input).map_err(ProcessError::Spawn)?);
    let child = &mut running.0;
    let mut stdout = Pipe::new(child.stdout.take(), limit.max_bytes.saturating_add(1));
    let mut stderr = Pipe::new(child.stderr.take(), STDERR_HEAD);
    let mut next_tick = Instant::now();
    let status = loop {
        let now = Instant::now();
        if limit.deadline.is_some_and(|deadline| now >= deadline) {
            return Ok(Ended::Deadline);
        }
        if now >= next_tick {
            if let ControlFlow::Break(value) = tick() {
                return Ok(Ended::Left(value));
            }
            next_tick = now + TICK;
        }
        // Its end first, then the pipes: what it printed before it ended is in them.
        let status = child.try_wait().map_err(ProcessError::Read)?;
        let done = match status {
            None => read_both(&mut stdout, &mut stderr, LOOK).map(drop),
            Some(_) => drain(&mut stdout, &mut stderr),
        };
        done.map_err(ProcessError::Read)?;
        if stdout.is_full() {
            return Err(ProcessError::TooMuch {
                max_bytes: limit.max_bytes,
            });
        }
        if let Some(status) = status {
            break status;
        }
    };
    Ok(Ended::Exited(Captured {
        stdout: stdout.into_text()?,
        stderr_head: stderr.into_head(),
        status,
    }))
}

fn spawn(command: &str, env: &[(&str, &str)], input: Input) -> io::Result<Child> {
    let terminal = match input {
        Input::Terminal => terminal(),
        Input::Inherit | Input::Null => None,
    };
    let (stdin, stderr) = match (input, terminal) {
        (_, Some(tty)) => (Stdio::from(tty.try_clone()?), Stdio::from(tty)),
        (Input::Inherit, None) => (Stdio::inherit(), Stdio::piped()),
        (Input::Terminal | Input::Null, None) => (Stdio::null(), Stdio::piped()),
    };
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(command)
        .envs(env.iter().copied())
        .env(PARENT_GUARD, "1")
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(stderr);
    prepare(&mut shell);
    shell.spawn()
}

/// Has the child end with us, and gives it back the limit on core files. The thread that spawns it must be the main one: the
/// kernel takes the end of that thread for the end of the parent.
#[expect(
    unsafe_code,
    reason = "std has no safe call for work between fork and exec"
)]
fn prepare(command: &mut Command) {
    let (parent, limit) = (rustix::process::getpid(), harden::core_limit());
    let between = move || {
        harden::restore(limit);
        platform::die_with_parent(parent)
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed. `between` makes three system calls without
    // libc (rustix), allocates nothing, takes no lock and touches nothing but its own two values.
    unsafe {
        command.pre_exec(between);
    }
}

/// The controlling terminal, if we are in its foreground.
fn terminal() -> Option<File> {
    let tty = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(i32::try_from(OFlags::NOCTTY.bits()).ok()?)
        .open("/dev/tty")
        .ok()?;
    let foreground = rustix::termios::tcgetpgrp(&tty).ok()?.as_raw_pid();
    (foreground == nix::unistd::getpgrp().as_raw()).then_some(tty)
}

/// Reads what an ended child has left in its pipes. A grandchild that goes on printing is cut short.
fn drain(
    stdout: &mut Pipe<impl Read + AsFd>,
    stderr: &mut Pipe<impl Read + AsFd>,
) -> io::Result<()> {
    let until = Instant::now() + GRACE;
    while !stdout.is_full()
        && Instant::now() < until
        && read_both(stdout, stderr, Duration::ZERO)?.is_continue()
    {}
    Ok(())
}

/// Reads what there is from both pipes, waiting up to `patience` for the first of it. Breaks when there was nothing.
fn read_both(
    stdout: &mut Pipe<impl Read + AsFd>,
    stderr: &mut Pipe<impl Read + AsFd>,
    patience: Duration,
) -> io::Result<ControlFlow<()>> {
    let ready = {
        let mut fds: Vec<PollFd<'_>> = Vec::with_capacity(2);
        fds.extend(stdout.from.as_ref().map(|f| PollFd::new(f, PollFlags::IN)));
        fds.extend(stderr.from.as_ref().map(|f| PollFd::new(f, PollFlags::IN)));
        if fds.is_empty() {
            sleep(patience.min(Duration::from_millis(2)));
            return Ok(ControlFlow::Break(()));
        }
        let patience = Timespec::try_from(patience).ok();
        match poll(&mut fds, patience.as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(ControlFlow::Continue(())),
            Err(error) => return Err(error.into()),
        }
        let mut ready = fds.iter().map(|fd| !fd.revents().is_empty());
        [
            stdout.from.is_some() && ready.next().unwrap_or(false),
            stderr.from.is_some() && ready.next().unwrap_or(false),
        ]
    };
    let [out, err] = ready;
    if out {
        stdout.read()?;
    }
    if err {
        stderr.read()?;
    }
    Ok(if out || err {
        ControlFlow::Continue(())
    } else {
        ControlFlow::Break(())
    })
}

/// One of a child's outputs: the first bytes are kept, the rest is read and dropped, so that the child is not held up.
struct Pipe<R> {
    from: Option<R>,
    kept: Zeroizing<Vec<u8>>,
    room: usize,
}

impl<R: Read> Pipe<R> {
    fn new(from: Option<R>, room: usize) -> Self {
        Self {
            from,
            kept: Zeroizing::default(),
            room,
        }
    }

    /// Reads once, from a pipe that is known to be ready.
    fn read(&mut self) -> io::Result<()> {
        let mut buffer = Zeroizing::new([0; 8192]);
        match self.from.as_mut().map(|from| from.read(buffer.as_mut())) {
            None | Some(Ok(0)) => self.from = None,
            Some(Ok(read)) => {
                let room = self.room.saturating_sub(self.kept.len());
                self.keep(buffer.get(..read.min(room)).unwrap_or_default());
            }
            Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Some(Err(error)) => return Err(error),
        }
        Ok(())
    }

    /// As `extend_from_slice`, which would leave a copy behind when it moves the bytes to a larger place.
    fn keep(&mut self, bytes: &[u8]) {
        let needed = self.kept.len() + bytes.len();
        if needed > self.kept.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity((needed * 2).max(8192)));
            larger.extend_from_slice(&self.kept);
            self.kept = larger;
        }
        self.kept.extend_from_slice(bytes);
    }

    fn is_full(&self) -> bool {
        self.kept.len() >= self.room
    }

    fn into_text(self) -> Result<SecretString, ProcessError> {
        let text = std::str::from_utf8(&self.kept).map_err(|_| ProcessError::NotText)?;
        Ok(text.into())
    }

    fn into_head(self) -> String {
        String::from_utf8_lossy(&self.kept).into_owned()
    }
}

/// A child that does not outlive our interest in it, whichever way that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(None)) {
            return;
        }
        // The shell passes no signal on to what it runs, and once it has died nobody knows whose children they were.
        self.signal_family(Signal::TERM);
        // One that was stopped would never see it.
        self.signal_family(Signal::CONT);
        let until = Instant::now() + GRACE;
        while matches!(self.0.try_wait(), Ok(None)) {
            if Instant::now() >= until {
                self.signal_family(Signal::KILL);
                let _ = self.0.wait();
                break;
            }
            sleep(Duration::from_millis(5));
        }
    }
}

impl Running {
    fn signal_family(&self, signal: Signal) {
        let child = Pid::from_child(&self.0);
        for pid in descendants(child).into_iter().chain([child]) {
            let _ = rustix::process::kill_process(pid, signal);
        }
    }
}

/// The children of `pid` and theirs, where the system tells (Linux, in `/proc`).
fn descendants(pid: Pid) -> Vec<Pid> {
    let mut found = Vec::new();
    let mut next = vec![pid];
    while let Some(pid) = next.pop() {
        let id = pid.as_raw_pid();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        let children = children.unwrap_or_default();
        let children = children.split_whitespace().filter_map(|c| c.parse().ok());
        let before = found.len();
        found.extend(children.filter_map(Pid::from_raw));
        next.extend(found.iter().skip(before));
    }
    found
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::path::Path;

    use super::*;

    const NO_LIMIT: Limit = Limit {
        deadline: None,
        max_bytes: 64_000,
    };

    fn run(command: &str, limit: Limit) -> Result<Ended<Infallible>, ProcessError> {
        capture(command, &[], Input::Null, limit, &mut || {
            ControlFlow::Continue(())
        })
    }

    fn exited(command: &str) -> Captured {
        match run(command, NO_LIMIT).unwrap() {
            Ended::Exited(captured) => captured,
            Ended::Deadline => panic!("there is no deadline"),
        }
    }

    fn soon() -> Limit {
        Limit {
            deadline: Some(Instant::now() + Duration::from_millis(300)),
            ..NO_LIMIT
        }
    }

    /// Waits for a process to be gone, or for its last moment as a zombie of somebody else.
    fn wait_for_end(pid_file: &Path) {
        let pid = std::fs::read_to_string(pid_file).unwrap();
        let status = format!("/proc/{}/status", pid.trim());
        for _ in 0..2000 {
            match std::fs::read_to_string(&status) {
                Ok(status) if !status.contains("State:\tZ") => sleep(Duration::from_millis(5)),
                _ => return,
            }
        }
        panic!("process {pid} lives on");
    }

    #[test]
    fn output_status_and_the_head_of_errors_are_kept() {
        let captured = exited("echo '  123 456 '; echo oh no >&2; exit 7");
        assert_eq!(captured.stdout.expose_secret(), "  123 456 \n");
        assert_eq!(captured.trimmed().expose_secret(), "123 456");
        assert_eq!(captured.stderr_head, "oh no\n");
        assert_eq!(captured.status.code(), Some(7));
        assert!(!format!("{captured:?}").contains("456"));
    }

    #[test]
    fn the_guard_and_the_environment_are_set_and_nothing_can_be_read() {
        let script = r#"read -r line; echo "$?/$MFA_SESSION_PARENT/$ADDED/$line""#;
        let ended = capture(
            script,
            &[("ADDED", "a b"), (PARENT_GUARD, "0")],
            Input::Null,
            NO_LIMIT,
            &mut || ControlFlow::<Infallible>::Continue(()),
        );
        let Ok(Ended::Exited(captured)) = ended else {
            panic!("{ended:?}");
        };
        assert_eq!(captured.stdout.expose_secret(), "1/1/a b/\n");
    }

    #[test]
    fn a_child_has_its_signals_as_usual() {
        let status = exited("cat /proc/self/status");
        let status = status.stdout.expose_secret();
        let mask = |name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.map(|hex: &str| u64::from_str_radix(hex.trim(), 16).unwrap())
        };
        // SIGPIPE is 13.
        assert_eq!(mask("SigIgn:").map(|m| m >> 12 & 1), Some(0));
        assert_eq!(mask("SigBlk:"), Some(0));
    }

    #[test]
    fn a_silent_child_is_ended_at_the_deadline_with_its_own_children() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!(
            "(echo $$ >&2; exec sleep 1000) & echo $! >{0}; wait; :",
            pid.display()
        );
        assert!(matches!(run(&script, soon()), Ok(Ended::Deadline)));
        wait_for_end(&pid);
    }

    #[test]
    fn a_child_that_ignores_sigterm_or_is_stopped_is_killed() {
        let ignoring = "trap '' TERM; while :; do sleep 0.05; done";
        assert!(matches!(run(ignoring, soon()), Ok(Ended::Deadline)));
        assert!(matches!(
            run("kill -STOP $$; :", soon()),
            Ok(Ended::Deadline)
        ));
    }

    #[test]
    fn a_tick_can_break_off() {
        let mut ticks = 0;
        let ended = capture("exec sleep 1000", &[], Input::Null, NO_LIMIT, &mut || {
            ticks += 1;
            if ticks == 2 {
                ControlFlow::Break("enough")
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(matches!(ended, Ok(Ended::Left("enough"))));
    }

    #[test]
    fn a_grandchild_that_holds_the_pipes_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let captured = exited(&format!(
            "sleep 1000 & echo $! >{}; echo 123456",
            pid.display()
        ));
        assert_eq!(captured.trimmed().expose_secret(), "123456");
        let sleeper = std::fs::read_to_string(&pid).unwrap();
        let sleeper = Pid::from_raw(sleeper.trim().parse().unwrap()).unwrap();
        rustix::process::kill_process(sleeper, Signal::KILL).unwrap();
    }

    #[test]
    fn a_grandchild_that_goes_on_printing_is_cut_short() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let captured = exited(&format!(
            "while :; do echo noise; done >&2 & echo $! >{}; echo 123456",
            pid.display()
        ));
        assert_eq!(captured.trimmed().expose_secret(), "123456");
        // Nobody reads its pipe any more.
        wait_for_end(&pid);
    }

    #[test]
    fn endless_output_is_bounded() {
        assert!(matches!(
            run("yes", NO_LIMIT),
            Err(ProcessError::TooMuch { max_bytes: 64_000 })
        ));
        let captured = exited("yes | head -c 64000; yes err | head -c 1000000 >&2");
        assert_eq!(captured.stdout.expose_secret().len(), 64_000);
        assert_eq!(captured.stderr_head.len(), STDERR_HEAD);
    }

    #[test]
    fn output_that_is_not_text_is_refused() {
        assert!(matches!(
            run(r"printf '\377'", NO_LIMIT),
            Err(ProcessError::NotText)
        ));
    }

    /// Has the other half leave its terminal.
    const OWN_SESSION: &str = "MFA_SESSION_TEST_OWN_SESSION";

    #[test]
    #[ignore = "the other half of the tests below"]
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stdout,
        reason = "it is controlled by the environment and answers on standard output"
    )]
    fn asks_by_a_child() {
        if std::env::var_os(OWN_SESSION).is_some() {
            rustix::process::setsid().unwrap();
        }
        let script = r#"printf 'touch it: ' >&2; read -r code && echo " $code ""#;
        let ended = capture(script, &[], Input::Terminal, NO_LIMIT, &mut || {
            ControlFlow::<Infallible>::Continue(())
        });
        let Ok(Ended::Exited(captured)) = ended else {
            panic!("{ended:?}");
        };
        let code: String = captured.trimmed().expose_secret().chars().rev().collect();
        println!("<code {code}, errors {}>", captured.stderr_head);
    }

    #[test]
    fn a_child_may_use_the_terminal_that_we_are_in_the_foreground_of() {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "process::capture::tests::asks_by_a_child"])
            .args(["--ignored", "--nocapture", "--test-threads=1"]);
        let mut pty = rexpect::session::spawn_command(command, Some(30_000)).unwrap();
        pty.exp_string("touch it: ").unwrap();
        pty.send_line("123456").unwrap();
        pty.exp_string("<code 654321, errors >").unwrap();
    }

    #[test]
    fn without_the_terminal_a_child_has_nothing_to_read() {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "process::capture::tests::asks_by_a_child"])
            .args(["--ignored", "--nocapture", "--test-threads=1"])
            .env(OWN_SESSION, "1")
            .output()
            .unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        assert!(output.contains("<code , errors touch it: >"), "{output}");
    }

    #[test]
    fn closed_pipes_are_not_the_end() {
        let captured = exited("echo 123456; exec >&- 2>&-; sleep 0.1; exit 3");
        assert_eq!(captured.trimmed().expose_secret(), "123456");
        assert_eq!(captured.status.code(), Some(3));
    }
}
