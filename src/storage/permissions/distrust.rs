//! Why a file or folder of ours is not trusted, and the command that repairs it.

use std::io;
use std::path::{Path, PathBuf};

use crate::quote::shell_quote_shown;

/// Why a file or folder is not trusted. The message is one line.
#[derive(Debug, thiserror::Error)]
pub enum Distrust {
    /// It is a symbolic link, which could lead anywhere.
    #[error("`{}` is a symbolic link", path.display())]
    Link {
        /// Where.
        path: PathBuf,
    },
    /// A folder, pipe, socket or device.
    #[error("`{}` is not a regular file", path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
    },
    /// It is not a folder.
    #[error("`{}` is not a folder", path.display())]
    NotAFolder {
        /// Where.
        path: PathBuf,
    },
    /// Another user could change it.
    #[error("`{}` belongs to user {uid}, not to user {euid}", path.display())]
    ForeignOwner {
        /// Where.
        path: PathBuf,
        /// Its owner.
        uid: u32,
        /// Who we are.
        euid: u32,
    },
    /// Others may read or write it.
    #[error("`{}` is open to others (mode {mode:04o})", path.display())]
    OpenToOthers {
        /// Where.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Others may put files into it.
    #[error("the folder `{}` is writable by others (mode {mode:04o})", path.display())]
    WritableFolder {
        /// Where.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Longer than anything that we write.
    #[error("`{}` is longer than {limit} bytes", path.display())]
    TooLong {
        /// Where.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
    },
    /// The system cannot read it.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Distrust {
    /// Where the file or folder is.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Link { path }
            | Self::NotAFile { path }
            | Self::NotAFolder { path }
            | Self::ForeignOwner { path, .. }
            | Self::OpenToOthers { path, .. }
            | Self::WritableFolder { path, .. }
            | Self::TooLong { path, .. }
            | Self::Unreadable { path, .. } => path,
        }
    }

    /// The reason and the system's own message in one line, for a warning.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Unreadable { source, .. } => format!("{self}: {source}"),
            _ => self.to_string(),
        }
    }

    /// The command that repairs it, if there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::OpenToOthers { path, .. } => {
                Some(format!("chmod 600 {}", shell_quote_shown(path)))
            }
            Self::WritableFolder { path, .. } => {
                Some(format!("chmod go-w {}", shell_quote_shown(path)))
            }
            _ => None,
        }
    }
}

/// Why secrets cannot be kept in a folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It exists, but is not trusted.
    #[error("the session cache cannot be used")]
    Distrusted(#[source] Distrust),
    /// It could not be created.
    #[error("cannot create the folder `{}`", path.display())]
    Create {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No file can be written in it.
    #[error("cannot write in the folder `{}`", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Its file system does not store permissions.
    #[error("files in `{}` cannot be made private", path.display())]
    NotPrivate {
        /// Where.
        path: PathBuf,
        /// Why a test file was not private.
        #[source]
        source: Distrust,
    },
}

impl FolderError {
    /// The command that repairs it, or how to use another folder instead.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let mend = match self {
            Self::Distrusted(why) => why.hint(),
            _ => None,
        };
        mend.or_else(|| {
            Some(
                "set MFA_SESSION_DIR to a folder of your own on a local file system, e.g. \
                 export MFA_SESSION_DIR=\"$HOME/.mfa-session\""
                    .to_owned(),
            )
        })
    }
}
