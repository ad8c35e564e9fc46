//! The session profile: judged before a code is asked for, written after.
//!
//! INVARIANT: a section that holds a long-term key, a `login_session` or a foreign `credential_process` is never written; the
//! judgement is made again on the bytes that are about to be replaced.
//!
//! INVARIANT: nothing is written to a file that lacks a section or a key that stood there when the command started: another
//! program is rewriting it, or it was damaged.

use std::path::Path;

use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use time::UtcDateTime;

use crate::aws::types::{AccessKeyId, rfc3339};
use crate::context::Context;
use crate::session::record::Record;
use crate::shared_config::store::{self, Edited, Report};
use crate::shared_config::{
    Document, Edit, EditError, FileKind, Inventory, Issuer, MANAGER, Overwrite, Profile, Profiles,
    WriteAccess,
};
use crate::ui::local_time;

use super::LoginError;
use super::local_state::{LocalState, parse};
use super::plan::{Names, inherited};

/// The state of the session profile, compared with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileState {
    /// It holds this session.
    Same,
    /// It holds another session that this program wrote.
    Differs,
    /// It holds no session that this program wrote.
    Missing,
    /// It is a hook profile, which gets its session from the cache.
    Hook,
}

/// What may be overwritten in the session profile.
#[derive(Debug, Clone)]
pub(super) struct WriteRules {
    pub overwrite: Overwrite,
    /// The ids of the sessions that were in the cache at the start.
    pub known_sessions: Vec<AccessKeyId>,
}

/// Emulators hand out sessions with a long-term key's ids. Such an id is a session's only where the cache knows it for one:
/// anything else may be a key that somebody pasted over ours.
fn issuer(profiles: &Profiles, name: &str, known: &[AccessKeyId]) -> Issuer {
    let profile = profiles.profile(name);
    let id = profile.and_then(|p| p.credentials("aws_access_key_id"));
    if known.iter().any(|k| Some(k.as_str()) == id) {
        Issuer::Other
    } else {
        Issuer::Aws
    }
}

/// Compares the session profile with a record.
#[must_use]
pub fn profile_state(profiles: &Profiles, name: &str, record: &Record) -> ProfileState {
    state_of_profile(profiles.profile(name).as_ref(), record)
}

/// Compares a session profile that was looked up already.
#[must_use]
pub fn state_of_profile(profile: Option<&Profile<'_>>, record: &Record) -> ProfileState {
    let Some(profile) = profile else {
        return ProfileState::Missing;
    };
    if profile.is_hook() {
        return ProfileState::Hook;
    }
    if profile.get("manager") != Some(MANAGER) {
        return ProfileState::Missing;
    }
    let same = profile.source().is_some()
        && content(record)
            .iter()
            .all(|(key, value)| profile.credentials(key) == Some(value.as_str()));
    // What botocore reads before the session token must not be there.
    if same && profile.get("aws_security_token").is_none() {
        ProfileState::Same
    } else {
        ProfileState::Differs
    }
}

/// Sees, before a code is asked for, that the session profile can be written.
///
/// # Errors
/// What it holds, or what keeps its file from being replaced.
pub(super) fn check(
    state: &LocalState,
    names: &Names,
    rules: &WriteRules,
    now: UtcDateTime,
) -> Result<(), LoginError> {
    let credentials = &state.locations.credentials;
    match judge(state, &state.profiles, names, rules, now)? {
        Access::Write => {
            // A name that no header can carry is found out here, not with a session in hand.
            let rehearsed = REHEARSAL.map(|(key, value)| (key, value.to_owned()));
            let edit = session_edit(names, &rehearsed);
            apply(&[edit], state.profiles.credentials(), credentials)?;
            Ok(store::check(credentials, &state.cache.locks())?)
        }
        Access::CacheOnly => Ok(()),
    }
}

/// What stands for a session before there is one.
const REHEARSAL: [(&str, &str); 5] = [
    ("aws_access_key_id", "ASIA"),
    ("aws_secret_access_key", "secret"),
    ("aws_session_token", "token"),
    ("expiration", "1970-01-01T00:00:00Z"),
    ("manager", MANAGER),
];

fn session_edit<'e>(names: &'e Names, content: &'e [(&'static str, String)]) -> Edit<'e> {
    content
        .iter()
        .fold(Edit::of(&names.session), |edit, (key, value)| {
            edit.set(key, value)
        })
        .set("mfa_session_source", &names.source)
        .remove("aws_security_token")
}

enum Access {
    Write,
    CacheOnly,
}

fn judge(
    state: &LocalState,
    profiles: &Profiles,
    names: &Names,
    rules: &WriteRules,
    now: UtcDateTime,
) -> Result<Access, LoginError> {
    let name = &names.session;
    let known = [rules.known_sessions.clone(), state.sessions()].concat();
    let issuer = issuer(profiles, name, &known);
    match profiles.write_access(name, now, rules.overwrite, issuer) {
        // A source's key need not stand in it, and a session profile that names itself leads nowhere.
        WriteAccess::Writable if *name == names.source => Err(LoginError::NotWritable {
            profile: name.clone(),
            reason: "it is the source profile itself".to_owned(),
            hint: "name another profile with `--session-profile NAME`".to_owned(),
        }),
        WriteAccess::Writable => Ok(Access::Write),
        WriteAccess::HookProfile => Ok(Access::CacheOnly),
        WriteAccess::Refused(reason) => Err(LoginError::NotWritable {
            profile: name.clone(),
            hint: reason.hint().to_owned(),
            reason: reason.message(|end| local_time::until(end, now)),
        }),
    }
}

