//! The clauses of a replacement, one by one; `torture` kills, fails and interferes.

mod torture;

use std::convert::Infallible;
use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::storage::lock::{Locks, Waited};
use crate::storage::permissions::Owners;
use crate::storage::platform;

const OLD: &str = "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n# a comment\r\n";

pub(super) fn put(path: &Path, text: &str) {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

pub(super) fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

pub(super) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

pub(super) fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        // Said where a test can be skipped, since `cargo test` shows no other word of it.
        writeln!(
            std::io::stderr(),
            "skipped: it takes root to make another user's file"
        )
        .unwrap();
    }
    root
}

/// A folder with a target and, elsewhere, its locks.
pub(super) struct Fixture {
    home: TempDir,
    pub(super) target: PathBuf,
}

impl Fixture {
    fn empty() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("aws")).unwrap();
        let target = home.path().join("aws/credentials");
        Self { home, target }
    }

    fn with(text: &str) -> Self {
        let fixture = Self::empty();
        put(&fixture.target, text);
        chmod(&fixture.target, 0o600);
        fixture
    }

    fn at(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn locks(&self) -> Locks {
        Locks::new(self.at("locks"), Owners::new(None))
    }

    fn append(&self, line: &str) -> Result<Replaced, WriteError> {
        append(&self.target, &self.locks(), line)
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.target).unwrap()
    }

    /// Everything in the target's folder but the target.
    fn others(&self) -> Vec<String> {
        let folder = self.target.parent().unwrap();
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| Some(name.as_ref()) != self.target.file_name())
            .collect();
        names.sort();
        names
    }
}

/// Appends a line, under the lock.
pub(super) fn append(path: &Path, locks: &Locks, line: &str) -> Result<Replaced, WriteError> {
    let target = Target::resolve(path)?;
    let waited = locks
        .of_file(target.path())
        .acquire(&mut || ControlFlow::<()>::Continue(()));
    let Ok(Waited::Held(lock)) = waited else {
        panic!("no lock: {waited:?}");
    };
    let result = replace(&target, Some(&lock), &mut |old| {
        let mut new = old.to_vec();
        new.extend_from_slice(line.as_bytes());
        Ok::<_, Infallible>(Edited::To(new.into()))
    });
    result.map_err(|e| match e {
        ReplaceError::Write(e) => e,
        ReplaceError::Edit(never) => match never {},
    })
}

const CHANGED: Replaced = Replaced {
    changed: true,
    notes: Vec::new(),
};

#[test]
fn a_file_gets_a_successor_with_its_mode_and_group() {
    let fixture = Fixture::with(OLD);
    let before = fs::metadata(&fixture.target).unwrap();
    assert_eq!(fixture.append("x\n").unwrap(), CHANGED);
    assert_eq!(fixture.text(), format!("{OLD}x\n"));
    let after = fs::metadata(&fixture.target).unwrap();
    assert_ne!(before.ino(), after.ino());
    assert_eq!(
        (before.mode(), before.gid(), before.uid()),
        (after.mode(), after.gid(), after.uid())
    );
    assert!(fixture.others().is_empty(), "{:?}", fixture.others());
}

#[test]
fn a_missing_file_and_its_folders_are_made_closed_to_others() {
    let mut fixture = Fixture::empty();
    fixture.target = fixture.at("new/home/.aws/credentials");
    check_replaceable(&fixture.target).unwrap();
    assert!(!fixture.at("new").exists(), "a check makes nothing");
    assert_eq!(fixture.append("x\n").unwrap(), CHANGED);
    assert_eq!(fixture.text(), "x\n");
    assert_eq!(mode(&fixture.target), 0o600);
    for folder in ["new", "new/home", "new/home/.aws"] {
        assert_eq!(mode(&fixture.at(folder)), 0o700, "{folder}");
    }
    assert!(fixture.others().is_empty());
}

