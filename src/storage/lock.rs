//! The operating system's lock on a file. The file is never deleted, so that all processes lock the same file, and the system
//! releases the lock when its holder ends in any way.
//!
//! A waiter can see who holds the lock, because the lock holder writes this to the file (see `holder`).
//!
//! Waiting is polling, so that a waiter can leave at its deadline or when its own caller has ended. If the file system does not
//! support locks, the result is [`Attempt::Unsupported`], and the caller continues with one warning: renames still keep files whole.
//! A lock folder that cannot be written is an error: a session could not be stored beside it either, and a shared file is not written
//! without its lock.
//!
//! The crate `fslock` was considered: it can write the process id of the lock holder to the file, but not what it does, and it gives
//! no way to read this or to create the file in a folder that is already open.

mod error;
mod holder;
mod waiting;

use std::fs::{File, Permissions, TryLockError};
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Mode, openat};
use rustix::io::Errno;

use super::permissions::{Folder, Owners};
use super::{open_flags, sha256_hex, temp};
pub use error::LockError;
pub use holder::{Activity, Holder};
pub use waiting::Patience;
use waiting::Waiting;

/// A lock folder. It is not opened before the first lock is needed.
#[derive(Clone, Debug)]
pub struct Locks {
    folder: PathBuf,
    owners: Owners,
    patience: Patience,
}

impl Locks {
    /// Locks in this folder, which is created when it is first needed and must belong to one of the owners.
    #[must_use]
    pub fn new(folder: PathBuf, owners: Owners) -> Self {
        Self {
            folder,
            owners,
            patience: Patience::default(),
        }
    }

    /// The same locks with another way of waiting.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// The lock with this name, which must be a plain file name, for a process that does this while it holds the lock.
    #[must_use]
    pub fn named(&self, name: &str, activity: Activity) -> LockPath {
        LockPath {
            locks: self.clone(),
            name: format!("{name}.lock"),
            activity,
        }
    }

    /// The lock of a file, by its canonical path (see [`super::atomic_file::Target::path`]), whatever link leads to it.
    #[must_use]
    pub fn of_file(&self, canonical: &Path) -> LockPath {
        let path = canonical.as_os_str().as_encoded_bytes();
        self.named(&format!("file-{}", sha256_hex(path)), Activity::Writing)
    }
}

/// One lock, which is not yet taken.
#[derive(Clone, Debug)]
pub struct LockPath {
    locks: Locks,
    name: String,
    activity: Activity,
}

/// A lock that is held until this is dropped.
#[derive(Debug)]
#[must_use = "it is free again when dropped"]
pub struct Lock {
    file: File,
}

impl Lock {
    fn of(file: File, activity: Activity) -> Self {
        holder::write(&file, activity);
        Self { file }
    }

    /// Shows waiters what the lock holder does from now on.
    pub fn set_activity(&self, activity: Activity) {
        holder::write(&self.file, activity);
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        holder::erase(&self.file);
        // Closing would do, but for a child that was forked meanwhile and has not yet run its program.
        let _ = self.file.unlock();
    }
}

/// The result of one try.
#[derive(Debug)]
pub enum Attempt {
    /// The lock is taken.
    Held(Lock),
    /// Another process has it.
    Busy,
    /// The file system does not support locks.
    Unsupported,
}

/// The result of waiting.
#[derive(Debug)]
pub enum Waited<B> {
    /// The lock is taken.
    Held(Lock),
    /// The file system does not support locks.
    Unsupported,
    /// The waiter left.
    Left(B),
}

