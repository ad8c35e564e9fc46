//! The question before a command changes something on AWS or in a file.

use crate::context::Context;
use crate::error::Error;
use crate::login::LoginError;
use crate::session::cache::Cache;

use super::person::{Enter, Nobody, Person};

/// What a command is about to do, and how it may go on.
pub(super) struct Consent<'a> {
    /// What will change, one sentence each.
    pub plan: &'a [String],
    /// What Enter alone means.
    pub enter: Enter,
    /// Whether `--yes` was given.
    pub yes: bool,
    /// The command line to which `--yes` is added for a script.
    pub command: &'a str,
}

/// Says what will change, and asks whether to go on, unless `--yes` was given.
///
/// # Errors
/// The answer is no, or nobody can be asked.
pub(super) fn obtain(context: &Context, cache: &Cache, consent: &Consent<'_>) -> Result<(), Error> {
    for sentence in consent.plan {
        context.ui.say(sentence);
    }
    if consent.yes {
        return Ok(());
    }
    let mut person = match Person::open(cache) {
        Ok(person) => person,
        Err(Nobody::Failed(error)) => return Err(error),
        Err(Nobody::NotAllowed(why)) => {
            return Err(Error::Usage {
                message: format!("nobody can be asked whether to go on: {why}"),
                hint: format!("{} --yes", consent.command),
            });
        }
    };
    if person.confirm("Go on?", consent.enter)? {
        return Ok(());
    }
    context.ui.say("Nothing was changed.");
    Err(LoginError::Cancelled(1).into())
}
