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

#[cfg(test)]
mod tests {
    use super::*;

    /// A wait that began so long ago.
    fn waiting_for(time: Duration) -> Patience {
        Patience {
            began: Cell::new(Some(Instant::now().checked_sub(time).unwrap())),
            whole: PATIENCE,
        }
    }

    #[test]
    fn a_wait_begins_with_its_first_question() {
        let patience = Patience::begin();
        assert_eq!(patience.began.get(), None);
        assert!(!patience.is_over());
        assert!(!patience.is_restless());
        assert!(patience.began.get().is_some());
    }

    #[test]
    fn a_file_that_does_not_rest_is_taken_as_it_is_before_the_wait_is_over() {
        let early = waiting_for(RESTLESS / 2);
        assert!(!early.is_restless() && !early.is_over());
        let restless = waiting_for(RESTLESS);
        assert!(restless.is_restless() && !restless.is_over());
        let over = waiting_for(PATIENCE);
        assert!(over.is_restless() && over.is_over());
        // A shorter wait, as tests set it, is never restless for longer than it lasts.
        let mut short = waiting_for(Duration::from_millis(300));
        short.whole = Duration::from_millis(200);
        assert!(short.is_restless() && short.is_over());
    }

    #[test]
    fn a_pause_lasts_as_long_as_a_short_write() {
        let patience = Patience::begin();
        let began = Instant::now();
        patience.pause();
        assert!(began.elapsed() >= REST);
        assert!(patience.began.get().is_some_and(|start| start >= began));
    }
}
