//! Why there is no session: the headline, the exit code and the next command to type.
//!
//! Never repeats a code, a secret or what a child printed to stdout.

mod hint;

use std::fmt;

use crate::aws::endpoint::Endpoint;
use crate::aws::types::AccessKeyId;
use crate::aws::{CallError, RefusalKind, Skew};
use crate::keychain::KeychainError;
use crate::process::{ProcessError, shell_quote};
use crate::session::cache::CacheError;
use crate::shared_config::location::NoHome;
use crate::shared_config::store::StoreError;
use crate::shared_config::{EditError, Missing, ParseError};
use crate::storage::lock::{Holder, LockError, LockPath};

use super::elsewhere::Elsewhere;
use super::plan::{Names, PlanError};
use super::role_error::RoleError;
use super::watch::StopReason;

/// What an error means to the caller of the program, which decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitKind {
    /// A refusal on this machine, no connection, or an answer that is not from AWS.
    Failure,
    /// A mistake on the command line.
    Usage,
    /// There is no live session, and nobody can be asked for a code.
    LoginNeeded,
    /// AWS answered with an error.
    Aws,
    /// A cancellation, with its exit code.
    Cancelled(u8),
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The names, keys or settings are wrong.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// There is no home folder.
    #[error(transparent)]
    Location(#[from] NoHome),
    /// A shared file cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A shared file cannot be understood.
    #[error("{path}:{line}: {message}", line = error.line, message = error.message)]
    Parse {
        /// The file.
        path: String,
        /// Line and reason.
        error: ParseError,
    },
    /// Something has vanished from a shared file since the command started.
    #[error(
        "`{path}` was left as it is: {missing} was there when this command started, and is missing now"
    )]
    Incomplete {
        /// The file.
        path: String,
        /// The section or the key.
        missing: Missing,
    },
    /// An edit that would not keep what is not ours.
    #[error("`{path}` was left as it is")]
    Edit {
        /// The file.
        path: String,
        /// Why.
        #[source]
        error: EditError,
    },
    /// A lock cannot be taken.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Another process does not release a lock.
    #[error("gave up after waiting {seconds} s for {holder}")]
    Held {
        /// How long the wait was.
        seconds: u64,
        /// Who holds it.
        holder: Holder,
        /// The command to type afterwards.
        command: String,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The session profile holds something that is never overwritten.
    #[error("profile `{profile}` is not written: {reason}")]
    NotWritable {
        /// The session profile.
        profile: String,
        /// What it holds.
        reason: String,
        /// How to go on.
        hint: String,
    },
    /// This program was called by itself.
    #[error(
        "{RECURSION_MARK}: a source profile's `credential_process` or an `mfa_process` leads back here"
    )]
    Recursion,
    /// The `credential_process` of the source profile failed.
    #[error("`credential_process` of profile `{profile}` gave no key: {detail}")]
    Source {
        /// The source.
        profile: String,
        /// What went wrong.
        detail: String,
        /// Whether it was this program.
        recursion: bool,
    },
    /// The keychain did not give the secret of the source's key.
    #[error("the keychain cannot be used for the key of profile `{profile}`: {error}")]
    Keychain {
        /// The source.
        profile: String,
        /// Why.
        error: KeychainError,
    },
    /// The keychain has no secret for the source's key.
    #[error("the keychain has no secret for the key {id} of profile `{profile}`")]
    NotInKeychain {
        /// The source.
        profile: String,
        /// The key.
        id: AccessKeyId,
    },
    /// A child process failed.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// `mfa_process` failed.
    #[error("`mfa_process` ended with {status}")]
    MfaProcess {
        /// How it ended.
        status: String,
    },
    /// The devices may not be listed.
    #[error(
        "iam:ListMFADevices is denied, so the device cannot be looked up: AWS says `{message}`"
    )]
    DevicesDenied {
        /// The source.
        profile: String,
        /// What AWS said.
        message: String,
    },
    /// There is no device to ask for, with a hint.
    #[error("{0}")]
    Device(String, Option<String>),
    /// A call failed.
    #[error("{}", headline(error, *code_sent))]
    Call {
        /// Why.
        error: CallError,
        /// The source profile, for hints.
        profile: String,
        /// The STS host, for hints.
        host: String,
        /// Whether a code was sent.
        code_sent: bool,
    },
    /// A role could not be assumed.
    #[error(transparent)]
    Role(#[from] Box<RoleError>),
    /// AWS granted a session that has already ended.
    #[error(
        "AWS granted a session that ends at {expiration}, but {clocks}; the session was not stored, and the code may have been used"
    )]
    Ended {
        /// Its end.
        expiration: String,
        /// The clocks.
        clocks: String,
        /// The command to type.
        command: String,
    },
    /// A command comes from a shared file that others can change.
    #[error("`{key}` in `{path}` was not run: {problem}")]
    UntrustedCommand {
        /// `mfa_process` or `credential_process`.
        key: &'static str,
        /// The file.
        path: String,
        /// The owner or mode that is the problem.
        problem: String,
        /// How to go on.
        hint: String,
    },
    /// The last code was refused.
    #[error("{message}")]
    CodeRefused {
        /// Why.
        message: String,
        /// How to go on.
        hint: String,
    },
    /// The given code is not six digits.
    #[error("the token code is not six digits")]
    MalformedCode,
    /// The output of `mfa_process` is not six digits.
    #[error("`mfa_process` printed no token code: expected six digits, got {0} characters")]
    MalformedProcessCode(usize),
    /// Nobody can be asked for a code.
    #[error("no code can be asked for: {why}")]
    CannotAsk {
        /// What is missing.
        session: NoSession,
        /// Why not.
        why: String,
    },
    /// The hook's time is over, or its caller has ended.
    #[error("{what}")]
    OutOfTime {
        /// What is missing.
        session: NoSession,
        /// What happened.
        what: String,
    },
    /// Ctrl-C, a signal, or end of input.
    #[error("cancelled")]
    Cancelled(u8),
    /// The terminal cannot be read.
    #[error("the terminal cannot be read")]
    Terminal(#[source] std::io::Error),
    /// Another process asked for a code, and failed.
    #[error("{message}")]
    Shared {
        /// Its error message.
        message: String,
        /// The kind of its error.
        kind: ExitKind,
    },
}

