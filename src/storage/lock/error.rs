//! Why a lock was not taken.

use std::io;
use std::path::PathBuf;

use super::holder::{self, Holder};
use crate::storage::permissions::FolderError;

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The lock folder is missing and cannot be created, or it is not trusted.
    #[error("cannot use the lock folder")]
    Folder(#[source] FolderError),
    /// The lock file cannot be opened.
    #[error("cannot open the lock `{}`", path.display())]
    Open {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Something that is not a regular file has its name.
    #[error("the lock `{}` is not a regular file", path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
    },
    /// The system call failed, for a reason other than that the lock is taken.
    #[error("cannot lock `{}`", path.display())]
    Lock {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process does not release it.
    #[error("gave up after waiting {seconds} s for {}", holder::describe(*holder))]
    Held {
        /// How long it was waited for.
        seconds: u64,
        /// Who holds it, if that is known.
        holder: Option<Holder>,
    },
}

impl LockError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Folder(why) => why.hint(),
            Self::NotAFile { path } => Some(format!("remove `{}`", path.display())),
            Self::Held { holder, .. } => Some(holder.map_or_else(
                || {
                    "look for it in other containers and on other hosts that share this folder"
                        .to_owned()
                },
                |holder| format!("{}; then run the command again", holder.hint()),
            )),
            Self::Open { .. } | Self::Lock { .. } => Some(
                "set MFA_SESSION_DIR to a folder of your own on a local file system".to_owned(),
            ),
        }
    }
}
