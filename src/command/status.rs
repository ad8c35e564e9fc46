//! `status`: shows the sessions and how long they are valid. It uses no network and prints no secret.
//!
//! The session cache is authoritative. A session profile that differs from it is reported. So is a profile whose session is not in
//! the cache, because programs that read the profile can still use it.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use time::UtcDateTime;

use crate::aws::endpoint::ForeignEndpoint;
use crate::aws::types::rfc3339;
use crate::cli::{Status, StatusForm};
use crate::context::Context;
use crate::error::Error;
use crate::login::plan::{Names, Wanted};
use crate::login::{
    Answer, Elsewhere, LocalState, LoginError, ProfileState, Purpose, held_session, profile_state,
    state_of_profile, warn_about_files,
};
use crate::palette::{self, painted};
use crate::process::shell_quote;
use crate::session::cache::Lookup;
use crate::session::record::Record;
use crate::session::record_name::RecordName;
use crate::shared_config::{KeyState, Profile};
use crate::ui::{clean, local_time};

use super::outcome::Outcome;
use super::session::time_left;

/// `status --format json`, version 1. It is frozen: a new field or meaning needs a new version.
///
/// One entry for each profile that holds a session; several entries may describe the same session.
#[derive(Debug, Serialize)]
struct Report<'a> {
    version: u8,
    sessions: Vec<Session<'a>>,
}

/// A session that is in a profile but not in the cache has an entry until it ends. It is not `live`, although `seconds_left` is
/// more than 0. Its `source_profile` and `source_access_key_id` are empty if the shared files do not contain them.
#[derive(Debug, Serialize)]
struct Session<'a> {
    profile: &'a str,
    source_profile: &'a str,
    source_access_key_id: &'a str,
    access_key_id: &'a str,
    expiration: String,
    seconds_left: i64,
    /// Whether the hook, `exec` and `env` use it without asking for a token code: it has not ended, and its endpoint is in force.
    live: bool,
}

/// A session in a profile.
#[derive(Clone)]
struct Entry<'a> {
    profile: &'a str,
    source: &'a str,
    key_id: String,
    session: &'a str,
    expiration: UtcDateTime,
    seconds_left: i64,
    /// Its record in the cache, if there is one, and what its profile holds.
    cached: Option<(&'a Record, ProfileState)>,
    /// The endpoint that is in force for its source profile.
    in_force: Origin,
    live: bool,
}

impl Entry<'_> {
    /// The same entry where another endpoint is in force.
    fn at(mut self, in_force: &Origin, now: UtcDateTime) -> Self {
        let is_usable = |record: &Record| record.is_live(now) && in_force.is_of(record);
        self.live = self.cached.is_some_and(|(record, _)| is_usable(record));
        self.in_force = in_force.clone();
        self
    }
}

/// The endpoint that is in force for a source profile.
#[derive(Clone)]
enum Origin {
    /// AWS's own, if it is `None`.
    Endpoint(Option<ForeignEndpoint>),
    /// One that is never called, with the reason.
    Refused(String),
}

impl Origin {
    fn of(context: &Context, state: &LocalState, wanted: &Wanted, source: &str) -> Self {
        match state.origin(context, wanted, source) {
            Ok(endpoint) => Self::Endpoint(endpoint),
            Err(error) => Self::Refused(error.to_string()),
        }
    }

    fn is_of(&self, record: &Record) -> bool {
        matches!(self, Self::Endpoint(endpoint) if *endpoint == record.endpoint)
    }
}

