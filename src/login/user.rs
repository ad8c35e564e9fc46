//! The user behind a profile, for the commands that manage the user's own devices and keys.

use crate::aws::endpoint::Service;
use crate::aws::types::Keys;
use crate::aws::{CallError, Signer, Skew, Target};
use crate::context::Context;
use crate::process::Input;
use crate::session::record::Record;
use crate::storage::lock::Patience;

use super::child::refuse_recursion;
use super::clocks::clock_warning;
use super::local_state::{Answer, CachedSession, LocalState, Purpose};
use super::plan::{self, KeySource, Names, Settings, Wanted};
use super::watch::Watch;
use super::{LoginError, reach, source};

/// The user of a source profile, as this machine knows it.
pub struct User {
    /// The shared files and the cache.
    pub state: LocalState,
    /// The profiles.
    pub names: Names,
    /// Region, endpoints and device.
    pub settings: Settings,
    /// The live MFA session, if there is one.
    pub session: Option<Box<Record>>,
    wanted: Wanted,
}

impl User {
    /// Finds the user behind the profile that was asked for. Nothing is run or sent.
    ///
    /// # Errors
    /// The profile, its settings, or what keeps calls from reaching AWS.
    pub fn look_up(
        context: &Context,
        wanted: &Wanted,
        purpose: Purpose,
    ) -> Result<Self, LoginError> {
        refuse_recursion(context)?;
        let (mut state, (names, settings, session)) =
            LocalState::look_up(&context.env, purpose, &mut |state| {
                find(context, state, wanted)
            })?;
        let ui = context.ui;
        state
            .cache
            .wait_with(Patience::limited(move |line| ui.say(line)));
        for note in &names.notes {
            ui.warn(note);
        }
        let user = Self {
            state,
            names,
            settings,
            session,
            wanted: wanted.clone(),
        };
        reach::check(context, &user.target()).map_err(|error| user.call_failed(error))?;
        Ok(user)
    }

    /// Where calls go.
    #[must_use]
    pub fn target(&self) -> Target {
        let device = self.settings.serial_number.as_ref();
        reach::target(&self.state.locations, &self.names, &self.settings, device)
    }

    /// The long-term key. Runs the profile's `credential_process` if it has one.
    ///
    /// # Errors
    /// There is no long-term key, or that program gives none.
    pub fn keys(&self, context: &Context) -> Result<Keys, LoginError> {
        let key_source = self.key_source(context)?;
        source::keys(
            context,
            &key_source,
            &self.names,
            Input::Inherit,
            &Watch::none(),
        )
    }

    /// Where the long-term key is.
    ///
    /// # Errors
    /// There is none.
    pub fn key_source(&self, context: &Context) -> Result<KeySource, LoginError> {
        let var = |name: &str| context.env.get(name).map(str::to_owned);
        let profiles = &self.state.profiles;
        Ok(plan::key_source(&self.wanted, &var, profiles, &self.names)?)
    }

    /// What signs a call that needs no MFA: the live session, else the long-term key.
    ///
    /// # Errors
    /// As [`User::keys`].
    pub fn signer(&self, context: &Context) -> Result<Signer, LoginError> {
        match &self.session {
            Some(record) => Ok(Signer::Session(record.credentials.clone())),
            None => Ok(Signer::Key(self.keys(context)?)),
        }
    }

    /// The error for a call that failed.
    #[must_use]
    pub fn call_failed(&self, error: CallError) -> LoginError {
        LoginError::Call {
            code_sent: false,
            error,
            profile: self.names.source.clone(),
            host: self.target().host(Service::Sts),
        }
    }
}

/// Warns if an answer shows that the clocks are far apart.
pub fn warn_about_clock(context: &Context, skew: Skew, corrected: bool) {
    if let Some(warning) = clock_warning(skew, corrected, context.clock.now()) {
        context.ui.warn(&warning);
    }
}

type Found = (Names, Settings, Option<Box<Record>>);

fn find(
    context: &Context,
    state: &LocalState,
    wanted: &Wanted,
) -> Result<Answer<Found>, LoginError> {
    let var = |name: &str| context.env.get(name).map(str::to_owned);
    let names = state.names(context, wanted)?;
    let settings = plan::settings(wanted, &var, &state.profiles, &names)?;
    let session = state.source_id(context, &names.source).and_then(|id| {
        let (endpoint, now) = (settings.foreign_endpoint(), context.clock.now());
        match state.session(context, &id, endpoint.as_ref(), now) {
            CachedSession::Live(record) => Some(record),
            CachedSession::Ended(_) | CachedSession::Missing => None,
        }
    });
    let is_complete = session.is_some() || !state.is_being_written();
    let found = (names, settings, session);
    Ok(if is_complete {
        Answer::Complete(found)
    } else {
        Answer::Partial(found)
    })
}
