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

    /// A variable, if it is set, not empty, and text.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
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
