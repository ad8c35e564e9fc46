//! The same in processes of their own, which are killed, failed and interfered with at every step.

use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, Output};

use super::*;

const STEPS: [&str; 13] = [
    "atomic.create",
    "atomic.read",
    "atomic.write",
    "atomic.half",
    "atomic.mode",
    "atomic.sync",
    "atomic.compare",
    "atomic.stage",
    "atomic.swap",
    "atomic.displaced",
    "atomic.folder",
    "atomic.discard",
    "atomic.done",
];

#[expect(
    clippy::disallowed_methods,
    reason = "how a test talks to itself in another process"
)]
fn told(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

/// What the tests here run in a process of its own. It fails as the write does.
#[test]
#[ignore = "run by the other tests as a child process"]
fn child() {
    let (Some(target), Some(locks)) = (told("TARGET"), told("LOCKS")) else {
        return;
    };
    if told("CHECK").is_some() {
        check_replaceable(&target).unwrap();
    } else {
        let locks = Locks::new(locks, Owners::new(None));
        let done = append(&target, &locks, "ours\n").unwrap();
        for note in done.notes {
            writeln!(std::io::stderr(), "note: {note}").unwrap();
        }
    }
}

/// The child under a command, e.g. in a mount namespace of its own.
fn child_under(command: &mut Command, fixture: &Fixture, steps: &str) -> Command {
    let mut child = std::mem::replace(command, Command::new("false"));
    child
        .args(["--exact", "--ignored", "--nocapture"])
        .arg("storage::atomic_file::tests::torture::child")
        .env("TARGET", &fixture.target)
        .env("LOCKS", fixture.at("locks"))
        .env("MFA_SESSION_TEST_PATIENCE", "2000")
        .env("MFA_SESSION_TEST_STEP", steps);
    child
}

fn run(fixture: &Fixture, steps: &str) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    child_under(&mut command, fixture, steps).output().unwrap()
}

