//! Why there is no session: the headline, the exit code and the next command to type.
//!
//! Never repeats a code, a secret or what a child printed to stdout.

use crate::aws::{CallError, Refusal, RefusalKind, Skew, TrustError};
use crate::process::{ProcessError, shell_quote};
use crate::session::cache::CacheError;
use crate::shared_config::location::NoHome;
use crate::shared_config::store::StoreError;
use crate::shared_config::{EditError, Missing, ParseError};
use crate::storage::lock::{Holder, LockError, LockPath};

use super::plan::{Names, PlanError};
use super::watch::StopReason;

/// What an error means to whoever called the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitKind {
    /// A local refusal, no connection, an answer that is not AWS's.
    Failure,
    /// The command line.
    Usage,
    /// No live session, and nobody who could be asked for a code.
    LoginNeeded,
    /// AWS answered with an error.
    Aws,
    /// Somebody did not want to; the exit code.
    Cancelled(u8),
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Names, keys, settings.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// No home folder.
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
    /// A lock.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Another process does not let go of a lock.
    #[error("waited {seconds} s in vain for {holder}")]
    Held {
        /// How long it was waited for.
        seconds: u64,
        /// Who holds it.
        holder: Holder,
        /// The command to type afterwards.
        command: String,
    },
    /// The cache.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The session profile holds what is never overwritten.
    #[error("profile `{profile}` is not written: {reason}")]
    NotWritable {
        /// The session profile.
        profile: String,
        /// What it holds.
        reason: String,
        /// What helps.
        hint: String,
    },
    /// This program, called by itself.
    #[error(
        "{RECURSION_MARK}: a source profile's `credential_process` or an `mfa_process` leads back here"
    )]
    Recursion,
    /// Another program's `credential_process`.
    #[error("`credential_process` of profile `{profile}` gave no key: {detail}")]
    Source {
        /// The source.
        profile: String,
        /// What went wrong.
        detail: String,
        /// It was this program.
        recursion: bool,
    },
    /// A child.
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
    /// No device to ask for.
    #[error("{0}")]
    Device(String, Option<String>),
    /// A call failed.
    #[error("{}", headline(error, *code_sent))]
    Call {
        /// How.
        error: CallError,
        /// The source profile, for hints.
        profile: String,
        /// The STS host, for hints.
        host: String,
        /// Whether a code was on its way.
        code_sent: bool,
    },
    /// A session that has ended when it begins.
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
    /// A shared file that others can change names a command.
    #[error("`{key}` of `{path}` is not run: {problem}")]
    UntrustedCommand {
        /// `mfa_process` or `credential_process`.
        key: &'static str,
        /// The file.
        path: String,
        /// Owner or mode, and of what.
        problem: String,
        /// What helps.
        hint: String,
    },
    /// The last code was refused.
    #[error("{message}")]
    CodeRefused {
        /// What AWS said, in our words.
        message: String,
        /// What helps.
        hint: String,
    },
    /// Not six digits.
    #[error("the token code is not six digits")]
    MalformedCode,
    /// Not six digits, from a command.
    #[error("`mfa_process` printed no token code: expected six digits, got {0} characters")]
    MalformedProcessCode(usize),
    /// Nobody can be asked.
    #[error("no live session for profile `{profile}`, and no code can be asked for: {why}")]
    CannotAsk {
        /// The profile that was named.
        profile: String,
        /// Why not.
        why: String,
        /// The command to type.
        command: String,
    },
    /// The hook's time is over.
    #[error("no live session for profile `{profile}`: {what}")]
    OutOfTime {
        /// The profile that was named.
        profile: String,
        /// What took it.
        what: String,
        /// The command to type.
        command: String,
    },
    /// Ctrl-C, a signal, or end of input.
    #[error("cancelled")]
    Cancelled(u8),
    /// The terminal.
    #[error("the terminal cannot be read")]
    Terminal(#[source] std::io::Error),
    /// The answer of another process to the same question.
    #[error("{message}")]
    Shared {
        /// What it said.
        message: String,
        /// With what it left.
        kind: ExitKind,
    },
}

