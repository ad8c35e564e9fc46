//! A herd, many hooks at once: one question and one call serve all of them.

use std::path::Path;
use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::common::pty::Manner;
use crate::common::{Ran, World, eventually};
use crate::hook::{HOOK, TO_TYPE, expected};

/// Hooks that run at once, without a terminal.
struct Herd<'w> {
    world: &'w World,
    hooks: Vec<Child>,
}

impl World {
    fn herd(&self, size: usize) -> Herd<'_> {
        let hooks = (0..size).map(|_| self.start(&HOOK)).collect();
        Herd { world: self, hooks }
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.program(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Lets an `mfa_process` wait for the code from [`World::answer`]; it adds the id of the asking process to the file `asked`.
    fn slow_mfa_process(&self) {
        self.mfa_process(
            "echo $PPID >>asked; while ! test -e answer; do sleep 0.05; done; cat answer",
        );
    }

    fn answer(&self, code: &str) {
        std::fs::write(self.root().join("answer.new"), code).unwrap();
        std::fs::rename(self.root().join("answer.new"), self.root().join("answer")).unwrap();
    }

    fn asked(&self) -> usize {
        self.lines("asked").len()
    }

    /// Waits for the `n`th question and returns the id of the process that asks it.
    fn leader(&self, n: usize) -> i32 {
        eventually("somebody asks", || self.asked() >= n);
        self.lines("asked")[n - 1].parse().unwrap()
    }
}

impl Herd<'_> {
    /// Waits until every hook has read the state of the cache, and asks or waits.
    fn gathers(&self) -> &Self {
        for hook in &self.hooks {
            eventually("a hook waits", || waits(hook.id()));
        }
        self
    }

    fn ends(self) -> Vec<Ran> {
        self.hooks
            .into_iter()
            .map(|hook| self.world.judge(&HOOK, hook.wait_with_output().unwrap()))
            .collect()
    }
}

/// Whether a process has opened its key's `ask` lock, or has ended.
fn waits(pid: u32) -> bool {
    let Ok(open) = std::fs::read_dir(format!("/proc/{pid}/fd")) else {
        return true;
    };
    open.flatten().any(|fd| {
        std::fs::read_link(fd.path())
            .is_ok_and(|file| file.to_string_lossy().ends_with(".ask.lock"))
    })
}

fn send(pid: i32, signal: Signal) {
    kill(Pid::from_raw(pid), signal).unwrap();
}

#[track_caller]
fn all_are_answered(world: &World, all: Vec<Ran>) {
    let expected = expected(world);
    for ran in all {
        assert_eq!(ran.exits(0).stdout, expected);
    }
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn one_question_and_one_call_serve_fifty_hooks() {
    let world = World::new();
    let code = world.code();
    world.mfa_process(&format!("echo $PPID >>asked; echo {code}"));
    let all = world.herd(50).ends();
    all_are_answered(&world, all);
    assert_eq!(world.asked(), 1);
}

#[test]
fn fifty_hooks_wait_for_one_slow_answer() {
    let world = World::new();
    world.slow_mfa_process();
    let herd = world.herd(50);
    herd.gathers();
    world.answer(&world.code());
    all_are_answered(&world, herd.ends());
    assert_eq!(world.asked(), 1);
}

#[test]
fn two_hundred_hooks_at_once_cause_one_question() {
    let world = World::new();
    let code = world.code();
    world.mfa_process(&format!("echo $PPID >>asked; echo {code}"));
    let all = world.herd(200).ends();
    all_are_answered(&world, all);
    assert_eq!(world.asked(), 1);
}

#[test]
fn another_hook_asks_after_the_leader_was_killed() {
    let world = World::new();
    world.slow_mfa_process();
    let herd = world.herd(50);
    herd.gathers();
    let first = world.leader(1);
    send(first, Signal::SIGKILL);
    let second = world.leader(2);
    assert_ne!(first, second);
    world.answer(&world.code());
    let (killed, others): (Vec<_>, Vec<_>) = herd.ends().into_iter().partition(|r| r.code == 137);
    assert_eq!((killed.len(), others.len()), (1, 49));
    assert_eq!(killed[0].stdout, "");
    all_are_answered(&world, others);
    assert_eq!(world.asked(), 2);
}

#[test]
fn a_terminated_leader_removes_its_question_and_another_hook_asks() {
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let world = World::new();
        world.mfa_process(
            "echo $PPID >>asked; echo $$ >>shells; while ! test -e answer; do sleep 0.05; done; cat answer",
        );
        let herd = world.herd(5);
        herd.gathers();
        send(world.leader(1), signal);
        world.leader(2);
        eventually("the first question ends", || {
            !Path::new("/proc").join(&world.lines("shells")[0]).exists()
        });
        world.answer(&world.code());
        let (ended, others): (Vec<_>, Vec<_>) =
            herd.ends().into_iter().partition(|r| r.code == code);
        assert_eq!((ended.len(), others.len()), (1, 4));
        all_are_answered(&world, others);
        assert_eq!(world.asked(), 2);
    }
}

#[test]
fn a_cancellation_ends_every_hook() {
    let world = World::new();
    world.slow_mfa_process();
    let herd = world.herd(50);
    herd.gathers();
    send(world.leader(1), Signal::SIGINT);
    for ran in herd.ends() {
        assert_eq!(ran.exits(130).stdout, "");
    }
    assert_eq!(world.asked(), 1);
    assert_eq!(world.count("sts:GetSessionToken"), 0);
    // The outcome belongs to that question and does not answer the next one.
    world.answer(&world.code());
    world.hook().exits(0);
}