#[test]
fn an_edit_that_changes_nothing_or_fails_leaves_the_very_file() {
    let fixture = Fixture::with(OLD);
    let inode = fs::metadata(&fixture.target).unwrap().ino();
    let target = Target::resolve(&fixture.target).unwrap();
    let same = replace(&target, None, &mut |old| {
        Ok::<_, Infallible>(Edited::To(old.to_vec().into()))
    });
    assert!(!same.unwrap().changed);
    let none = replace(&target, None, &mut |_| {
        Ok::<_, Infallible>(Edited::Unchanged)
    });
    assert!(!none.unwrap().changed);
    let failed = replace(&target, None, &mut |_| Err("long-term keys"));
    assert!(matches!(failed, Err(ReplaceError::Edit("long-term keys"))));
    assert_eq!(fixture.text(), OLD);
    assert_eq!(fs::metadata(&fixture.target).unwrap().ino(), inode);
    assert!(fixture.others().is_empty());
    // Nothing to write makes no file either.
    let missing = Target::resolve(&fixture.at("aws/config")).unwrap();
    let none = replace(&missing, None, &mut |_| {
        Ok::<_, Infallible>(Edited::Unchanged)
    });
    assert!(!none.unwrap().changed);
    assert!(!fixture.at("aws/config").exists());
}

#[test]
fn without_locks_it_says_so_and_sweeps_nothing() {
    let fixture = Fixture::with(OLD);
    let living = ".credentials.mfa-session-1-0.tmp";
    put(&fixture.at(&format!("aws/{living}")), "half");
    let target = Target::resolve(&fixture.target).unwrap();
    let done = replace(&target, None, &mut |_| {
        Ok::<_, Infallible>(Edited::To(b"n".to_vec().into()))
    })
    .unwrap();
    assert_eq!(done.notes, [Note::Unlocked]);
    assert_eq!(fixture.others(), [living]);
}

#[test]
fn leftovers_of_this_target_alone_are_swept() {
    let fixture = Fixture::with(OLD);
    let foreign = [
        ".config.mfa-session-1-0.tmp",
        ".credentials.tmp",
        "credentials.bak",
    ];
    for name in foreign {
        put(&fixture.at(&format!("aws/{name}")), "");
    }
    let target = Target::resolve(&fixture.target).unwrap();
    assert!(!has_leftovers(&target), "they are another file's");
    put(&fixture.at("aws/.credentials.mfa-session-1-0.tmp"), "half");
    assert!(has_leftovers(&target));
    symlink(
        "credentials",
        fixture.at("aws/.credentials.mfa-session-2-0.tmp"),
    )
    .unwrap();
    fixture.append("x").unwrap();
    assert_eq!(fixture.others(), foreign);
    assert!(!has_leftovers(&target));
    assert_eq!(fixture.text(), format!("{OLD}x"));
}

#[test]
fn links_are_followed_and_stay() {
    let cases: [(&str, &[(&str, &str)]); 4] = [
        ("absolute", &[("aws/link", "/aws/credentials")]),
        ("relative", &[("deep/er/link", "../../aws/credentials")]),
        (
            "a chain through a linked folder",
            &[
                ("folder", "aws"),
                ("deep/one", "../folder/two"),
                ("aws/two", "./credentials"),
            ],
        ),
        ("beside", &[("aws/link", "credentials")]),
    ];
    for (case, links) in cases {
        let fixture = Fixture::with(OLD);
        fs::create_dir_all(fixture.at("deep/er")).unwrap();
        for (link, to) in links {
            let to = match to.strip_prefix('/') {
                Some(rest) => fixture.at(rest),
                None => PathBuf::from(to),
            };
            symlink(to, fixture.at(link)).unwrap();
        }
        let (asked, _) = links.iter().find(|(link, _)| *link != "folder").unwrap();
        let asked = fixture.at(asked);
        let to = fs::read_link(&asked).unwrap();
        check_replaceable(&asked).unwrap();
        append(&asked, &fixture.locks(), "x").unwrap();
        assert_eq!(fs::read_link(&asked).unwrap(), to, "{case}");
        assert_eq!(fixture.text(), format!("{OLD}x"), "{case}");
        let canonical = fs::canonicalize(&fixture.target).unwrap();
        assert_eq!(Target::resolve(&asked).unwrap().path(), canonical, "{case}");
    }
}

#[test]
fn a_link_to_nothing_has_its_target_made() {
    let fixture = Fixture::empty();
    let link = fixture.at("aws/credentials");
    symlink("../dotfiles/aws/creds", &link).unwrap();
    check_replaceable(&link).unwrap();
    fixture.append("x").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let made = fixture.at("dotfiles/aws/creds");
    assert_eq!(fs::read_to_string(&made).unwrap(), "x");
    assert_eq!(mode(&made), 0o600);
}

