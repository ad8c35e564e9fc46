//! Errors of the folder in which an account is kept. No message repeats the contents of a file, which may be secret.

use std::io;
use std::path::{Path, PathBuf};

use crate::quote::shell_quote_shown;
use crate::storage::atomic_file::WriteError;
use crate::storage::permissions::Distrust;

/// A folder or file of the sandbox that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file or folder cannot be read, created or changed.
    #[error("cannot use `{}`", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The account cannot be written.
    #[error(transparent)]
    Write(Box<WriteError>),
    /// Another user can change the folder.
    #[error("{}", .0.line())]
    Distrusted(Box<Distrust>),
    /// The file does not contain an account.
    #[error("`{}` is not a valid account file: error in line {line}, column {column}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The account was written by another version of this program.
    #[error("`{}` has format version {version}, which this version of mfa-session cannot read", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version of the file's format.
        version: u32,
    },
    /// The folder contains no account.
    #[error("there is no sandbox account in `{}`", path.display())]
    NoAccount {
        /// The folder.
        path: PathBuf,
    },
    /// Another process has the lock.
    #[error("another sandbox is using `{}`", path.display())]
    Held {
        /// The folder.
        path: PathBuf,
    },
    /// Other users can read the folder, and it is not empty.
    #[error("other users can access `{}`, and it is not empty", path.display())]
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
            Self::Open { path } => Some(format!("chmod 700 {}", shell_quote_shown(path))),
            Self::NoAccount { path } => Some(format!(
                "mfa-session sandbox --state {}",
                shell_quote_shown(path)
            )),
            Self::Held { .. } => {
                Some("use another folder: mfa-session sandbox --state DIR".to_owned())
            }
            Self::Version { .. } | Self::Malformed { .. } => {
                Some("start with a new folder: mfa-session sandbox --state DIR".to_owned())
            }
            _ => None,
        }
    }
}

/// Adds the path to the error of a failed call.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> StateError {
    let path = path.to_owned();
    move |source| StateError::Io { path, source }
}

/// The position of an error in a stored account. The parser's own message would repeat the text that it found there.
pub(super) fn reading(path: &Path, error: &serde_json::Error) -> StateError {
    StateError::Malformed {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
    }
}
