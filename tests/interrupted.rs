//! Signals, stops and faults between a code and its answer, and processes that wait for a stopped one.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::common::fake::{self, Fake};
use crate::common::pty::Manner;
use crate::common::{PROGRAM, World, eventually};

fn send(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.try_into().unwrap()), signal).unwrap();
}

/// A login without a wrapper process, so that its process id is known.
fn start(world: &World, arguments: &[&str]) -> Child {
    world
        .command(PROGRAM)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A server that grants a session when the test says so.
struct SlowAws {
    fake: Fake,
    /// Receives when a request has come.
    is_asked: mpsc::Receiver<()>,
    /// Lets the server answer.
    go: mpsc::Sender<()>,
}

impl SlowAws {
    /// Starts the server, which `login` calls from now on with a known device.
    fn for_login(world: &mut World) -> Self {
        let (asked, is_asked) = mpsc::channel();
        let (go, may_go) = mpsc::channel::<()>();
        let fake = Fake::start(move |_| {
            asked.send(()).unwrap();
            may_go.recv().unwrap();
            fake::session("ASIAIOSFODNN7EXAMPLE", "2046-01-01T00:00:00Z")
        });
        world.call(&fake.url);
        world.set("AWS_MFA_SERIAL", world.serial().to_string());
        Self { fake, is_asked, go }
    }
}

#[test]
fn a_signal_between_code_and_session_waits_until_the_session_is_stored() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let mut world = World::new();
        let token = world.code();
        world.set(
            "MFA_SESSION_TEST_STEP",
            format!("call.answer=run:kill -{signal} $PPID"),
        );
        world
            .run(&["login", "--token-code", &token])
            .exits(code)
            .says("The session is in the cache");
        world.unset("MFA_SESSION_TEST_STEP");
        assert!(world.record_path().exists());
        world.run(&["login"]).exits(0);
        assert_eq!(world.count("sts:GetSessionToken"), 1);
    }
}

