//! `key store` and `key restore`: the secret of a long-term key goes into the OS keychain, and comes back.
//!
//! INVARIANT: the secret is in one of the two places at every moment. It leaves a place only after it was read back from the other one,
//! and the next run of the command goes on from there.

use std::convert::Infallible;
use std::ops::ControlFlow;

use secrecy::{ExposeSecret as _, SecretString};

use crate::aws::types::{AccessKeyId, Keys, SecretAccessKey};
use crate::cli::KeyMove;
use crate::context::Context;
use crate::error::Error;
use crate::keychain::{self, Ended, KeychainError};
use crate::login::plan::{KeySource, Wanted};
use crate::login::{
    KeyPlace, LoginError, Purpose, User, check_section, key_place, leave_id, put_back,
    stored_place, sweep,
};
use crate::process::shell_quote;
use crate::prompt::{Held, Signals};
use crate::test_hooks::step;

use super::super::consent::{self, Consent};
use super::super::outcome::Outcome;
use super::super::own_calls::obey;
use super::super::person::Enter;
use super::held::{lock, unreplaceable};

/// One run of a command.
struct Move<'a> {
    context: &'a Context,
    user: User,
    args: &'a KeyMove,
    /// The command, for hints.
    words: &'static str,
}

/// Moves the secret from the file into the keychain.
pub(super) fn store(context: &Context, profile: Option<&str>, args: &KeyMove) -> Outcome {
    let run = Move::of(context, profile, args, "key store")?;
    let _lock = lock(&run.user)?;
    match run.user.key_source(context)? {
        KeySource::Known(keys) => run.store(&keys),
        KeySource::Keychain(id) => {
            run.secret(&id)?;
            context.ui.say(&format!(
                "The secret of the key {id} is in the keychain already."
            ));
            Ok(0)
        }
        KeySource::Environment(_) | KeySource::Process { .. } => Err(run.not_in_a_file()),
    }
}

/// Moves the secret from the keychain back into the file.
pub(super) fn restore(context: &Context, profile: Option<&str>, args: &KeyMove) -> Outcome {
    let run = Move::of(context, profile, args, "key restore")?;
    let _lock = lock(&run.user)?;
    match run.user.key_source(context)? {
        KeySource::Keychain(id) => run.restore(&id),
        KeySource::Known(keys) => run.end_restore(&keys),
        KeySource::Environment(_) | KeySource::Process { .. } => Err(run.not_in_a_file()),
    }
}

impl<'a> Move<'a> {
    fn of(
        context: &'a Context,
        profile: Option<&str>,
        args: &'a KeyMove,
        words: &'static str,
    ) -> Result<Self, Error> {
        let wanted = Wanted {
            profile: profile.map(str::to_owned),
            ..Wanted::default()
        };
        let user = User::look_up(context, &wanted, Purpose::Change)?;
        // What cannot be removed is left to the next command.
        let _ = sweep(context, &user.state);
        Ok(Self {
            context,
            user,
            args,
            words,
        })
    }

    fn source(&self) -> &str {
        &self.user.names.source
    }

    fn store(&self, keys: &Keys) -> Outcome {
        let place = key_place(&self.user.state.profiles, self.source(), keys)
            .map_err(|error| unreplaceable(&error))?;
        check_section(&self.user.state, place.file)?;
        let kept = self.load(&keys.id)?;
        let is_same = |found: &SecretString| found.expose_secret() == keys.secret.expose_secret();
        if kept.as_ref().is_some_and(|found| !is_same(found)) {
            return Err(Error::Refused {
                message: format!(
                    "the keychain has another secret for the key {}, so nothing was changed",
                    keys.id
                ),
                hint: "remove that entry in the keychain's own program: search it for mfa-session"
                    .to_owned(),
            });
        }
        let path = self.user.state.locations.shared_file(place.file);
        let mut plan = Vec::new();
        if kept.is_some() {
            plan.push(format!(
                "The secret of the key {} is in the keychain already: an earlier key store or key restore was interrupted.",
                keys.id
            ));
        }
        plan.push(format!(
            "This moves the secret of the key {} out of profile {} of {} into the keychain. AWS clients then use the session or hook profile alone.",
            keys.id,
            place.profiles.join(", "),
            path.display()
        ));
        self.consent(&plan)?;
        held(|| self.move_in(keys, &place))?;
        self.context.ui.say(&format!(
            "The secret of the key {} is in the keychain. To bring it back:",
            keys.id
        ));
        self.context.ui.command(&self.command("key restore"));
        Ok(0)
    }

