//! Answering the hook, `credential-process`: from the cache, else together with the other hooks that need the same session.

use crate::context::Context;
use crate::process::{Input, shell_quote};
use crate::prompt::Signals;
use crate::session::cache::Lookup;
use crate::session::record::Record;
use crate::session::record_name::RecordName;

use super::assume::{Assuming, cached_role};
use super::child::refuse_recursion;
use super::herd::obtain_together;
use super::inputs::{Caller, Login};
use super::local_state::{Answer, LocalState, Purpose};
use super::plan::{self, KeySource, Names, PlanError, RoleChain, Settings, Wanted};
use super::provided::Provided;
use super::watch::Watch;
use super::withdraw::sweep;
use super::{LoginError, NoSession, source};

/// What the cache has for a profile.
struct Cached {
    names: Names,
    /// The roles, if the profile stands for one.
    chain: Option<RoleChain>,
    /// The answer, if it can be given without anything else.
    answer: Option<Provided>,
    /// The live session for a role that is still to be assumed.
    session: Option<Box<Record>>,
}

/// Answers the hook. A hit reads both shared files and one record, or two for a role; it takes no lock and writes nothing.
///
/// # Errors
/// [`LoginError`].
pub fn hook(
    context: &Context,
    profile: Option<String>,
    never_ask: bool,
) -> Result<Provided, LoginError> {
    refuse_recursion(context)?;
    let wanted = wanted(profile);
    answer(context, &wanted, never_ask).or_else(|error| match error {
        LoginError::CannotAsk { .. } => rest(context, &wanted).ok_or(error),
        other => Err(other),
    })
}

fn answer(context: &Context, wanted: &Wanted, never_ask: bool) -> Result<Provided, LoginError> {
    let (state, cached) = LocalState::look_up(&context.env, Purpose::Answer, &mut |state| {
        let cached = cached(context, state, wanted)?;
        if cached.answer.is_some() || cached.session.is_some() {
            return Ok(Answer::Complete(cached));
        }
        // Half a file may lack the key as well, and without a key there is no answer.
        key_source(context, state, wanted, &cached.names)?;
        Ok(Answer::Partial(cached))
    })?;
    if let Some(answer) = cached.answer {
        return Ok(answer);
    }
    let miss = Miss {
        context,
        state: &state,
        names: &cached.names,
        wanted,
        never_ask,
        watch: Watch::hook(context.started),
    };
    miss.answer(cached.chain.as_ref(), cached.session)
}

/// Credentials that are about to end, where nobody can be asked for a new session: a caller may still finish what it does with them.
fn rest(context: &Context, wanted: &Wanted) -> Option<Provided> {
    let state = LocalState::open(&context.env).ok()?;
    let names = state.names(context, wanted).ok()?;
    if let Some(chain) = plan::role_chain(&names.roles).ok()? {
        let found = cached_role(context, &state, wanted, &names, &chain).ok()??;
        return Some(Provided::Role(found.role));
    }
    let id = state.source_id(context, &names.source)?;
    let endpoint = state.origin(context, wanted, &names.source).ok()?;
    match state.cache.load(&RecordName::new(id, endpoint.as_ref())) {
        Lookup::Found(record) => {
            (record.seconds_left(context.clock.now()) > 0).then_some(Provided::Session(record))
        }
        // The reason has been given already.
        Lookup::Missing | Lookup::Distrusted(_) => None,
    }
}

/// The hit alone, without [`hook`]'s way to a new session: `None` if the hook has more to do than to read.
#[must_use]
pub fn hit(context: &Context, profile: String) -> Option<Provided> {
    refuse_recursion(context).ok()?;
    let state = LocalState::open(&context.env).ok()?;
    cached(context, &state, &wanted(Some(profile))).ok()?.answer
}

fn wanted(profile: Option<String>) -> Wanted {
    Wanted {
        profile,
        explicit_only: true,
        ..Wanted::default()
    }
}

fn cached(context: &Context, state: &LocalState, wanted: &Wanted) -> Result<Cached, LoginError> {
    let names = state.names(context, wanted)?;
    let chain = plan::role_chain(&names.roles)?;
    let role = match &chain {
        Some(chain) => cached_role(context, state, wanted, &names, chain)?.map(|found| found.role),
        None => None,
    };
    let (answer, session) = match (&chain, role) {
        (Some(_), Some(role)) if role.is_fresh(context.clock.now()) => {
            (Some(Provided::Role(role)), None)
        }
        (Some(_), _) => (None, state.live_session(context, wanted, &names)?),
        (None, _) => {
            let session = state.live_session(context, wanted, &names)?;
            (session.map(Provided::Session), None)
        }
    };
    Ok(Cached {
        names,
        chain,
        answer,
        session,
    })
}

/// A hook that the cache has no answer for.
struct Miss<'a> {
    context: &'a Context,
    state: &'a LocalState,
    names: &'a Names,
    wanted: &'a Wanted,
    never_ask: bool,
    watch: Watch,
}

impl Miss<'_> {
    fn answer(
        &self,
        chain: Option<&RoleChain>,
        session: Option<Box<Record>>,
    ) -> Result<Provided, LoginError> {
        let Self {
            context,
            state,
            names,
            ..
        } = *self;
        let _ = Signals::install();
        if !self.never_ask {
            let _ = sweep(context, state);
        }
        let var = |name: &str| context.env.get(name).map(str::to_owned);
        let settings = plan::settings(self.wanted, &var, &state.profiles, names)?;
        let Some(chain) = chain else {
            return self.session(&settings).map(Provided::Session);
        };
        let session = match session {
            Some(session) => session,
            None => self.session(&settings)?,
        };
        let assuming = Assuming {
            context,
            state,
            names,
            settings: &settings,
            watch: &self.watch,
            chain,
            session: &session,
            min_remaining: None,
        };
        assuming.run().map(Provided::Role)
    }

    /// A new session.
    fn session(&self, settings: &Settings) -> Result<Box<Record>, LoginError> {
        let (context, state, names) = (self.context, self.state, self.names);
        let key_source = key_source(context, state, self.wanted, names)?;
        let keys = source::keys(context, &key_source, names, Input::Null, &self.watch)?;
        let login = Login {
            context,
            state,
            names,
            settings,
            keys: &keys,
            watch: &self.watch,
            caller: Caller::Program,
            token_code: None,
            never_ask: self.never_ask,
            session_before: None,
        };
        let obtained =
            obtain_together(&login).map_err(|error| login.located(error, self.wanted))?;
        obtained.signals.obey(names)?;
        if let Some(unstored) = obtained.unstored {
            context.ui.warn(&format!(
                "the session could not be stored in the cache, so the next call will ask for another code: {unstored}"
            ));
        }
        state.remember_source(context, names, &key_source, &keys.id);
        Ok(obtained.record)
    }
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
