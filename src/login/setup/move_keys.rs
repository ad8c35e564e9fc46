//! PURE: the keys of `default` move to `default-long-term`, so that `default` can become the hook profile (`--default`).
//!
//! Both halves move in one write of one file. Until then `default` has them, and from then on `default-long-term`.

use time::UtcDateTime;

use crate::quote::shell_quote;
use crate::shared_config::{
    FileKind, Issuer, KeyState, Overwrite, Profile, Profiles, WriteAccess, key,
};

use super::super::plan::inherited;
use super::changes::{Changes, Move};
use super::refusal::Refusal;

/// What a source profile says about the login, beside the way to AWS.
const OF_LOGIN: [&str; 4] = [
    key::MFA_SERIAL,
    "aws_mfa_device",
    "mfa_process",
    key::DURATION_SECONDS,
];

/// Plans the move, unless it was made before. Sessions of `from` follow.
///
/// # Errors
/// [`Refusal`].
pub(super) fn changes(
    profiles: &Profiles,
    (from, to): (&str, &str),
    now: UtcDateTime,
) -> Result<Changes, Refusal> {
    let refused = |profile: &str, reason: &str, hint: &str| Refusal {
        profile: profile.to_owned(),
        reason: reason.to_owned(),
        hint: hint.to_owned(),
    };
    let holds_keys = |name: &str| {
        let profile = profiles.profile(name);
        profile.is_some_and(|p| matches!(p.long_term_keys(), KeyState::LongTerm(_)))
    };
    let mut changes = Changes::default();
    let old = profiles.profile(from);
    let Some(old) = old.as_ref().filter(|_| holds_keys(from)) else {
        if !holds_keys(to) {
            let hint = format!("mfa-session setup --profile {}", shell_quote(from));
            return Err(refused(
                from,
                "it holds no long-term key that could move",
                &hint,
            ));
        }
        // They have moved already; a setup that was interrupted goes on from there.
        settings(&mut changes, profiles, old.as_ref(), to);
        followers(&mut changes, profiles, from, to);
        return Ok(changes);
    };
    let other = "rename one of the two profiles by hand, or leave --default away";
    let free = match profiles.profile(to) {
        None => true,
        Some(p) => !p.may_hold_credentials() && !p.has_source(),
    };
    let access = profiles.write_access(to, now, Overwrite::Expired, Issuer::Aws);
    if !free || access != WriteAccess::Writable {
        return Err(refused(
            to,
            "it holds keys, or something else that keys would hide",
            other,
        ));
    }
    let Some((file, secret_in)) = old.keys_in().filter(|_| !old.hides_keys()) else {
        return Err(refused(from, "it holds more than one key", other));
    };
    if file != secret_in || half_elsewhere(old, file) {
        return Err(refused(
            from,
            "its key pair does not stand in one file alone",
            "remove the copy that is not needed, and run the command again",
        ));
    }
    if old.role_source().is_some() || old.get(key::ROLE_ARN).is_some() {
        return Err(refused(
            from,
            "it has a role, and a hook profile has none",
            other,
        ));
    }
    if old.get(key::SESSION_TOKEN).is_some() || old.get(key::SECURITY_TOKEN).is_some() {
        return Err(refused(
            from,
            "it holds a stale session token beside the key",
            "remove `aws_session_token` and `aws_security_token`, and run the command again",
        ));
    }
    changes.move_keys(Move {
        file,
        from: from.to_owned(),
        to: to.to_owned(),
    });
    settings(&mut changes, profiles, Some(old), to);
    followers(&mut changes, profiles, from, to);
    Ok(changes)
}

fn half_elsewhere(profile: &Profile<'_>, file: FileKind) -> bool {
    [key::ACCESS_KEY_ID, key::SECRET_ACCESS_KEY]
        .into_iter()
        .any(|key| match file {
            FileKind::Config => profile.credentials(key).is_some(),
            FileKind::Credentials => profile.config(key).is_some(),
        })
}

/// Copies what a login needs into the profile that gets the keys.
fn settings(changes: &mut Changes, profiles: &Profiles, old: Option<&Profile<'_>>, to: &str) {
    let of_login = OF_LOGIN
        .into_iter()
        .filter_map(|key| Some((key, old?.get(key)?.to_owned())));
    let new = profiles.profile(to);
    for (key, value) in inherited(old).into_iter().chain(of_login) {
        let is_set = new.as_ref().is_some_and(|p| p.get(key).is_some());
        if !is_set && !value.contains(['\n', '\r']) {
            changes.set(profiles, (FileKind::Config, to), key, &value);
        }
    }
}

/// Session and hook profiles of the old source belong to the new one.
fn followers(changes: &mut Changes, profiles: &Profiles, from: &str, to: &str) {
    for profile in profiles.all() {
        if let Some((source, file)) = profile.get_with_file(key::SOURCE)
            && source == from
        {
            changes.set(profiles, (file, profile.name()), key::SOURCE, to);
        }
    }
}