#[test]
fn a_cancellation_at_the_terminal_ends_every_hook() {
    let world = World::new();
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect_prompt();
    let herd = world.herd(50);
    herd.gathers();
    pty.types("\x03");
    pty.ends().exits(130);
    for ran in herd.ends() {
        ran.exits(130);
    }
    assert_eq!(world.count("sts:GetSessionToken"), 0);
}

#[test]
fn a_refusal_ends_every_hook() {
    let world = World::new();
    world.freeze_sandbox(28);
    world.slow_mfa_process();
    let herd = world.herd(50);
    herd.gathers();
    world.answer(&world.wrong_code());
    for ran in herd.ends() {
        assert_eq!(ran.exits(4).says("AWS refused the code").stdout, "");
    }
    // A second question follows with the next code, as for a single hook.
    assert_eq!(world.asked(), 2);
    assert_eq!(world.count("sts:GetSessionToken"), 2);
}

#[test]
fn a_failure_ends_every_hook() {
    let world = World::new();
    world.slow_mfa_process();
    let herd = world.herd(20);
    herd.gathers();
    world.answer("no code");
    for ran in herd.ends() {
        ran.exits(1).says("expected six digits");
    }
    assert_eq!(world.asked(), 1);
}

#[test]
fn a_hook_that_may_not_ask_waits_for_one_that_does() {
    let world = World::new();
    let code = world.code();
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect_prompt();
    // One hook has neither a terminal nor an mfa_process, and one may not ask.
    let mut herd = world.herd(10);
    herd.hooks
        .push(world.start(&["credential-process", "--no-prompt", "--profile", "default"]));
    herd.gathers();
    pty.types_code(&code);
    let ran = pty.ends().exits(0);
    assert_eq!(ran.stdout, expected(&world));
    all_are_answered(&world, herd.ends());
}

#[test]
fn a_hook_that_may_not_ask_fails_if_nobody_else_asks() {
    let world = World::new();
    for ran in world.herd(20).ends() {
        ran.needs_login(TO_TYPE);
    }
    // After the leader died, no process is left that could ask.
    let mut pty = world.hook_on_terminal(Manner::Plain);
    pty.expect_prompt();
    let herd = world.herd(10);
    herd.gathers();
    send(pty.pids()[0].try_into().unwrap(), Signal::SIGKILL);
    pty.ran(0).exits(137);
    for ran in herd.ends() {
        ran.needs_login(TO_TYPE);
    }
    assert_eq!(world.count("sts:GetSessionToken"), 0);
}

#[test]
fn a_login_serves_all_waiting_hooks() {
    let world = World::new();
    world.slow_mfa_process();
    let herd = world.herd(20);
    herd.gathers();
    world.leader(1);
    let code = world.code();
    world.run(&["login", "--token-code", &code]).exits(0);
    // The question is still open, but its code is no longer needed.
    world.answer(&world.code());
    all_are_answered(&world, herd.ends());
    assert_eq!(world.asked(), 1);
}

#[test]
fn a_stopped_leader_does_not_block_the_others() {
    let world = World::new();
    let mut pty =
        world.shell_on_terminal("$mfa_session credential-process --profile default >out 2>err");
    pty.expect_prompt()
        .types("\x1a")
        .expect("<status ")
        .expect_echo();
    let code = world.code();
    let config = world.read(".aws/config");
    world.mfa_process(&format!("echo $PPID >>asked; echo {code}"));
    all_are_answered(&world, world.herd(3).ends());
    world.write_config(&config);
    pty.types("fg\n").expect("<status 0>");
    assert_eq!(world.lines("out").join("") + "\n", expected(&world));
}

#[test]
fn hooks_for_two_keys_do_not_block_each_other() {
    let world = World::new();
    world.slow_mfa_process();
    let script = world.script("mfa-other", "echo other >>asked-other; echo 123456");
    world.write_credentials(&format!(
        "{}[other]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
        world.credentials()
    ));
    world.add_config(&format!(
        "[profile other]\nendpoint_url = {}\nmfa_serial = {}\nmfa_process = {script}\n",
        world.server.endpoint_url(),
        world.serial()
    ));
    let herd = world.herd(5);
    herd.gathers();
    world.leader(1);
    // AWS does not know that key; the error shows that the request was sent.
    world
        .run(&["credential-process", "--profile", "other"])
        .exits(4)
        .says("unknown or inactive");
    assert_eq!(world.lines("asked-other").len(), 1);
    world.answer(&world.code());
    all_are_answered(&world, herd.ends());
}

#[test]
fn an_old_outcome_does_not_prevent_a_new_question() {
    let world = World::new();
    let config = world.read(".aws/config");
    world.mfa_process("exit 1");
    world.hook().exits(1);
    world.write_config(&config);
    let code = world.code();
    world.mfa_process(&format!("echo $PPID >>asked; echo {code}"));
    all_are_answered(&world, world.herd(10).ends());
    assert_eq!(world.asked(), 1);
}

#[test]
fn a_state_folder_writable_by_others_is_refused_before_a_code_is_asked_for() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    world.hook().needs_login(TO_TYPE);
    let state = world.path(".aws/mfa-session/state");
    std::fs::create_dir_all(&state).unwrap();
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o777)).unwrap();
    let code = world.code();
    world.mfa_process(&format!("echo $PPID >>asked; echo {code}"));
    // The error about the folder comes before a code is asked for.
    for ran in world.herd(5).ends() {
        ran.exits(1).says("writable by others");
    }
    assert_eq!(world.asked(), 0);
}