/// A profile that has no live session. It is shown as one sentence, because many programs show only the first line of the hook's stderr.
#[derive(Debug, Clone)]
pub struct NoSession {
    /// The profile that was named.
    pub profile: String,
    /// The command that logs in.
    pub command: String,
    /// A live session that is from another endpoint.
    pub elsewhere: Option<Elsewhere>,
}

impl NoSession {
    fn of(names: &Names) -> Self {
        Self {
            profile: names.named.clone(),
            command: login_command(names),
            elsewhere: None,
        }
    }
}

impl fmt::Display for NoSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no live session for profile `{}`", self.profile)?;
        if let Some(elsewhere) = &self.elsewhere {
            write!(f, ": {elsewhere}")?;
        }
        write!(f, "; log in with: {}", self.command)
    }
}

/// The words by which this program recognises its own error in the output of a child.
pub(super) const RECURSION_MARK: &str = "mfa-session was started by mfa-session";

impl LoginError {
    /// The error for a wait that ended early.
    pub(super) fn stopped(names: &Names, reason: StopReason) -> Self {
        let what = match reason {
            StopReason::Deadline => "no code came in time",
            StopReason::CallerGone => "the calling program has ended",
            StopReason::Signal(signal) => return Self::Cancelled(signal.exit_code()),
        };
        Self::OutOfTime {
            session: NoSession::of(names),
            what: what.to_owned(),
        }
    }

    /// The error for a keychain that a caller cannot wait for any longer.
    pub(super) fn no_keychain_in_time(names: &Names) -> Self {
        Self::OutOfTime {
            session: NoSession::of(names),
            what: "the keychain did not answer in time".to_owned(),
        }
    }

    /// The error for a wait for a lock that ended early. At the deadline it names the process that holds the lock.
    pub(super) fn stopped_waiting(names: &Names, reason: StopReason, lock: &LockPath) -> Self {
        let mut error = Self::stopped(names, reason);
        if let (Self::OutOfTime { what, .. }, StopReason::Deadline, Some(holder)) =
            (&mut error, reason, lock.holder())
        {
            *what = format!("{what}; waited for {holder}");
        }
        error
    }

