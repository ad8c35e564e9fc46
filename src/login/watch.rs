//! When to stop waiting: the hook's one deadline, and whether anybody still waits for its answer.
//!
//! A login at the terminal has neither: whoever typed it ends it.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::process::{Parent, stdout_reader_gone};
use crate::prompt::Signal;
use crate::test_hooks;

/// From the start of the hook to its end, locks, question and call included: callers give up after 60 s.
const DEADLINE: Duration = Duration::from_secs(50);
/// With less than this left nobody is asked any more.
const TO_ASK: Duration = Duration::from_secs(10);

/// What ends a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// The deadline passed.
    Deadline,
    /// The calling program has gone.
    Caller,
    /// A signal came.
    Signal(Signal),
}

/// The eyes of whoever waits.
#[derive(Debug)]
pub(super) struct Watch {
    deadline: Option<Instant>,
    parent: Option<Parent>,
}

impl Watch {
    /// A login's: no deadline.
    #[must_use]
    pub(super) fn none() -> Self {
        Self {
            deadline: None,
            parent: None,
        }
    }

    /// The hook's, counted from the program's start.
    #[must_use]
    pub(super) fn hook(started: Instant) -> Self {
        let whole = test_hooks::deadline_seconds().map_or(DEADLINE, Duration::from_secs);
        Self {
            deadline: Some(started + whole),
            parent: Some(Parent::now()),
        }
    }

    /// The deadline.
    #[must_use]
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// What is left of the deadline.
    #[must_use]
    pub(super) fn left(&self) -> Duration {
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
        self.left() >= TO_ASK + pause
    }

    /// A look around, once a second.
    pub(super) fn look(&self) -> ControlFlow<Leave> {
        if self.left().is_zero() {
            ControlFlow::Break(Leave::Deadline)
        } else if self
            .parent
            .as_ref()
            .is_some_and(|p| p.gone() || stdout_reader_gone())
        {
            ControlFlow::Break(Leave::Caller)
        } else {
            ControlFlow::Continue(())
        }
    }
}
