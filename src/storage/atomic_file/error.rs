//! Why a file was not replaced, and notes for the user about a file that was.

use std::io;
use std::path::PathBuf;

use crate::quote::shell_quote_shown;

/// Why [`super::replace`] failed.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError<E> {
    /// The edit refused.
    #[error(transparent)]
    Edit(E),
    /// The file could not be replaced.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Why a file cannot be replaced. It is then unchanged.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Symbolic links that form a loop.
    #[error("`{}` is a symbolic link in a loop of links", path.display())]
    LinkLoop {
        /// What was asked for.
        path: PathBuf,
    },
    /// A folder, pipe, socket or device.
    #[error("`{}` is not a regular file", path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
    },
    /// Too large to be what it should be.
    #[error("`{}` is larger than {limit} bytes", path.display())]
    TooLarge {
        /// Where.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
    },
    /// Its owner made it read-only.
    #[error("`{}` is read-only", path.display())]
    ReadOnly {
        /// Where.
        path: PathBuf,
    },
    /// It has the attribute that forbids every change.
    #[error("`{}` is immutable", path.display())]
    Immutable {
        /// Where.
        path: PathBuf,
    },
    /// Replacing it would change its owner.
    #[error("`{}` belongs to user {uid}, and replacing it would give it to user {euid}", path.display())]
    ForeignOwner {
        /// The file, or the folder that it would be made in.
        path: PathBuf,
        /// Its owner.
        uid: u32,
        /// Who we are.
        euid: u32,
    },
    /// A file that a container mounted cannot be renamed over.
    #[error("`{}` is a mount point and cannot be replaced", path.display())]
    MountPoint {
        /// Where.
        path: PathBuf,
    },
    /// Its access control list cannot be carried over.
    #[error("the access control list of `{}` cannot be kept", path.display())]
    Acl {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No new file can be created in its folder.
    #[error("cannot write in the folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another program keeps writing to it, or has it open for writing.
    #[error("another program is writing to `{}` and does not finish", path.display())]
    NeverAtRest {
        /// Where.
        path: PathBuf,
    },
    /// Anything else.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was being done, e.g. `read`.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl WriteError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        const HOOK: &str = "a hook profile needs no write here: put `credential_process = mfa-session credential-process \
            --profile SOURCE` and `mfa_session_source = SOURCE` in a profile of the shared config file, and login writes to the \
            session cache only";
        match self {
            Self::ForeignOwner { uid, .. } => Some(format!("run it as user {uid}; {HOOK}")),
            Self::MountPoint { .. } => {
                Some(format!("mount the folder instead of the file; {HOOK}"))
            }
            Self::Folder { .. } | Self::Acl { .. } => Some(HOOK.to_owned()),
            Self::ReadOnly { path } => Some(format!("chmod u+w {}", shell_quote_shown(path))),
            Self::Immutable { path } => Some(format!("chattr -ia {}", shell_quote_shown(path))),
            Self::NeverAtRest { path } => Some(format!(
                "see which program has it open: fuser -v {}",
                shell_quote_shown(path)
            )),
            Self::Io { path, source, .. } => Some(match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    format!("free some disk space: df -h {}", shell_quote_shown(path))
                }
                _ => format!("ls -ld {}", shell_quote_shown(path)),
            }),
            Self::LinkLoop { path } | Self::NotAFile { path } | Self::TooLarge { path, .. } => {
                Some(format!("ls -ld {}", shell_quote_shown(path)))
            }
        }
    }
}

/// What the user should know about a file that was written. The text is one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// Everybody could read it.
    #[error("`{}` was open to others (mode {was:04o}); it is closed to them now (mode {now:04o})", path.display())]
    Closed {
        /// Where.
        path: PathBuf,
        /// Its permission bits before.
        was: u32,
        /// Its permission bits now.
        now: u32,
    },
    /// Its file system does not store permissions.
    #[error("`{}` is still open to others (mode {mode:04o}), because its file system does not store permissions", path.display())]
    StaysOpen {
        /// Where.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The group could not be kept.
    #[error("the group {gid} of `{}` could not be kept, so that group no longer has access", path.display())]
    GroupLost {
        /// Where.
        path: PathBuf,
        /// The former group.
        gid: u32,
    },
    /// It had other names.
    #[error("`{}` had another name (a hard link), which keeps the old contents", path.display())]
    OtherName {
        /// Where.
        path: PathBuf,
    },
    /// Another program's version was set aside.
    #[error("another program wrote `{}` at the same moment; its version is kept in `{}`", path.display(), kept.display())]
    Rescued {
        /// Where.
        path: PathBuf,
        /// Where its contents are now.
        kept: PathBuf,
    },
    /// No lock was taken.
    #[error(
        "locks are not supported here: if two processes write at the same time, one change may be lost"
    )]
    Unlocked,
    /// The new contents are in place, but a power failure could undo the write.
    #[error("`{}` was written, but it could not be flushed to disk", path.display())]
    Unsynced {
        /// Where.
        path: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_quote_paths_for_a_shell() {
        let path = PathBuf::from("/home/a b/it's/credentials");
        let hint = |error: &WriteError| error.hint().unwrap();
        let word = r"'/home/a b/it'\''s/credentials'";
        let read_only = WriteError::ReadOnly { path: path.clone() };
        assert_eq!(hint(&read_only), format!("chmod u+w {word}"));
        let full = WriteError::Io {
            doing: "write",
            path: path.clone(),
            source: io::ErrorKind::StorageFull.into(),
        };
        assert_eq!(hint(&full), format!("free some disk space: df -h {word}"));
        let plain = WriteError::NotAFile {
            path: PathBuf::from("/home/a/.aws/config"),
        };
        assert_eq!(hint(&plain), "ls -ld /home/a/.aws/config");
    }
}
