//! The effects that a command may have: the environment, the clock, the two streams and AWS.
//!
//! A function takes the parts that it needs. Nothing else of ours reads the environment or the time.

use std::ffi::{OsStr, OsString};
use std::time::Instant;

use time::UtcDateTime;

use crate::aws::Aws;
use crate::test_hooks;
use crate::ui::Ui;

/// Everything outside the program that a command uses.
pub struct Context {
    /// The environment at the start of the program.
    pub env: Env,
    /// The clock.
    pub clock: Clock,
    /// Stdout and stderr.
    pub ui: Ui,
    /// The AWS client, which is built at the first call.
    pub aws: Box<dyn Aws>,
    /// When the program started. Deadlines count from here.
    pub started: Instant,
}

/// Every variable that is read as text, and that [`Env::check`] checks. Paths need not be valid UTF-8 and are not listed.
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

/// A variable that is read as text is not valid UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{variable}` is not valid UTF-8")]
pub struct NotText {
    /// Its name. The value may be a secret and is not printed.
    pub variable: &'static str,
}

/// A snapshot of the environment. An empty variable counts as unset, as in the SDKs.
#[derive(Debug, Clone, Default)]
pub struct Env(Vec<(OsString, OsString)>);

impl Env {
    /// The environment of this process.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn snapshot() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// An environment of these variables only, for tests and the demo.
    #[must_use]
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        Self(
            pairs
                .iter()
                .map(|(k, v)| (OsString::from(k), OsString::from(v)))
                .collect(),
        )
    }

    /// Checks, before a command begins, that each variable that is read as text is valid UTF-8, because one that is not must never
    /// count as unset.
    ///
    /// # Errors
    /// The first variable that is not valid UTF-8.
    pub fn check(&self) -> Result<(), NotText> {
        self.0
            .iter()
            .filter(|(_, value)| value.to_str().is_none())
            .find_map(|(name, _)| TEXTS.into_iter().find(|text| name == text))
            .map_or(Ok(()), |variable| Err(NotText { variable }))
    }

    /// A variable that is read as text, if it is set and not empty. It must be listed in `TEXTS`, so that it has been checked.
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

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock;

impl Clock {
    /// The current time.
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
    fn a_variable_that_is_never_read_as_text_may_have_any_value() {
        for variable in ["AWS_CONFIG_FILE", "HOME", "MFA_SESSION_DIR", "LESSCHARSET"] {
            assert_eq!(env(variable).check(), Ok(()), "{variable}");
        }
        assert_eq!(Env::of(&[("AWS_PROFILE", "\u{e9}")]).check(), Ok(()));
    }
}
