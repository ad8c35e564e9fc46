//! The two consecutive token codes with which a device is enabled or resynchronised.

use secrecy::ExposeSecret as _;

use crate::aws::types::TokenCode;
use crate::aws::{CallError, RefusalKind, Skew};
use crate::cli::CodeArgs;
use crate::context::Context;
use crate::error::Error;
use crate::login::LoginError;
use crate::totp::seconds_to_next_code;

use super::super::own_calls::OwnCalls;
use super::super::person::{Nobody, Person};

/// How many pairs of codes are sent at most.
const MAX_PAIRS: u32 = 3;

/// The codes of the command line, if they were given.
///
/// # Errors
/// One of them is not six digits, or they are the same.
pub(super) fn given(args: CodeArgs) -> Result<Option<[TokenCode; 2]>, Error> {
    let (Some(first), Some(second)) = (args.authentication_code1, args.authentication_code2) else {
        return Ok(None);
    };
    let code = |hidden: crate::cli::Hidden| {
        TokenCode::new(hidden.0.expose_secret()).map_err(|_| LoginError::MalformedCode)
    };
    let pair = [code(first)?, code(second)?];
    if is_same(&pair) {
        return Err(Error::Usage {
            message: "the two token codes are the same, and AWS needs two consecutive ones"
                .to_owned(),
            hint: "wait for the next code: a device shows each for 30 seconds".to_owned(),
        });
    }
    Ok(Some(pair))
}

fn is_same([first, second]: &[TokenCode; 2]) -> bool {
    first.expose() == second.expose()
}

/// Asks a person for pairs of codes and sends them, until AWS accepts one or has refused three.
///
/// # Errors
/// A cancellation, or what `explain` makes of the last refusal.
pub(super) fn until_accepted(
    context: &Context,
    person: &mut Person<'_>,
    skew: Skew,
    send: &dyn Fn(&[TokenCode; 2]) -> Result<(), CallError>,
    explain: &dyn Fn(CallError) -> Error,
) -> Result<(), Error> {
    for pairs_left in (0..MAX_PAIRS).rev() {
        let pair = ask(context, person, skew)?;
        match send(&pair) {
            Ok(()) => return Ok(()),
            Err(CallError::Refused { refusal, .. })
                if refusal.kind == RefusalKind::Pair && pairs_left > 0 =>
            {
                person.say("AWS refused the two codes. Type two codes that the device shows one after the other.");
            }
            Err(error) => return Err(explain(error)),
        }
    }
    Ok(())
}

/// Asks a person for two consecutive codes, and says when the second one appears.
///
/// # Errors
/// A cancellation, or a terminal that cannot be used any more.
fn ask(context: &Context, person: &mut Person<'_>, skew: Skew) -> Result<[TokenCode; 2], Error> {
    let first = person.code("First code that the device shows: ")?;
    let now = context.clock.now().unix_timestamp();
    let left = seconds_to_next_code(now.saturating_add(skew.seconds()));
    person.say(&format!(
        "The second code appears in {left} s, at second {:02}.",
        now.saturating_add(left).rem_euclid(60)
    ));
    loop {
        let second = person.code("The code after it: ")?;
        let pair = [first.clone(), second];
        if !is_same(&pair) {
            return Ok(pair);
        }
        person.say("That is the first code again. Wait for the next one. Nothing was sent.");
    }
}

/// The person who types the codes.
///
/// # Errors
/// There is no terminal: the hint names what a script types.
pub(super) fn person<'a>(calls: &'a OwnCalls<'_>, script: &str) -> Result<Person<'a>, Error> {
    match Person::open(&calls.user.state.cache) {
        Ok(person) => Ok(person),
        Err(Nobody::Failed(error)) => Err(error),
        Err(Nobody::NotAllowed(why)) => Err(Error::Usage {
            message: format!("nobody can be asked for the device's token codes: {why}"),
            hint: calls.command(script),
        }),
    }
}
