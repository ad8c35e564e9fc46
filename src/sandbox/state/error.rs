//! What can go wrong with the folder of an account. No message repeats what a file holds: it may be a secret.

use std::io;
use std::path::{Path, PathBuf};

use crate::process::shell_quote;
use crate::storage::atomic_file::WriteError;
use crate::storage::permissions::Distrust;

/// A folder or file of the sandbox that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The system refused.
    #[error("cannot use `{}`", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The account cannot be written.
    #[error(transparent)]
    Write(Box<WriteError>),
    /// The folder became open to others.
    #[error("{}", .0.line())]
    Distrusted(Box<Distrust>),
    /// Not an account.
    #[error("`{}` holds no account that can be read: line {line}, column {column}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// An account of another version of this program.
    #[error("`{}` holds an account of version {version}, which this program does not know", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// Nothing stored.
    #[error("no sandbox has its account in `{}`", path.display())]
    NoAccount {
        /// The folder.
        path: PathBuf,
    },
    /// Another process has the lock.
    #[error("another sandbox is running on `{}`", path.display())]
    Held {
        /// The folder.
        path: PathBuf,
    },
    /// The folder is not private and not empty.
    #[error("`{}` is open to others and not empty", path.display())]
    Open {
        /// The folder.
        path: PathBuf,
    },
}

impl StateError {
    /// The next command to type.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Open { path } => Some(format!("chmod 700 {}", quoted(path))),
            Self::NoAccount { path } => {
                Some(format!("mfa-session sandbox --state {}", quoted(path)))
            }
            Self::Version { .. } => {
                Some("start with a new folder: mfa-session sandbox --state DIR".to_owned())
            }
            _ => None,
        }
    }
}

fn quoted(path: &Path) -> String {
    shell_quote(&path.display().to_string())
}

/// Names the path of a failed call.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> StateError {
    let path = path.to_owned();
    move |source| StateError::Io { path, source }
}

/// Where a stored account stopped making sense. The parser's own words would repeat what it found there.
pub(super) fn reading(path: &Path, error: &serde_json::Error) -> StateError {
    StateError::Malformed {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
    }
}
