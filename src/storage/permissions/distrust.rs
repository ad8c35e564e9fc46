//! Why a file or folder of ours is not trusted, and the command that repairs it.

use std::io;
use std::path::PathBuf;

/// Why a file or folder is not believed. The text is one line.
#[derive(Debug, thiserror::Error)]
pub enum Distrust {
    /// A link could point anywhere.
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
    /// Something else stands where a folder is needed.
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
    /// The system refused.
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
    /// The whole reason in one line, the system's included, for a warning.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Unreadable { source, .. } => format!("{self}: {source}"),
            _ => self.to_string(),
        }
    }

    /// What to type, where a command mends it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::OpenToOthers { path, .. } => Some(format!("chmod 600 '{}'", path.display())),
            Self::WritableFolder { path, .. } => Some(format!("chmod go-w '{}'", path.display())),
            _ => None,
        }
    }
}

/// Why a folder cannot be used to keep secrets in.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It is there and not to be trusted.
    #[error("the session cache cannot be used")]
    Distrusted(#[source] Distrust),
    /// It could not be made.
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
    /// Its file system does not keep permissions.
    #[error("files in `{}` cannot be closed to others", path.display())]
    NotPrivate {
        /// Where.
        path: PathBuf,
        /// How the file came out.
        #[source]
        source: Distrust,
    },
}

impl FolderError {
    /// What to do about it. Each of these goes away with another folder.
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
