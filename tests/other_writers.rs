//! Beside programs that rewrite a shared file in place: nothing of theirs is lost, and nothing is judged by half a file.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::time::Duration;

use crate::common::World;

const SHARED_FILES: [&str; 2] = [".aws/config", ".aws/credentials"];

/// A session profile that is in the config file already, so that both files are written to by the one that is truncated.
fn world() -> World {
    let world = World::new();
    world.add_config("[profile other]\nregion = eu-west-1\n");
    world.write_credentials(&format!("{}[other]\nx = y\n", world.credentials()));
    world
}

/// A shell command that truncates a shared file, pauses, and writes it again with a section of its own. It goes on in the
/// background while the program runs.
fn slow_writer(world: &World, file: &str, pause: &str) -> String {
    let text = format!("{}[theirs]\nregion = eu-north-1\n", world.read(file));
    let copy = world.root().join("rewritten");
    fs::write(&copy, text).unwrap();
    let path = world.path(file);
    world.script(
        "slow-writer",
        &format!(
            "[ -e truncated ] && exit\ntouch truncated\n{{ sleep {pause}; cat {}; }} >{} 2>/dev/null &\nsleep 0.1",
            copy.display(),
            path.display()
        ),
    )
}

/// Logs in while another program rewrites a file, from the moment at which the session is in the cache.
fn log_in_beside(world: &mut World, writer: &str, other_steps: &str) -> crate::common::Ran {
    world.set(
        "MFA_SESSION_TEST_STEP",
        format!("{other_steps}private.folder=run:{writer}"),
    );
    let code = world.code();
    let ran = world.run(&["login", "--token-code", &code]);
    world.unset("MFA_SESSION_TEST_STEP");
    ran
}

/// With leases, and as on a system without them.
const SYSTEMS: [&str; 2] = ["", "lease=eio;"];

#[test]
fn a_login_waits_for_a_program_that_has_truncated_a_shared_file() {
    for (file, system) in SHARED_FILES.iter().flat_map(|f| SYSTEMS.map(|s| (*f, s))) {
        let mut world = world();
        let writer = slow_writer(&world, file, "0.4");
        log_in_beside(&mut world, &writer, system).exits(0);
        let text = world.read(file);
        assert!(
            text.contains("[theirs]\nregion = eu-north-1\n"),
            "{file}: {text}"
        );
        let credentials = world.credentials();
        assert!(credentials.contains(&world.key_lines()), "{file}");
        assert!(credentials.contains("[other]\nx = y\n"), "{file}");
        assert!(credentials.contains("[default-mfa]\n"), "{file}");
        assert!(world.read(".aws/config").contains("[profile other]\n"));
        assert_eq!(world.leftovers(), Vec::<String>::new());
    }
}

#[test]
fn a_file_that_has_lost_a_section_is_left_alone() {
    for (lost, what) in [
        ("[other]\nx = y\n", "the section `other`"),
        ("x = y\n", "the key `x` of the section `other`"),
    ] {
        let mut world = world();
        world.set("MFA_SESSION_TEST_PATIENCE", "300");
        let damaged = world.credentials().replace(lost, "");
        let copy = world.root().join("damaged");
        fs::write(&copy, &damaged).unwrap();
        let (copy, path) = (copy.display(), world.path(".aws/credentials"));
        let writer = world.script("damage", &format!("cat {copy} >{}", path.display()));
        log_in_beside(&mut world, &writer, "")
            .exits(1)
            .says(&format!(
                "{what} was there when this command started, and is missing now"
            ))
            .says("The session is in the cache");
        assert_eq!(world.credentials(), damaged);
        assert_eq!(world.leftovers(), Vec::<String>::new());
        // The next login takes the file as it finds it, and needs no code.
        world.run(&["login"]).exits(0);
        assert!(world.credentials().starts_with(&damaged));
        assert!(world.credentials().contains("[default-mfa]\n"));
    }
}

