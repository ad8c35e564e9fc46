//! This test binary runs itself on a pseudo-terminal, and the test types as the user would.
//!
//! The child process prints its messages in angle brackets. It prints an answer backwards, so that the echo of typed text is never
//! mistaken for the answer.

use std::fs::File;
use std::io::{BufRead, Read, Write};
use std::ops::ControlFlow;
use std::os::unix::process::CommandExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, exit};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal as Number};
use rexpect::process::{PtyProcess, Signal as ToChild, WaitStatus};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal as Kill, WaitOptions};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios};
use secrecy::ExposeSecret;

use super::*;

const SCENARIO: &str = "MFA_SESSION_TEST_SCENARIO";
/// The name of a file. The watch ends the question when the file appears.
const LEAVE: &str = "MFA_SESSION_TEST_LEAVE";
const PROMPT: &str = "code for `admin`: ";

/// Much longer than any step of these tests takes.
const PATIENCE: Duration = Duration::from_secs(30);

// ---- the child process ----------------------------------------------------------------------------------------------------

#[test]
#[ignore = "the child process of the tests below"]
#[expect(
    clippy::disallowed_methods,
    clippy::exit,
    reason = "the environment names the scenario, and the exit code is a result"
)]
fn child_process() {
    // The pseudo-terminal is created without ECHO.
    change_mode(&std::io::stdin(), |mode| {
        mode.local_modes |= LocalModes::ECHO;
    });
    let scenario = std::env::var(SCENARIO).unwrap();
    exit(match scenario.strip_prefix("shell:") {
        Some(scenario) => shell(scenario),
        None => act(&scenario),
    });
}

fn say(text: &str) {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "<{text}>").unwrap();
    stdout.flush().unwrap();
}

fn change_mode(tty: &impl std::os::fd::AsFd, change: impl FnOnce(&mut Termios)) {
    let mut mode = rustix::termios::tcgetattr(tty).unwrap();
    change(&mut mode);
    rustix::termios::tcsetattr(tty, OptionalActions::Now, &mode).unwrap();
}

/// Whether the test has asked the watch to end the question.
#[expect(clippy::disallowed_methods, reason = "told by the environment")]
fn told_to_leave() -> bool {
    std::env::var_os(LEAVE).is_some_and(|file| Path::new(&file).exists())
}

fn act(scenario: &str) -> i32 {
    let stdin = std::io::stdin();
    let mut question = Question {
        text: "code for `ad\x1b\x07min`: ",
        echo: Echo::Hidden,
        deadline: None,
    };
    match scenario {
        "once" | "in-foreground" => {
            while scenario == "in-foreground" && Terminal::open().unwrap().may_ask().is_err() {
                sleep(Duration::from_millis(5));
            }
            ask(&question)
        }
        "visible" => {
            question.echo = Echo::Visible;
            ask(&question)
        }
        "twice" => {
            ask(&question);
            Terminal::open().unwrap().say("wro\x1b[2Jng\n, again");
            ask(&question)
        }
        "deadline" => {
            question.deadline = Some(Instant::now() + Duration::from_secs(3));
            ask(&question)
        }
        "past" => {
            question.deadline = Some(Instant::now());
            ask(&question)
        }
        "then-line" => {
            let code = ask(&question);
            let line = stdin.lock().lines().next().unwrap().unwrap();
            say(&format!("next {line}"));
            code
        }
        "watch-then-line" => {
            let answer = Terminal::open().unwrap().ask(&question, &mut || {
                if told_to_leave() {
                    ControlFlow::Break("elsewhere")
                } else {
                    ControlFlow::Continue(())
                }
            });
            let code = report(answer);
            let line = stdin.lock().lines().next().unwrap().unwrap();
            say(&format!("next {line}"));
            code
        }
        "panic" => {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                Terminal::open().unwrap().ask(&question, &mut || {
                    assert!(!told_to_leave(), "on purpose");
                    ControlFlow::<()>::Continue(())
                })
            }));
            say(&format!("panicked {}", panicked.is_err()));
            // Signals end the program again.
            sleep(PATIENCE);
            1
        }
        "type-ahead" => {
            say("type");
            let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
            poll(&mut fds, None).unwrap();
            ask(&question)
        }
        "raw" => {
            change_mode(&stdin, Termios::make_raw);
            ask(&question)
        }
        "outside" => {
            Signals::install().unwrap();
            Signals::install().unwrap();
            say("outside");
            sleep(PATIENCE);
            1
        }
        "outside-again" => {
            ask(&question);
            say("outside");
            sleep(PATIENCE);
            1
        }
        other => panic!("no scenario {other}"),
    }
}

