//! `key rotate`: replaces the long-term key of a profile.
//!
//! INVARIANT: at every moment the profile holds a key that works. The old key is deactivated only when the new one is in its file, and
//! deleted only after a login with the new one. What has been done is saved before and after each step that cannot be repeated.

use crate::aws::types::{AccessKeyId, Keys};
use crate::aws::{AccessKey, Signer};
use crate::cli::KeyRotate;
use crate::context::Context;
use crate::error::Error;
use crate::login::plan::KeySource;
use crate::login::{
    Delivery, KeyPlace, LoginError, Overwrite, Purpose, check_section, key_place, sweep,
};
use crate::process::shell_quote;
use crate::prompt::{Held, Signals};
use crate::session::rotation::Rotation;

use super::super::consent::{self, Consent};
use super::super::outcome::Outcome;
use super::super::own_calls::{OwnCalls, obey, own_session, wanted};
use super::super::person::Enter;
use super::super::refusal::explained;
use super::held::{lock, unreplaceable};
use super::new_key;
use super::old_key::{self, OldKey};
use super::plan::{Next, next};

pub(super) fn run(context: &Context, profile: Option<&str>, args: &KeyRotate) -> Outcome {
    let calls = OwnCalls::of(context, &wanted(profile, &args.call), Purpose::Change)?;
    // What cannot be removed is left to the next command.
    let _ = sweep(context, &calls.user.state);
    let (keys, place) = replaceable(&calls)?;
    let _lock = lock(&calls.user)?;
    let (signer, code_left) = signer(&calls, args)?;
    let (_, user_name) = calls.identity(&signer)?;
    let (listed, skew) = calls
        .call(|aws, to| aws.keys(to, &signer))
        .map_err(|error| explained(&calls, &signer, error))?;
    let saved = saved(&calls);
    let next = next(saved.as_ref(), &keys.id, &listed);
    let rotation = Run {
        calls: &calls,
        args,
        signer,
        keys,
        place,
        user_name,
        began: (context.clock.now().unix_timestamp()).saturating_add(skew.seconds()),
    };
    match next {
        Next::TwoKeys { other } => Err(rotation.two_keys(&other)),
        Next::Finish { old } => rotation.finish(&old),
        Next::Rotate => rotation.rotate(None, code_left),
        Next::DropLost { lost } => rotation.rotate(Some(&lost), code_left),
    }
}

/// The key pair of the source profile and its place, if it can be replaced there.
fn replaceable(calls: &OwnCalls<'_>) -> Result<(Keys, KeyPlace), Error> {
    let source = &calls.user.names.source;
    let keys = match calls.user.key_source(calls.context)? {
        KeySource::Known(keys) => keys,
        KeySource::Keychain(_) => {
            let command = |words| calls.command(words);
            return Err(Error::Refused {
                message: format!(
                    "the secret of profile `{source}` is in the keychain, and keys are rotated in the file"
                ),
                hint: format!(
                    "{} && {} && {}",
                    command("key restore"),
                    command("key rotate"),
                    command("key store")
                ),
            });
        }
        KeySource::Environment(_) | KeySource::Process { .. } => {
            return Err(Error::Refused {
                message: format!(
                    "the key of profile `{source}` is not in a shared file, so it cannot be replaced there"
                ),
                hint: "rotate it with the program that keeps it".to_owned(),
            });
        }
    };
    let profiles = &calls.user.state.profiles;
    let place = key_place(profiles, source, &keys).map_err(|error| unreplaceable(&error))?;
    check_section(&calls.user.state, place.file)?;
    Ok((keys, place))
}

/// A live MFA session of the key in the file, and whether the code of the command line is still unused.
fn signer(calls: &OwnCalls<'_>, args: &KeyRotate) -> Result<(Signer, bool), Error> {
    if let Some(record) = &calls.user.session {
        return Ok((Signer::Session(record.credentials.clone()), true));
    }
    (calls.context.ui).say("Access keys are managed with an MFA session.");
    let code = args.token_code.as_ref().map(|hidden| hidden.0.clone());
    let source = &calls.user.names.source;
    let record = own_session(calls.context, source, &args.call, code, Delivery::Cache)?;
    Ok((Signer::Session(record.credentials), false))
}

fn saved(calls: &OwnCalls<'_>) -> Option<Rotation> {
    let state = &calls.user.state;
    let key = state.memory_key(&calls.user.names.source);
    state.cache.rotation(&key).unwrap_or_else(|why| {
        calls.context.ui.warn(&why.to_string());
        None
    })
}

/// One run of the command, when everything is known that can be known before something changes.
struct Run<'a> {
    calls: &'a OwnCalls<'a>,
    args: &'a KeyRotate,
    signer: Signer,
    keys: Keys,
    place: KeyPlace,
    user_name: String,
    /// By AWS's clock.
    began: i64,
}

