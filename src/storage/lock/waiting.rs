//! Waiting for a lock: reports the lock holder, and ends the wait at a limit.

use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::error::LockError;
use super::holder::{Holder, describe};
use crate::test_hooks;

/// How often a waiter looks at the lock holder.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A wait of this length for one process is reported.
const NOTICE: Duration = Duration::from_secs(2);
/// A limited wait ends with an error after this time.
const LIMIT: Duration = Duration::from_secs(30);

/// What is called with each line for the user.
type Report = Rc<dyn Fn(&str)>;

/// How a process waits for its locks.
#[derive(Clone, Default)]
pub struct Patience {
    report: Option<Report>,
    limit: Option<Duration>,
}

impl Patience {
    /// Reports each lock holder once after two seconds, and gives up after 30 s. The default reports nothing and waits until the
    /// caller ends the wait.
    #[must_use]
    pub fn limited(report: impl Fn(&str) + 'static) -> Self {
        Self {
            report: Some(Rc::new(report)),
            limit: Some(test_hooks::lock_limit().unwrap_or(LIMIT)),
        }
    }
}

#[cfg(test)]
impl Patience {
    /// Gives up at once.
    pub(crate) fn over() -> Self {
        Self {
            report: None,
            limit: Some(Duration::ZERO),
        }
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patience")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// One wait.
pub(super) struct Waiting<'p> {
    patience: &'p Patience,
    looked: Option<Instant>,
    /// Time that this process has waited, not counting time that it was stopped itself.
    waited: Duration,
    /// The holder that was seen last, and how long it has been seen; `None` inside if it is unknown.
    seen: Option<(Option<Holder>, Duration)>,
    notice: Duration,
}

impl<'p> Waiting<'p> {
    pub(super) fn new(patience: &'p Patience) -> Self {
        Self {
            patience,
            looked: None,
            waited: Duration::ZERO,
            seen: None,
            notice: test_hooks::lock_notice().unwrap_or(NOTICE),
        }
    }

    /// Whether it is time to look at the lock holder.
    pub(super) fn is_due(&self) -> bool {
        let every = LOOK_EVERY.min(self.notice / 2);
        self.looked.is_none_or(|at| at.elapsed() >= every)
    }

    /// Looks at the holder: reports it when its time has come.
    ///
    /// # Errors
    /// [`LockError::Held`] when the wait has become too long.
    pub(super) fn look(&mut self, holder: Option<Holder>) -> Result<(), LockError> {
        let now = Instant::now();
        let step = self
            .looked
            .map_or(Duration::ZERO, |at| now - at)
            .min(2 * LOOK_EVERY);
        self.looked = Some(now);
        self.waited += step;
        if let Some(limit) = self.patience.limit
            && self.waited >= limit
        {
            let seconds = limit.as_secs();
            return Err(LockError::Held { seconds, holder });
        }
        self.notice(holder, step);
        Ok(())
    }

    fn notice(&mut self, holder: Option<Holder>, step: Duration) {
        let before = match self.seen {
            Some((seen, time)) if same(seen, holder) => time,
            _ => Duration::ZERO,
        };
        let time = before + step;
        self.seen = Some((holder, time));
        if before < self.notice
            && time >= self.notice
            && let Some(report) = &self.patience.report
        {
            report(&format!("Waiting for {}.", describe(holder)));
        }
    }
}

fn same(one: Option<Holder>, other: Option<Holder>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is(other),
        (None, None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::super::holder::tests::holder;
    use super::*;

    /// A wait that began some seconds ago, by its own count.
    fn looks(seen: &[Option<i32>], limit: u64) -> (Vec<String>, Option<LockError>) {
        let said = Rc::<RefCell<Vec<String>>>::default();
        let into = Rc::clone(&said);
        let patience = Patience {
            report: Some(Rc::new(move |line: &str| {
                into.borrow_mut().push(line.to_owned());
            })),
            limit: Some(Duration::from_secs(limit)),
        };
        let mut waiting = Waiting::new(&patience);
        for pid in seen {
            if let Err(error) = waiting.look(pid.map(holder)) {
                return (said.take(), Some(error));
            }
            // As if a second had passed since.
            waiting.looked = Instant::now().checked_sub(Duration::from_secs(1));
        }
        (said.take(), None)
    }

    #[test]
    fn each_holder_is_reported_once_after_two_seconds() {
        let (said, error) = looks(&[Some(1), Some(1)], 30);
        assert!(said.is_empty() && error.is_none(), "{said:?}");
        let pids = [1, 1, 1, 1, 1, 2, 3, 2, 2, 2, 2].map(Some);
        let (said, _) = looks(&pids, 30);
        let said: Vec<&str> = said
            .iter()
            .map(|line| line.split(", which").next().unwrap())
            .collect();
        assert_eq!(
            said,
            [
                "Waiting for mfa-session, PID 1",
                "Waiting for mfa-session, PID 2"
            ]
        );
        let (said, _) = looks(&[None; 9], 30);
        assert_eq!(
            said,
            ["Waiting for an mfa-session process that is not visible from here."]
        );
    }

    #[test]
    fn the_limit_is_an_error_that_names_the_holder() {
        let (_, error) = looks(&[Some(7); 9], 4);
        let error = error.unwrap();
        assert_eq!(
            error.to_string(),
            "gave up after waiting 4 s for mfa-session, PID 7, which has been waiting for AWS since 09:12 UTC"
        );
        assert!(error.hint().unwrap().contains("`kill 7` ends it"));
        let (_, error) = looks(&[None; 9], 4);
        assert!(error.unwrap().hint().unwrap().contains("other hosts"));
    }

    #[test]
    fn time_that_the_waiter_was_stopped_itself_does_not_count() {
        let patience = Patience::limited(|_| {});
        let mut waiting = Waiting::new(&patience);
        waiting.look(None).unwrap();
        waiting.looked = Instant::now().checked_sub(Duration::from_hours(1));
        waiting.look(None).unwrap();
    }

    #[test]
    fn a_wait_without_a_limit_reports_nothing() {
        let patience = Patience::default();
        let mut waiting = Waiting::new(&patience);
        for _ in 0..100 {
            waiting.look(None).unwrap();
            waiting.looked = Instant::now().checked_sub(Duration::from_secs(1));
        }
    }
}
