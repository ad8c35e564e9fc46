//! What a login starts with: the names and settings that the shared files give, and what the cache already holds.

use crate::aws::types::AccessKeyId;
use crate::context::Context;
use crate::session::record::Record;

use super::LoginError;
use super::assume::{CachedRole, cached_role, is_enough};
use super::local_state::{Answer, CachedSession, LocalState};
use super::plan::{self, KeySource, Names, RoleChain, Settings};
use super::request::{Delivery, Request, Reuse};

/// What the shared files say to a command.
pub(super) struct Found {
    pub(super) names: Names,
    pub(super) settings: Settings,
    /// The roles that are to be assumed with the session.
    pub(super) chain: Option<RoleChain>,
    pub(super) start: Start,
}

/// What a command starts with.
pub(super) enum Start {
    /// The credentials of the role that is wanted.
    Role(CachedRole),
    /// A session that is good enough.
    Session(Box<Record>),
    /// The long-term key of the source profile, or where to get it.
    Keys(KeySource),
}

/// Finds the names, the settings and the key. The answer is partial while another program writes to the files, and where half a file
/// may hide a session.
pub(super) fn look_up(
    context: &Context,
    state: &LocalState,
    request: &Request,
) -> Result<Answer<Found>, LoginError> {
    let found = find(context, state, request)?;
    let is_complete = match &found.start {
        Start::Role(_) | Start::Session(_) => true,
        Start::Keys(_) if state.is_being_written() => false,
        Start::Keys(_) => {
            request.reuse == Reuse::Never
                || state
                    .live_session(context, &request.wanted, &found.names)?
                    .is_some()
        }
    };
    Ok(if is_complete {
        Answer::Complete(found)
    } else {
        Answer::Partial(found)
    })
}

fn find(context: &Context, state: &LocalState, request: &Request) -> Result<Found, LoginError> {
    let wanted = &request.wanted;
    let var = |name: &str| context.env.get(name).map(str::to_owned);
    let names = state.names(context, wanted)?;
    let chain = match request.delivery {
        Delivery::Cache => plan::role_chain(&names.roles)?,
        Delivery::Profile(_) => None,
    };
    let settings = |names: &Names| {
        let mut settings = plan::settings(wanted, &var, &state.profiles, names)?;
        if chain.is_some() {
            // The role's credentials are to last so long, and not the session.
            settings.min_remaining = None;
        }
        Ok::<_, LoginError>(settings)
    };
    if let Some(chain) = &chain
        && wanted.keys == plan::KeysFrom::Profile
        && let Some(found) = cached_role(context, state, wanted, &names, chain)?
        && is_enough(&found.role, wanted.min_remaining, context.clock.now())
    {
        return Ok(Found {
            settings: settings(&names)?,
            names,
            chain: None,
            start: Start::Role(found),
        });
    }
    // A command that only needs a session does not run another program for a key that it will not use.
    let early = match request.delivery {
        Delivery::Cache if wanted.keys == plan::KeysFrom::Profile => {
            state.source_id(context, &names.source)
        }
        _ => None,
    };
    if let Some(id) = early {
        let settings = settings(&names)?;
        if let Some(record) = reusable(context, state, &settings, &id, request) {
            return Ok(Found {
                names,
                settings,
                chain,
                start: Start::Session(record),
            });
        }
    }
    let key_source = plan::key_source(wanted, &var, &state.profiles, &names)?;
    Ok(Found {
        settings: settings(&names)?,
        names,
        chain,
        start: Start::Keys(key_source),
    })
}

/// The live session of a key, if it has enough time left.
pub(super) fn reusable(
    context: &Context,
    state: &LocalState,
    settings: &Settings,
    id: &AccessKeyId,
    request: &Request,
) -> Option<Box<Record>> {
    let now = context.clock.now();
    let endpoint = settings.foreign_endpoint();
    let CachedSession::Live(record) = state.session(context, id, endpoint.as_ref(), now) else {
        return None;
    };
    let least = match (request.reuse, settings.min_remaining) {
        (Reuse::Never, _) => return None,
        (_, Some(seconds)) => i64::from(seconds),
        (Reuse::Half, None) => i64::from(record.granted_seconds / 2),
        (Reuse::Live, None) => 0,
    };
    (record.seconds_left(now) >= least).then_some(record)
}

/// The access key id of the live session of a key.
pub(super) fn live_session_id(
    context: &Context,
    state: &LocalState,
    settings: &Settings,
    id: &AccessKeyId,
) -> Option<AccessKeyId> {
    let (endpoint, now) = (settings.foreign_endpoint(), context.clock.now());
    match state.session(context, id, endpoint.as_ref(), now) {
        CachedSession::Live(record) => Some(record.credentials.id),
        CachedSession::Ended(_) | CachedSession::Missing => None,
    }
}
