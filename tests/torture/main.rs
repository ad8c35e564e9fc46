//! Long fights with other programs, signals and chance: nothing is lost, nobody is held up, nothing is left behind.
//!
//! Each scenario has a short round, which `cargo test` runs, and a long one, which is ignored:
//! `cargo test --release --test torture -- --ignored`. What chance decides begins with a seed that a failure prints.
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

/// Numbers by chance, the same for the same seed (xorshift64).
pub(crate) struct Chance {
    state: u64,
    /// What it began with.
    pub(crate) seed: u64,
}

impl Chance {
    /// Another seed each time.
    pub(crate) fn new() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seed = now.map_or(1, |d| u64::from(d.subsec_nanos()) | 1);
        Self { state: seed, seed }
    }

    /// Below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % end.max(1)
    }

    /// A time of up to so many milliseconds.
    pub(crate) fn pause(&mut self, most_milliseconds: u64) -> Duration {
        Duration::from_micros(self.below(most_milliseconds * 1_000))
    }
}