impl LockPath {
    /// The path of the lock file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.locks.folder.join(&self.name)
    }

    /// The lock holder, if it is known.
    #[must_use]
    pub fn holder(&self) -> Option<Holder> {
        self.open().ok().and_then(|file| holder::read(&file))
    }

    /// Checks that the lock file can be opened, without taking the lock.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn check(&self) -> Result<(), LockError> {
        self.open().map(drop)
    }

    /// Tries once, without waiting.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn try_acquire(&self) -> Result<Attempt, LockError> {
        let file = self.open()?;
        Ok(match self.try_once(&file)? {
            Found::Free => Attempt::Held(Lock::of(file, self.activity)),
            Found::Busy => Attempt::Busy,
            Found::Unsupported => Attempt::Unsupported,
        })
    }

    /// Waits for the lock: tries at once, then some 20 to 40 times a second. `wait` is called when the lock is
    /// first found busy, and then about once a second; it ends the wait with `Break`. [`Patience`] decides what is reported meanwhile.
    ///
    /// # Errors
    /// [`LockError`]; [`LockError::Held`] when the wait has reached its limit.
    pub fn acquire<B>(
        &self,
        wait: &mut dyn FnMut() -> ControlFlow<B>,
    ) -> Result<Waited<B>, LockError> {
        let file = self.open()?;
        let mut waiting = Waiting::new(&self.locks.patience);
        let pause = pause_of(std::process::id());
        loop {
            match self.try_once(&file)? {
                Found::Free => return Ok(Waited::Held(Lock::of(file, self.activity))),
                Found::Unsupported => return Ok(Waited::Unsupported),
                Found::Busy => {}
            }
            if waiting.is_due() {
                if let ControlFlow::Break(answer) = wait() {
                    return Ok(Waited::Left(answer));
                }
                waiting.look(holder::read(&file))?;
            }
            std::thread::sleep(pause);
        }
    }

    /// In tests a failure at the step `lock` simulates a file system without locks.
    fn try_once(&self, file: &File) -> Result<Found, LockError> {
        match crate::test_hooks::step("lock") {
            Ok(()) => self.judge(file.try_lock()),
            Err(_) => self.judge(Err(TryLockError::Error(Errno::NOLCK.into()))),
        }
    }

    fn judge(&self, tried: Result<(), TryLockError>) -> Result<Found, LockError> {
        match tried {
            Ok(()) => Ok(Found::Free),
            Err(TryLockError::WouldBlock) => Ok(Found::Busy),
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Interrupted => {
                Ok(Found::Busy)
            }
            Err(TryLockError::Error(e)) if means_unsupported(&e) => Ok(Found::Unsupported),
            Err(TryLockError::Error(source)) => Err(LockError::Lock {
                path: self.path(),
                source,
            }),
        }
    }

    /// Opens the file, which is made 0600 if it is missing.
    fn open(&self) -> Result<File, LockError> {
        let folder =
            Folder::create(&self.locks.folder, self.locks.owners).map_err(LockError::Folder)?;
        let file = self
            .open_in(folder.file())
            .map_err(|source| LockError::Open {
                path: self.path(),
                source,
            })?;
        match file.metadata() {
            Ok(found) if found.is_file() => Ok(file),
            _ => Err(LockError::NotAFile { path: self.path() }),
        }
    }

    fn open_in(&self, folder: &File) -> io::Result<File> {
        // Only a file that we created gets its mode and owner here. Lock files are never deleted, so the loop ends.
        loop {
            match openat(folder, &self.name, open_flags::UPDATE_ITSELF, Mode::empty()) {
                Ok(file) => return Ok(File::from(file)),
                Err(Errno::NOENT) => {}
                Err(e) => return Err(e.into()),
            }
            match openat(
                folder,
                &self.name,
                open_flags::CREATE,
                open_flags::OWNER_ONLY,
            ) {
                Ok(file) => {
                    let file = File::from(file);
                    file.set_permissions(Permissions::from_mode(0o600))?;
                    temp::leave_to_owner_of(folder, &file)?;
                    return Ok(file);
                }
                Err(Errno::EXIST) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }
}

enum Found {
    Free,
    Busy,
    Unsupported,
}

/// NFS without its lock daemon, 9p, virtiofs and other places without locks.
fn means_unsupported(e: &io::Error) -> bool {
    e.kind() == io::ErrorKind::Unsupported
        || matches!(
            Errno::from_io_error(e),
            Some(Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS)
        )
}

/// The time between two tries of a process: 25 to 50 ms, so that waiters that came at once do not all try at once.
fn pause_of(process: u32) -> Duration {
    Duration::from_millis(25 + u64::from(process % 26))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, symlink};

    use super::*;

    struct Fixture {
        home: tempfile::TempDir,
    }

    impl Fixture {
        fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            Self { home }
        }

        fn locks(&self) -> Locks {
            Locks::new(self.home.path().join("cache/locks"), Owners::new(None))
        }
    }

    #[test]
    fn one_at_a_time_and_free_when_dropped() {
        let fixture = Fixture::new();
        let lock = fixture
            .locks()
            .named("AKIAIOSFODNN7EXAMPLE.ask", Activity::Asking);
        let Attempt::Held(held) = lock.try_acquire().unwrap() else {
            panic!("a new lock is free");
        };
        assert!(matches!(lock.try_acquire().unwrap(), Attempt::Busy));
        let other = fixture
            .locks()
            .named("AKIAIOSFODNN7EXAMPLE.call", Activity::Asking);
        assert!(matches!(other.try_acquire().unwrap(), Attempt::Held(_)));
        let inode = fs::metadata(lock.path()).unwrap().ino();
        drop(held);
        assert!(matches!(lock.try_acquire().unwrap(), Attempt::Held(_)));
        // The file is never another one, so that no two holders hold different ones.
        assert_eq!(fs::metadata(lock.path()).unwrap().ino(), inode);
    }

    #[test]
    fn the_holder_is_named_while_it_holds_the_lock() {
        let fixture = Fixture::new();
        let lock = fixture.locks().named("x", Activity::Asking);
        assert_eq!(lock.holder(), None);
        let held = lock.try_acquire().unwrap();
        let holder = lock.holder().unwrap().to_string();
        let expected = format!("mfa-session, PID {}, which", std::process::id());
        assert!(holder.starts_with(&expected), "{holder}");
        drop(held);
        assert_eq!(lock.holder(), None);
    }

    #[test]
    fn processes_that_come_together_try_at_different_times() {
        let pauses: Vec<_> = (7..33).map(pause_of).collect();
        let shortest = pauses.iter().min().unwrap();
        let longest = pauses.iter().max().unwrap();
        assert_eq!(*shortest, Duration::from_millis(25));
        assert_eq!(*longest, Duration::from_millis(50));
        let different: std::collections::HashSet<_> = pauses.iter().collect();
        assert_eq!(different.len(), 26);
        assert_eq!(pause_of(u32::MAX), pause_of(u32::MAX % 26));
    }

    #[test]
    fn lock_and_folder_are_private() {
        let fixture = Fixture::new();
        let lock = fixture.locks().named("x", Activity::Asking);
        lock.check().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
        assert_eq!(mode(&lock.path()), 0o600);
        assert_eq!(mode(lock.path().parent().unwrap()), 0o700);
        assert!(matches!(lock.try_acquire().unwrap(), Attempt::Held(_)));
    }

    #[test]
    fn a_waiter_looks_at_once_and_can_leave() {
        let fixture = Fixture::new();
        let lock = fixture.locks().named("x", Activity::Asking);
        let _held = lock.try_acquire().unwrap();
        let mut looks = 0;
        let waited = lock.acquire(&mut || {
            looks += 1;
            ControlFlow::Break("deadline")
        });
        assert!(matches!(waited, Ok(Waited::Left("deadline"))));
        assert_eq!(looks, 1);
    }

    #[test]
    fn a_waiter_gets_it_when_it_is_free() {
        let fixture = Fixture::new();
        let lock = fixture.locks().named("x", Activity::Asking);
        let mut held = Some(lock.try_acquire().unwrap());
        let waited = lock.acquire(&mut || {
            held = None;
            ControlFlow::<()>::Continue(())
        });
        assert!(matches!(waited, Ok(Waited::Held(_))));
        assert!(held.is_none(), "it waited");
        // A free one is taken without a look.
        drop(waited);
        let waited = lock.acquire(&mut || ControlFlow::Break(()));
        assert!(matches!(waited, Ok(Waited::Held(_))));
    }

    #[test]
    fn a_holder_says_who_it_is_until_it_lets_go() {
        let fixture = Fixture::new();
        let lock = fixture.locks().named("x", Activity::Asking);
        let text = || fs::read_to_string(lock.path()).unwrap();
        let Attempt::Held(held) = lock.try_acquire().unwrap() else {
            panic!("a new lock is free");
        };
        let pid = std::process::id();
        assert_eq!(text(), format!("mfa-session {pid} asking\n"));
        held.set_activity(Activity::Calling);
        assert_eq!(text(), format!("mfa-session {pid} calling\n"));
        drop(held);
        assert_eq!(text(), "");
    }

    #[test]
    fn a_waiter_gives_up_at_its_limit() {
        let fixture = Fixture::new();
        let locks = fixture.locks().with_patience(Patience::over());
        let lock = locks.named("x", Activity::Asking);
        let _held = lock.try_acquire().unwrap();
        let error = lock
            .acquire(&mut || ControlFlow::<()>::Continue(()))
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains(&format!("PID {}", std::process::id())),
            "{error}"
        );
    }

    #[test]
    fn a_killed_holder_frees_it() {
        let fixture = Fixture::new();
        let lock = fixture.locks().named("x", Activity::Asking);
        lock.check().unwrap();
        // flock(1) holds it, without handing it on to the shell, which sees that it is held and kills its parent.
        let holder = std::process::Command::new("flock")
            .arg("--close")
            .arg(lock.path())
            .args(["sh", "-c", "flock --nonblock \"$0\" true || kill -9 $PPID"])
            .arg(lock.path())
            .status();
        let Ok(holder) = holder else {
            std::io::Write::write_all(&mut io::stderr(), b"skipped: no flock(1) here\n").unwrap();
            return;
        };
        let signal = std::os::unix::process::ExitStatusExt::signal(&holder);
        assert_eq!(signal, Some(9), "it was held, and its holder killed");
        assert!(matches!(lock.try_acquire().unwrap(), Attempt::Held(_)));
    }

    #[test]
    fn a_lock_path_that_is_not_a_regular_file_is_an_error() {
        let fixture = Fixture::new();
        let locks = fixture.locks();
        locks.named("x", Activity::Asking).check().unwrap();
        let folder = fixture.home.path().join("cache/locks");
        symlink("x.lock", folder.join("link.lock")).unwrap();
        fs::create_dir(folder.join("folder.lock")).unwrap();
        let error = locks
            .named("link", Activity::Asking)
            .try_acquire()
            .unwrap_err();
        assert!(matches!(error, LockError::Open { .. }), "{error}");
        let error = locks
            .named("folder", Activity::Asking)
            .try_acquire()
            .unwrap_err();
        assert!(matches!(error, LockError::Open { .. }), "{error}");
        let pipe = folder.join("pipe.lock");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            open_flags::OWNER_ONLY,
            0,
        )
        .unwrap();
        let error = locks
            .named("pipe", Activity::Asking)
            .try_acquire()
            .unwrap_err();
        assert!(matches!(error, LockError::NotAFile { .. }), "{error}");
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
        let error = locks
            .named("x", Activity::Asking)
            .try_acquire()
            .unwrap_err();
        assert!(matches!(error, LockError::Folder(_)), "{error}");
        assert!(error.hint().unwrap().starts_with("chmod go-w"));
    }

    #[test]
    fn places_without_locks_are_known() {
        for code in [Errno::NOLCK, Errno::OPNOTSUPP, Errno::NOSYS] {
            assert!(means_unsupported(&code.into()), "{code}");
        }
        for code in [Errno::ACCESS, Errno::IO, Errno::BADF] {
            assert!(!means_unsupported(&code.into()), "{code}");
        }
        let lock = Fixture::new().locks().named("x", Activity::Asking);
        let tried = lock.judge(Err(TryLockError::Error(Errno::NOLCK.into())));
        assert!(matches!(tried, Ok(Found::Unsupported)));
        let tried = lock.judge(Err(TryLockError::Error(Errno::IO.into())));
        assert!(matches!(tried, Err(LockError::Lock { .. })));
    }

    #[test]
    fn a_file_s_lock_goes_by_its_path_alone() {
        let locks = Fixture::new().locks();
        let one = locks.of_file(Path::new("/home/δ/.aws/credentials"));
        let same = locks.of_file(Path::new("/home/δ/.aws/credentials"));
        let other = locks.of_file(Path::new("/home/δ/.aws/config"));
        assert_eq!(one.path(), same.path());
        assert_ne!(one.path(), other.path());
        assert_eq!(one.path().file_name().unwrap().len(), 5 + 64 + 5);
    }
}
