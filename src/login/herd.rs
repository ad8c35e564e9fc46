//! One question for a herd: when many hooks need the same session at once, one process asks for a code and the others wait for it.
//!
//! INVARIANT: whoever asked publishes the outcome, with a new generation, before it gives its turn up. A process that dies publishes
//! nothing, and so the next one that waits asks.

use crate::prompt::Signal;
use crate::session::state::Outcome;

use super::code_loop::{Obtained, obtain};
use super::code_source::CodeSource;
use super::inputs::Login;
use super::turn::{Turn, Waiting};
use super::{ExitKind, LoginError};

/// The exit code of a cancellation by a person.
const CANCELLED: u8 = Signal::Int.exit_code();

/// Gets a session: by asking, or by waiting for the process that asks.
///
/// # Errors
/// [`LoginError`]. A process that waited returns the error of the one that asked.
pub(super) fn obtain_together(login: &Login<'_>) -> Result<Obtained, LoginError> {
    let (cache, context) = (&login.state.cache, login.context);
    if let Some(why) = cache.state_distrust(&login.keys.id) {
        login.state.warn_once(context, &why.to_string());
    }
    let seen = cache.generation(&login.keys.id);
    let mut turn = match Turn::wait(login).map_err(|error| without_locks(login, error))? {
        Waiting::Over(turn) => turn,
        Waiting::Session(record) => return Ok(Obtained::elsewhere(record)),
    };
    if let Some(record) = login.new_session() {
        return Ok(Obtained::elsewhere(record));
    }
    if let Some(published) = cache.outcome(&login.keys.id)
        && published.generation != seen
        && let Some(error) = error_of(published.outcome)
    {
        return Err(error);
    }
    let answer = ask(login, &mut turn);
    if let Some(outcome) = outcome(&answer)
        && let Err(error) = cache.publish(&login.keys.id, outcome)
    {
        context.ui.warn(&error.to_string());
    }
    drop(turn);
    answer
}

/// The error where no lock can be taken, and so nobody is asked: if this process could not have asked anyway, that is the error.
fn without_locks(login: &Login<'_>, error: LoginError) -> LoginError {
    if !matches!(error, LoginError::Lock(_)) {
        return error;
    }
    match CodeSource::open(login, &mut Turn::unshared()) {
        Err(refused @ LoginError::CannotAsk { .. }) => refused,
        _ => error,
    }
}

fn ask(login: &Login<'_>, turn: &mut Turn) -> Result<Obtained, LoginError> {
    let mut source = CodeSource::open(login, turn)?;
    login.state.cache.prepare()?;
    login.check_trust()?;
    obtain(login, &mut source)
}

/// What the waiting processes are to know. A process that could not ask, or ran out of time, has nothing to publish.
fn outcome(answer: &Result<Obtained, LoginError>) -> Option<Outcome> {
    let Err(error) = answer else {
        return Some(Outcome::Session);
    };
    let message = match error.hint() {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    };
    match error.kind() {
        ExitKind::LoginNeeded => None,
        // SIGTERM and SIGHUP end one process. Ctrl-C and Ctrl-D say that a person does not want to log in.
        ExitKind::Cancelled(exit_code) if exit_code != CANCELLED => None,
        ExitKind::Cancelled(exit_code) => Some(Outcome::Cancelled { exit_code }),
        ExitKind::Aws => Some(Outcome::Refused { message }),
        ExitKind::Failure | ExitKind::Usage => Some(Outcome::Failed { message }),
    }
}

/// The error that another process's outcome means for this one.
fn error_of(outcome: Outcome) -> Option<LoginError> {
    let shared = |message, kind| Some(LoginError::Shared { message, kind });
    match outcome {
        // Its session was looked for before this: it has ended, or cannot be trusted.
        Outcome::Session => None,
        Outcome::Refused { message } => shared(message, ExitKind::Aws),
        Outcome::Failed { message } => shared(message, ExitKind::Failure),
        Outcome::Cancelled { exit_code } => Some(LoginError::Cancelled(exit_code)),
    }
}
