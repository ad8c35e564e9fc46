//! SIGKILL at random moments of login and logout.

use std::process::{Child, Stdio};

use crate::Chance;
use crate::common::World;

/// Starts the program, kills it after a while that chance decides, and waits for its end.
fn killed(world: &World, arguments: &[&str], chance: &mut Chance) {
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
    child.wait().unwrap();
}

fn rounds(count: usize) {
    let mut world = World::new();
    world.write_credentials(&format!("# mine\n{}[other]\nx = y\n", world.credentials()));
    let foreign = world.credentials();
    let mut chance = Chance::new();
    let seed = chance.seed;
    world.log_in();
    for round in 0..count {
        if chance.below(4) == 0 {
            killed(&world, &["logout"], &mut chance);
        } else {
            let profile = format!("s{}", chance.below(3));
            killed(
                &world,
                &["login", "--session-profile", &profile],
                &mut chance,
            );
        }
        let text = world.credentials();
        assert!(
            text.starts_with(&foreign),
            "seed {seed}, round {round}: {text}"
        );
        // The next command mends it: without a code while the record is there, with one otherwise.
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
        assert_eq!(
            world.leftovers(),
            Vec::<String>::new(),
            "seed {seed}, round {round}"
        );
    }
    world.run(&["logout", "--all"]).exits(0);
    assert!(!world.credentials().contains("ASIA"), "seed {seed}");
    assert!(!world.record_path().exists());
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