pub(super) fn run(context: &Context, profile: Option<String>, args: &Status) -> Outcome {
    let by_flag = profile.is_some();
    let named = by_flag || context.env.os("AWS_PROFILE").is_some();
    let wanted = Wanted {
        profile,
        ..Wanted::default()
    };
    let (state, ()) = LocalState::look_up(&context.env, Purpose::Answer, &mut |state| {
        let complete = if named {
            let found = state.names(context, &wanted)?;
            has_record(context, state, &wanted, &found.source)
        } else {
            holds_all(context, state)
        };
        Ok(if complete {
            Answer::Complete(())
        } else {
            Answer::Partial(())
        })
    })
    .map_err(Error::from)?;
    if !args.short {
        let found = named.then(|| state.names(context, &wanted)).transpose();
        let found = found.map_err(LoginError::from)?;
        let in_use = found.as_ref().map(Names::in_use).unwrap_or_default();
        warn_about_files(context, &state, &in_use);
    }
    let now = context.clock.now();
    let records = state.records(context);
    let profiles = state.profiles.all();
    let anywhere = Wanted::default();
    let in_force = |source: &str| Origin::of(context, &state, &anywhere, source);
    let all = entries(&profiles, &records, &in_force, now);
    let one = named
        .then(|| named_entries(context, &state, &wanted, &all, args))
        .transpose()?;
    let decisive = one.as_ref().unwrap_or(&all);
    let live = decisive.iter().any(|entry| entry.live);
    let shown = if by_flag { decisive } else { &all };
    let ui = context.ui;
    if args.short {
        ui.data(&clean(&short(decisive)))?;
    } else {
        match args.format {
            StatusForm::Json => ui.data(&json(shown))?,
            StatusForm::Text => ui.show(&text(shown, now))?,
        }
    }
    if shown.is_empty() && !args.short && args.format == StatusForm::Text {
        let login = match &wanted.profile {
            Some(name) => format!("mfa-session login --profile {}", shell_quote(name)),
            None => "mfa-session login".to_owned(),
        };
        ui.say(&format!("No session. To get one: {login}"));
    }
    Ok(if live { 0 } else { 3 })
}

/// Whether the cache has a session of the source at the endpoint in force. Half a file may lack the key or the endpoint.
fn has_record(context: &Context, state: &LocalState, wanted: &Wanted, source: &str) -> bool {
    let (id, here) = (
        state.source_id(context, source),
        state.origin(context, wanted, source),
    );
    let (Some(id), Ok(here)) = (id, here) else {
        return false;
    };
    let name = RecordName::new(id, here.as_ref());
    matches!(state.cache.load(&name), Lookup::Found(_))
}

/// Whether every session of the cache is in its profile, and from the endpoint in force.
fn holds_all(context: &Context, state: &LocalState) -> bool {
    let records = state.cache.all().unwrap_or_default();
    records.iter().all(|(_, lookup)| match lookup {
        Lookup::Found(record) => {
            let found = profile_state(&state.profiles, &record.session_profile, record);
            let here = state.origin(context, &Wanted::default(), &record.source_profile);
            matches!(found, ProfileState::Same | ProfileState::Hook)
                && here.is_ok_and(|here| here == record.endpoint)
        }
        Lookup::Missing | Lookup::Distrusted(_) => true,
    })
}

/// Every profile that holds a session, those of the cache first.
fn entries<'a>(
    profiles: &[Profile<'a>],
    records: &'a [Record],
    in_force: &dyn Fn(&str) -> Origin,
    now: UtcDateTime,
) -> Vec<Entry<'a>> {
    let by_name: HashMap<&str, &Profile<'a>> = profiles.iter().map(|p| (p.name(), p)).collect();
    let mut holders: HashMap<&str, Vec<&Profile<'a>>> = HashMap::new();
    for profile in profiles {
        if let Some(session) = held_session(profile) {
            holders.entry(session).or_default().push(profile);
        }
    }
    let mut entries = Vec::new();
    for record in records {
        let own = record.session_profile.as_str();
        let source = record.source_profile.as_str();
        let profile = by_name.get(own).copied();
        let here = in_force(source);
        entries.push(cached(own, source, profile, record, &here, now));
        let others = holders.get(record.credentials.id.as_str());
        for profile in others.into_iter().flatten().filter(|p| p.name() != own) {
            let source = profile.source().unwrap_or(source);
            let entry = cached(profile.name(), source, Some(profile), record, &here, now);
            entries.push(entry);
        }
    }
    let listed: HashSet<&str> = entries.iter().map(|entry| entry.profile).collect();
    let unlisted = profiles.iter().filter(|p| !listed.contains(p.name()));
    let uncached: Vec<_> = unlisted
        .filter_map(|profile| uncached(profile, &by_name, now))
        .collect();
    entries.extend(uncached);
    entries
}

