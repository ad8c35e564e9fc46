//! Why a call returned no session, read from the errors of the AWS SDK.
//!
//! The kinds differ in whether the token code may have been used: only [`CallError::NotSent`] and an error of this machine rule
//! it out.

use std::error::Error as StdError;

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use http_body_util::LengthLimitError;

use super::clock::Skew;
use super::proxy::ProxyError;
use super::refusal::Refusal;
use super::trust::TrustError;
use super::types::Invalid;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// AWS answered with an error.
    #[error("AWS refused {action}: {message} ({code})", message = refusal.message, code = refusal.code)]
    Refused {
        /// e.g. `sts:GetSessionToken`.
        action: &'static str,
        /// Code, message, meaning.
        refusal: Refusal,
        /// This machine's clock, by the Date header.
        skew: Skew,
        /// The host of the call.
        host: String,
    },
    /// No connection was made: nothing was sent.
    #[error("cannot connect to {host}: {detail}")]
    NotSent {
        /// The host of the call.
        host: String,
        /// Why.
        detail: String,
        /// The certificate was not trusted.
        untrusted: bool,
    },
    /// The request went out and no answer came back.
    #[error("{host} did not answer: {detail}")]
    Lost {
        /// The host of the call.
        host: String,
        /// Why.
        detail: String,
    },
    /// The answer was not from AWS.
    #[error("{host} gave an answer that is not AWS's: {detail}")]
    NotAws {
        /// The host of the call.
        host: String,
        /// What came.
        detail: String,
    },
    /// AWS granted a session with credentials that cannot be kept: the code is spent.
    #[error("{host} gave an answer that is not AWS's: {problem}")]
    Unusable {
        /// The host of the call.
        host: String,
        /// What is wrong with it.
        problem: Invalid,
    },
    /// A variable that names a proxy.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The CA bundle.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The call could not be made on this machine.
    #[error("cannot call AWS from here: {0}")]
    Local(String),
}

impl CallError {
    /// The same error, with what was learnt of this machine's clock if AWS refused the call.
    pub(super) fn with_skew(mut self, measured: Skew) -> Self {
        if let Self::Refused { skew, .. } = &mut self {
            *skew = measured;
        }
        self
    }

    /// The same error of a call that was made to the host `called`.
    pub(super) fn at(mut self, called: Option<String>) -> Self {
        let host = match &mut self {
            Self::Refused { host, .. }
            | Self::NotSent { host, .. }
            | Self::Lost { host, .. }
            | Self::NotAws { host, .. }
            | Self::Unusable { host, .. } => host,
            Self::Proxy(_) | Self::Trust(_) | Self::Local(_) => return self,
        };
        if let Some(called) = called {
            *host = called;
        }
        self
    }

    /// The host of the call; `None` if no call was made.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Refused { host, .. }
            | Self::NotSent { host, .. }
            | Self::Lost { host, .. }
            | Self::NotAws { host, .. }
            | Self::Unusable { host, .. } => Some(host),
            Self::Proxy(_) | Self::Trust(_) | Self::Local(_) => None,
        }
    }
}

/// The error of a call to `host`, read from what the SDK returned.
pub(super) fn call_error<E>(
    action: &'static str,
    host: &str,
    error: &SdkError<E, HttpResponse>,
) -> CallError
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let host = host.to_owned();
    match error {
        SdkError::ServiceError(e) => {
            let status = e.raw().status().as_u16();
            match e.err().code() {
                Some(code) => CallError::Refused {
                    action,
                    refusal: Refusal::new(code, e.err().message().unwrap_or_default(), status),
                    skew: Skew::Unknown,
                    host,
                },
                None => CallError::NotAws {
                    host,
                    detail: format!("HTTP status {status}"),
                },
            }
        }
        _ if sources(error).any(<dyn StdError>::is::<LengthLimitError>) => CallError::NotAws {
            host,
            detail: "it is longer than 1 MiB".to_owned(),
        },
        SdkError::ResponseError(e) => {
            let status = e.raw().status().as_u16();
            CallError::NotAws {
                host,
                detail: format!("HTTP status {status}, and the body cannot be read"),
            }
        }
        SdkError::ConstructionFailure(_) => CallError::Local(chain(error)),
        _ => connection_error(&host, error),
    }
}

/// The error of a call to `host` that got no answer.
pub(super) fn connection_error(host: &str, error: &(dyn StdError + 'static)) -> CallError {
    let host = host.to_owned();
    if never_connected(error) {
        CallError::NotSent {
            host,
            untrusted: chain(error).contains("invalid peer certificate"),
            detail: root_cause(error),
        }
    } else {
        CallError::Lost {
            host,
            detail: root_cause(error),
        }
    }
}

fn sources<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |e: &&'a (dyn StdError + 'static)| {
        (*e).source()
    })
}

/// The client says so itself: anything else may have reached the server.
fn never_connected(error: &(dyn StdError + 'static)) -> bool {
    sources(error)
        .filter_map(|e| e.downcast_ref::<hyper_util::client::legacy::Error>())
        .any(hyper_util::client::legacy::Error::is_connect)
}

fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let texts: Vec<_> = sources(error).map(ToString::to_string).collect();
    // A time-out's own source only says "timeout"; the link above it says which and how long.
    texts
        .iter()
        .rev()
        .find(|t| t.contains("timeout occurred after"))
        .or(texts.last())
        .cloned()
        .unwrap_or_default()
}

fn chain(error: &(dyn StdError + 'static)) -> String {
    sources(error)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
