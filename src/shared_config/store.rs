//! Reads the shared files, and writes them whole, under their lock.
//!
//! It handles bytes only. The caller's edit decides what may be written to which section; this module decides whether the file may
//! be replaced. Reading takes no lock and checks no permissions, because the files belong to the user.

use std::convert::Infallible;
use std::fs::OpenOptions;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use secrecy::zeroize::Zeroizing;

use crate::quote::shell_quote_shown;
pub use crate::storage::atomic_file::Edited;
use crate::storage::atomic_file::{
    self, Edit, LARGEST_SHARED_FILE, Note, ReplaceError, Target, WriteError,
};
use crate::storage::lock::{Attempt, Lock, LockError, Locks, Waited};
use crate::storage::read_bounded;

/// Why a shared file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused to read it.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A folder, pipe, socket or device.
    #[error("`{}` is not a regular file", path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
    },
    /// Too large to be a shared file.
    #[error("`{}` is larger than {LARGEST_SHARED_FILE} bytes", path.display())]
    TooLarge {
        /// Where.
        path: PathBuf,
    },
    /// The lock cannot be tried.
    #[error("cannot lock `{}`", path.display())]
    Lock {
        /// The file that was to be written.
        path: PathBuf,
        /// Why.
        #[source]
        source: LockError,
    },
    /// It cannot be replaced.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl StoreError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { path, .. } => Some(format!("ls -ld {}", shell_quote_shown(path))),
            Self::NotAFile { .. } | Self::TooLarge { .. } => {
                Some("see where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE point".to_owned())
            }
            Self::Lock { source, .. } => source.hint(),
            Self::Write(why) => why.hint(),
        }
    }
}

/// The result of [`update`].
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// Whether the file was written.
    pub changed: bool,
    /// What the user should know, each one line.
    pub notes: Vec<Note>,
}

/// The contents of a shared file: one open, and a read. A missing one is empty, and so is `/dev/null`, which is how people say
/// that there is none.
///
/// # Errors
/// [`StoreError`].
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let unreadable = |source| StoreError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = match OpenOptions::new()
        .read(true)
        // A pipe is not waited for.
        .custom_flags(nonblocking)
        .open(path)
    {
        Ok(file) => file,
        // A file where a folder of its path should be: it is missing as well.
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Zeroizing::default());
        }
        // A socket cannot be opened.
        Err(e) if e.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => {
            return Err(StoreError::NotAFile {
                path: path.to_owned(),
            });
        }
        Err(e) => return Err(unreadable(e)),
    };
    let found = file.metadata().map_err(unreadable)?;
    if !found.is_file() {
        return if found.file_type().is_char_device() && is_dev_null(found.rdev()) {
            Ok(Zeroizing::default())
        } else {
            Err(StoreError::NotAFile {
                path: path.to_owned(),
            })
        };
    }
    read_bounded(&file, found.len(), LARGEST_SHARED_FILE)
        .map_err(unreadable)?
        .ok_or_else(|| StoreError::TooLarge {
            path: path.to_owned(),
        })
}

fn is_dev_null(device: u64) -> bool {
    std::fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == device)
}

/// Replaces a shared file, or creates it, with what `edit` makes of its contents. Under the file's lock, read at rest, whole or
/// not at all: see [`atomic_file::replace`]. `edit` is called again, with the fresh contents, whenever another program changed
/// the file meanwhile or the contents were incomplete, so that it must judge anew each time; its error ends everything, with the
/// file as it was.
///
/// Where locks are unsupported it goes on, with a note.
///
/// # Errors
/// `edit`'s own, or a [`StoreError`]. The file is then unchanged.
pub fn update<E: From<StoreError>>(
    path: &Path,
    locks: &Locks,
    edit: &mut Edit<'_, E>,
) -> Result<Report, E> {
    let target = Target::resolve(path).map_err(StoreError::Write)?;
    let lock = lock(&target, locks)?;
    match atomic_file::replace(&target, lock.as_ref(), edit) {
        Ok(replaced) => Ok(Report {
            changed: replaced.changed,
            notes: replaced.notes,
        }),
        Err(ReplaceError::Edit(e)) => Err(e),
        Err(ReplaceError::Write(e)) => Err(StoreError::Write(e).into()),
    }
}

