//! The new key of a rotation: created, proved, and put into its file.

use std::time::{Duration, Instant};

use crate::aws::types::Keys;
use crate::aws::{CallError, CallerIdentity, RefusalKind, Signer};
use crate::error::Error;
use crate::login::{KeyPlace, LocalState, LoginError, key_place, replace_keys};
use crate::prompt::Held;
use crate::session::rotation::Rotation;
use crate::test_hooks::step;

use super::super::own_calls::OwnCalls;
use super::super::refusal::explained;
use super::old_key;

/// A new key may need some seconds until every part of AWS knows it.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(1);

/// What is replaced.
pub(super) struct Replacing<'a> {
    pub keys: &'a Keys,
    pub place: &'a KeyPlace,
    /// When the rotation began, by AWS's clock.
    pub began: i64,
}

/// Creates a key, proves it and puts it in place of the old one. A key that does not get there is deleted.
///
/// # Errors
/// The old key is then still in its file.
pub(super) fn create_and_store(
    calls: &OwnCalls<'_>,
    by: &Signer,
    replacing: &Replacing<'_>,
    held: Option<&Held>,
) -> Result<Keys, Error> {
    let state = &calls.user.state;
    let profile_key = state.memory_key(&calls.user.names.source);
    let mut rotation = Rotation {
        old: replacing.keys.id.clone(),
        new: None,
        began: replacing.began,
    };
    let remember = |rotation: &Rotation| {
        (state.cache.remember_rotation(&profile_key, rotation)).map_err(LoginError::from)
    };
    // Before the call: a new key whose answer is lost is found by this.
    remember(&rotation)?;
    let created = calls.call(|aws, to| aws.create_key(to, by));
    let _ = step("key.created");
    let new = match created {
        Ok((new, _)) => new,
        Err(error) => {
            if matches!(error, CallError::Refused { .. } | CallError::NotSent { .. }) {
                state.cache.forget_rotation(&profile_key);
            }
            return Err(explained(calls, by, error));
        }
    };
    rotation.new = Some(new.id.clone());
    let stored = remember(&rotation)
        .map_err(Error::from)
        .and_then(|()| prove(calls, by, &new, held))
        .and_then(|()| {
            replace_keys(calls.context, state, replacing.place, replacing.keys, &new)
                .map_err(Error::from)
        });
    let _ = step("key.replaced");
    match stored {
        Ok(()) => {
            calls.context.ui.say(&format!(
                "The new key {} is in profile {}.",
                new.id,
                replacing.place.profiles.join(", ")
            ));
            Ok(new)
        }
        Err(error) => {
            let ui = calls.context.ui;
            if !old_is_in_place(calls, replacing) {
                ui.warn(&format!(
                    "the old key is not in its file any more, so the new key {} was not deleted",
                    new.id
                ));
                return Err(error);
            }
            ui.say("The old key stays in place. The new one is deleted again.");
            // If that fails as well, the next run does it.
            if old_key::delete(calls, by, &new.id).is_ok() {
                state.cache.forget_rotation(&profile_key);
            }
            Err(error)
        }
    }
}

/// Whether the files, read again, hold the old pair where it was. A write that failed may have left the new one there.
fn old_is_in_place(calls: &OwnCalls<'_>, replacing: &Replacing<'_>) -> bool {
    let source = &calls.user.names.source;
    LocalState::open(&calls.context.env).is_ok_and(|state| {
        key_place(&state.profiles, source, replacing.keys).as_ref() == Ok(replacing.place)
    })
}

/// Calls GetCallerIdentity with the new key until AWS knows it.
fn prove(calls: &OwnCalls<'_>, by: &Signer, new: &Keys, held: Option<&Held>) -> Result<(), Error> {
    let (expected, _) = calls.identity(by)?;
    let signer = Signer::Key(new.clone());
    let began = Instant::now();
    loop {
        match calls.call(|aws, to| aws.caller(to, &signer)) {
            Ok((caller, _)) => return same_user(&expected, &caller),
            Err(error) if began.elapsed() >= PATIENCE => return Err(calls.failed(error)),
            Err(CallError::Refused { refusal, .. })
                if !matches!(
                    refusal.kind,
                    RefusalKind::Key
                        | RefusalKind::Secret
                        | RefusalKind::Throttled
                        | RefusalKind::Service
                ) =>
            {
                return Err(Error::Aws {
                    message: format!(
                        "the new key does not work: AWS says `{}` ({})",
                        crate::ui::one_line(&refusal.message, 300),
                        refusal.code
                    ),
                    hint: calls.command("key rotate"),
                });
            }
            Err(_) => {}
        }
        if held.is_some_and(Held::is_pending) {
            // The exit code is that of the signal, which acts as soon as it is let go.
            return Err(LoginError::Cancelled(130).into());
        }
        std::thread::sleep(PAUSE);
    }
}

fn same_user(expected: &CallerIdentity, found: &CallerIdentity) -> Result<(), Error> {
    if expected == found {
        return Ok(());
    }
    Err(Error::Refused {
        message: format!(
            "the new key belongs to `{}` instead of `{}`",
            found.arn, expected.arn
        ),
        hint: "see where --endpoint-url and AWS_ENDPOINT_URL point".to_owned(),
    })
}