fn cached<'a>(
    profile: &'a str,
    source: &'a str,
    section: Option<&Profile<'_>>,
    record: &'a Record,
    in_force: &Origin,
    now: UtcDateTime,
) -> Entry<'a> {
    let entry = Entry {
        profile,
        source,
        key_id: record.source_access_key_id.to_string(),
        session: record.credentials.id.as_str(),
        expiration: record.credentials.expiration,
        seconds_left: record.seconds_left(now).max(0),
        cached: Some((record, state_of_profile(section, record))),
        in_force: in_force.clone(),
        live: false,
    };
    entry.at(in_force, now)
}

/// The entry of a profile that holds a session which is not in the cache, until that session ends.
fn uncached<'a>(
    profile: &Profile<'a>,
    by_name: &HashMap<&str, &Profile<'a>>,
    now: UtcDateTime,
) -> Option<Entry<'a>> {
    let session = held_session(profile)?;
    let expiration = profile.expiration().filter(|end| *end > now)?;
    let source = profile.source().unwrap_or_default();
    let keys = by_name.get(source).map(|source| source.long_term_keys());
    let id = keys.as_ref().and_then(KeyState::long_term_id);
    let key_id = id.map(ToString::to_string).unwrap_or_default();
    Some(Entry {
        profile: profile.name(),
        source,
        key_id,
        session,
        expiration,
        seconds_left: (expiration - now).whole_seconds(),
        cached: None,
        in_force: Origin::Endpoint(None),
        live: false,
    })
}

/// The entry of the session profile that was named, and that of its source's session if another profile holds it. They are live if
/// the hook of the named profile uses them.
fn named_entries<'a>(
    context: &Context,
    state: &LocalState,
    wanted: &Wanted,
    all: &[Entry<'a>],
    args: &Status,
) -> Result<Vec<Entry<'a>>, Error> {
    let names = state.names(context, wanted).map_err(LoginError::from)?;
    if !args.short {
        for note in &names.notes {
            context.ui.warn(note);
        }
    }
    let here = Origin::of(context, state, wanted, &names.source);
    let id = state.source_id(context, &names.source);
    // A session of the endpoint in force comes first; another one is shown if there is none.
    let find = |wanted: &dyn Fn(&Entry<'_>) -> bool| {
        let mut found: Vec<_> = all.iter().filter(|entry| wanted(entry)).collect();
        found.sort_by_key(|entry| !entry.cached.is_some_and(|(record, _)| here.is_of(record)));
        found.first().copied()
    };
    let own = find(&|entry| entry.profile == names.session);
    let of_source = find(&|entry| {
        entry.cached.is_some() && id.as_ref().is_some_and(|id| entry.key_id == id.as_str())
    });
    let is_same = own.is_some_and(|own| {
        own.cached.is_some() && of_source.is_none_or(|other| other.session == own.session)
    });
    let elsewhere = of_source.filter(|_| !is_same);
    let now = context.clock.now();
    let found = own.into_iter().chain(elsewhere).cloned();
    Ok(found.map(|entry| entry.at(&here, now)).collect())
}

fn short(entries: &[Entry<'_>]) -> String {
    let words: Vec<_> = entries
        .iter()
        .filter(|entry| entry.live)
        .map(|entry| format!("{} {}", entry.profile, compact(entry.seconds_left)))
        .collect();
    if words.is_empty() {
        String::new()
    } else {
        format!("{}\n", words.join(", "))
    }
}

/// `7h12m`, `59m`, `40s`.
fn compact(seconds: i64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, m) => format!("{m}m"),
        (h, m) => format!("{h}h{m:02}m"),
    }
}

