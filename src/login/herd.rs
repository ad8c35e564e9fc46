//! One question for a herd of hooks: one process asks, the others take its answer.
//!
//! INVARIANT: the key's `ask` lock is held while anybody is asked; generation and outcome are published before it is freed, and
//! only by whoever asked. A leader that dies publishes nothing, so the next waiter asks.

use std::ops::ControlFlow;

use crate::prompt::Signal;
use crate::session::record::Record;
use crate::session::state::Outcome;
use crate::storage::lock::{Lock, Waited};

use super::ask::Asker;
use super::attempt::{Job, attempt};
use super::{ExitKind, LoginError, device};

/// The exit code of a human's cancellation.
const CANCELLED: u8 = Signal::Int.exit_code();

/// Answers a miss: by asking, or by waiting for whoever asks.
///
/// # Errors
/// [`LoginError`]; a waiter's is its leader's.
pub(super) fn gather(job: &Job<'_>) -> Result<Box<Record>, LoginError> {
    let (cache, context) = (&job.scene.cache, job.context);
    if let Some(why) = cache.state_distrust(&job.keys.id) {
        job.scene.distrust(context, &why.to_string());
    }
    let seen = cache.generation(&job.keys.id);
    let turn = wait(job).map_err(|error| without_locks(job, error))?;
    match turn {
        Turn::Mine(lock) => *job.ask_lock.borrow_mut() = lock,
        Turn::Found(record) => return Ok(record),
    }
    if let Some(record) = job.news() {
        return Ok(record);
    }
    if let Some(published) = cache.outcome(&job.keys.id)
        && published.generation != seen
        && let Some(error) = theirs(published.outcome)
    {
        return Err(error);
    }
    let answer = ask(job);
    if let Some(outcome) = outcome(&answer)
        && let Err(error) = cache.publish(&job.keys.id, outcome)
    {
        job.context.ui.warn(&error.to_string());
    }
    job.ask_lock.take();
    let record = answer?;
    job.obey()?;
    Ok(record)
}

/// Where no lock can be taken nobody is asked; whoever could not be asked anyway is told the command to type.
fn without_locks(job: &Job<'_>, error: LoginError) -> LoginError {
    if !matches!(error, LoginError::Lock(_)) {
        return error;
    }
    match Asker::open(job) {
        Err(refused @ LoginError::CannotAsk { .. }) => refused,
        _ => error,
    }
}

/// What waiting came to.
pub(super) enum Turn {
    /// To ask; without a lock where there are none.
    Mine(Option<Lock>),
    /// Somebody has logged in.
    Found(Box<Record>),
}

/// Waits for the right to ask.
///
/// # Errors
/// The lock, the deadline, a caller that has gone.
pub(super) fn wait(job: &Job<'_>) -> Result<Turn, LoginError> {
    enum Stop {
        Error(LoginError),
        Found(Box<Record>),
    }
    let lock = job.scene.cache.ask_lock(&job.keys.id);
    let waited = lock.acquire(&mut || {
        if let ControlFlow::Break(leave) = job.watch.look() {
            ControlFlow::Break(Stop::Error(job.left_lock(leave, &lock)))
        } else if let Some(record) = job.news() {
            ControlFlow::Break(Stop::Found(record))
        } else {
            ControlFlow::Continue(())
        }
    })?;
    match waited {
        Waited::Held(lock) => Ok(Turn::Mine(Some(lock))),
        Waited::Unsupported => {
            job.context
                .ui
                .warn("this file system has no locks: several processes may ask at once");
            Ok(Turn::Mine(None))
        }
        Waited::Left(Stop::Error(error)) => Err(error),
        Waited::Left(Stop::Found(record)) => Ok(Turn::Found(record)),
    }
}

fn ask(job: &Job<'_>) -> Result<Box<Record>, LoginError> {
    let mut asker = Asker::open(job)?;
    job.scene.cache.prepare()?;
    job.check_trust()?;
    if job.serial().is_none() {
        device::find(job, &mut asker)?;
    }
    if !job.watch.time_to_ask() {
        return Err(job.left(super::watch::Leave::Deadline));
    }
    attempt(job, &mut asker)
}

/// What the others are told. Whoever could not ask, or ran out of time, has nothing to tell.
fn outcome(answer: &Result<Box<Record>, LoginError>) -> Option<Outcome> {
    let Err(error) = answer else {
        return Some(Outcome::Session);
    };
    let message = match error.hint() {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    };
    match error.kind() {
        ExitKind::LoginNeeded => None,
        // SIGTERM and SIGHUP end one process. What a human does not want is told by Ctrl-C or Ctrl-D.
        ExitKind::Cancelled(exit_code) if exit_code != CANCELLED => None,
        ExitKind::Cancelled(exit_code) => Some(Outcome::Cancelled { exit_code }),
        ExitKind::Aws => Some(Outcome::Refused { message }),
        ExitKind::Failure | ExitKind::Usage => Some(Outcome::Failed { message }),
    }
}

fn theirs(outcome: Outcome) -> Option<LoginError> {
    let shared = |message, kind| Some(LoginError::Shared { message, kind });
    match outcome {
        // The session was looked for before: it has ended, or cannot be trusted.
        Outcome::Session => None,
        Outcome::Refused { message } => shared(message, ExitKind::Aws),
        Outcome::Failed { message } => shared(message, ExitKind::Failure),
        Outcome::Cancelled { exit_code } => Some(LoginError::Cancelled(exit_code)),
    }
}
