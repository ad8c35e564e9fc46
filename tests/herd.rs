//! Many hooks at once: one question, one call, one answer.

use std::process::{Child, Stdio};

use crate::common::{Ran, World, eventually};

const HOOK: [&str; 3] = ["credential-process", "--profile", "default"];

fn start(world: &World, many: usize) -> Vec<Child> {
    (0..many)
        .map(|_| {
            let mut command = world.program(&HOOK);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect()
}

fn end(world: &World, children: Vec<Child>) -> Vec<Ran> {
    children
        .into_iter()
        .map(|child| world.judge(&HOOK, child.wait_with_output().unwrap()))
        .collect()
}

/// An `mfa_process` that leaves its process id in `asked` and then does `then`.
fn asks(world: &World, then: &str) {
    let asked = world.root().join("asked");
    let script = world.path("ask.sh");
    world.write(
        "ask.sh",
        format!("echo $$ >> {}\n{then}\n", asked.display()),
    );
    world.add_config(&format!("mfa_process = sh {}\n", script.display()));
}

fn asked(world: &World) -> Vec<String> {
    let text = std::fs::read_to_string(world.root().join("asked")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn one_answer(world: &World, ran: &[Ran]) {
    for one in ran {
        assert_eq!(one.code, 0, "{}", one.stderr);
        assert_eq!(one.stdout, ran[0].stdout);
    }
    assert!(ran[0].stdout.contains("\"SessionToken\""));
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn fifty_hooks_ask_once_and_call_once() {
    let world = World::new();
    let code = world.code();
    let file = world.root().join("code");
    std::fs::write(&file, code).unwrap();
    asks(&world, &format!("sleep 1; cat {}", file.display()));
    let ran = end(&world, start(&world, 50));
    one_answer(&world, &ran);
    assert_eq!(asked(&world).len(), 1);
}

#[test]
fn a_leader_that_is_killed_is_followed_by_another() {
    let world = World::new();
    let code = world.code();
    let file = world.root().join("code");
    std::fs::write(&file, code).unwrap();
    let first = world.root().join("first");
    // The first question never ends by itself.
    asks(
        &world,
        &format!(
            "mkdir {} 2>/dev/null && p=$$ && while [ \"$(cat /proc/$p/comm)\" != mfa-session ]; do p=$(sed -n 's/^PPid:\t//p' /proc/$p/status); done && echo $p > {}/pid && sleep 40\ncat {}",
            first.display(),
            first.display(),
            file.display()
        ),
    );
    let children = start(&world, 12);
    let pid = first.join("pid");
    eventually("somebody is asked", || {
        std::fs::read_to_string(&pid).is_ok_and(|p| p.ends_with('\n'))
    });
    let leader = std::fs::read_to_string(&pid).unwrap();
    assert!(
        std::process::Command::new("kill")
            .args(["-9", leader.trim()])
            .status()
            .unwrap()
            .success()
    );
    let ran = end(&world, children);
    let (killed, rest): (Vec<_>, Vec<_>) = ran.into_iter().partition(|r| r.code != 0);
    assert_eq!((killed.len(), rest.len()), (1, 11));
    one_answer(&world, &rest);
    assert_eq!(asked(&world).len(), 2);
}

#[test]
fn a_failure_is_everybodys() {
    let world = World::new();
    let wrong = world.wrong_code();
    let file = world.root().join("code");
    std::fs::write(&file, wrong).unwrap();
    asks(&world, &format!("sleep 1; cat {}; exit 1", file.display()));
    let ran = end(&world, start(&world, 10));
    for one in &ran {
        assert_eq!((one.code, one.stdout.as_str()), (1, ""), "{}", one.stderr);
        assert!(one.stderr.contains("mfa_process"), "{}", one.stderr);
    }
    assert_eq!(asked(&world).len(), 1);
    assert_eq!(world.count("sts:GetSessionToken"), 0);
}

#[test]
fn a_login_elsewhere_answers_those_who_wait() {
    let world = World::new();
    asks(&world, "sleep 40");
    let children = start(&world, 5);
    eventually("somebody is asked", || asked(&world).len() == 1);
    world.log_in();
    // The waiters take it at once; whoever asks looks each second too.
    let leaders: Vec<_> = asked(&world);
    let _ = std::process::Command::new("kill").args(&leaders).status();
    let ran = end(&world, children);
    assert!(ran.iter().filter(|r| r.code == 0).count() >= 4, "{ran:?}");
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}