fn ask(question: &Question<'_>) -> i32 {
    match Terminal::open() {
        Ok(mut terminal) => {
            assert!(terminal.session().is_some());
            loop {
                match terminal.ask(question, &mut || ControlFlow::<&str>::Continue(())) {
                    Answer::Stop => Signals::stop(),
                    answer => return report(answer),
                }
            }
        }
        Err(reason) => report(Answer::NotAllowed(reason)),
    }
}

fn report(answer: Answer<&str>) -> i32 {
    assert!(!format!("{answer:?}").contains("123456"));
    let (text, code) = match answer {
        Answer::Text(text) => (
            format!(
                "text {}",
                text.expose_secret().chars().rev().collect::<String>()
            ),
            0,
        ),
        Answer::EndOfInput => ("end of input".to_owned(), 130),
        Answer::Signal(signal) => (format!("signal {signal:?}"), signal.exit_code().into()),
        Answer::Stop => ("stop".to_owned(), 1),
        Answer::Deadline => ("deadline".to_owned(), 3),
        Answer::NotAllowed(reason) => (format!("not allowed: {reason}"), 3),
        Answer::Left(value) => (format!("left {value}"), 0),
        Answer::Failed(error) => (format!("failed {error}"), 1),
    };
    say(&text);
    code
}

/// A shell with job control. It runs another child process as a job, and reads commands of one word.
#[expect(clippy::zombie_processes, reason = "it is waited for by its id")]
fn shell(scenario: &str) -> i32 {
    let stdin = std::io::stdin();
    let mut stops = SigSet::empty();
    stops.add(Number::SIGTTOU);
    stops.thread_block().unwrap();
    let (scenario, at_once) = match scenario.split_once('&') {
        Some((scenario, _)) => (scenario, "bg"),
        None => (scenario, "fg"),
    };
    let job = binary(scenario).process_group(0).spawn().unwrap();
    let pid = Pid::from_child(&job);
    say(&format!("job {}", pid.as_raw_pid()));
    let foreground = |group| rustix::termios::tcsetpgrp(std::io::stdin(), group).unwrap();
    let mut command = at_once.to_owned();
    loop {
        match command.as_str() {
            "fg" => {
                foreground(pid);
                let _ = rustix::process::kill_process_group(pid, Kill::CONT);
            }
            "bg" => {
                let _ = rustix::process::kill_process_group(pid, Kill::CONT);
            }
            other => panic!("no command {other}"),
        }
        let (_, status) = rustix::process::waitpid(Some(pid), WaitOptions::UNTRACED)
            .unwrap()
            .unwrap();
        foreground(rustix::process::getpgrp());
        if let Some(code) = status.exit_status() {
            say(&format!("job exited {code}"));
            return code;
        }
        if let Some(signal) = status.terminating_signal() {
            say(&format!("job killed {signal}"));
            return 1;
        }
        say(&format!(
            "job stopped {}",
            status.stopping_signal().unwrap()
        ));
        command.clear();
        stdin.lock().read_line(&mut command).unwrap();
        command.truncate(command.trim_end().len());
    }
}

// ---- the user -------------------------------------------------------------------------------------------------------------

fn binary(scenario: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "prompt::tests::child_process", "--ignored"])
        .args(["--nocapture", "--test-threads=1"])
        .env(SCENARIO, scenario);
    command
}

struct Pty {
    process: PtyProcess,
    master: File,
    folder: tempfile::TempDir,
    /// Everything that the screen has shown.
    seen: String,
    /// How much of it has been read by `expect`.
    at: usize,
}

impl Pty {
    fn start(scenario: &str) -> Self {
        Self::run(binary(scenario))
    }

