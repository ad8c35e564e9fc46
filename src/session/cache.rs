//! The records on disk, one a long-term key, and the names of the locks around them.
//!
//! The name is the key's id, so that a key is one session whatever path or profile leads to it, and a profile that gets another
//! key never sees the old one's session. To look a record up takes no lock and writes nothing.

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;

use super::record::{LARGEST_RECORD, Record};
use crate::aws::types::AccessKeyId;
use crate::storage::atomic_file::{Flush, WriteError, Writers, forget_private, write_private};
use crate::storage::lock::{LockPath, Locks};
use crate::storage::permissions::{Distrust, Folder, FolderError, Owners};

const SESSIONS: &str = "sessions";
const LOCKS: &str = "locks";
pub(super) const STATE: &str = "state";

/// The folder of the cache. Opening it touches nothing.
#[derive(Clone, Debug)]
pub struct Cache {
    dir: PathBuf,
    owners: Owners,
}

/// What was found under a key's id.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// A record, live or not.
    Found(Box<Record>),
    /// Nothing.
    Missing,
    /// Something that is not believed: as good as nothing, and this line says why.
    Distrusted(String),
}

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// A folder of it.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A record.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Something stands where a record is to be written.
    #[error("`{}` is in the way of a session record", path.display())]
    InTheWay {
        /// Where.
        path: PathBuf,
    },
}

impl CacheError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Folder(why) => why.hint(),
            Self::Write(why) => why.hint(),
            Self::InTheWay { path } => Some(format!("remove `{}`", path.display())),
        }
    }
}

impl Cache {
    /// The cache in `dir`. `trusted_owner` is the owner of the shared credentials file, whose records root accepts too; it means
    /// nothing to anybody else.
    #[must_use]
    pub fn open(dir: PathBuf, trusted_owner: Option<u32>) -> Self {
        Self {
            dir,
            owners: Owners::new(trusted_owner),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The record of a key. Eleven system calls, none of which writes or waits.
    #[must_use]
    pub fn load(&self, id: &AccessKeyId) -> Lookup {
        match self.folder(SESSIONS) {
            Ok(Some(sessions)) => load_from(&sessions, id),
            Ok(None) => Lookup::Missing,
            Err(why) => distrusted(&why.line()),
        }
    }

    /// Every record, by key id. Files with other names are not looked at.
    ///
    /// # Errors
    /// [`Distrust`] of the folder.
    pub fn all(&self) -> Result<Vec<(AccessKeyId, Lookup)>, Distrust> {
        let Some(sessions) = self.folder(SESSIONS)? else {
            return Ok(Vec::new());
        };
        let mut ids: Vec<AccessKeyId> = sessions
            .names()?
            .iter()
            .filter_map(|name| AccessKeyId::new(name.to_str()?.strip_suffix(".json")?).ok())
            .collect();
        ids.sort();
        Ok(ids
            .into_iter()
            .map(|id| {
                let found = load_from(&sessions, &id);
                (id, found)
            })
            .collect())
    }

    /// Makes the folders where they are missing, and sees that a record could be stored and would come out closed to others. To
    /// be called before a code is asked for.
    ///
    /// # Errors
    /// [`CacheError`]; its hint names `MFA_SESSION_DIR`.
    pub fn prepare(&self) -> Result<(), CacheError> {
        let root = Folder::create(&self.dir, self.owners)?;
        for name in [LOCKS, STATE] {
            root.create_subfolder(name)?.probe()?;
        }
        let sessions = root.create_subfolder(SESSIONS)?;
        sessions.probe()?;
        // A rename replaces anything but a folder.
        for name in sessions.names().map_err(FolderError::Distrusted)? {
            let path = sessions.path().join(&name);
            let is_folder = || path.symlink_metadata().is_ok_and(|found| found.is_dir());
            if name.as_encoded_bytes().ends_with(b".json") && is_folder() {
                return Err(CacheError::InTheWay { path });
            }
        }
        Ok(())
    }

    /// Stores a record under its source key's id. The caller holds [`Cache::call_lock`].
    ///
    /// # Errors
    /// [`CacheError`]; what was stored before is then still there.
    pub fn store(&self, record: &Record) -> Result<(), CacheError> {
        let sessions = self.create_folder(SESSIONS)?;
        let name = file_name(&record.source_access_key_id);
        let text = record.to_json();
        let bytes = text.expose_secret().as_bytes();
        write_private(&sessions, &name, bytes, Writers::One, Flush::Yes)?;
        Ok(())
    }

    /// Removes a key's record and whatever a killed process left of one; says whether there was one.
    ///
    /// # Errors
    /// [`CacheError`].
    pub fn forget(&self, id: &AccessKeyId) -> Result<bool, CacheError> {
        match self.folder(SESSIONS).map_err(FolderError::Distrusted)? {
            Some(sessions) => Ok(forget_private(&sessions, &file_name(id))?),
            None => Ok(false),
        }
    }

    /// The folder of locks.
    #[must_use]
    pub fn locks(&self) -> Locks {
        Locks::new(self.dir.join(LOCKS), self.owners)
    }

    /// Held while a human or an `mfa_process` is asked for this key's code.
    #[must_use]
    pub fn ask_lock(&self, id: &AccessKeyId) -> LockPath {
        self.locks().named(&format!("{id}.ask"))
    }

    /// Held from just before GetSessionToken until the record is stored.
    #[must_use]
    pub fn call_lock(&self, id: &AccessKeyId) -> LockPath {
        self.locks().named(&format!("{id}.call"))
    }

    /// Held while a prompt is on a terminal, which is named by its session's id.
    #[must_use]
    pub fn terminal_lock(&self, session_id: i32) -> LockPath {
        self.locks().named(&format!("terminal-{session_id}"))
    }

    /// Held while a shared file is replaced, by its canonical path.
    #[must_use]
    pub fn file_lock(&self, canonical: &Path) -> LockPath {
        self.locks().of_file(canonical)
    }

    pub(super) fn folder(&self, name: &str) -> Result<Option<Folder>, Distrust> {
        match Folder::open(&self.dir, self.owners)? {
            Some(root) => root.subfolder(name),
            None => Ok(None),
        }
    }

    pub(super) fn create_folder(&self, name: &str) -> Result<Folder, FolderError> {
        Folder::create(&self.dir, self.owners)?.create_subfolder(name)
    }
}

fn file_name(id: &AccessKeyId) -> String {
    format!("{id}.json")
}

fn load_from(sessions: &Folder, id: &AccessKeyId) -> Lookup {
    let name = file_name(id);
    let bytes = match sessions.read(&name, LARGEST_RECORD) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Lookup::Missing,
        Err(why) => return distrusted(&why.line()),
    };
    let path = || sessions.path().join(&name);
    match Record::from_json(&bytes) {
        // A copy under another key's name would be another account's session.
        Ok(record) if record.source_access_key_id != *id => distrusted(&format!(
            "`{}` holds the session of another key",
            path().display()
        )),
        Ok(record) => Lookup::Found(Box::new(record)),
        Err(why) => distrusted(&format!("`{}`: {why}", path().display())),
    }
}

fn distrusted(why: &str) -> Lookup {
    Lookup::Distrusted(format!("the cached session is not used: {why}"))
}
