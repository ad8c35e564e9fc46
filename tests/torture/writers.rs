//! Runs beside programs that rewrite the shared files in place, as the AWS CLI does.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::Chance;
use crate::common::{World, eventually};

const CREDENTIALS: &str = ".aws/credentials";
const CONFIG: &str = ".aws/config";

/// How the other program writes.
#[derive(Clone, Copy)]
enum Manner {
    /// It truncates the file and writes it at once, and pauses for up to 20 ms between two edits.
    Fast,
    /// It truncates the file, pauses for 250 to 400 ms, and writes it in two parts.
    Slow,
}

/// A sandbox with a session, and with a section of another program in both files.
fn world() -> World {
    let world = World::new();
    world.add_config("[profile other]\ncounter = 0\n# the user's own\n");
    world.write_credentials(&format!(
        "{}# the user's own\n[other]\ncounter = 0\n",
        world.credentials()
    ));
    world.log_in();
    world
}

/// Reads the file, sets the counter, truncates the file and writes it again.
fn edit(path: &Path, n: usize, manner: Manner, chance: &mut Chance) {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.split_inclusive('\n').map(|line| {
        if line.starts_with("counter = ") {
            format!("counter = {n}\n")
        } else {
            line.to_owned()
        }
    });
    let text: String = lines.collect();
    let mut file = OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(path)
        .unwrap();
    match manner {
        Manner::Fast => file.write_all(text.as_bytes()).unwrap(),
        Manner::Slow => {
            let (head, tail) = text.split_at(text.len() / 2);
            std::thread::sleep(Duration::from_millis(250) + chance.pause(150));
            file.write_all(head.as_bytes()).unwrap();
            std::thread::sleep(chance.pause(50));
            file.write_all(tail.as_bytes()).unwrap();
        }
    }
}

/// Asserts that the key, the other program's sections with its last edit, and the user's comments are present.
#[track_caller]
fn nothing_is_lost(world: &World, file: &str, edits: usize, seed: u64) {
    let (credentials, config) = (world.credentials(), world.read(CONFIG));
    for lost in [
        !credentials.contains(&world.key_lines()),
        !credentials.contains("[other]\n"),
        !credentials.contains("# the user's own\n"),
        !config.contains("[profile other]\n"),
        !config.contains("# the user's own\n"),
        !config.contains("endpoint_url"),
        !world.read(file).contains(&format!("\ncounter = {edits}\n")),
    ] {
        assert!(
            !lost,
            "seed {seed}, {edits} edits of {file}: {config}\n{}",
            credentials.replace(&world.key_lines(), "KEY\n")
        );
    }
}

/// Logs in to one new session profile after another until the writer has ended.
fn logins_until(world: &World, mut ended: impl FnMut() -> bool) -> usize {
    let mut logins = 0;
    while !ended() {
        logins += 1;
        let profile = format!("s{logins}");
        let ran = world.run(&["login", "--session-profile", &profile]);
        // A file that is written to all the time is left alone, with an error.
        let gave_up = ["another program is writing to", "is missing now"];
        let gave_up = ran.code == 1 && gave_up.iter().any(|words| ran.stderr.contains(words));
        assert!(ran.code == 0 || gave_up, "{}", ran.stderr);
        // The writer may be in the middle of a write; only what is still missing afterwards is lost.
        eventually("the key and the other section are there", || {
            let text = world.credentials();
            text.contains(&world.key_lines()) && text.contains("[other]\n")
        });
    }
    logins
}

fn logins_beside(file: &str, manner: Manner, edits: usize) {
    let world = world();
    let mut chance = Chance::new();
    let seed = chance.seed;
    let path = world.path(file);
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for n in 1..=edits {
                edit(&path, n, manner, &mut chance);
                std::thread::sleep(chance.pause(20));
            }
            done.store(true, Ordering::SeqCst);
        });
        logins_until(&world, || done.load(Ordering::SeqCst));
    });
    nothing_is_lost(&world, file, edits, seed);
    // A session profile that was overwritten is restored without another code.
    world.run(&["login"]).exits(0);
    assert!(world.credentials().contains("[default-mfa]\n"));
    assert_eq!(world.count("sts:GetSessionToken"), 1);
    assert_eq!(world.leftovers(), Vec::<String>::new(), "seed {seed}");
    nothing_is_lost(&world, file, edits, seed);
}

#[test]
fn a_few_logins_beside_a_fast_writer_of_the_credentials_file() {
    logins_beside(CREDENTIALS, Manner::Fast, 150);
}

#[test]
fn a_few_logins_beside_a_fast_writer_of_the_config_file() {
    logins_beside(CONFIG, Manner::Fast, 150);
}

