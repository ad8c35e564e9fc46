//! Looks at files and folders without changing anything: what killed processes left, and what a folder allows.
//!
//! No lock is taken, so whether a temporary file is abandoned is judged by its age: no write takes as long as this.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, access, statat};
use rustix::time::{ClockId, clock_gettime};

use super::permissions::Folder;
use super::platform;
use super::temp::{self, Names};

/// A temporary file that has not been written to for so many seconds belongs to no living process.
const OLD_SECONDS: i64 = 60;

/// What lies beside a file that this program replaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Old temporary files, which killed processes left.
    pub leftovers: Vec<PathBuf>,
    /// Files with what another program wrote meanwhile, kept for the user.
    pub kept: Vec<PathBuf>,
}

/// What lies beside a file, whatever link leads to it; nothing where its folder cannot be read.
#[must_use]
pub fn beside(path: &Path) -> Beside {
    let mut found = Beside::default();
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return found;
    };
    let names = Names::of(name);
    let hidden = names.prefix().as_bytes();
    let seen = hidden.strip_prefix(b".").unwrap_or_default();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let bytes = name.as_bytes();
        let is_temporary = bytes.ends_with(b".tmp") || bytes.ends_with(b".swap");
        if bytes.starts_with(hidden) && is_temporary {
            if entry.metadata().is_ok_and(|found| found.is_file()) && is_old(&entry.path()) {
                found.leftovers.push(entry.path());
            }
        } else if bytes
            .strip_prefix(seen)
            .is_some_and(|rest| rest.starts_with(b"kept-"))
        {
            found.kept.push(entry.path());
        }
    }
    found.leftovers.sort();
    found.kept.sort();
    found
}

/// Not the program's clock, which tests shift: this one stamps files.
fn is_old_at(written: i64) -> bool {
    let now = clock_gettime(ClockId::Realtime).tv_sec;
    now.saturating_sub(written) > OLD_SECONDS
}

fn is_old(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    path.symlink_metadata()
        .is_ok_and(|found| is_old_at(found.mtime()))
}

impl Folder {
    /// The old temporary files in a folder of our own, which killed processes left.
    #[must_use]
    pub fn leftovers(&self) -> Vec<PathBuf> {
        let names: Vec<OsString> = temp::list(self.file()).unwrap_or_default();
        let is_left = |name: &OsStr| {
            temp::owner(name).is_some()
                && statat(self.file(), name, AtFlags::SYMLINK_NOFOLLOW)
                    .is_ok_and(|found| is_old_at(found.st_mtime))
        };
        let mut found: Vec<_> = (names.iter())
            .filter(|name| is_left(name))
            .map(|name| self.path().join(name))
            .collect();
        found.sort();
        found
    }
}

/// The folder itself, or the nearest parent folder that exists, if this user cannot make files there.
#[must_use]
pub fn unwritable(folder: &Path) -> Option<PathBuf> {
    let existing = folder.ancestors().find(|path| path.exists())?;
    access(existing, Access::WRITE_OK.union(Access::EXEC_OK))
        .is_err()
        .then(|| existing.to_owned())
}

/// The kind of the file system of a folder, or of the nearest parent folder that exists, if its locks may not work: only trying would show
/// it, and that would change something.
#[must_use]
pub fn doubtful_locks(folder: &Path) -> Option<&'static str> {
    let existing = folder.ancestors().find(|path| path.exists())?;
    platform::shared_file_system(existing)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::storage::permissions::Owners;

    fn aged(path: &Path, seconds: u64) {
        let file = File::create_new(path).unwrap();
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        if seconds > 0 {
            file.set_modified(at).unwrap();
        }
    }

    #[test]
    fn only_old_temporary_files_of_ours_are_left_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().canonicalize().unwrap().join(name);
        for (name, seconds) in [
            ("credentials", 0),
            (".credentials.mfa-session-1-a.tmp", 100),
            (".credentials.mfa-session-1-b.tmp", 0),
            (".config.mfa-session-1-c.tmp", 100),
            (".credentials.tmp", 100),
            ("credentials.mfa-session-kept-0", 0),
        ] {
            aged(&path(name), seconds);
        }
        let found = beside(&path("credentials"));
        assert_eq!(found.leftovers, [path(".credentials.mfa-session-1-a.tmp")]);
        assert_eq!(found.kept, [path("credentials.mfa-session-kept-0")]);
        assert_eq!(beside(&path("missing/credentials")), Beside::default());
        let folder = Folder::open(&path(""), Owners::new(None)).unwrap().unwrap();
        let names: Vec<_> = folder.leftovers();
        let names: Vec<_> = names.iter().filter_map(|p| p.file_name()).collect();
        assert_eq!(
            names,
            [
                ".config.mfa-session-1-c.tmp",
                ".credentials.mfa-session-1-a.tmp"
            ]
        );
    }

    #[test]
    fn a_folder_that_exists_is_asked_whether_it_can_be_written() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(unwritable(&dir.path().join("a/b")), None);
        if rustix::process::geteuid().is_root() {
            return;
        }
        fs::set_permissions(
            dir.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o500),
        )
        .unwrap();
        assert_eq!(
            unwritable(&dir.path().join("a/b")),
            Some(dir.path().to_owned())
        );
    }
}
