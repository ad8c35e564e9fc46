//! How long another program is waited for.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::test_hooks;

/// A program that rewrites the file is done within this time, or the write is refused.
const PATIENCE: Duration = Duration::from_secs(10);
/// After this time without rest, a file that nobody has open for writing counts as at rest although it has just changed.
const RESTLESS: Duration = Duration::from_secs(1);
/// A writer that truncates and writes is done within this time, or is seen.
pub(super) const REST: Duration = Duration::from_millis(50);

/// The time that is left for waiting. It begins with the first wait, so that a write that need not wait has all of it.
pub(super) struct Patience {
    began: Cell<Option<Instant>>,
    whole: Duration,
}

impl Patience {
    pub(super) fn begin() -> Self {
        Self {
            began: Cell::new(None),
            whole: test_hooks::write_patience().unwrap_or(PATIENCE),
        }
    }

    fn waited(&self) -> Duration {
        let began = self.began.get().unwrap_or_else(Instant::now);
        self.began.set(Some(began));
        began.elapsed()
    }

    /// Whether everything has been waited for long enough.
    pub(super) fn is_over(&self) -> bool {
        self.waited() >= self.whole
    }

    /// Whether the file has not been at rest for too long.
    pub(super) fn is_restless(&self) -> bool {
        self.waited() >= RESTLESS.min(self.whole)
    }

    /// Waits for as long as a short write takes.
    pub(super) fn pause(&self) {
        let _ = self.waited();
        std::thread::sleep(REST);
    }
}