#[test]
fn links_in_a_circle_are_refused() {
    let fixture = Fixture::empty();
    symlink("b", fixture.at("aws/a")).unwrap();
    symlink("a", fixture.at("aws/b")).unwrap();
    for result in [
        check_replaceable(&fixture.at("aws/a")),
        append(&fixture.at("aws/b"), &fixture.locks(), "x").map(drop),
    ] {
        assert!(
            matches!(result, Err(WriteError::LinkLoop { .. })),
            "{result:?}"
        );
    }
}

#[test]
fn what_everybody_could_read_is_closed_and_said() {
    for (was, now) in [
        (0o644, 0o600),
        (0o664, 0o600),
        (0o666, 0o600),
        (0o604, 0o600),
        (0o755, 0o700),
    ] {
        let fixture = Fixture::with(OLD);
        chmod(&fixture.target, was);
        check_replaceable(&fixture.target).unwrap();
        assert_eq!(mode(&fixture.target), was, "a check changes nothing");
        let path = fs::canonicalize(&fixture.target).unwrap();
        let notes = fixture.append("x").unwrap().notes;
        assert_eq!(notes, [Note::Closed { path, was, now }]);
        assert_eq!(mode(&fixture.target), now);
        assert!(
            notes[0]
                .to_string()
                .contains(&format!("was open to others (mode {was:04o})"))
        );
        // Said once: it is closed now.
        assert_eq!(fixture.append("y").unwrap(), CHANGED);
    }
}

#[test]
fn what_was_shared_with_a_group_stays_shared_with_it() {
    for kept in [0o640, 0o660, 0o600, 0o700] {
        let fixture = Fixture::with(OLD);
        if is_root() {
            std::os::unix::fs::chown(&fixture.target, None, Some(4242)).unwrap();
        }
        chmod(&fixture.target, kept);
        let gid = fs::metadata(&fixture.target).unwrap().gid();
        assert_eq!(fixture.append("x").unwrap(), CHANGED);
        assert_eq!(mode(&fixture.target), kept);
        assert_eq!(fs::metadata(&fixture.target).unwrap().gid(), gid);
    }
}

#[test]
fn another_name_of_the_file_is_told() {
    let fixture = Fixture::with(OLD);
    fs::hard_link(&fixture.target, fixture.at("aws/other")).unwrap();
    let path = fs::canonicalize(&fixture.target).unwrap();
    assert_eq!(
        fixture.append("x").unwrap().notes,
        [Note::OtherName { path }]
    );
    assert_eq!(fs::read_to_string(fixture.at("aws/other")).unwrap(), OLD);
}

#[test]
fn a_read_only_file_is_refused() {
    let fixture = Fixture::with(OLD);
    chmod(&fixture.target, 0o400);
    for result in [
        check_replaceable(&fixture.target),
        fixture.append("x").map(drop),
    ] {
        let error = result.unwrap_err();
        assert!(matches!(error, WriteError::ReadOnly { .. }), "{error:?}");
        assert!(error.hint().unwrap().starts_with("chmod u+w "));
    }
    assert_eq!(
        (fixture.text().as_str(), mode(&fixture.target)),
        (OLD, 0o400)
    );
    assert!(fixture.others().is_empty());
}

#[test]
fn an_immutable_file_is_refused() {
    let fixture = Fixture::with(OLD);
    let chattr = |flag: &str| {
        let mut command = std::process::Command::new("chattr");
        let status = command.arg(flag).arg(&fixture.target).output();
        status.is_ok_and(|output| output.status.success())
    };
    for flag in ["i", "a"] {
        if !chattr(&format!("+{flag}")) {
            writeln!(
                std::io::stderr(),
                "skipped: no file can be made immutable here"
            )
            .unwrap();
            return;
        }
        let results = [
            check_replaceable(&fixture.target),
            fixture.append("x").map(drop),
        ];
        assert!(chattr(&format!("-{flag}")));
        for result in results {
            assert!(
                matches!(result, Err(WriteError::Immutable { .. })),
                "{result:?}"
            );
        }
    }
    assert_eq!(fixture.text(), OLD);
    assert!(fixture.others().is_empty());
}

type Make = fn(&Path);