/// Removes what a killed write of the file left behind, if anything did: copies of its contents, old or new. It does not
/// wait: a file that cannot be removed now is left for the next call.
#[must_use]
pub fn sweep(path: &Path, locks: &Locks) -> Vec<Note> {
    let Ok(target) = Target::resolve(path) else {
        return Vec::new();
    };
    if !atomic_file::has_leftovers(&target) {
        return Vec::new();
    }
    match locks.of_file(target.path()).try_acquire() {
        Ok(Attempt::Held(lock)) => atomic_file::sweep(&target, &lock),
        // They may be a living process's, which sweeps when it is done.
        Ok(Attempt::Busy | Attempt::Unsupported) | Err(_) => Vec::new(),
    }
}

/// The target's lock; `None` where there are no locks. How long it is waited for is up to `locks`.
fn lock(target: &Target, locks: &Locks) -> Result<Option<Lock>, StoreError> {
    let path = target.path();
    let waited = locks
        .of_file(path)
        .acquire(&mut || ControlFlow::<Infallible>::Continue(()))
        .map_err(|source| StoreError::Lock {
            path: path.to_owned(),
            source,
        })?;
    Ok(match waited {
        Waited::Held(lock) => Some(lock),
        Waited::Unsupported => None,
        Waited::Left(never) => match never {},
    })
}