/// Writes the session into its profile; whether that changed anything.
///
/// # Errors
/// As [`check`], judged again on the bytes that are replaced.
pub(super) fn write(
    context: &Context,
    state: &LocalState,
    names: &Names,
    record: &Record,
    rules: &WriteRules,
) -> Result<ProfileState, LoginError> {
    let profile = state.profiles.profile(&names.session);
    let leads_here = profile.is_some_and(|p| p.source() == Some(&names.source));
    let before = match profile_state(&state.profiles, &names.session, record) {
        ProfileState::Same if !leads_here => ProfileState::Differs,
        done @ (ProfileState::Same | ProfileState::Hook) => return Ok(done),
        other => other,
    };
    if let Access::CacheOnly = judge(state, &state.profiles, names, rules, context.clock.now())? {
        return Ok(ProfileState::Hook);
    }
    // The config file first: after a crash in between, the next login still finds a profile to fill.
    if state.profiles.profile(&names.session).is_none() {
        introduce(context, state, names);
    }
    let written = content(record);
    update(context, state, FileKind::Credentials, &mut |fresh| {
        if let Access::CacheOnly = judge(state, fresh, names, rules, context.clock.now())? {
            return Ok(None);
        }
        let edit = session_edit(names, &written);
        apply(&[edit], fresh.credentials(), &state.locations.credentials).map(Some)
    })?;
    Ok(before)
}

fn content(record: &Record) -> [(&'static str, String); 5] {
    let session = &record.credentials;
    [
        ("aws_access_key_id", session.id.to_string()),
        (
            "aws_secret_access_key",
            session.secret.expose_secret().to_owned(),
        ),
        (
            "aws_session_token",
            session.token.expose_secret().to_owned(),
        ),
        ("expiration", rfc3339(session.expiration)),
        ("manager", MANAGER.to_owned()),
    ]
}

/// Makes the new contents of one shared file from both files as they are.
type MakeContents<'e> = dyn FnMut(&Profiles) -> Result<Option<Zeroizing<Vec<u8>>>, LoginError> + 'e;

/// Writes one of the shared files once. `edit` makes the new contents from the files as they are at that moment, so that it judges
/// the bytes that are replaced; `None` leaves the file as it is.
pub(super) fn update(
    context: &Context,
    state: &LocalState,
    kind: FileKind,
    edit: &mut MakeContents<'_>,
) -> Result<(), LoginError> {
    let seen = &state.profiles;
    let config = (&state.locations.config, seen.config());
    let credentials = (&state.locations.credentials, seen.credentials());
    let ((path, seen), (other_path, seen_other)) = match kind {
        FileKind::Config => (config, credentials),
        FileKind::Credentials => (credentials, config),
    };
    let report = store::update(path, &state.cache.locks(), &mut |bytes| {
        let document = match complete(path, bytes, seen) {
            Ok(document) => document,
            Err(incomplete) => return Ok(Edited::Incomplete(incomplete)),
        };
        // What a profile is, is judged by both files, so the other one must be complete as well.
        let other = match complete(other_path, &store::read(other_path)?, seen_other) {
            Ok(other) => other,
            Err(incomplete) => return Ok(Edited::Incomplete(incomplete)),
        };
        let fresh = match kind {
            FileKind::Config => Profiles::new(document, other),
            FileKind::Credentials => Profiles::new(other, document),
        };
        Ok(edit(&fresh)?.map_or(Edited::Unchanged, Edited::To))
    })?;
    tell(context, &report);
    Ok(())
}

/// A file as a document, if it has everything that was `seen` when the command started.
fn complete(path: &Path, bytes: &[u8], seen: &Document) -> Result<Document, LoginError> {
    let now = parse(path, bytes, seen.kind())?;
    match Inventory::of(seen).missing_in(&now) {
        None => Ok(now),
        Some(missing) => Err(LoginError::Incomplete {
            path: path.display().to_string(),
            missing,
        }),
    }
}

/// Gives a new session profile the source's settings for reaching AWS. If the config file cannot be written, the login goes on.
fn introduce(context: &Context, state: &LocalState, names: &Names) {
    let config = &state.locations.config;
    let values = inherited(state.profiles.profile(&names.source).as_ref());
    if values.is_empty() {
        return;
    }
    let seen = state.profiles.config();
    let written = store::update(config, &state.cache.locks(), &mut |bytes| {
        let document = match complete(config, bytes, seen) {
            Ok(document) => document,
            Err(incomplete) => return Ok(Edited::Incomplete(incomplete)),
        };
        if document.has_profile(&names.session) {
            return Ok(Edited::Unchanged);
        }
        let edit = values
            .iter()
            .fold(Edit::of(&names.session), |edit, (key, value)| {
                edit.set(key, value)
            });
        apply(&[edit], &document, config).map(Edited::To)
    });
    match written {
        Ok(report) => tell(context, &report),
        Err(error) => context.ui.warn(&format!(
            "the settings of profile {} were not copied into profile {}: {error}",
            names.source, names.session
        )),
    }
}

/// The file with these changes made, one edit for each profile.
pub(super) fn apply(
    edits: &[Edit<'_>],
    before: &Document,
    path: &Path,
) -> Result<Zeroizing<Vec<u8>>, LoginError> {
    Edit::apply_all(edits, before)
        .map(|after| Zeroizing::new(after.as_bytes().to_vec()))
        .map_err(|error| not_edited(path, error))
}

/// The error for an edit that was not made.
pub(super) fn not_edited(path: &Path, error: EditError) -> LoginError {
    LoginError::Edit {
        path: path.display().to_string(),
        error,
    }
}

fn tell(context: &Context, report: &Report) {
    for note in &report.notes {
        context.ui.say(&note.to_string());
    }
}
