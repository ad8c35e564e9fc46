//! Reads the shared files, and writes them whole, under their lock.
//!
//! It knows bytes only. What may be written to which section is judged by whoever hands in the edit; whether the file may be
//! replaced at all, here. To read takes no lock and asks for no permissions: the files are the user's.

use std::fs::OpenOptions;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use crate::storage::atomic_file::{
    self, Edit, LARGEST_SHARED_FILE, Note, ReplaceError, Target, WriteError,
};
use crate::storage::lock::{Lock, LockError, Locks, Waited};
use crate::storage::read_bounded;

/// How long another writer is waited for. One holds the lock for a fraction of a second.
const PATIENCE: Duration = Duration::from_secs(20);

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
    /// Another process of ours does not let go of it.
    #[error("another mfa-session has been writing `{}` for {} s", path.display(), PATIENCE.as_secs())]
    Busy {
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
            Self::Unreadable { path, .. } => Some(format!("ls -ld '{}'", path.display())),
            Self::NotAFile { .. } | Self::TooLarge { .. } => {
                Some("see where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE point".to_owned())
            }
            Self::Busy { .. } => Some("look for a stopped process: `ps -C mfa-session`".to_owned()),
            Self::Lock { source, .. } => source.hint(),
            Self::Write(why) => why.hint(),
        }
    }
}

/// Why [`update`] did not.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError<E> {
    /// The edit refused.
    #[error(transparent)]
    Edit(E),
    /// The file could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What came of [`update`].
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
pub fn read(path: &Path) -> Result<Vec<u8>, StoreError> {
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
            return Ok(Vec::new());
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
            Ok(Vec::new())
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

/// Replaces a shared file, or creates it, with what `edit` makes of its contents; `None` leaves it as it is. Under the file's
/// lock, read at rest, whole or not at all: see [`atomic_file::replace`]. `edit` is called again, with the fresh contents,
/// whenever another program changed the file meanwhile, so that it must judge anew each time; its error ends all, with the file
/// as it was.
///
/// Where locks are unsupported it goes on, with a note.
///
/// # Errors
/// [`UpdateError`]: `edit`'s own, or a [`StoreError`]. The file is then unchanged.
pub fn update<E>(
    path: &Path,
    locks: &Locks,
    edit: &mut Edit<'_, E>,
) -> Result<Report, UpdateError<E>> {
    let target = Target::resolve(path).map_err(StoreError::Write)?;
    let lock = lock(&target, locks)?;
    match atomic_file::replace(&target, lock.as_ref(), edit) {
        Ok(replaced) => Ok(Report {
            changed: replaced.changed,
            notes: replaced.notes,
        }),
        Err(ReplaceError::Edit(e)) => Err(UpdateError::Edit(e)),
        Err(ReplaceError::Write(e)) => Err(StoreError::Write(e).into()),
    }
}

/// Removes what a killed write of the file left behind, if anything did: copies of its contents, old or new. What cannot be
/// removed now is left to the next time.
#[must_use]
pub fn sweep(path: &Path, locks: &Locks) -> Vec<Note> {
    let Ok(target) = Target::resolve(path) else {
        return Vec::new();
    };
    if !atomic_file::has_leftovers(&target) {
        return Vec::new();
    }
    match lock(&target, locks) {
        Ok(Some(lock)) => atomic_file::sweep(&target, &lock),
        // They may be a living process's.
        Ok(None) | Err(_) => Vec::new(),
    }
}

/// The target's lock; `None` where there are no locks.
fn lock(target: &Target, locks: &Locks) -> Result<Option<Lock>, StoreError> {
    let from = Instant::now();
    let waited = locks.of_file(target.path()).acquire(&mut || {
        if from.elapsed() >= PATIENCE {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let path = || target.path().to_owned();
    match waited {
        Ok(Waited::Held(lock)) => Ok(Some(lock)),
        Ok(Waited::Unsupported) => Ok(None),
        Ok(Waited::Left(())) => Err(StoreError::Busy { path: path() }),
        Err(source) => Err(StoreError::Lock {
            path: path(),
            source,
        }),
    }
}

/// Sees that [`update`] would not refuse the file, and that there is room for it, without touching it. To be called before a
/// code is asked for.
///
/// # Errors
/// [`StoreError`].
pub fn check(path: &Path) -> Result<(), StoreError> {
    Ok(atomic_file::check_replaceable(path)?)
}
