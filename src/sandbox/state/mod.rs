//! The folder in which an account is kept.
//!
//! `account.json` is the account itself. It is written before an answer leaves, so that a killed sandbox loses nothing that a
//! client was told. The folder is private, only one sandbox at a time uses it, and a file that cannot be read is reported and
//! left alone. `config` and `credentials` are shared files that lead AWS's tools to the sandbox; the command writes them.

mod error;

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

pub use error::StateError;

use super::account::{Account, Records, Setup, VERSION};
use crate::storage::atomic_file::{Flush, WriteError, Writers, write_private};
use crate::storage::permissions::{Folder, Owners};
use error::{at, reading};
use time::UtcDateTime;

const ACCOUNT: &str = "account.json";
const LOCK: &str = "lock";
const CONFIG: &str = "config";
const CREDENTIALS: &str = "credentials";

/// A folder that this process holds until the value is dropped. A temporary folder is then removed.
#[derive(Debug)]
pub struct StateFolder {
    path: PathBuf,
    /// The lock, which the system frees however the process ends.
    _lock: File,
    keep: Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    Always,
    WhileHeld,
}

impl StateFolder {
    /// Opens or creates a folder that stays.
    ///
    /// # Errors
    /// [`StateError`] if the folder cannot be created, is accessible to other users and not empty, or is in use by another sandbox.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let mut builder = DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(at(path))?;
        Self::hold(path, Keep::Always)
    }

    /// Creates a private folder in `parent`, which is removed when the value is dropped.
    ///
    /// # Errors
    /// [`StateError`] if the folder cannot be created.
    pub fn temporary(parent: &Path) -> Result<Self, StateError> {
        let name = format!("mfa-session-sandbox-{:016x}", rand::random::<u64>());
        let path = parent.join(name);
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(at(&path))?;
        Self::hold(&path, Keep::WhileHeld)
    }

    fn hold(path: &Path, keep: Keep) -> Result<Self, StateError> {
        let path = path.canonicalize().map_err(at(path))?;
        make_private(&path)?;
        let lock_path = path.join(LOCK);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock_path)
            .map_err(at(&lock_path))?;
        match lock.try_lock() {
            // Where locks are unsupported, the user must not start two sandboxes in one folder.
            Ok(()) => {}
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::WouldBlock) => return Err(StateError::Held { path }),
            Err(TryLockError::Error(source)) => {
                return Err(StateError::Io {
                    path: lock_path,
                    source,
                });
            }
        }
        Ok(Self {
            path,
            _lock: lock,
            keep,
        })
    }

    /// The account in this folder, if there is one.
    ///
    /// # Errors
    /// [`StateError`] if the file cannot be read or does not contain an account.
    pub fn stored_account(&self) -> Result<Option<Account>, StateError> {
        self.account_file().load()
    }

    /// The account in this folder. If there is none, a new one is stored.
    ///
    /// # Errors
    /// [`StateError`] if the stored account cannot be read, or a new one cannot be stored.
    pub fn account(&self, setup: &Setup, now: UtcDateTime) -> Result<Account, StateError> {
        let file = self.account_file();
        if let Some(account) = file.load()? {
            return Ok(account);
        }
        let mut account = Account::new(setup, now);
        file.save(&mut account)?;
        Ok(account)
    }

    /// The file in which a server stores the account.
    #[must_use]
    pub fn account_file(&self) -> AccountFile {
        AccountFile {
            path: self.path.join(ACCOUNT),
        }
    }

    /// The absolute path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of the shared config file.
    #[must_use]
    pub fn config_path(&self) -> PathBuf {
        self.path.join(CONFIG)
    }

    /// The path of the shared credentials file.
    #[must_use]
    pub fn credentials_path(&self) -> PathBuf {
        self.path.join(CREDENTIALS)
    }
}

impl Drop for StateFolder {
    fn drop(&mut self) {
        if self.keep == Keep::WhileHeld {
            // There is nobody to report an error to, and a file that stays is private.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// The file of an account.
#[derive(Debug, Clone)]
pub struct AccountFile {
    path: PathBuf,
}

impl AccountFile {
    /// Stores the account, completely or not at all.
    ///
    /// # Errors
    /// [`StateError`] if the file cannot be written.
    pub fn save(&self, account: &mut Account) -> Result<(), StateError> {
        account.record_uses();
        let bytes = serde_json::to_vec_pretty(&*account.records)
            .map_err(io::Error::from)
            .map_err(at(&self.path))?;
        let stored = |error: WriteError| StateError::Write(Box::new(error));
        let folder = self.folder()?;
        write_private(&folder, ACCOUNT, &bytes, Writers::One, Flush::Yes).map_err(stored)?;
        account.mark_stored();
        Ok(())
    }

    /// The folder, checked again, because another user who can write in it could replace the account.
    fn folder(&self) -> Result<Folder, StateError> {
        let path = self.path.parent().unwrap_or(Path::new("."));
        Folder::open(path, Owners::new(None))
            .map_err(|distrust| StateError::Distrusted(Box::new(distrust)))?
            .ok_or_else(|| at(path)(io::ErrorKind::NotFound.into()))
    }

    fn load(&self) -> Result<Option<Account>, StateError> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(at(&self.path)(e)),
        };
        let records: Records =
            serde_json::from_slice(&bytes).map_err(|e| reading(&self.path, &e))?;
        if records.version != VERSION {
            return Err(StateError::Version {
                path: self.path.clone(),
                version: records.version,
            });
        }
        Ok(Some(Account::restored(records)))
    }
}

/// The account in a folder that a running sandbox may be using, for `sandbox code`.
///
/// # Errors
/// [`StateError`] if there is none or it cannot be read.
pub fn read_account(folder: &Path) -> Result<Account, StateError> {
    let file = AccountFile {
        path: folder.join(ACCOUNT),
    };
    file.load()?.ok_or(StateError::NoAccount {
        path: folder.to_owned(),
    })
}

/// Makes an empty folder private. A folder that other users can access and that is not empty was not created by a sandbox, so it
/// is refused.
fn make_private(path: &Path) -> Result<(), StateError> {
    let mode = path.metadata().map_err(at(path))?.permissions().mode();
    let others = mode & 0o077;
    if others == 0 {
        return Ok(());
    }
    if path.read_dir().map_err(at(path))?.next().is_some() {
        return Err(StateError::Open {
            path: path.to_owned(),
        });
    }
    std::fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(at(path))
}

#[cfg(test)]
mod tests;