#[test]
fn a_path_that_is_not_a_file_is_refused_without_waiting() {
    let fixture = Fixture::empty();
    let make: [(&str, Make); 3] = [
        ("folder", |path| fs::create_dir(path).unwrap()),
        ("pipe", |path| {
            let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
            rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0)
                .unwrap();
        }),
        ("socket", |path| {
            std::os::unix::net::UnixListener::bind(path).unwrap();
        }),
    ];
    for (what, make) in make {
        let path = fixture.at(what);
        make(&path);
        for result in [
            check_replaceable(&path),
            append(&path, &fixture.locks(), "x").map(drop),
        ] {
            assert!(
                matches!(result, Err(WriteError::NotAFile { .. })),
                "{what}: {result:?}"
            );
        }
    }
    for path in ["/", "/dev/null", "..", ""] {
        let result = check_replaceable(Path::new(path));
        assert!(result.is_err(), "{path}");
    }
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let fixture = Fixture::with("");
    let file = OpenOptions::new()
        .write(true)
        .open(&fixture.target)
        .unwrap();
    file.set_len(LARGEST_SHARED_FILE + 1).unwrap();
    for result in [
        check_replaceable(&fixture.target),
        fixture.append("x").map(drop),
    ] {
        assert!(
            matches!(result, Err(WriteError::TooLarge { .. })),
            "{result:?}"
        );
    }
}