impl Run<'_> {
    fn two_keys(&self, other: &AccessKey) -> Error {
        Error::Refused {
            message: format!(
                "user `{}` has two access keys, which is AWS's limit, so no new one can be created: `{}` in the profile, and `{}`, created {}",
                self.user_name,
                self.keys.id,
                other.id,
                other.created.date()
            ),
            hint: format!(
                "if the other one is not in use: aws iam delete-access-key --access-key-id {} --profile {}",
                other.id,
                shell_quote(&self.calls.user.names.session)
            ),
        }
    }

    fn consent(&self, plan: &[String]) -> Result<(), Error> {
        let words = if self.args.keep_old {
            "key rotate --keep-old"
        } else {
            "key rotate"
        };
        let consent = Consent {
            plan,
            enter: Enter::Yes,
            yes: self.args.yes,
            command: &self.calls.command(words),
        };
        consent::obtain(self.calls.context, &self.calls.user.state.cache, &consent)
    }

    /// The whole rotation. `lost` is the key of an earlier one, whose secret nobody has.
    fn rotate(&self, lost: Option<&AccessKeyId>, code_left: bool) -> Outcome {
        let path = self.calls.user.state.locations.shared_file(self.place.file);
        let mut plan = Vec::new();
        if let Some(lost) = lost {
            plan.push(format!(
                "An earlier rotation was interrupted before its new key {lost} was stored. This deletes that key, whose secret is lost."
            ));
        }
        plan.push(format!(
            "This creates a new access key for user {}, and puts it in place of {} in profile {} of {}.",
            self.user_name,
            self.keys.id,
            self.place.profiles.join(", "),
            path.display()
        ));
        plan.push(self.end_of_old(&self.keys.id));
        self.consent(&plan)?;
        if let Some(lost) = lost {
            old_key::delete(self.calls, &self.signer, lost)?;
        }
        // From here on a signal must not end the program between two steps that belong together.
        let held = Signals::hold().ok();
        let result = self.replace(held.as_ref());
        let signal = held.map(Held::finish);
        // A cancellation wins over the error that it caused.
        obey(signal)?;
        let new = result?;
        self.log_in_and_delete(&self.keys.id, &new, code_left)
    }

    fn end_of_old(&self, old: &AccessKeyId) -> String {
        if self.args.keep_old {
            format!("Then it deactivates the old key {old}, and keeps it.")
        } else {
            format!(
                "Then it deactivates the old key {old}, and deletes it after a login with the new one."
            )
        }
    }

    /// Puts a new key into the file and deactivates the old one.
    fn replace(&self, held: Option<&Held>) -> Result<Keys, Error> {
        let new = new_key::create_and_store(
            self.calls,
            &self.signer,
            &new_key::Replacing {
                keys: &self.keys,
                place: &self.place,
                began: self.began,
            },
            held,
        )?;
        old_key::deactivate(self.calls, &self.signer, &self.keys.id)?;
        old_key::forget_sessions(self.calls, &self.keys.id);
        Ok(new)
    }

    /// The rest of a rotation whose new key is in the file already.
    fn finish(&self, old: &AccessKeyId) -> Outcome {
        let plan = [
            format!(
                "An earlier rotation was interrupted. Its new key {} is in profile {} already.",
                self.keys.id, self.calls.user.names.source
            ),
            self.end_of_old(old),
        ];
        self.consent(&plan)?;
        old_key::deactivate(self.calls, &self.signer, old)?;
        old_key::forget_sessions(self.calls, old);
        let old = OldKey {
            calls: self.calls,
            id: old,
            keep: self.args.keep_old,
        };
        // The session that signs was obtained with the new key.
        old.end(&self.signer)?;
        Ok(0)
    }

    /// Logs in with the new key, and then deletes the old one.
    fn log_in_and_delete(&self, old: &AccessKeyId, new: &Keys, code_left: bool) -> Outcome {
        let ui = self.calls.context.ui;
        let old = OldKey {
            calls: self.calls,
            id: old,
            keep: self.args.keep_old,
        };
        if self.args.keep_old {
            old.kept();
            ui.say("To log in with the new key:");
            ui.command(&self.calls.command("login"));
            return Ok(0);
        }
        ui.say(&format!("Log in with the new key {}:", new.id));
        let code = (self.args.token_code.as_ref())
            .filter(|_| code_left)
            .map(|hidden| hidden.0.clone());
        let source = &self.calls.user.names.source;
        let delivery = Delivery::Profile(Overwrite::Expired);
        match own_session(self.calls.context, source, &self.args.call, code, delivery) {
            Ok(record) => {
                old.end(&Signer::Session(record.credentials))?;
                Ok(0)
            }
            Err(error) => {
                ui.say(&format!(
                    "The new key is in place, and the old key {} is inactive. After a login with the new key, this deletes it:",
                    old.id
                ));
                ui.command(&self.calls.command("key rotate"));
                match error {
                    LoginError::CannotAsk { .. } => Ok(0),
                    other => Err(other.into()),
                }
            }
        }
    }
}