/// Checks that [`update`] would not refuse the file, that there is room for it and that its lock can be opened, without touching
/// the file. Call this before a code is asked for.
///
/// # Errors
/// [`StoreError`].
pub fn check(path: &Path, locks: &Locks) -> Result<(), StoreError> {
    let target = Target::resolve(path)?;
    locks
        .of_file(target.path())
        .check()
        .map_err(|source| StoreError::Lock {
            path: target.path().to_owned(),
            source,
        })?;
    Ok(atomic_file::check_replaceable(path)?)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::io::Write as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::storage::permissions::Owners;

    struct Fixture {
        home: tempfile::TempDir,
    }

    #[derive(Debug)]
    enum Error {
        Store(StoreError),
        LongTermKeys,
    }

    impl From<StoreError> for Error {
        fn from(e: StoreError) -> Self {
            Self::Store(e)
        }
    }

    impl Fixture {
        fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            Self { home }
        }

        fn at(&self, name: &str) -> PathBuf {
            self.home.path().join(name)
        }

        fn put(&self, name: &str, text: &[u8]) -> PathBuf {
            let path = self.at(name);
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .open(&path)
                .unwrap();
            file.write_all(text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            path
        }

        fn locks(&self) -> Locks {
            Locks::new(self.at("cache/locks"), Owners::new(None))
        }
    }

    fn append(path: &Path, locks: &Locks, text: &str) -> Result<Report, Error> {
        update(path, locks, &mut |old| {
            Ok(Edited::To([old, text.as_bytes()].concat().into()))
        })
    }

    #[test]
    fn bytes_are_read_as_they_are_and_a_missing_file_is_empty() {
        let fixture = Fixture::new();
        let odd = b"\xef\xbb\xbf[a]\r\n\xff\0 last line";
        let path = fixture.put("credentials", odd);
        assert_eq!(*read(&path).unwrap(), *odd);
        let large = fixture.put("large", &b"# 0123456789\n".repeat(200_000));
        assert_eq!(read(&large).unwrap().len(), 2_600_000);
        symlink(&path, fixture.at("link")).unwrap();
        assert_eq!(*read(&fixture.at("link")).unwrap(), *odd);
        for missing in ["missing", "no/folder", "credentials/x"] {
            assert_eq!(*read(&fixture.at(missing)).unwrap(), *b"", "{missing}");
        }
        symlink("nowhere", fixture.at("dangling")).unwrap();
        assert_eq!(*read(&fixture.at("dangling")).unwrap(), *b"");
        assert_eq!(*read(Path::new("/dev/null")).unwrap(), *b"");
    }

    #[test]
    fn a_path_that_is_not_a_file_is_an_error_without_waiting() {
        let fixture = Fixture::new();
        let pipe = fixture.at("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, fifo, mode, 0).unwrap();
        std::os::unix::net::UnixListener::bind(fixture.at("socket")).unwrap();
        for path in [
            pipe,
            fixture.at("socket"),
            fixture.at(""),
            PathBuf::from("/dev/zero"),
        ] {
            let error = read(&path).unwrap_err();
            assert!(matches!(error, StoreError::NotAFile { .. }), "{error}");
            assert!(error.hint().unwrap().contains("AWS_CONFIG_FILE"));
        }
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let fixture = Fixture::new();
        let path = fixture.put("credentials", b"");
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(LARGEST_SHARED_FILE + 1).unwrap();
        let error = read(&path).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`{}` is larger than 16777216 bytes", path.display())
        );
    }

    #[test]
    fn an_update_writes_what_the_edit_makes_and_says_whether() {
        let fixture = Fixture::new();
        let path = fixture.at(".aws/credentials");
        check(&path, &fixture.locks()).unwrap();
        assert!(!path.exists());
        assert!(append(&path, &fixture.locks(), "1").unwrap().changed);
        assert!(append(&path, &fixture.locks(), "2").unwrap().changed);
        assert!(!append(&path, &fixture.locks(), "").unwrap().changed);
        let untouched = update(&path, &fixture.locks(), &mut |_| {
            Ok::<_, Error>(Edited::Unchanged)
        })
        .unwrap();
        assert!(!untouched.changed);
        assert_eq!(*read(&path).unwrap(), *b"12");
        let refused = update(&path, &fixture.locks(), &mut |_| Err(Error::LongTermKeys));
        assert!(matches!(refused, Err(Error::LongTermKeys)));
        assert_eq!(*read(&path).unwrap(), *b"12");
    }

    #[test]
    fn the_edit_runs_under_the_lock_of_the_file_that_links_lead_to() {
        let fixture = Fixture::new();
        let path = fixture.put("credentials", b"");
        symlink("credentials", fixture.at("link")).unwrap();
        let canonical = fs::canonicalize(path).unwrap();
        let lock = fixture.locks().of_file(&canonical);
        let mut seen = None;
        update(&fixture.at("link"), &fixture.locks(), &mut |_| {
            seen = Some(matches!(lock.try_acquire().unwrap(), Attempt::Busy));
            Ok::<_, Error>(Edited::Unchanged)
        })
        .unwrap();
        assert_eq!(seen, Some(true));
        assert!(matches!(lock.try_acquire().unwrap(), Attempt::Held(_)));
    }

    #[test]
    fn without_a_folder_for_locks_nothing_is_written() {
        let fixture = Fixture::new();
        let path = fixture.put("credentials", b"old");
        fixture.put("cache", b"a file in the way");
        let error = append(&path, &fixture.locks(), "new").unwrap_err();
        assert!(
            matches!(error, Error::Store(StoreError::Lock { .. })),
            "{error:?}"
        );
        assert!(check(&path, &fixture.locks()).is_err());
        assert_eq!(*read(&path).unwrap(), *b"old");
        fs::remove_file(fixture.at("cache")).unwrap();
        fs::create_dir_all(fixture.at("cache/locks")).unwrap();
        fs::set_permissions(fixture.at("cache/locks"), Permissions::from_mode(0o777)).unwrap();
        let error = append(&path, &fixture.locks(), "new").unwrap_err();
        assert!(
            matches!(error, Error::Store(StoreError::Lock { .. })),
            "{error:?}"
        );
        assert_eq!(*read(&path).unwrap(), *b"old");
    }
}