    fn run(mut command: Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        command.env(LEAVE, folder.path().join("leave"));
        let mut process = PtyProcess::new(command).unwrap();
        process.set_kill_timeout(Some(500));
        let master = process.get_file_handle().unwrap();
        Self {
            process,
            master,
            folder,
            seen: String::new(),
            at: 0,
        }
    }

    /// Waits until the screen shows `text` after the part that was read before.
    fn expect(&mut self, text: &str) -> &mut Self {
        let until = Instant::now() + PATIENCE;
        while !self.seen[self.at..].contains(text) {
            assert!(
                self.read_until(until),
                "no `{text}` in `{}`",
                self.seen.escape_debug()
            );
        }
        self.at += self.seen[self.at..].find(text).unwrap() + text.len();
        self
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
                self.seen
                    .push_str(&String::from_utf8_lossy(&buffer[..read]));
                true
            }
            // EIO: the last process on the terminal has ended.
            _ => false,
        }
    }

    fn types(&mut self, keys: &str) -> &mut Self {
        self.master.write_all(keys.as_bytes()).unwrap();
        self
    }

    fn signal(&mut self, signal: ToChild) -> &mut Self {
        self.process.signal(signal).unwrap();
        self
    }

    /// Waits for the prompt, and checks that the terminal hides what is typed.
    fn expect_prompt(&mut self) -> &mut Self {
        self.expect(PROMPT);
        assert!(!self.echoes(), "typing shows");
        assert!(self.has(LocalModes::ICANON | LocalModes::ISIG));
        self
    }

    fn has(&self, modes: LocalModes) -> bool {
        rustix::termios::tcgetattr(&self.master)
            .unwrap()
            .local_modes
            .contains(modes)
    }

    fn echoes(&self) -> bool {
        self.has(LocalModes::ECHO)
    }

    fn tells_it_to_leave(&mut self) -> &mut Self {
        #[expect(clippy::disallowed_methods, reason = "a file of the test")]
        std::fs::write(self.folder.path().join("leave"), "").unwrap();
        self
    }

    /// Waits until the child process has printed `text` and the terminal echoes again.
    fn expect_restored(&mut self, text: &str) -> &mut Self {
        self.expect(text);
        assert!(self.echoes(), "typing does not show");
        self
    }

    fn expect_exit(&mut self, code: i32) {
        let until = Instant::now() + PATIENCE;
        while self.read_until(until) {}
        match self.process.wait().unwrap() {
            WaitStatus::Exited(_, exited) => assert_eq!(exited, code, "{}", self.seen),
            other => panic!("{other:?}: {}", self.seen),
        }
        assert!(!self.seen.contains("123456"), "the code shows");
    }

    /// The same, and checks the mode of the terminal after the end.
    fn expect_restored_exit(&mut self, code: i32) {
        let WaitStatus::Exited(_, exited) = self.process.wait().unwrap() else {
            panic!("{}", self.seen);
        };
        assert!(self.echoes(), "typing does not show");
        assert_eq!(exited, code, "{}", self.seen);
    }
}

#[test]
fn an_answer_is_hidden_and_the_mode_is_restored() {
    let mut pty = Pty::start("once");
    pty.expect_prompt()
        .types("123456\n")
        .expect("\r\n")
        .expect_restored("<text 654321>")
        .expect_exit(0);
}

#[test]
fn the_text_of_a_prompt_does_not_control_the_terminal() {
    let mut pty = Pty::start("twice");
    pty.expect_prompt()
        .types("111111\n")
        .expect("<text 111111>\r\n")
        .expect("wro[2Jng, again\r\n")
        .expect_prompt()
        .types(" 123 456 \n")
        .expect_restored("<text  654 321 >")
        .expect_exit(0);
    assert!(!pty.seen.contains(['\x1b', '\x07']));
}

#[test]
fn the_kernel_edits_the_line_and_unicode_survives() {
    let mut pty = Pty::start("once");
    pty.expect_prompt()
        .types("99\x15\u{fc}\u{20ac}\u{1f511}\x7f\x1b[A7\n")
        .expect_restored("<text 7");
    // IUTF8 decides whether the kernel erases a character or a byte.
    pty.expect("\u{20ac}\u{fc}>").expect_exit(0);
}

