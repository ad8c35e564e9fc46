//! Why a lock was not taken.

use std::io;
use std::path::PathBuf;

use super::holder::{self, Holder};
use crate::storage::permissions::FolderError;

/// Why a lock could not be tried.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The folder of locks is missing and cannot be made, or is not to be trusted.
    #[error("cannot use the folder of locks")]
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
    /// Something else bears its name.
    #[error("the lock `{}` is not a regular file", path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
    },
    /// The system failed for another reason than that the lock is taken.
    #[error("cannot lock `{}`", path.display())]
    Lock {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process does not let go of it.
    #[error("waited {seconds} s in vain for {}", holder::describe(*holder))]
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