#[test]
fn ctrl_c_while_aws_answers_is_explained_at_once() {
    let mut world = World::new();
    let aws = SlowAws::for_login(&mut world);
    let mut login = start(&world, &["login", "--token-code", "123456"]);
    aws.is_asked.recv().unwrap();
    send(login.id(), Signal::SIGINT);
    let mut stderr = BufReader::new(login.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert_eq!(
        line,
        "The code has been sent. Waiting for AWS's answer, so that the code is not wasted.\n"
    );
    aws.go.send(()).unwrap();
    stderr.read_to_string(&mut line).unwrap();
    assert!(line.contains("The session is in the cache"), "{line}");
    assert_eq!(login.wait().unwrap().code(), Some(130));
    assert!(world.record_path_at(&aws.fake.url).exists());
}

#[test]
fn ctrl_z_between_code_and_session_stops_without_the_locks() {
    let mut world = World::new();
    let token = world.code();
    world.set("MFA_SESSION_TEST_STEP", "call.answer=run:kill -TSTP $PPID");
    let mut pty = world.shell_on_terminal("$mfa_session login");
    pty.expect_prompt().types_code(&token).expect("<status ");
    assert!(world.record_path().exists());
    world.run(&["login"]).exits(0);
    pty.types("fg\n").expect("<status 0>").expect_echo();
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn a_waiter_reports_that_the_login_is_stopped_and_gives_up() {
    let mut world = World::new();
    world.set("AWS_MFA_SERIAL", world.serial().to_string());
    world.set("MFA_SESSION_TEST_LOCK_NOTICE", "100");
    world.set("MFA_SESSION_TEST_LOCK_LIMIT", "600");
    world.set("MFA_SESSION_TEST_STEP", "call.answer=run:kill -STOP $PPID");
    let stopped = start(&world, &["login", "--token-code", &world.code()]);
    let pid = stopped.id();
    eventually("the login is stopped", || {
        std::fs::read_to_string(format!("/proc/{pid}/status"))
            .is_ok_and(|status| status.contains("State:\tT"))
    });
    world.unset("MFA_SESSION_TEST_STEP");
    let code = world.code();
    let commands: [&[&str]; 3] = [
        &["login", "--token-code", &code],
        &["exec", "--token-code", &code, "--", "true"],
        &["env", "--token-code", &code],
    ];
    for command in commands {
        let ran = world.run(command).exits(1);
        let whom = format!("mfa-session, PID {pid}, which has been waiting for AWS since ");
        assert_eq!(
            ran.stderr.matches("Waiting for ").count(),
            1,
            "{}",
            ran.stderr
        );
        ran.says(&format!("Waiting for {whom}"))
            .says("gave up after waiting")
            .says(&format!("`kill -CONT {pid}` continues it"))
            .says("then: mfa-session login --profile default");
    }
    send(pid, Signal::SIGCONT);
    let output = stopped.wait_with_output().unwrap();
    let _ = world.judge(&["login"], output).exits(0);
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn an_answer_that_came_while_the_process_was_stopped_is_stored() {
    let mut world = World::new();
    let aws = SlowAws::for_login(&mut world);
    world.set("MFA_SESSION_TEST_CALL_LIMIT", "3000");
    let login = start(&world, &["login", "--token-code", "123456"]);
    aws.is_asked.recv().unwrap();
    send(login.id(), Signal::SIGSTOP);
    aws.go.send(()).unwrap();
    eventually("the server has answered", || aws.fake.requests().len() == 1);
    // This is longer than the time limit of the call.
    std::thread::sleep(Duration::from_millis(3500));
    send(login.id(), Signal::SIGCONT);
    let output = login.wait_with_output().unwrap();
    let _ = world.judge(&["login"], output).exits(0);
    assert!(world.record_path_at(&aws.fake.url).exists());
}

#[test]
fn a_terminating_signal_restores_the_terminal() {
    for signal in [
        Signal::SIGALRM,
        Signal::SIGUSR1,
        Signal::SIGUSR2,
        Signal::SIGXCPU,
        Signal::SIGVTALRM,
        Signal::SIGPROF,
        Signal::SIGQUIT,
        Signal::SIGIO,
        Signal::SIGPWR,
        Signal::SIGSTKFLT,
    ] {
        let world = World::new();
        let mut pty = world.hook_on_terminal(Manner::Plain);
        pty.expect_prompt().types("12");
        send(pty.pids()[0], signal);
        pty.ends().exits(128 + signal as i32);
    }
}

#[test]
fn a_panic_prints_one_line_that_says_whether_the_code_may_be_used_up() {
    let mut world = World::new();
    world.set("AWS_MFA_SERIAL", world.serial().to_string());
    let code = world.code();
    world.set("MFA_SESSION_TEST_STEP", "call.answer=panic");
    let ran = world.run(&["login", "--token-code", &code]).exits(1);
    assert!(
        ran.stderr
            .starts_with("error: mfa-session failed because of a bug at ")
            && ran
                .stderr
                .ends_with("; the token code may have been used\n")
            && ran.stderr.lines().count() == 1,
        "{}",
        ran.stderr
    );
    let code = world.code();
    world.set("MFA_SESSION_TEST_STEP", "atomic.sync=panic");
    world
        .run(&["login", "--token-code", &code])
        .exits(1)
        .says_not("may have been used");
    assert_eq!(world.leftovers(), Vec::<String>::new());
    world.unset("MFA_SESSION_TEST_STEP");
    world.run(&["login"]).exits(0);
}

#[test]
fn core_files_are_disabled_for_us_but_not_for_the_command() {
    let world = World::new();
    world.mfa_process("ulimit -S -c >limit; grep 'Max core' /proc/$PPID/limits >ours; exit 1");
    world.log_in();
    let script = "ulimit -S -c 1024; exec \"$0\" exec -- sh -c 'ulimit -S -c'";
    let output = world
        .command("sh")
        .args(["-c", script, PROGRAM])
        .output()
        .unwrap();
    let ran = world.judge(&["exec"], output).exits(0);
    assert_eq!(ran.stdout, "1024\n");
    let script = "ulimit -S -c 1024; exec \"$0\" login --force";
    let output = world
        .command("sh")
        .args(["-c", script, PROGRAM])
        .output()
        .unwrap();
    let _ = world.judge(&["login"], output).exits(1);
    assert_eq!(world.lines("limit"), ["1024"]);
    let ours = world.lines("ours").join("");
    assert_eq!(ours.split_whitespace().nth(4), Some("0"), "{ours}");
}

#[test]
fn an_mfa_process_ends_when_the_program_is_killed() {
    let world = World::new();
    world.mfa_process("echo $$ >started; exec sleep 600");
    let mut login = start(&world, &["login"]);
    eventually("the command runs", || !world.lines("started").is_empty());
    login.kill().unwrap();
    login.wait().unwrap();
    let pid = &world.lines("started")[0];
    eventually("the command ends", || {
        std::fs::read_to_string(format!("/proc/{pid}/status"))
            .map_or(true, |status| status.contains("State:\tZ"))
    });
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error() {
    let world = World::new();
    let before = world.credentials();
    let code = world.code();
    let script = "ulimit -f 0; exec \"$0\" login --token-code \"$1\" 2>&1 | cat >&2";
    let output = world
        .command("sh")
        .args(["-c", script, PROGRAM, &code])
        .output()
        .unwrap();
    let _ = world.judge(&["login"], output).says("error: ");
    assert_eq!(world.credentials(), before);
}
