//! Long runs against other programs, random signals and kills: nothing is lost, no process is blocked, no file is left over.
//!
//! Each scenario has a short round, which `cargo test` runs, and a long one, which is ignored:
//! `cargo test --release --test torture -- --ignored`. The random numbers start from a seed, which a failure prints.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unnecessary_wraps,
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "a test may fail by panicking, its files are its own, and it uses a part of what the tests share"
)]

#[path = "../common/mod.rs"]
mod common;

mod herd;
mod kills;
mod locks;
mod terminals;
mod writers;

use std::time::{Duration, SystemTime};

/// Pseudo-random numbers (xorshift64): the same seed gives the same numbers.
pub(crate) struct Chance {
    state: u64,
    /// The initial seed, for messages.
    pub(crate) seed: u64,
}

impl Chance {
    /// A generator with a new seed.
    pub(crate) fn new() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seed = now.map_or(1, |d| u64::from(d.subsec_nanos()) | 1);
        Self { state: seed, seed }
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % end.max(1)
    }

    /// A duration of at most this many milliseconds.
    pub(crate) fn pause(&mut self, most_milliseconds: u64) -> Duration {
        Duration::from_micros(self.below(most_milliseconds * 1_000))
    }
}