/// How a child of ours tells its parent that it is this program too.
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
            profile: names.named.clone(),
            what: what.to_owned(),
            command: login_command(names),
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

    /// A lock that could not be taken.
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

    /// Nobody can be asked.
    pub(super) fn cannot_ask(names: &Names, why: &str) -> Self {
        Self::CannotAsk {
            profile: names.named.clone(),
            why: why.to_owned(),
            command: login_command(names),
        }
    }

    /// What it means to the caller.
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
            Self::Cancelled(code) => ExitKind::Cancelled(*code),
            Self::Shared { kind, .. } => *kind,
            _ => ExitKind::Failure,
        }
    }

    /// The next command to type, or what to know.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Plan(e) => e.hint(),
            Self::Location(e) => Some(e.hint()),
            Self::Store(e) => e.hint(),
            Self::Parse { path, .. } => Some(format!(
                "mend that line, then try again; {path} was left as it is"
            )),
            Self::Incomplete { path, .. } => Some(format!(
                "another program may have cut it off while writing; see what is in it (ls -l '{path}'), then log in again"
            )),
            Self::Cache(e) => e.hint(),
            Self::NotWritable { hint, .. }
            | Self::CodeRefused { hint, .. }
            | Self::UntrustedCommand { hint, .. } => Some(hint.clone()),
            Self::Ended { command, .. } => Some(format!(
                "set the clock, e.g. timedatectl set-ntp true; wait for the next code, then: {command}"
            )),
            Self::Recursion => Some(RECURSION.to_owned()),
            Self::Source {
                recursion, profile, ..
            } => Some(if *recursion {
                RECURSION.to_owned()
            } else {
                format!(
                    "run the command by hand, or store a key: aws configure --profile {}",
                    shell_quote(profile)
                )
            }),
            Self::Device(_, hint) => hint.clone(),
            Self::Lock(e) => e.hint(),
            Self::Held {
                holder, command, ..
            } => Some(format!("{}; then: {command}", holder.hint())),
            Self::DevicesDenied { profile, .. } => Some(format!(
                "name it: aws configure set mfa_serial arn:aws:iam::ACCOUNT:mfa/NAME --profile {}",
                shell_quote(profile)
            )),
            Self::MfaProcess { .. } => {
                Some("run the command by hand; it must print the code alone".to_owned())
            }
            Self::Call {
                error,
                profile,
                host,
                ..
            } => call_hint(error, profile, host),
            Self::MalformedCode => Some("mfa-session login --token-code 123456".to_owned()),
            Self::MalformedProcessCode(_) => {
                Some("run the command by hand: its output must be the code alone".to_owned())
            }
            Self::CannotAsk { command, .. } | Self::OutOfTime { command, .. } => {
                Some(command.clone())
            }
            Self::Terminal(_) => Some("mfa-session login --token-code CODE".to_owned()),
            Self::Edit { .. } => Some(
                "name a session profile of plain letters: mfa-session login --session-profile NAME"
                    .to_owned(),
            ),
            Self::Process(_) => Some("run the command by hand".to_owned()),
            Self::Cancelled(_) | Self::Shared { .. } => None,
        }
    }
}

/// The command that a human types to log in.
pub(super) fn login_command(names: &Names) -> String {
    format!("mfa-session login --profile {}", shell_quote(&names.source))
}

const RECURSION: &str = "a profile that runs mfa-session is a hook profile, not a source: \
    aws configure set mfa_session_source SOURCE --profile PROFILE";

fn headline(error: &CallError, code_sent: bool) -> String {
    let CallError::Refused {
        action,
        refusal,
        skew,
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

fn call_hint(error: &CallError, profile: &str, host: &str) -> Option<String> {
    let text = match error {
        CallError::Refused { refusal, .. } => return Some(refusal_hint(refusal, profile, host)),
        CallError::NotSent {
            untrusted: true, ..
        } => "a proxy with a certificate of its own? name its CA: export AWS_CA_BUNDLE=FILE"
            .to_owned(),
        CallError::NotSent { .. } => {
            format!(
                "nothing was sent and no code was used; is {host} reachable from here? (HTTPS_PROXY, --region, --endpoint-url)"
            )
        }
        CallError::Lost { .. } => format!(
            "wait for the next code, then: mfa-session login --profile {}",
            shell_quote(profile)
        ),
        CallError::NotAws { .. } => {
            "a captive portal or a proxy may have answered; open a browser, or set HTTPS_PROXY"
                .to_owned()
        }
        CallError::Unusable { .. } => format!(
            "what answers there is not AWS, or something on the way changes its answers; wait for the next code, then: mfa-session login --profile {}",
            shell_quote(profile)
        ),
        CallError::Proxy(error) => format!(
            "export {variable}=http://HOST:PORT, or: unset {variable}",
            variable = error.variable
        ),
        CallError::Trust(TrustError::Unreadable { .. } | TrustError::Empty { .. }) => {
            "AWS_CA_BUNDLE or `ca_bundle` names it: export AWS_CA_BUNDLE=FILE".to_owned()
        }
        CallError::Local(_) => return None,
    };
    Some(text)
}

fn refusal_hint(refusal: &Refusal, profile: &str, host: &str) -> String {
    match refusal.kind {
        RefusalKind::Key => format!(
            "{host} was called; another partition is named by --region; a new key is stored by: aws configure --profile {}",
            shell_quote(profile)
        ),
        RefusalKind::Secret => format!("aws configure --profile {}", shell_quote(profile)),
        RefusalKind::TemporaryKeys | RefusalKind::LogInFirst | RefusalKind::Expired => {
            "mfa-session login --profile PROFILE, with a profile that holds a long-term key"
                .to_owned()
        }
        RefusalKind::Duration => {
            "a root user's session lasts an hour at most: mfa-session login --duration-seconds 3600"
                .to_owned()
        }
        RefusalKind::Region => {
            "mfa-session login --region us-east-1, or activate STS there in the account settings"
                .to_owned()
        }
        RefusalKind::Clock => "set the clock, e.g. timedatectl set-ntp true".to_owned(),
        RefusalKind::Throttled | RefusalKind::Service => "try again in a minute".to_owned(),
        RefusalKind::Policy => {
            "a policy that denies without MFA must except this call: mfa-session policy generate"
                .to_owned()
        }
        RefusalKind::Code | RefusalKind::Serial | RefusalKind::Incomplete | RefusalKind::Other => {
            format!("mfa-session -vv login --profile {}", shell_quote(profile))
        }
    }
}
