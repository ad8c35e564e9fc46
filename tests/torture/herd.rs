//! Many hooks at once under SIGKILL, SIGSTOP and SIGCONT.

use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Chance;
use crate::common::World;

const HOOK: [&str; 3] = ["credential-process", "--profile", "default"];

fn start(world: &World) -> Child {
    let mut command = world.command(crate::common::PROGRAM);
    command
        .args(HOOK)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn send(child: &Child, signal: Signal) {
    // The process may have ended, but its id cannot be reused before the test waits for it.
    let _ = kill(Pid::from_raw(child.id().cast_signed()), signal);
}

/// Starts many hooks on an empty cache and sends them signals for a while; then all stopped processes are continued.
fn wave(world: &World, size: usize, fight: Duration, chance: &mut Chance) {
    let code = world.code();
    std::fs::write(world.root().join("code"), &code).unwrap();
    let before = world.count("sts:GetSessionToken");
    let hooks: Vec<Child> = (0..size).map(|_| start(world)).collect();
    let began = Instant::now();
    while began.elapsed() < fight {
        let child = &hooks[usize::try_from(chance.below(size as u64)).unwrap()];
        let signal = match chance.below(40) {
            0 => Signal::SIGKILL,
            1..=15 => Signal::SIGSTOP,
            _ => Signal::SIGCONT,
        };
        send(child, signal);
        std::thread::sleep(chance.pause(8));
    }
    for child in &hooks {
        send(child, Signal::SIGCONT);
    }
    let (mut killed, mut sessions) = (0, Vec::new());
    let ran: Vec<_> = hooks
        .into_iter()
        .map(|child| world.judge(&HOOK, ended(child, chance.seed)))
        .collect();
    for ran in ran {
        match ran.code {
            0 => sessions.push(ran.stdout),
            137 => killed += 1,
            // A clear error is acceptable: a killed process used the code, or nobody could be asked in time.
            1 | 3 | 4 => {
                assert_eq!(ran.stdout, "", "seed {}", chance.seed);
                assert!(
                    ran.stderr.contains("error: "),
                    "seed {}: {}",
                    chance.seed,
                    ran.stderr
                );
            }
            code => panic!("seed {}: exit code {code}: {}", chance.seed, ran.stderr),
        }
    }
    let calls = world.count("sts:GetSessionToken") - before;
    // Only the successor of a leader that died asks again.
    assert!(
        calls <= 1 + killed,
        "seed {}: {calls} calls, {killed} killed",
        chance.seed
    );
    let answered = sessions.len();
    sessions.sort();
    sessions.dedup();
    assert!(
        sessions.len() <= 1,
        "seed {}: one code made {} sessions",
        chance.seed,
        sessions.len()
    );
    assert!(
        answered == size || killed > 0,
        "seed {}: {answered} of {size} were answered",
        chance.seed
    );
}

/// The output of a hook; it fails if the hook is still running long after its deadline.
#[track_caller]
fn ended(mut child: Child, seed: u64) -> Output {
    let pid = child.id();
    for _ in 0..2_400 {
        if child.try_wait().unwrap().is_some() {
            return child.wait_with_output().unwrap();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let _ = child.kill();
    panic!("seed {seed}: hook {pid} did not end");
}

fn waves(size: usize, fight: Duration, whole: Duration) {
    let mut world = World::new();
    world.set("MFA_SESSION_TEST_DEADLINE", "40");
    world.mfa_process("cat code");
    let mut chance = Chance::new();
    let began = Instant::now();
    loop {
        wave(&world, size, fight, &mut chance);
        if began.elapsed() >= whole {
            break;
        }
        let _ = std::fs::remove_file(world.record_path());
        world.later(181);
    }
    // No process holds a lock any more.
    world.later(181);
    let code = world.code();
    world
        .run(&["login", "--force", "--token-code", &code])
        .exits(0);
    world.run(&["logout"]).exits(0);
    world.has_nothing_left_behind("after the herd");
}

#[test]
fn a_few_hooks_under_signals() {
    waves(10, Duration::from_secs(1), Duration::ZERO);
}

#[test]
#[ignore = "takes minutes"]
fn two_hundred_hooks_under_signals_for_a_minute() {
    waves(200, Duration::from_secs(8), Duration::from_mins(1));
}
