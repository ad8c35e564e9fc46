//! What a command that logs in asks for.

use secrecy::SecretString;

use crate::shared_config::Overwrite;

use super::plan::Wanted;

/// Where a session goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// To the cache and the session profile: `login`.
    Profile(Overwrite),
    /// To the cache only: `exec` and `env`.
    Cache,
}

/// When a live session is used instead of a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// If half of its time is left, or what `--min-remaining` says: `login`.
    Half,
    /// As long as it is live, or has left what `--min-remaining` says: `exec` and `env`.
    Live,
    /// Never: `--force`.
    Never,
}

/// What a command asks for.
#[derive(Debug)]
pub struct Request {
    /// Names and settings.
    pub wanted: Wanted,
    /// The value of `--token-code`.
    pub token_code: Option<SecretString>,
    /// Where the session goes.
    pub delivery: Delivery,
    /// When a live session is used instead of a new one.
    pub reuse: Reuse,
}