/// Logs in with a code and logs out in each round, while another program writes.
fn logouts_beside_a_fast_writer(rounds: usize) {
    let mut world = world();
    let path = world.path(CREDENTIALS);
    let mut edits = 0;
    for _ in 0..rounds {
        world.later(181);
        let mut chance = Chance::new();
        let seed = chance.seed;
        std::thread::scope(|threads| {
            threads.spawn(|| {
                for _ in 0..60 {
                    edits += 1;
                    edit(&path, edits, Manner::Fast, &mut chance);
                    std::thread::sleep(chance.pause(10));
                }
            });
            let code = world.code();
            let login = world.run(&["login", "--force", "--token-code", &code]);
            let logout = world.run(&["logout"]);
            for ran in [login, logout] {
                let gave_up = ran.code == 1 && ran.stderr.contains("another program is writing");
                assert!(ran.code == 0 || gave_up, "seed {seed}: {}", ran.stderr);
            }
        });
        nothing_is_lost(&world, CREDENTIALS, edits, seed);
    }
    world.run(&["logout", "--all"]).exits(0);
    assert!(!world.credentials().contains("ASIA"));
    world.has_nothing_left_behind("after the logouts");
}

#[test]
fn a_few_logouts_beside_a_fast_writer() {
    logouts_beside_a_fast_writer(2);
}

#[test]
#[ignore = "takes minutes"]
fn many_logouts_beside_a_fast_writer() {
    logouts_beside_a_fast_writer(40);
}

#[test]
fn a_few_logins_beside_a_slow_writer() {
    logins_beside(CREDENTIALS, Manner::Slow, 4);
    logins_beside(CONFIG, Manner::Slow, 4);
}

#[test]
#[ignore = "takes minutes"]
fn logins_beside_a_fast_writer_of_the_credentials_file() {
    logins_beside(CREDENTIALS, Manner::Fast, 10_000);
}

#[test]
#[ignore = "takes minutes"]
fn logins_beside_a_fast_writer_of_the_config_file() {
    logins_beside(CONFIG, Manner::Fast, 10_000);
}

#[test]
#[ignore = "takes minutes"]
fn logins_beside_a_slow_writer() {
    logins_beside(CREDENTIALS, Manner::Slow, 120);
    logins_beside(CONFIG, Manner::Slow, 120);
}

#[test]
#[ignore = "needs the AWS CLI's code for MFA_SESSION_TEST_PYTHON"]
fn logins_beside_the_aws_clis_own_writer() {
    const EDITS: usize = 3_000;
    let Some(python) = std::env::var_os("MFA_SESSION_TEST_PYTHON").map(PathBuf::from) else {
        return crate::common::skip("MFA_SESSION_TEST_PYTHON names no Python");
    };
    let world = world();
    let script = world.root().join("writer.py");
    fs::write(
        &script,
        "import random, sys, time\n\
         from awscli.customizations.configure.writer import ConfigFileWriter\n\
         writer = ConfigFileWriter()\n\
         for n in range(1, int(sys.argv[2]) + 1):\n\
         \x20   writer.update_config({'__section__': 'other', 'counter': str(n)}, sys.argv[1])\n\
         \x20   time.sleep(random.random() * 0.02)\n",
    )
    .unwrap();
    let mut child = world
        .command(python.to_str().unwrap())
        .arg(&script)
        .arg(world.path(CREDENTIALS))
        .arg(EDITS.to_string())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    logins_until(&world, || child.try_wait().unwrap().is_some());
    assert!(child.wait().unwrap().success());
    nothing_is_lost(&world, CREDENTIALS, EDITS, 0);
    world.run(&["login"]).exits(0);
    nothing_is_lost(&world, CREDENTIALS, EDITS, 0);
    assert_eq!(world.leftovers(), Vec::<String>::new());
}

fn readers_beside(file: &str, edits: usize) {
    let world = world();
    let mut chance = Chance::new();
    let seed = chance.seed;
    let path = world.path(file);
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for n in 1..=edits {
                edit(&path, n, Manner::Fast, &mut chance);
                std::thread::sleep(chance.pause(3));
            }
            done.store(true, Ordering::SeqCst);
        });
        while !done.load(Ordering::SeqCst) {
            for arguments in [
                &["credential-process", "--profile", "default"][..],
                &["status", "--profile", "default"],
            ] {
                let ran = world.run(arguments);
                assert_eq!(ran.code, 0, "seed {seed}, {arguments:?}: {}", ran.stderr);
            }
        }
    });
}

#[test]
fn a_few_readers_beside_a_busy_writer() {
    readers_beside(CREDENTIALS, 500);
    readers_beside(CONFIG, 500);
}

#[test]
#[ignore = "takes minutes"]
fn readers_beside_a_busy_writer() {
    readers_beside(CREDENTIALS, 10_000);
    readers_beside(CONFIG, 10_000);
}
