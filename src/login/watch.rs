//! When to stop waiting: at the hook's deadline, or when nobody waits for its answer any more.
//!
//! A login that a person typed has no deadline: the person ends it.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::process::{Parent, stdout_reader_gone};
use crate::prompt::Signal;
use crate::test_hooks;

/// The time from the start of the hook to its end, with locks, question and call. Callers give up after 60 s.
const DEADLINE: Duration = Duration::from_secs(50);
/// Nobody is asked if less time than this is left.
const TO_ASK: Duration = Duration::from_secs(10);

/// Why a wait ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopReason {
    /// The deadline passed.
    Deadline,
    /// The calling program has ended.
    CallerGone,
    /// A signal came.
    Signal(Signal),
}

/// What a waiting command looks at.
#[derive(Debug)]
pub(super) struct Watch {
    deadline: Option<Instant>,
    parent: Option<Parent>,
}

impl Watch {
    /// For a command that a person typed: no deadline.
    #[must_use]
    pub(super) fn none() -> Self {
        Self {
            deadline: None,
            parent: None,
        }
    }

    /// For the hook. The deadline counts from the start of the program.
    #[must_use]
    pub(super) fn hook(started: Instant) -> Self {
        let whole = test_hooks::deadline_seconds().map_or(DEADLINE, Duration::from_secs);
        Self {
            deadline: Some(started + whole),
            parent: Some(Parent::now()),
        }
    }

    /// The deadline, if there is one.
    #[must_use]
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The time until the deadline.
    #[must_use]
    pub(super) fn time_left(&self) -> Duration {
        self.deadline.map_or(Duration::MAX, |d| {
            d.saturating_duration_since(Instant::now())
        })
    }

    /// Whether there is time for a question.
    #[must_use]
    pub(super) fn time_to_ask(&self) -> bool {
        self.time_to_ask_in(Duration::ZERO)
    }

    /// Whether there will be time for a question after a pause.
    #[must_use]
    pub(super) fn time_to_ask_in(&self, pause: Duration) -> bool {
        self.time_left() >= TO_ASK + pause
    }

    /// Checks whether to stop waiting. Waiting loops call it once a second.
    pub(super) fn check(&self) -> ControlFlow<StopReason> {
        if self.time_left().is_zero() {
            ControlFlow::Break(StopReason::Deadline)
        } else if self
            .parent
            .as_ref()
            .is_some_and(|p| p.gone() || stdout_reader_gone())
        {
            ControlFlow::Break(StopReason::CallerGone)
        } else {
            ControlFlow::Continue(())
        }
    }
}