fn talk(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A foreign command that runs once, at a step that may come again.
fn once(fixture: &Fixture, step: &str, command: &str) -> String {
    let marker = fixture.at(&format!("once-{step}"));
    let (marker, target) = (marker.display(), fixture.target.display());
    format!("{step}=run:test -e {marker} || {{ touch {marker}, T={target}, {command}, }}")
        .replace(", ", "\n")
}

/// The systems that the steps are gone through on: names can be exchanged, or not.
const SYSTEMS: [&str; 2] = ["", "atomic.exchange=eio;atomic.new=eio;"];

#[test]
fn killed_at_any_step_it_has_written_all_or_nothing() {
    for (system, old) in SYSTEMS.iter().flat_map(|s| [(s, Some(OLD)), (s, None)]) {
        for step in STEPS {
            let fixture = old.map_or_else(Fixture::empty, Fixture::with);
            let killed = run(&fixture, &format!("{system}{step}=kill"));
            let was_killed = killed.status.signal() == Some(9);
            assert!(
                was_killed || killed.status.success(),
                "{step}: {}",
                talk(&killed)
            );
            let old = old.unwrap_or_default();
            let new = format!("{old}ours\n");
            let now = fs::read_to_string(&fixture.target).unwrap_or_default();
            assert!(now == old || now == new, "{step}: {now:?}");
            if !was_killed {
                assert_eq!(now, new, "{step}");
            }
            // The next one finds nothing in its way and leaves nothing of the dead.
            let next = fixture.append("next\n").unwrap();
            assert_eq!(next, CHANGED, "{step}");
            assert_eq!(fixture.text(), format!("{now}next\n"), "{step}");
            assert!(
                fixture.others().is_empty(),
                "{step}: {:?}",
                fixture.others()
            );
            assert_eq!(mode(&fixture.target), 0o600, "{step}");
        }
    }
}

#[test]
fn failed_at_any_step_it_has_changed_nothing() {
    for (system, old) in SYSTEMS.iter().flat_map(|s| [(s, Some(OLD)), (s, None)]) {
        for step in STEPS {
            let fixture = old.map_or_else(Fixture::empty, Fixture::with);
            if old.is_some() {
                chmod(&fixture.target, 0o644);
            }
            let inode = |path: &Path| {
                fs::metadata(path)
                    .map(|found| (found.ino(), found.mode()))
                    .ok()
            };
            let before = inode(&fixture.target);
            let failed = run(&fixture, &format!("{system}{step}=enospc"));
            let now = fs::read_to_string(&fixture.target).ok();
            if failed.status.success() {
                let expected = format!("{}ours\n", old.unwrap_or_default());
                assert_eq!(now.as_deref(), Some(expected.as_str()), "{step}");
            } else {
                assert_eq!(now.as_deref(), old, "{step}: {}", talk(&failed));
                assert_eq!(inode(&fixture.target), before, "{step}");
                assert!(
                    fixture.others().is_empty(),
                    "{step}: {:?}",
                    fixture.others()
                );
            }
            fixture.append("next\n").unwrap();
            assert!(
                fixture.others().is_empty(),
                "{step}: {:?}",
                fixture.others()
            );
        }
    }
}

#[test]
fn steps_up_to_the_swap_fail_the_write() {
    // Without this the test before could pass with steps that do not exist.
    for step in &STEPS[..11] {
        let fixture = Fixture::with(OLD);
        let failed = run(&fixture, &format!("{step}=enospc"));
        assert!(!failed.status.success(), "{step}");
        assert!(
            talk(&failed).contains("StorageFull"),
            "{step}: {}",
            talk(&failed)
        );
    }
    for step in STEPS {
        let fixture = Fixture::with(OLD);
        let killed = run(&fixture, &format!("{step}=kill"));
        assert_eq!(killed.status.signal(), Some(9), "{step}");
    }
}

#[test]
fn what_another_program_writes_meanwhile_is_kept() {
    let in_place = r#"printf 'theirs\n' >> "$T""#;
    let truncating = r#"{ cat "$T" && echo theirs
} > "$T.x" && cat "$T.x" > "$T" && rm "$T.x""#;
    let renaming = r#"{ cat "$T" && echo theirs
} > "$T.x" && chmod 600 "$T.x" && mv "$T.x" "$T""#;
    for command in [in_place, truncating, renaming] {
        for step in [
            "atomic.read",
            "atomic.write",
            "atomic.sync",
            "atomic.compare",
            "atomic.stage",
            "atomic.swap",
        ] {
            let fixture = Fixture::with(OLD);
            let output = run(&fixture, &once(&fixture, step, command));
            assert!(
                output.status.success(),
                "{step} {command}: {}",
                talk(&output)
            );
            assert_eq!(
                fixture.text(),
                format!("{OLD}theirs\nours\n"),
                "{step} {command}"
            );
            assert!(
                fixture.others().is_empty(),
                "{step}: {:?}",
                fixture.others()
            );
        }
    }
}

