//! Answering the hook, `credential-process`: from the cache, else together with the other hooks that need the same session.

use crate::context::Context;
use crate::process::{Input, shell_quote};
use crate::prompt::Signals;
use crate::session::cache::Lookup;
use crate::session::record::Record;
use crate::session::record_name::RecordName;

use super::child::refuse_recursion;
use super::herd::obtain_together;
use super::inputs::{Caller, Login};
use super::local_state::{Answer, LocalState, Purpose};
use super::plan::{self, KeySource, Names, PlanError, Wanted};
use super::watch::Watch;
use super::withdraw::sweep;
use super::{LoginError, NoSession, source};

/// Answers the hook. A hit reads both shared files and one record, takes no lock and writes nothing.
///
/// # Errors
/// [`LoginError`].
pub fn hook(
    context: &Context,
    profile: Option<String>,
    never_ask: bool,
) -> Result<Box<Record>, LoginError> {
    refuse_recursion(context)?;
    let wanted = wanted(profile);
    answer(context, &wanted, never_ask).or_else(|error| match error {
        LoginError::CannotAsk { .. } => rest(context, &wanted).ok_or(error),
        other => Err(other),
    })
}

fn answer(context: &Context, wanted: &Wanted, never_ask: bool) -> Result<Box<Record>, LoginError> {
    let (state, (names, session)) =
        LocalState::look_up(&context.env, Purpose::Answer, &mut |state| {
            let (names, session) = cached(context, state, wanted)?;
            if session.is_some() {
                return Ok(Answer::Complete((names, session)));
            }
            // Half a file may lack the key as well, and without a key there is no answer.
            key_source(context, state, wanted, &names)?;
            Ok(Answer::Partial((names, None)))
        })?;
    match session {
        Some(record) => Ok(record),
        None => miss(context, &state, &names, wanted, never_ask),
    }
}

/// A session in its last minute, where nobody can be asked for a new one: a caller may still finish what it does with it.
fn rest(context: &Context, wanted: &Wanted) -> Option<Box<Record>> {
    let state = LocalState::open(&context.env).ok()?;
    let names = state.names(context, wanted).ok()?;
    let id = state.source_id(context, &names.source)?;
    let endpoint = state.origin(context, wanted, &names.source).ok()?;
    match state.cache.load(&RecordName::new(id, endpoint.as_ref())) {
        Lookup::Found(record) => (record.seconds_left(context.clock.now()) > 0).then_some(record),
        // The reason has been given already.
        Lookup::Missing | Lookup::Distrusted(_) => None,
    }
}

/// The hit alone, without [`hook`]'s way to a new session: `None` if the hook has more to do than to read.
#[must_use]
pub fn hit(context: &Context, profile: String) -> Option<Box<Record>> {
    refuse_recursion(context).ok()?;
    let state = LocalState::open(&context.env).ok()?;
    let (_, session) = cached(context, &state, &wanted(Some(profile))).ok()?;
    session
}

fn wanted(profile: Option<String>) -> Wanted {
    Wanted {
        profile,
        explicit_only: true,
        ..Wanted::default()
    }
}

/// The profiles, and the live session if the cache has one.
fn cached(
    context: &Context,
    state: &LocalState,
    wanted: &Wanted,
) -> Result<(Names, Option<Box<Record>>), LoginError> {
    let names = state.names(context, wanted)?;
    if !names.roles.is_empty() {
        return Err(PlanError::NoKeys {
            profile: names.named.clone(),
            way: names.way(),
        }
        .into());
    }
    let session = state.live_session(context, wanted, &names)?;
    Ok((names, session))
}

/// Answers where the cache holds no live session.
fn miss(
    context: &Context,
    state: &LocalState,
    names: &Names,
    wanted: &Wanted,
    never_ask: bool,
) -> Result<Box<Record>, LoginError> {
    let _ = Signals::install();
    if !never_ask {
        let _ = sweep(context, state);
    }
    let var = |name: &str| context.env.get(name).map(str::to_owned);
    let watch = Watch::hook(context.started);
    let settings = plan::settings(wanted, &var, &state.profiles, names)?;
    let key_source = key_source(context, state, wanted, names)?;
    let keys = source::keys(context, &key_source, names, Input::Null, &watch)?;
    let login = Login {
        context,
        state,
        names,
        settings: &settings,
        keys: &keys,
        watch: &watch,
        caller: Caller::Program,
        token_code: None,
        never_ask,
        session_before: None,
    };
    let obtained = obtain_together(&login).map_err(|error| login.located(error, wanted))?;
    obtained.signals.obey(names)?;
    if let Some(unstored) = obtained.unstored {
        context.ui.warn(&format!(
            "the session could not be stored in the cache, so the next call will ask for another code: {unstored}"
        ));
    }
    state.remember_source(context, names, &key_source, &keys.id);
    Ok(obtained.record)
}

/// Where the long-term key is.
///
/// # Errors
/// [`LoginError::Plan`], or [`LoginError::CannotAsk`] for a key that was only ever in a shell's environment.
fn key_source(
    context: &Context,
    state: &LocalState,
    wanted: &Wanted,
    names: &Names,
) -> Result<KeySource, LoginError> {
    let var = |name: &str| context.env.get(name).map(str::to_owned);
    plan::key_source(wanted, &var, &state.profiles, names).map_err(|error| match error {
        PlanError::NoKeys { .. } if state.source_id(context, &names.source).is_some() => {
            LoginError::CannotAsk {
                session: NoSession {
                    profile: names.named.clone(),
                    command: format!(
                        "mfa-session login --profile {} --source-env",
                        shell_quote(&names.source)
                    ),
                    elsewhere: None,
                },
                why: "its long-term key came from the environment of a login".to_owned(),
            }
        }
        other => other.into(),
    })
}
