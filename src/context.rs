//! Where effects come in: the environment, the clock, the two streams, AWS.
//!
//! A function takes the parts that it needs. Nothing else reads the environment or the time.

use std::ffi::{OsStr, OsString};
use std::time::Instant;

use time::UtcDateTime;

use crate::aws::Aws;
use crate::test_hooks;
use crate::ui::Ui;

/// What a command may reach.
pub struct Context {
    /// The environment as it was at the start.
    pub env: Env,
    /// The time.
    pub clock: Clock,
    /// Stdout and stderr.
    pub ui: Ui,
    /// AWS, built when it is first called.
    pub aws: Box<dyn Aws>,
    /// When the program began: deadlines count from here.
    pub started: Instant,
}

/// Every variable that is read as text. [`Env::check`] sees that they are; what is a path need not be text and is not listed.
const TEXTS: [&str; 33] = [
    "ALL_PROXY",
    "AWS_ACCESS_KEY_ID",
    "AWS_CA_BUNDLE",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_MFA_SERIAL",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "MFA_SESSION_COMPLETE",
    "MFA_SESSION_LOG",
    "MFA_SESSION_NO_PROMPT",
    "MFA_TOTP_SECRET",
    "NO_COLOR",
    "NO_PROXY",
    "SHELL",
    "TERM",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    // The SDK reads these two by itself.
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
];

/// A variable that is read as text and is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{variable}` is not valid UTF-8")]
pub struct NotText {
    /// Its name. The value may be a secret and is not repeated.
    pub variable: &'static str,
}

/// A snapshot of the environment. An empty variable counts as unset, as in the SDKs.
#[derive(Debug, Clone, Default)]
pub struct Env(Vec<(OsString, OsString)>);

impl Env {
    /// The process's own.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn snapshot() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// Made up, for tests and the demo.
    #[must_use]
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        Self(
            pairs
                .iter()
                .map(|(k, v)| (OsString::from(k), OsString::from(v)))
                .collect(),
        )
    }

    /// Sees, before a command begins, that each variable that is read as text is valid UTF-8: one that is not must never count
    /// as unset.
    ///
    /// # Errors
    /// [`NotText`] for the first that is not.
    pub fn check(&self) -> Result<(), NotText> {
        self.0
            .iter()
            .filter(|(_, value)| value.to_str().is_none())
            .find_map(|(name, _)| TEXTS.into_iter().find(|text| name == text))
            .map_or(Ok(()), |variable| Err(NotText { variable }))
    }

    /// A variable that is read as text, if it is set and not empty. It must be one of `TEXTS`, so that it has been checked.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        debug_assert!(TEXTS.contains(&name), "`{name}` is never checked");
        self.os(name)?.to_str()
    }

    /// A variable, if it is set and not empty.
    #[must_use]
    pub fn os(&self, name: &str) -> Option<&OsStr> {
        self.0
            .iter()
            .find(|(k, _)| k == name)
            .map(|(_, v)| v.as_os_str())
            .filter(|v| !v.is_empty())
    }
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock;

impl Clock {
    /// Now, by this machine's clock.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the clock"
    )]
    pub fn now(self) -> UtcDateTime {
        UtcDateTime::now() + time::Duration::seconds(test_hooks::clock_offset())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    fn env(name: &str) -> Env {
        Env(vec![
            (
                OsString::from("FIRST"),
                OsString::from_vec(b"\xff".to_vec()),
            ),
            (OsString::from(name), OsString::from_vec(b"a\xff".to_vec())),
        ])
    }

    #[test]
    fn a_variable_that_is_not_text_is_named() {
        for variable in TEXTS {
            assert_eq!(env(variable).check(), Err(NotText { variable }));
        }
    }

    #[test]
    fn what_is_never_read_as_text_may_be_anything() {
        for variable in ["AWS_CONFIG_FILE", "HOME", "MFA_SESSION_DIR", "LESSCHARSET"] {
            assert_eq!(env(variable).check(), Ok(()), "{variable}");
        }
        assert_eq!(Env::of(&[("AWS_PROFILE", "\u{e9}")]).check(), Ok(()));
    }
}