#[test]
fn an_emptied_file_is_never_filled_with_a_session_alone() {
    for (file, system) in SHARED_FILES.iter().flat_map(|f| SYSTEMS.map(|s| (*f, s))) {
        let mut world = world();
        world.set("MFA_SESSION_TEST_PATIENCE", "300");
        let path = world.path(file);
        let writer = world.script("empty", &format!(": >{}", path.display()));
        let ran = log_in_beside(&mut world, &writer, system);
        assert_eq!(ran.code, 1, "{file}: {}", ran.stderr);
        assert_eq!(world.read(file), "", "{file}");
        assert!(world.record_path().exists());
    }
}

#[test]
fn a_file_that_is_held_open_for_writing_is_left_alone() {
    let mut world = world();
    let before = world.credentials();
    world.set("MFA_SESSION_TEST_PATIENCE", "300");
    let path = world.path(".aws/credentials");
    let holder = OpenOptions::new().append(true).open(&path).unwrap();
    let code = world.code();
    world
        .run(&["login", "--token-code", &code])
        .exits(1)
        .says("another program is writing to")
        .says("fuser -v")
        .says("The session is in the cache");
    assert_eq!(world.credentials(), before);
    drop(holder);
    world.run(&["login"]).exits(0);
    assert!(world.credentials().contains("[default-mfa]\n"));
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn a_logout_waits_for_a_program_that_has_truncated_the_credentials_file() {
    for system in SYSTEMS {
        let mut world = world();
        world.log_in();
        let file = ".aws/credentials";
        let writer = slow_writer(&world, file, "0.4");
        world.set(
            "MFA_SESSION_TEST_STEP",
            format!("{system}atomic.create=run:{writer}"),
        );
        world.run(&["logout"]).exits(0);
        let text = world.read(file);
        assert!(
            text.contains("[theirs]\n") && text.contains(&world.key_lines()),
            "{text}"
        );
        assert!(!text.contains("[default-mfa]"), "{text}");
    }
}

/// Truncates a shared file and writes it again a while later, with a program running in between.
fn while_rewritten<T>(
    world: &World,
    file: &str,
    open_meanwhile: bool,
    run: impl FnOnce() -> T,
) -> T {
    let path = world.path(file);
    let text = world.read(file);
    let empty = || OpenOptions::new().write(true).truncate(true).open(&path);
    let held = empty().unwrap();
    let held = open_meanwhile.then_some(held);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            std::thread::sleep(Duration::from_millis(200));
            let mut file = held.unwrap_or_else(|| empty().unwrap());
            file.write_all(text.as_bytes()).unwrap();
        });
        run()
    })
}

#[test]
fn a_reader_looks_again_while_a_file_is_being_rewritten() {
    for file in SHARED_FILES {
        for open_meanwhile in [true, false] {
            let world = world();
            world.log_in();
            let hook = || world.run(&["credential-process", "--profile", "default"]);
            let ran = while_rewritten(&world, file, open_meanwhile, hook).exits(0);
            assert!(ran.stdout.contains("\"SessionToken\""), "{file}");
            assert_eq!(ran.stderr, "");
            for command in [
                &["exec", "--", "true"][..],
                &["env", "--profile", "default"],
                &["status", "--profile", "default"],
                &["status"],
                &["login"],
            ] {
                let ran = while_rewritten(&world, file, open_meanwhile, || world.run(command));
                assert_eq!(ran.code, 0, "{file} {command:?}: {}", ran.stderr);
                assert!(!ran.stdout.contains("does not hold it"), "{}", ran.stdout);
            }
            assert_eq!(world.count("sts:GetSessionToken"), 1);
        }
    }
}

#[test]
fn a_logout_finds_the_session_that_half_a_file_hides() {
    for command in [&["logout"][..], &["logout", "--all"]] {
        let world = world();
        world.log_in();
        let logout = || world.run(command);
        while_rewritten(&world, ".aws/credentials", true, logout)
            .exits(0)
            .says("Profile default-mfa holds no session any more.");
        assert!(!world.credentials().contains("[default-mfa]"));
        assert!(world.credentials().contains(&world.key_lines()));
    }
}

#[test]
fn a_profile_that_is_not_there_is_said_once_the_files_are_at_rest() {
    let world = world();
    let hook = || world.run(&["credential-process", "--profile", "nobody"]);
    while_rewritten(&world, ".aws/credentials", true, hook)
        .exits(1)
        .says("no profile `nobody`");
}
