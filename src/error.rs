//! The top error: its exit code, and how it is printed.
//!
//! A headline, its causes, and a hint with the command to type. If a login is needed, a sentence with that command is printed first:
//! a program that shows only the first line of the hook's stderr then shows the line that helps.

use std::error::Error as StdError;
use std::io;

use crate::context::NotText;
use crate::login::{ExitKind, LoginError};
use crate::process::ExecError;
use crate::sandbox::SandboxError;
use crate::sandbox::state::StateError;
use crate::storage::atomic_file::WriteError;
use crate::ui::Ui;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no session.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// An environment variable that is not valid UTF-8.
    #[error(transparent)]
    Environment(#[from] NotText),
    /// `exec` could not run its command.
    #[error(transparent)]
    Exec(#[from] ExecError),
    /// The sandbox failed.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The sandbox's folder could not be used.
    #[error(transparent)]
    SandboxState(#[from] StateError),
    /// A file of the sandbox's folder.
    #[error(transparent)]
    Write(#[from] Box<WriteError>),
    /// The system refused a signal handler.
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
    /// Stdout could not be written.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
    /// A file that the user named could not be read or written.
    #[error("cannot {what} `{path}`")]
    File {
        /// `read` or `write`.
        what: &'static str,
        /// As typed.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A document has an error.
    #[error("{path}, line {line}, column {column}: {problem}")]
    Document {
        /// As typed.
        path: String,
        /// From 1.
        line: usize,
        /// In characters, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// AWS answered with an error that the command explains.
    #[error("{message}")]
    Aws {
        /// The headline.
        message: String,
        /// The command to type.
        hint: String,
    },
    /// The command cannot do what was asked for.
    #[error("{message}")]
    Refused {
        /// The headline.
        message: String,
        /// The command to type.
        hint: String,
    },
    /// The command line has an error.
    #[error("{message}")]
    Usage {
        /// The headline.
        message: String,
        /// The command to type.
        hint: String,
    },
}

impl Error {
    /// The exit code: 1 for a failure, 2 for usage, 3 if a login is needed, 4 if AWS answered with an error, and 0 for a closed pipe.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Output(e) if e.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Login(e) => match e.kind() {
                ExitKind::Failure => 1,
                ExitKind::Usage => 2,
                ExitKind::LoginNeeded => 3,
                ExitKind::Aws => 4,
                ExitKind::Cancelled(code) => code,
            },
            Self::Exec(e) => e.exit_code(),
            Self::Usage { .. } => 2,
            Self::Aws { .. } => 4,
            _ => 1,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Login(e) => e.hint(),
            Self::Environment(e) => Some(format!("unset {}", e.variable)),
            Self::Sandbox(e) => e.hint(),
            Self::SandboxState(e) => e.hint(),
            Self::Write(e) => e.hint(),
            Self::Aws { hint, .. } | Self::Refused { hint, .. } | Self::Usage { hint, .. } => {
                Some(hint.clone())
            }
            Self::Exec(_)
            | Self::Output(_)
            | Self::Signals(_)
            | Self::File { .. }
            | Self::Document { .. } => None,
        }
    }

    /// Prints the error to stderr.
    pub fn report(&self, ui: Ui) {
        let no_session = match self {
            Self::Login(e) => e.no_session().map(ToString::to_string),
            _ => None,
        };
        ui.release(no_session.as_deref());
        if self.exit_code() == 0 {
            return;
        }
        let headline = self.to_string();
        ui.error(&headline);
        let mut printed = headline;
        let mut next = self.source();
        while let Some(error) = next {
            next = error.source();
            let cause = error.to_string();
            if !printed.contains(&cause) {
                ui.cause(&cause);
                printed = cause;
            }
        }
        if let (None, Some(hint)) = (no_session, self.hint()) {
            ui.hint(&hint);
        }
    }
}

impl From<io::Error> for Error {
    /// Commands write only to stdout themselves.
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
