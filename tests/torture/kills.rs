//! SIGKILL at random moments of login and logout.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Stdio};

use crate::Chance;
use crate::common::World;

/// Starts the program, kills it after a random time, and returns whether it was still running.
fn killed(world: &World, arguments: &[&str], chance: &mut Chance) -> bool {
    let mut command = world.command(crate::common::PROGRAM);
    let mut child: Child = command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(chance.pause(12));
    let _ = child.kill();
    child.wait().unwrap().signal() == Some(9)
}

fn rounds(count: usize) {
    let mut world = World::new();
    world.write_credentials(&format!("# mine\n{}[other]\nx = y\n", world.credentials()));
    let (foreign, config) = (world.credentials(), world.read(".aws/config"));
    let mut deaths = 0;
    let mut chance = Chance::new();
    let seed = chance.seed;
    world.log_in();
    for round in 0..count {
        let died = match chance.below(8) {
            0 | 1 => killed(&world, &["logout"], &mut chance),
            // This command uses a code.
            2 => {
                world.later(181);
                let code = world.code();
                let login = ["login", "--force", "--token-code", &code];
                killed(&world, &login, &mut chance)
            }
            n => {
                let profile = format!("s{n}");
                let login = ["login", "--session-profile", &profile];
                killed(&world, &login, &mut chance)
            }
        };
        deaths += usize::from(died);
        let text = world.credentials();
        assert!(
            text.starts_with(&foreign),
            "seed {seed}, round {round}: {text}"
        );
        // The next command repairs the files: without a code if the record exists, with one otherwise.
        if world.record_path().exists() {
            world.run(&["login"]).exits(0);
        } else {
            // AWS's limit is nine codes in three minutes.
            world.later(181);
            world.log_in();
        }
        let text = world.credentials();
        assert!(
            text.starts_with(&foreign),
            "seed {seed}, round {round}: {text}"
        );
        assert!(
            text.contains("[default-mfa]\n"),
            "seed {seed}, round {round}"
        );
        world.has_nothing_left_behind(&format!("seed {seed}, round {round}"));
        let now = world.read(".aws/config");
        assert!(
            now.starts_with(&config),
            "seed {seed}, round {round}: {now}"
        );
    }
    world.run(&["logout", "--all"]).exits(0);
    assert!(!world.credentials().contains("ASIA"), "seed {seed}");
    assert!(!world.record_path().exists());
    // If no process was killed in time, the test proves nothing.
    assert!(
        deaths * 10 >= count,
        "seed {seed}: {deaths} of {count} were killed while they ran"
    );
}

#[test]
fn a_few_kills_at_random() {
    rounds(20);
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_kills_at_random() {
    rounds(1_000);
}
