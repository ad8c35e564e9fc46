//! The source profile: the one that was named, or the only one with a long-term key.

use crate::context::Context;
use crate::error::Error;
use crate::login::setup::sources;
use crate::login::{Answer, LocalState, Purpose};
use crate::process::shell_quote;
use crate::ui::one_line;

use super::super::person::{Nobody, Person};

/// The profile that is usual if none is named.
const USUAL: &str = "default";

/// Chooses the profile to set up. `None` leaves it to the rules for every command.
///
/// # Errors
/// Several profiles have long-term keys, and nobody can choose.
pub(super) fn choose(context: &Context, named: Option<String>) -> Result<Option<String>, Error> {
    let is_set = |name: &str| context.env.os(name).is_some();
    if named.is_some() || is_set("AWS_PROFILE") || is_set("AWS_DEFAULT_PROFILE") {
        return Ok(named);
    }
    let (state, found) = LocalState::look_up(&context.env, Purpose::Change, &mut |state| {
        let found = sources(&state.profiles);
        Ok(if found.is_empty() {
            Answer::Partial(found)
        } else {
            Answer::Complete(found)
        })
    })?;
    match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only.clone())),
        [first, ..] => ask(&state, &found, first),
    }
}

/// The profile to start from with `--default`: the one that holds the keys, `from` before the move and `to` after it.
///
/// # Errors
/// The files cannot be read.
pub(super) fn before_or_after_move(
    context: &Context,
    (from, to): (&str, &str),
) -> Result<String, Error> {
    let (_, name) = LocalState::look_up(&context.env, Purpose::Change, &mut |state| {
        let found = sources(&state.profiles);
        let holds = |name: &str| found.iter().any(|known| known == name);
        Ok(if !holds(from) && holds(to) {
            Answer::Partial(to.to_owned())
        } else {
            Answer::Complete(from.to_owned())
        })
    })?;
    Ok(name)
}

fn ask(state: &LocalState, found: &[String], first: &str) -> Result<Option<String>, Error> {
    match Person::open(&state.cache) {
        Ok(mut person) => {
            person.say("These profiles have long-term keys:");
            let n = person.choose("Which one", found)?;
            Ok(found.get(n).cloned())
        }
        Err(Nobody::Failed(error)) => Err(error),
        Err(Nobody::NotAllowed(_)) if found.iter().any(|name| name == USUAL) => {
            Ok(Some(USUAL.to_owned()))
        }
        Err(Nobody::NotAllowed(why)) => Err(Error::Usage {
            message: format!(
                "several profiles have long-term keys, and nobody can choose one: {why}; they are {}",
                one_line(&found.join(", "), 600)
            ),
            hint: format!("mfa-session setup --profile {}", shell_quote(first)),
        }),
    }
}