    /// The error for a lock that could not be taken.
    pub(super) fn locked(names: &Names, error: LockError) -> Self {
        match error {
            LockError::Held {
                seconds,
                holder: Some(holder),
            } => Self::Held {
                seconds,
                holder,
                command: login_command(names),
            },
            error => error.into(),
        }
    }

    /// The error where nobody can be asked.
    pub(super) fn cannot_ask(names: &Names, why: &str) -> Self {
        Self::CannotAsk {
            session: NoSession::of(names),
            why: why.to_owned(),
        }
    }

    /// The same error where the endpoint `here` is in force; `None` is AWS's own. The command to type then gets a session from there,
    /// whatever the shell says about endpoints.
    pub(super) fn at(mut self, here: Option<&Endpoint>, elsewhere: Option<Elsewhere>) -> Self {
        if let Self::CannotAsk { session, .. } | Self::OutOfTime { session, .. } = &mut self {
            session.command = match here {
                Some(here) => format!(
                    "{} --endpoint-url {}",
                    session.command,
                    shell_quote(here.url())
                ),
                None => format!(
                    "env AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true {}",
                    session.command
                ),
            };
            session.elsewhere = elsewhere;
        }
        self
    }

    /// What is missing, where a login is needed.
    #[must_use]
    pub fn no_session(&self) -> Option<&NoSession> {
        match self {
            Self::CannotAsk { session, .. } | Self::OutOfTime { session, .. } => Some(session),
            _ => None,
        }
    }

    /// What the error means to the caller.
    #[must_use]
    pub fn kind(&self) -> ExitKind {
        match self {
            Self::MalformedCode | Self::Plan(PlanError::ProfileMissing) => ExitKind::Usage,
            Self::CannotAsk { .. } | Self::OutOfTime { .. } => ExitKind::LoginNeeded,
            Self::CodeRefused { .. }
            | Self::DevicesDenied { .. }
            | Self::Call {
                error: CallError::Refused { .. },
                ..
            } => ExitKind::Aws,
            Self::Role(role) if role.is_refusal() => ExitKind::Aws,
            Self::Cancelled(code) => ExitKind::Cancelled(*code),
            Self::Shared { kind, .. } => *kind,
            _ => ExitKind::Failure,
        }
    }
}

/// The command that logs in.
pub(super) fn login_command(names: &Names) -> String {
    format!(
        "mfa-session login --profile {}",
        shell_quote(names.to_log_in())
    )
}

fn headline(error: &CallError, code_sent: bool) -> String {
    let CallError::Refused {
        action,
        refusal,
        skew,
        ..
    } = error
    else {
        return match error {
            CallError::Lost { .. } | CallError::NotAws { .. } if code_sent => {
                format!("{error}; the code may have been used")
            }
            CallError::Unusable { .. } => format!("{error}; the code has been used"),
            other => other.to_string(),
        };
    };
    let said = |what: &str| {
        format!(
            "{what}: AWS says `{}` ({})",
            one(&refusal.message),
            refusal.code
        )
    };
    match refusal.kind {
        RefusalKind::Key => {
            said("the access key is unknown or inactive, or belongs to another partition")
        }
        RefusalKind::Secret => said("the secret access key does not belong to the access key id"),
        RefusalKind::TemporaryKeys => said("the keys are temporary, and a long-term key is needed"),
        RefusalKind::LogInFirst => said("AWS itself wants an MFA session first; no policy says so"),
        RefusalKind::Duration => said("the duration is out of bounds for this caller"),
        RefusalKind::Region => said("STS is not active in this region"),
        RefusalKind::Clock => match skew {
            Skew::Used(seconds) | Skew::Ignored(seconds) => format!(
                "{}, and AWS refused the request",
                super::clocks::difference(*seconds)
            ),
            Skew::Unknown => said("this machine's clock is too far from AWS's"),
        },
        RefusalKind::Policy => said(&format!("{action} is denied")),
        RefusalKind::Throttled => said("too many requests"),
        _ => said(&format!("AWS refused {action}")),
    }
}

fn one(text: &str) -> String {
    crate::ui::one_line(text, 300)
}