#[test]
fn an_over_long_line_ends() {
    let mut pty = Pty::start("once");
    pty.expect_prompt().types(&"7".repeat(6000)).types("\n");
    pty.expect_restored("<text 7777").expect_exit(0);
}

#[test]
fn a_line_that_comes_in_two_parts_is_one_line() {
    let mut pty = Pty::start("once");
    pty.expect_prompt()
        .types("123\x04")
        .types("456\n")
        .expect_restored("<text 654321>")
        .expect_exit(0);
}

#[test]
fn a_visible_answer_is_shown() {
    let mut pty = Pty::start("visible");
    pty.expect(PROMPT);
    assert!(pty.echoes());
    pty.types("my phone\n")
        .expect("my phone\r\n")
        .expect_restored("<text enohp ym>")
        .expect_exit(0);
    assert!(!pty.seen.contains("\r\n\r\n<"));
}

#[test]
fn text_typed_before_the_prompt_is_not_an_answer() {
    let mut pty = Pty::start("type-ahead");
    pty.expect("<type>")
        .types("111111\n")
        .expect_prompt()
        .types("222222\n")
        .expect_restored("<text 222222>")
        .expect_exit(0);
}

#[test]
fn text_typed_after_an_answer_goes_to_the_next_reader() {
    let mut pty = Pty::start("then-line");
    pty.expect_prompt()
        .types("123456\nls\n")
        .expect_restored("<text 654321>")
        .expect("<next ls>")
        .expect_exit(0);
}

#[test]
fn half_an_answer_is_discarded() {
    let mut pty = Pty::start("watch-then-line");
    pty.expect_prompt()
        .types("12345")
        .tells_it_to_leave()
        .expect_restored("<left elsewhere>")
        .types("ls\n")
        .expect("<next ls>")
        .expect_exit(0);
    assert!(!pty.seen.contains("12345"));
}

#[test]
fn the_end_of_input_cancels() {
    for keys in ["\x04", "123\x04\x04"] {
        let mut pty = Pty::start("once");
        pty.expect_prompt()
            .types(keys)
            .expect_restored("\r\n<end of input>")
            .expect_exit(130);
    }
}

#[test]
fn signals_restore_the_mode() {
    for (signal, name, code) in [
        (ToChild::SIGINT, "Int", 130),
        (ToChild::SIGTERM, "Term", 143),
        (ToChild::SIGHUP, "Hup", 129),
    ] {
        let mut pty = Pty::start("once");
        pty.expect_prompt()
            .types("1234")
            .signal(signal)
            .expect_restored(&format!("\r\n<signal {name}>"))
            .expect_exit(code);
    }
}

#[test]
fn keys_that_send_signals_restore_the_mode() {
    let mut pty = Pty::start("once");
    pty.expect_prompt()
        .types("1234\x03")
        .expect_restored("<signal Int>")
        .expect_exit(130);

    let mut pty = Pty::start("once");
    pty.expect_prompt().types("1234\x1c");
    let status = pty.process.wait().unwrap();
    assert!(matches!(
        status,
        WaitStatus::Signaled(_, ToChild::SIGQUIT, _)
    ));
    assert!(pty.echoes());
}

#[test]
fn outside_a_question_signals_end_the_program_at_once() {
    for (signal, code) in [
        (ToChild::SIGINT, 130),
        (ToChild::SIGTERM, 143),
        (ToChild::SIGHUP, 129),
    ] {
        let mut pty = Pty::start("outside");
        pty.expect("<outside>")
            .signal(signal)
            .expect_restored_exit(code);
    }
    let mut pty = Pty::start("outside-again");
    pty.expect_prompt()
        .types("123456\n")
        .expect("<outside>")
        .types("\x03")
        .expect_restored_exit(130);
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let mut nohup = Command::new("sh");
    let inner = binary("once");
    nohup
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(inner.get_program())
        .args(inner.get_args())
        .env(SCENARIO, "once");
    let mut pty = Pty::run(nohup);
    pty.expect_prompt()
        .signal(ToChild::SIGHUP)
        .types("123456\n")
        .expect_restored("<text 654321>")
        .expect_exit(0);
}

