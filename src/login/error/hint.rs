//! What to do about an error: the next command to type, or what to know.

use crate::aws::{CallError, Refusal, RefusalKind, TrustError};
use crate::process::shell_quote;
use crate::shared_config::EditError;

use super::LoginError;

impl LoginError {
    /// The next command to type, or what to know.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Plan(e) => e.hint(),
            Self::Location(e) => Some(e.hint()),
            Self::Store(e) => e.hint(),
            Self::Parse { path, .. } => Some(format!(
                "correct that line and try again; {path} was left as it is"
            )),
            Self::Incomplete { path, .. } => Some(format!(
                "another program may have cut it off while writing; look at it (less {}), then log in again",
                shell_quote(path)
            )),
            Self::Cache(e) => e.hint(),
            Self::NotWritable { hint, .. }
            | Self::CodeRefused { hint, .. }
            | Self::UntrustedCommand { hint, .. } => Some(hint.clone()),
            Self::Ended { command, .. } => Some(format!(
                "set the clock, e.g. timedatectl set-ntp true; wait for the next code, then: {command}"
            )),
            Self::Recursion => Some(RECURSION.to_owned()),
            Self::Source { recursion, .. } => Some(if *recursion {
                RECURSION.to_owned()
            } else {
                "run the command by hand".to_owned()
            }),
            Self::Keychain { error, .. } => Some(error.hint().to_owned()),
            Self::NotInKeychain { profile, .. } => Some(format!(
                "it may be in the keychain of another user or machine; to put another key into the profile: aws configure --profile {}",
                shell_quote(profile)
            )),
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
            } => call_hint(error, profile, error.host().unwrap_or(host)),
            Self::Role(e) => e.hint(),
            Self::MalformedCode => Some("mfa-session login --token-code 123456".to_owned()),
            Self::MalformedProcessCode(_) => {
                Some("run the command by hand: its output must be the code alone".to_owned())
            }
            Self::CannotAsk { session, .. } | Self::OutOfTime { session, .. } => {
                Some(session.command.clone())
            }
            Self::Terminal(_) => Some("mfa-session login --token-code CODE".to_owned()),
            Self::Edit {
                error: error @ EditError::Fault { .. },
                ..
            } => error.hint().map(str::to_owned),
            Self::Edit { .. } => Some(
                "name a session profile of plain letters: mfa-session login --session-profile NAME"
                    .to_owned(),
            ),
            Self::Process(_) => Some("run the command by hand".to_owned()),
            Self::Cancelled(_) | Self::Shared { .. } => None,
        }
    }
}

const RECURSION: &str = "a profile that runs mfa-session is a hook profile, not a source: \
    aws configure set mfa_session_source SOURCE --profile PROFILE";

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
        RefusalKind::Code
        | RefusalKind::Serial
        | RefusalKind::Incomplete
        | RefusalKind::Pair
        | RefusalKind::Other => {
            format!("mfa-session -vv login --profile {}", shell_quote(profile))
        }
    }
}