    fn move_in(&self, keys: &Keys, place: &KeyPlace) -> Result<(), Error> {
        let secret: SecretString = keys.secret.clone().into();
        answered(keychain::keep(keys.id.as_str(), &secret, &mut patient))
            .map_err(|error| self.failed(error))?;
        let _ = step("key.kept");
        leave_id(self.context, &self.user.state, place, keys).inspect_err(|_| {
            self.context.ui.say(
                "The secret is in the keychain, and still in the file as well. The next key store goes on.",
            );
        })?;
        let _ = step("key.moved");
        Ok(())
    }

    fn restore(&self, id: &AccessKeyId) -> Outcome {
        let place = stored_place(&self.user.state.profiles, self.source(), id)
            .map_err(|error| unreplaceable(&error))?;
        check_section(&self.user.state, place.file)?;
        let keys = self.secret(id)?;
        let path = self.user.state.locations.shared_file(place.file);
        self.consent(&[format!(
            "This writes the secret of the key {id} in plain text into profile {} of {}, and removes it from the keychain.",
            place.profiles.join(", "),
            path.display()
        )])?;
        held(|| {
            put_back(self.context, &self.user.state, &place, &keys)?;
            let _ = step("key.moved");
            self.remove(&keys)
        })?;
        self.restored(id);
        Ok(0)
    }

    /// The rest of a restoration whose pair is in the file already.
    fn end_restore(&self, keys: &Keys) -> Outcome {
        let kept = self.load(&keys.id)?;
        let is_same = |found: &SecretString| found.expose_secret() == keys.secret.expose_secret();
        if !kept.is_some_and(|found| is_same(&found)) {
            self.context.ui.say(&format!(
                "The secret of the key {} is in the file, and not in the keychain.",
                keys.id
            ));
            return Ok(0);
        }
        self.consent(&[format!(
            "The secret of the key {} is in the file already: an earlier key restore or key store was interrupted. This removes it from the keychain.",
            keys.id
        )])?;
        held(|| self.remove(keys))?;
        self.restored(&keys.id);
        Ok(0)
    }

    fn restored(&self, id: &AccessKeyId) {
        self.context.ui.say(&format!(
            "The secret of the key {id} is in the file, and no longer in the keychain."
        ));
    }

    fn remove(&self, keys: &Keys) -> Result<(), Error> {
        answered(keychain::remove(keys.id.as_str(), &mut patient)).map_err(|error| {
            (self.context.ui).say("The secret is in the file, and still in the keychain as well. The next key restore goes on.");
            self.failed(error)
        })?;
        let _ = step("key.forgotten");
        Ok(())
    }

    /// The key whose secret is in the keychain.
    fn secret(&self, id: &AccessKeyId) -> Result<Keys, Error> {
        let Some(secret) = self.load(id)? else {
            return Err(LoginError::NotInKeychain {
                profile: self.source().to_owned(),
                id: id.clone(),
            }
            .into());
        };
        Ok(Keys {
            id: id.clone(),
            secret: SecretAccessKey::new(secret.expose_secret())
                .map_err(|_| self.failed(KeychainError::Unusable))?,
        })
    }

    fn load(&self, id: &AccessKeyId) -> Result<Option<SecretString>, Error> {
        answered(keychain::load(id.as_str(), &mut patient)).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: KeychainError) -> Error {
        LoginError::Keychain {
            profile: self.source().to_owned(),
            error,
        }
        .into()
    }

    fn not_in_a_file(&self) -> Error {
        Error::Refused {
            message: format!(
                "the key of profile `{}` is not in a shared file, so there is nothing to move",
                self.source()
            ),
            hint: "the program that gives the key keeps it".to_owned(),
        }
    }

    fn command(&self, words: &str) -> String {
        format!(
            "mfa-session {words} --profile {}",
            shell_quote(self.source())
        )
    }

    fn consent(&self, plan: &[String]) -> Result<(), Error> {
        let consent = Consent {
            plan,
            enter: Enter::Yes,
            yes: self.args.yes,
            command: &self.command(self.words),
        };
        consent::obtain(self.context, &self.user.state.cache, &consent)
    }
}

/// Does what a signal must not interrupt, and obeys the signal afterwards.
fn held(change: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    let held = Signals::hold().ok();
    let result = change();
    // A cancellation wins over the error that it caused.
    obey(held.map(Held::finish))?;
    result
}

/// A person who typed the command waits for the keychain's own deadline.
fn patient() -> ControlFlow<Infallible> {
    ControlFlow::Continue(())
}

fn answered<T>(ended: Result<Ended<T, Infallible>, KeychainError>) -> Result<T, KeychainError> {
    match ended? {
        Ended::Answer(answer) => Ok(answer),
        Ended::Left(never) => match never {},
    }
}