#[test]
fn a_file_that_another_program_makes_meanwhile_is_not_overwritten() {
    for system in SYSTEMS {
        for step in ["atomic.write", "atomic.compare", "atomic.swap"] {
            let fixture = Fixture::empty();
            let foreign = once(&fixture, step, r#"echo theirs > "$T" && chmod 600 "$T""#);
            let output = run(&fixture, &format!("{system}{foreign}"));
            assert!(output.status.success(), "{step}: {}", talk(&output));
            assert_eq!(fixture.text(), "theirs\nours\n", "{step}");
            assert!(
                fixture.others().is_empty(),
                "{step}: {:?}",
                fixture.others()
            );
        }
    }
}

#[test]
fn a_file_that_is_removed_meanwhile_is_made_anew() {
    for step in ["atomic.write", "atomic.compare", "atomic.swap"] {
        let fixture = Fixture::with(OLD);
        let output = run(&fixture, &once(&fixture, step, r#"rm "$T""#));
        assert!(output.status.success(), "{step}: {}", talk(&output));
        assert_eq!(fixture.text(), "ours\n", "{step}");
        assert!(
            fixture.others().is_empty(),
            "{step}: {:?}",
            fixture.others()
        );
    }
}

#[test]
fn two_others_at_the_worst_moments_lose_nothing_either() {
    // Time stamps move in steps of some milliseconds, so that both writers may leave the same one.
    for stamp in ["", r#" && touch -d @1700000000 "$T""#] {
        two_others(stamp);
    }
}

fn two_others(stamp: &str) {
    // One writes just before the exchange, one into our version just after it.
    let fixture = Fixture::with(OLD);
    let append = |text: &str| format!(r#"echo {text} >> "$T"{stamp}"#);
    let first = once(&fixture, "atomic.swap", &append("first"));
    let second = once(&fixture, "atomic.displaced", &append("second"));
    let output = run(&fixture, &format!("{first};{second}"));
    assert!(output.status.success(), "{}", talk(&output));
    // The later one keeps the name, as it would have without us, and gets our line as well; the other one is set aside.
    assert_eq!(fixture.text(), format!("{OLD}ours\nsecond\nours\n"));
    let kept = fixture.others();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(
        kept[0].starts_with("credentials.mfa-session-kept-"),
        "{kept:?}"
    );
    assert!(
        talk(&output).contains("its version is kept in"),
        "{}",
        talk(&output)
    );
    let kept = fs::read_to_string(fixture.at("aws").join(&kept[0])).unwrap();
    assert_eq!(kept, format!("{OLD}first\n"));
}

/// A program that truncates the file at a step and writes it 300 ms later, in place, with what it had read.
fn slow_writer(fixture: &Fixture, step: &str) -> String {
    let write = r#"old=$(cat "$T"), { sleep 0.3, printf '%s\ntheirs\n' "$old", } > "$T" 2>/dev/null & sleep 0.1"#;
    once(fixture, step, write)
}

#[test]
fn a_writer_that_pauses_after_truncating_the_file_loses_nothing() {
    for system in SYSTEMS {
        for step in [
            "atomic.create",
            "atomic.read",
            "atomic.half",
            "atomic.compare",
            "atomic.swap",
        ] {
            let fixture = Fixture::with(OLD);
            let output = run(
                &fixture,
                &format!("{system}{}", slow_writer(&fixture, step)),
            );
            assert!(output.status.success(), "{step}: {}", talk(&output));
            let old = OLD.trim_end_matches('\n');
            assert_eq!(fixture.text(), format!("{old}\ntheirs\nours\n"), "{step}");
            assert!(
                fixture.others().is_empty(),
                "{step}: {:?}",
                fixture.others()
            );
        }
    }
}

#[test]
fn a_writer_of_our_version_is_waited_for_when_the_old_one_comes_back() {
    // One has changed the old file, so that it must come back; another one has our version open, and writes later.
    let fixture = Fixture::with(OLD);
    let first = once(&fixture, "atomic.swap", r#"echo first >> "$T""#);
    let second = once(
        &fixture,
        "atomic.displaced",
        r#"{ sleep 0.3, echo second, } >> "$T" 2>/dev/null & sleep 0.1"#,
    );
    let output = run(&fixture, &format!("{first};{second}"));
    assert!(output.status.success(), "{}", talk(&output));
    let kept = fixture.others();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let kept = fs::read_to_string(fixture.at("aws").join(&kept[0])).unwrap();
    assert_eq!(kept, format!("{OLD}first\n"));
    assert_eq!(fixture.text(), format!("{OLD}ours\nsecond\nours\n"));
}

#[test]
fn a_file_that_stays_open_for_writing_is_left_alone() {
    let fixture = Fixture::with(OLD);
    let holder = fs::OpenOptions::new()
        .append(true)
        .open(&fixture.target)
        .unwrap();
    let output = run(&fixture, "");
    assert!(talk(&output).contains("NeverAtRest"), "{}", talk(&output));
    assert_eq!(fixture.text(), OLD);
    assert!(fixture.others().is_empty());
    drop(holder);
    assert!(run(&fixture, "").status.success());
}

#[test]
fn an_incomplete_file_is_read_again_until_it_is_complete() {
    let fixture = Fixture::with("half");
    let target = Target::resolve(&fixture.target).unwrap();
    let mut seen = Vec::new();
    let done = replace(&target, None, &mut |old| {
        seen.push(old.to_vec());
        if old != b"whole" {
            // Another program finishes its work.
            put(&fixture.target, "whole");
            return Ok(Edited::Incomplete("incomplete"));
        }
        Ok(Edited::To(b"new".to_vec().into()))
    });
    assert!(done.unwrap().changed);
    assert_eq!(seen, [b"half".to_vec(), b"whole".to_vec()]);
    assert_eq!(fixture.text(), "new");
}

#[test]
fn leftovers_that_somebody_still_writes_to_are_not_swept() {
    let fixture = Fixture::with(OLD);
    let foreign = once(&fixture, "atomic.swap", r#"echo theirs >> "$T""#);
    let output = run(&fixture, &format!("{foreign};atomic.displaced=kill"));
    assert_eq!(output.status.signal(), Some(9));
    let staged = fixture.others();
    let path = fixture.at("aws").join(&staged[0]);
    // What it holds now could go, but its writer has not finished.
    put(&path, OLD);
    let writer = fs::OpenOptions::new().append(true).open(&path).unwrap();
    assert_eq!(fixture.append("next\n").unwrap(), CHANGED);
    assert_eq!(fixture.others(), staged);
    drop(writer);
    assert_eq!(fixture.append("again\n").unwrap(), CHANGED);
    assert!(fixture.others().is_empty());
}

#[test]
fn killed_before_it_saw_what_it_displaced_nothing_is_lost() {
    let fixture = Fixture::with(OLD);
    let foreign = once(&fixture, "atomic.swap", r#"echo theirs >> "$T""#);
    let output = run(&fixture, &format!("{foreign};atomic.displaced=kill"));
    assert_eq!(output.status.signal(), Some(9));
    assert_eq!(fixture.text(), format!("{OLD}ours\n"));
    let notes = fixture.append("next\n").unwrap().notes;
    assert!(
        matches!(notes.as_slice(), [Note::Rescued { .. }]),
        "{notes:?}"
    );
    let kept = fixture.others();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let kept = fs::read_to_string(fixture.at("aws").join(&kept[0])).unwrap();
    assert_eq!(kept, format!("{OLD}theirs\n"));
    // And it stays, without being told again.
    assert_eq!(fixture.append("again\n").unwrap(), CHANGED);
    assert_eq!(fixture.others().len(), 1);
}

#[test]
fn a_file_that_never_rests_is_an_error() {
    let fixture = Fixture::with(OLD);
    let step = format!("atomic.compare=run:echo x >> {}", fixture.target.display());
    let output = run(&fixture, &step);
    assert!(talk(&output).contains("NeverAtRest"), "{}", talk(&output));
    assert!(!fixture.text().contains("ours"));
    assert!(fixture.others().is_empty());
}

/// The child in a mount namespace of its own, after a command of the shell; `None` where that is not allowed.
fn mounted(fixture: &Fixture, prepare: &str, check: bool) -> Option<Output> {
    let possible = Command::new("unshare")
        .args(["-m", "sh", "-c", "mount -t tmpfs none /mnt"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !possible {
        writeln!(std::io::stderr(), "skipped: nothing can be mounted here").unwrap();
        return None;
    }
    let mut shell = Command::new("unshare");
    shell
        .args(["-m", "sh", "-c"])
        .arg(format!("{prepare} && exec \"$0\" \"$@\""))
        .arg(std::env::current_exe().unwrap());
    let mut child = child_under(&mut shell, fixture, "");
    child
        .env("A", fixture.at("a"))
        .env("AWS", fixture.at("aws"));
    if check {
        child.env("CHECK", "1");
    }
    Some(child.output().unwrap())
}

#[test]
fn a_mounted_file_is_refused() {
    for check in [true, false] {
        let fixture = Fixture::with(OLD);
        put(&fixture.at("a"), "mounted");
        let Some(output) = mounted(&fixture, r#"mount --bind "$A" "$TARGET""#, check) else {
            return;
        };
        assert!(talk(&output).contains("MountPoint"), "{}", talk(&output));
        assert_eq!(fs::read_to_string(fixture.at("a")).unwrap(), "mounted");
        assert!(fixture.others().is_empty());
    }
}

#[test]
fn a_file_in_a_mounted_folder_is_not() {
    let fixture = Fixture::with(OLD);
    let mount =
        r#"mkdir "$A" && mount --bind "$A" "$AWS" && echo old > "$TARGET" && chmod 600 "$TARGET""#;
    let Some(output) = mounted(&fixture, mount, false) else {
        return;
    };
    assert!(output.status.success(), "{}", talk(&output));
    assert_eq!(
        fs::read_to_string(fixture.at("a/credentials")).unwrap(),
        "old\nours\n"
    );
}

#[test]
fn a_read_only_file_system_is_found_by_the_check() {
    for check in [true, false] {
        let fixture = Fixture::with(OLD);
        let mount = r#"mount --bind "$AWS" "$AWS" && mount -o remount,bind,ro "$AWS""#;
        let Some(output) = mounted(&fixture, mount, check) else {
            return;
        };
        assert!(
            talk(&output).contains("ReadOnlyFilesystem"),
            "{}",
            talk(&output)
        );
        assert_eq!(fixture.text(), OLD);
    }
}

#[test]
fn a_folder_that_cannot_be_created_is_found_by_the_check() {
    let mut fixture = Fixture::empty();
    fixture.target = fixture.at("aws/new/credentials");
    let mount = r#"mount --bind "$AWS" "$AWS" && mount -o remount,bind,ro "$AWS""#;
    let Some(output) = mounted(&fixture, mount, true) else {
        return;
    };
    assert!(
        talk(&output).contains("ReadOnlyFilesystem"),
        "{}",
        talk(&output)
    );
    let in_a_file = check_replaceable(&fixture.at("aws/credentials/x"));
    put(&fixture.at("aws/credentials"), OLD);
    let below_a_file = check_replaceable(&fixture.at("aws/credentials/x/y"));
    assert!(in_a_file.is_ok(), "{in_a_file:?}");
    assert!(below_a_file.is_err());
}

#[test]
fn a_full_disk_is_found_by_the_check_and_changes_nothing() {
    for check in [true, false] {
        let fixture = Fixture::empty();
        // One page is left, which the new contents do not fit in.
        let mount = r#"mount -t tmpfs -o size=64k none "$AWS" && head -c 20000 /dev/zero > "$TARGET" \
            && chmod 600 "$TARGET" && { cat /dev/zero > "$AWS/filler" 2>/dev/null || true
            } && truncate -s -4096 "$AWS/filler" && mkdir "$A" && trap 'cp -a "$AWS/." "$A"' EXIT && "$0" "$@" \
            && exit 0 || exit 1
            "#;
        let Some(output) = mounted(&fixture, mount, check) else {
            return;
        };
        assert!(talk(&output).contains("StorageFull"), "{}", talk(&output));
        assert_eq!(
            fs::read(fixture.at("a/credentials")).unwrap(),
            vec![0; 20000]
        );
        assert_eq!(fs::read_dir(fixture.at("a")).unwrap().count(), 2);
    }
}

#[test]
fn missing_permission_is_found_by_the_check() {
    if !is_root() {
        return;
    }
    let fixture = Fixture::with(OLD);
    let own = |path: &Path| std::os::unix::fs::chown(path, Some(1000), Some(1000)).unwrap();
    chmod(fixture.home.path(), 0o755);
    own(&fixture.target);
    own(&fixture.at("aws"));
    let check = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.uid(1000).gid(1000).env("CHECK", "1");
        child_under(&mut command, &fixture, "")
            .output()
            .map(|output| talk(&output))
    };
    let Ok(fine) = check() else {
        writeln!(
            std::io::stderr(),
            "skipped: another user cannot run this test"
        )
        .unwrap();
        return;
    };
    assert!(!fine.contains("Err"), "{fine}");
    chmod(&fixture.at("aws"), 0o500);
    let read_only = check().unwrap();
    assert!(read_only.contains("Folder {"), "{read_only}");
    chmod(&fixture.at("aws"), 0o700);
    chmod(&fixture.target, 0o000);
    let unreadable = check().unwrap();
    assert!(unreadable.contains("doing: \"read\""), "{unreadable}");
    chmod(&fixture.target, 0o600);
    std::os::unix::fs::chown(&fixture.target, Some(0), Some(0)).unwrap();
    chmod(&fixture.target, 0o666);
    let foreign = check().unwrap();
    assert!(foreign.contains("ForeignOwner"), "{foreign}");
}
