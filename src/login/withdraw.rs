//! What logout takes away: sessions in profiles, and what killed processes left behind.
//!
//! Takes only what a login wrote. Another tool's keys and long-term keys are left alone.

use time::UtcDateTime;

use crate::context::Context;
use crate::session::cache::Cache;
use crate::shared_config::location::Locations;
use crate::shared_config::store;
use crate::shared_config::{
    Edit, EmptySection, FileKind, Issuer, KeyState, Overwrite, Profile, Profiles, WriteAccess,
};

use super::LoginError;
use super::deliver;
use super::local_state::LocalState;

/// The keys that stand in a session profile of ours.
pub(super) const WRITTEN: [&str; 6] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "expiration",
    "manager",
    "mfa_session_source",
];

/// The access key id of the session that a login wrote to a profile, if it holds one.
#[must_use]
pub fn held_session<'a>(profile: &Profile<'a>) -> Option<&'a str> {
    match profile.long_term_keys() {
        KeyState::Temporary { ours: true, .. } => profile.credentials("aws_access_key_id"),
        _ => None,
    }
}

/// Takes our sessions out of the profiles that `wanted` chooses by name and session, and returns the names of those that held
/// one, and of those that still hold it because of a line that cannot be read. The credentials file is written once. `known` says of an
/// id whether it is that of a session in the cache.
///
/// # Errors
/// The file cannot be written; nothing was then taken out.
pub fn withdraw(
    context: &Context,
    state: &LocalState,
    wanted: &dyn Fn(&str, &str) -> bool,
    known: &dyn Fn(&str) -> bool,
) -> Result<Withdrawn, LoginError> {
    let now = context.clock.now();
    let path = &state.locations.credentials;
    let chosen = |profiles: &Profiles| -> Withdrawn {
        let mut chosen = Withdrawn::default();
        let all = profiles.all().into_iter();
        let held = all.filter(|profile| {
            held_session(profile).is_some_and(|session| {
                wanted(profile.name(), session) && may_be_emptied(profile, now, known(session))
            })
        });
        for profile in held {
            let name = profile.name();
            // One section that cannot be changed is no reason to leave the other sessions where they are.
            match removal(name).check_sections(profiles.credentials()) {
                Ok(()) => chosen.emptied.push(name.to_owned()),
                Err(error) => chosen.left.push(deliver::not_edited(path, error)),
            }
        }
        chosen
    };
    let mut withdrawn = chosen(&state.profiles);
    if withdrawn.emptied.is_empty() {
        return Ok(withdrawn);
    }
    deliver::update(context, state, FileKind::Credentials, &mut |fresh| {
        withdrawn = chosen(fresh);
        let edits: Vec<_> = withdrawn.emptied.iter().map(|name| removal(name)).collect();
        deliver::apply(&edits, fresh.credentials(), path).map(Some)
    })?;
    Ok(withdrawn)
}

/// What became of the sessions in profiles.
#[derive(Debug, Default)]
pub struct Withdrawn {
    /// The profiles that held one.
    pub emptied: Vec<String>,
    /// Why other profiles still hold one.
    pub left: Vec<LoginError>,
}

/// As [`Profile::write_access`]. Emulators hand out sessions with a long-term key's ids; such an id is a session's only where
/// the cache knows it for one.
fn may_be_emptied(profile: &Profile<'_>, now: UtcDateTime, known: bool) -> bool {
    let issuer = if known { Issuer::Other } else { Issuer::Aws };
    profile.write_access(now, Overwrite::Expired, issuer) == WriteAccess::Writable
}

fn removal(name: &str) -> Edit<'_> {
    WRITTEN
        .iter()
        .fold(Edit::of(name), |edit, key| edit.remove(key))
        .empty_section(EmptySection::Remove)
}

/// Removes what killed processes left: copies of the shared files beside them, which may hold long-term keys, and temporary
/// files in the cache. Every command that may write begins with this. What a living process is working on is left alone.
///
/// # Errors
/// What could not be removed from the cache; it is left to the next command.
pub fn sweep(context: &Context, state: &LocalState) -> Result<(), LoginError> {
    sweep_places(context, &state.locations, &state.cache)
}

/// As [`sweep`], for a command that cannot read the shared files. What cannot be removed is left to the next command.
pub fn sweep_unread(context: &Context) {
    if let Ok((locations, cache)) = LocalState::places(&context.env) {
        let _ = sweep_places(context, &locations, &cache);
    }
}

fn sweep_places(context: &Context, locations: &Locations, cache: &Cache) -> Result<(), LoginError> {
    for path in locations.shared_files() {
        for note in store::sweep(path, &cache.locks()) {
            context.ui.say(&note.to_string());
        }
    }
    Ok(cache.sweep()?)
}