#[test]
fn the_deadline_ends_a_question() {
    let mut pty = Pty::start("deadline");
    pty.expect_prompt()
        .types("1234")
        .expect_restored("\r\n<deadline>")
        .expect_exit(3);
}

#[test]
fn a_deadline_in_the_past_asks_nothing() {
    let mut pty = Pty::start("past");
    pty.expect_restored("<deadline>").expect_exit(3);
    assert!(!pty.seen.contains("code"));
}

#[test]
fn a_panic_restores_the_mode_and_lets_signals_act_again() {
    let mut pty = Pty::start("panic");
    pty.expect_prompt()
        .tells_it_to_leave()
        .expect_restored("<panicked true>")
        .types("\x03")
        .expect_restored_exit(130);
}

#[test]
fn a_mode_that_another_program_set_is_left_alone() {
    let mut pty = Pty::start("once");
    pty.expect_prompt();
    change_mode(&pty.master, |mode| {
        mode.special_codes[SpecialCodeIndex::VKILL] = 1;
    });
    pty.types("123456\n").expect("<text 654321>");
    assert!(!pty.echoes());
    pty.expect_exit(0);
}

#[test]
fn a_program_that_draws_on_the_terminal_is_left_alone() {
    let mut pty = Pty::start("raw");
    pty.expect("<not allowed: the terminal is in use by another program>")
        .expect_exit(3);
    assert!(!pty.seen.contains("code"));

    let mut pty = Pty::start("once");
    pty.expect_prompt();
    change_mode(&pty.master, Termios::make_raw);
    pty.expect("<not allowed: the terminal is in use by another program>");
    assert!(!pty.has(LocalModes::ICANON) && !pty.echoes());
    pty.expect_exit(3);
}

#[test]
fn a_question_is_asked_again_after_a_stop() {
    let mut pty = Pty::start("shell:in-foreground");
    for _ in 0..2 {
        pty.expect_prompt()
            .types("99\x1a")
            .expect_restored("<job stopped ")
            .types("fg\n");
    }
    pty.expect_prompt()
        .types("123456\n")
        .expect_restored("<text 654321>")
        .expect("<job exited 0>")
        .expect_exit(0);
}

#[test]
fn a_question_continued_in_the_background_ends() {
    let mut pty = Pty::start("shell:in-foreground");
    pty.expect_prompt()
        .types("\x1a")
        .expect_restored("<job stopped ")
        .types("bg\n")
        .expect("<not allowed: running in the background of the terminal>")
        .expect_restored("<job exited 3>")
        .expect_exit(3);
}

#[test]
fn a_background_job_neither_asks_nor_stops() {
    let mut pty = Pty::start("shell:once&");
    pty.expect("<not allowed: running in the background of the terminal>")
        .expect("<job exited 3>")
        .expect_exit(3);
    assert!(!pty.seen.contains("code"));
}

#[test]
fn a_question_is_asked_again_after_a_stop_by_another_process() {
    let mut pty = Pty::start("shell:in-foreground");
    let job = pty.job();
    pty.expect_prompt();
    rustix::process::kill_process(job, Kill::STOP).unwrap();
    pty.expect("<job stopped 19>");
    // As a shell does.
    change_mode(&pty.master, |mode| mode.local_modes |= LocalModes::ECHO);
    pty.types("fg\n")
        .expect_prompt()
        .types("123456\n")
        .expect_restored("<text 654321>")
        .expect_exit(0);
}

#[test]
fn a_program_in_an_orphaned_process_group_does_not_stop() {
    // The program leads its session.
    let mut pty = Pty::start("once");
    pty.expect_prompt()
        .types("99\x1a")
        .types("123456\n")
        .expect_restored("<text 654321>")
        .expect_exit(0);
    assert_eq!(pty.seen.matches(PROMPT).count(), 1);
}

impl Pty {
    fn job(&mut self) -> Pid {
        self.expect("<job ").expect(">");
        let line = self.seen[..self.at].rsplit("<job ").next().unwrap();
        Pid::from_raw(line.trim_end_matches('>').parse().unwrap()).unwrap()
    }
}