#[test]
fn root_takes_no_file_of_a_user_over() {
    if !is_root() {
        return;
    }
    let fixture = Fixture::with(OLD);
    std::os::unix::fs::chown(&fixture.target, Some(1000), Some(1000)).unwrap();
    let new = fixture.at("theirs/credentials");
    fs::create_dir(fixture.at("theirs")).unwrap();
    std::os::unix::fs::chown(fixture.at("theirs"), Some(1000), Some(1000)).unwrap();
    // Where a folder is missing, the one that it would be made in counts.
    let deeper = fixture.at("theirs/.aws/credentials");
    for path in [&fixture.target, &new, &deeper] {
        let error = check_replaceable(path).unwrap_err();
        assert!(
            matches!(
                error,
                WriteError::ForeignOwner {
                    uid: 1000,
                    euid: 0,
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(error.hint().unwrap().contains("hook profile"));
    }
    for path in [&fixture.target, &new] {
        let error = append(path, &fixture.locks(), "x").unwrap_err();
        assert!(
            matches!(error, WriteError::ForeignOwner { uid: 1000, .. }),
            "{error:?}"
        );
    }
    let found = fs::metadata(&fixture.target).unwrap();
    assert_eq!(
        (fixture.text().as_str(), found.uid(), mode(&fixture.target)),
        (OLD, 1000, 0o600)
    );
    assert!(!new.exists());
    assert!(fixture.others().is_empty());
}

/// `user::rw-,user:1000:r--,group::---,mask::r--`, and `other::` as given.
fn list(other: u8) -> Vec<u8> {
    let none = [0xff_u8; 4];
    let user = 1000_u32.to_le_bytes();
    let mut acl = vec![2, 0, 0, 0];
    for (tag, perm, id) in [
        (0x01, 6, none),
        (0x02, 4, user),
        (0x04, 0, none),
        (0x10, 4, none),
        (0x20, other, none),
    ] {
        acl.extend([tag, 0, perm, 0]);
        acl.extend(id);
    }
    acl
}

fn list_of(path: &Path) -> Option<Vec<u8>> {
    platform::acl(&fs::File::open(path).unwrap()).unwrap()
}

fn set_list(path: &Path, acl: &[u8]) -> bool {
    let set = platform::set_acl(&fs::File::open(path).unwrap(), acl);
    if let Err(e) = &set {
        writeln!(
            std::io::stderr(),
            "skipped: no access control lists here: {e}"
        )
        .unwrap();
    }
    set.is_ok()
}

#[test]
fn an_access_control_list_is_kept_but_for_everybody() {
    for (other, said) in [(0, false), (4, true)] {
        let fixture = Fixture::with(OLD);
        if !set_list(&fixture.target, &list(other)) {
            return;
        }
        let was = mode(&fixture.target);
        assert_eq!(was, 0o640 | u32::from(other));
        check_replaceable(&fixture.target).unwrap();
        assert_eq!(
            list_of(&fixture.target).unwrap(),
            list(other),
            "a check changes nothing"
        );
        let path = fs::canonicalize(&fixture.target).unwrap();
        let notes = fixture.append("x").unwrap().notes;
        assert_eq!(list_of(&fixture.target).unwrap(), list(0));
        assert_eq!(mode(&fixture.target), 0o640, "the mask is what it was");
        let closed = Note::Closed {
            path,
            was,
            now: 0o640,
        };
        assert_eq!(notes, if said { vec![closed] } else { Vec::new() });
    }
}

#[test]
fn a_folder_s_default_list_is_not_inherited() {
    let fixture = Fixture::with(OLD);
    chmod(&fixture.target, 0o640);
    let folder = fixture.target.parent().unwrap();
    let set = rustix::fs::setxattr(
        folder,
        "system.posix_acl_default",
        &list(4),
        rustix::fs::XattrFlags::empty(),
    );
    if let Err(e) = set {
        writeln!(
            std::io::stderr(),
            "skipped: no access control lists here: {e}"
        )
        .unwrap();
        return;
    }
    put(&fixture.at("aws/witness"), "");
    assert!(
        list_of(&fixture.at("aws/witness")).is_some(),
        "others inherit it"
    );
    assert_eq!(fixture.append("x").unwrap(), CHANGED);
    assert_eq!(list_of(&fixture.target), None);
    assert_eq!(mode(&fixture.target), 0o640);
    let mut new = fixture;
    new.target = new.at("aws/config");
    new.append("x").unwrap();
    assert_eq!(list_of(&new.target), None);
    assert_eq!(mode(&new.target), 0o600);
}

#[test]
fn a_writer_that_truncates_is_never_seen_half_way() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let fixture = Fixture::with("begin 0\nend\n");
    let done = AtomicBool::new(false);
    let (mut seen, mut results) = (Vec::new(), Vec::new());
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for n in 1.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                // As the AWS CLI does it: truncate, write some, write the rest. Then it rests.
                let mut file = OpenOptions::new()
                    .write(true)
                    .truncate(true)
                    .open(&fixture.target)
                    .unwrap();
                std::thread::sleep(std::time::Duration::from_millis(1));
                file.write_all(format!("begin {n}\n").as_bytes()).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(1));
                file.write_all(b"end\n").unwrap();
                drop(file);
                std::thread::sleep(std::time::Duration::from_millis(120));
            }
        });
        let target = Target::resolve(&fixture.target).unwrap();
        for _ in 0..8 {
            results.push(replace(&target, None, &mut |old| {
                seen.push(String::from_utf8_lossy(old).into_owned());
                Ok::<_, Infallible>(Edited::To([old, b"ours\n"].concat().into()))
            }));
        }
        done.store(true, Ordering::Relaxed);
    });
    // Judged when the writer has ended: it would go on for ever after a panic above.
    for old in seen {
        assert!(old.starts_with("begin "), "torn: {old:?}");
        assert!(old.contains("end\n"), "torn: {old:?}");
    }
    for result in results {
        // On a slow machine it may seem never to rest. Only a torn read would be a fault.
        let never = matches!(
            &result,
            Err(ReplaceError::Write(WriteError::NeverAtRest { .. }))
        );
        assert!(result.is_ok() || never, "{result:?}");
    }
    assert!(fixture.others().is_empty());
}

#[test]
fn writers_at_once_lose_nothing() {
    let fixture = Fixture::with("");
    std::thread::scope(|threads| {
        for writer in ["a", "b", "c"] {
            let fixture = &fixture;
            threads.spawn(move || {
                for n in 0..5 {
                    fixture.append(&format!("{writer}{n}\n")).unwrap();
                }
            });
        }
    });
    let text = fixture.text();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    let expected: Vec<String> = ["a", "b", "c"]
        .iter()
        .flat_map(|writer| (0..5).map(move |n| format!("{writer}{n}")))
        .collect();
    assert_eq!(lines, expected);
    assert!(fixture.others().is_empty());
}

#[test]
fn names_of_any_kind_can_be_replaced() {
    for name in ["δοκιμή", "with blank", &"x".repeat(240), "-", "a'b\"c"] {
        let mut fixture = Fixture::empty();
        fixture.target = fixture.at("aws").join(name);
        fixture.append("1").unwrap();
        fixture.append("2").unwrap();
        assert_eq!(fixture.text(), "12");
        assert!(fixture.others().is_empty());
    }
}