fn json(entries: &[Entry<'_>]) -> String {
    let report = Report {
        version: 1,
        sessions: entries
            .iter()
            .map(|entry| Session {
                profile: entry.profile,
                source_profile: entry.source,
                source_access_key_id: &entry.key_id,
                access_key_id: entry.session,
                expiration: rfc3339(entry.expiration),
                seconds_left: entry.seconds_left,
                live: entry.live,
            })
            .collect(),
    };
    // A tree of texts, numbers and Booleans always serialises.
    let text = serde_json::to_string(&report).unwrap_or_default();
    format!("{text}\n")
}

fn text(entries: &[Entry<'_>], now: UtcDateTime) -> String {
    let shown = entries.iter().map(|entry| match entry.cached {
        Some((record, found)) => {
            let text = described(entry.profile, entry.source, record, found, now);
            text + &endpoint_note(entry, record, now)
        }
        None => described_uncached(entry, now),
    });
    shown.collect()
}

/// Why a session that has not ended is not used.
fn endpoint_note(entry: &Entry<'_>, record: &Record, now: UtcDateTime) -> String {
    if entry.in_force.is_of(record) || !record.is_live(now) {
        return String::new();
    }
    let why = match &entry.in_force {
        Origin::Endpoint(here) => Elsewhere::new(record, here.clone()).to_string(),
        Origin::Refused(why) => why.clone(),
    };
    format!("  it is not used here: {}\n", clean(&why))
}

fn described_uncached(entry: &Entry<'_>, now: UtcDateTime) -> String {
    let source = if entry.source.is_empty() {
        "unknown"
    } else {
        entry.source
    };
    let head = head(
        entry.profile,
        &local_time::until(entry.expiration, now),
        &format!(", not in the cache (source {source})"),
    );
    let profile = clean_word(entry.profile);
    format!("{head}  to forget it: mfa-session logout --profile {profile}\n")
}

/// What `status` prints about a session in the cache. It may carry colours.
pub(super) fn line(state: &LocalState, record: &Record, now: UtcDateTime) -> String {
    let profile = &record.session_profile;
    let found = profile_state(&state.profiles, profile, record);
    described(profile, &record.source_profile, record, found, now)
}

fn described(
    profile: &str,
    source_profile: &str,
    record: &Record,
    found: ProfileState,
    now: UtcDateTime,
) -> String {
    let end = record.credentials.expiration;
    let from = format!(" (source {source_profile})");
    let source = clean_word(source_profile);
    let login = format!("mfa-session login --profile {source}");
    if !record.is_live(now) {
        let ended = painted(palette::DENIED, &local_time::ended(end, now));
        let head = head(profile, &ended, &from);
        return format!("{head}  to renew it: {login}\n");
    }
    let left = format!("{} left", time_left(record, now));
    let left = painted(palette::ALLOWED, &left);
    let until = local_time::until(end, now);
    let head = head(profile, &left, &format!(", {until}{from}"));
    let name = clean(profile);
    let note = match found {
        ProfileState::Same => String::new(),
        ProfileState::Hook => "  the SDKs get it from `credential_process`\n".to_owned(),
        ProfileState::Differs => {
            format!(
                "  profile {name} holds a different session from the cache; to fix it: {login}\n"
            )
        }
        ProfileState::Missing => {
            format!("  profile {name} does not hold it; to write it there: {login}\n")
        }
    };
    head + &note
}

/// `PROFILE: STATE…`, where only the state may carry colours already.
fn head(profile: &str, state: &str, rest: &str) -> String {
    let profile = painted(palette::HEADING, &clean(profile));
    format!("{profile}: {state}{}\n", clean(rest))
}

/// A name as one word of a shell, without control characters.
fn clean_word(name: &str) -> String {
    clean(&shell_quote(name)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_for_a_shell_prompt_is_short() {
        assert_eq!(compact(12 * 3600), "12h00m");
        assert_eq!(compact(3599), "59m");
        assert_eq!(compact(40), "40s");
    }
}
