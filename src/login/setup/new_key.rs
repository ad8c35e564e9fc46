//! A long-term key for a profile that has none.
//!
//! INVARIANT: a key is stored only where neither file holds one. That is judged again on the bytes that are replaced.

use secrecy::ExposeSecret as _;
use time::UtcDateTime;

use crate::aws::types::Keys;
use crate::context::Context;
use crate::quote::shell_quote;
use crate::shared_config::{
    Document, Edit, EditError, FileKind, Issuer, KeyState, Overwrite, Profiles, WriteAccess, key,
};
use crate::test_hooks::step;
use crate::ui::local_time;

use super::super::LoginError;
use super::super::deliver;
use super::super::local_state::LocalState;
use super::refusal::Refusal;

/// A key, and the profile that it is for.
#[derive(Clone, Copy)]
pub struct NewKey<'a> {
    /// The profile.
    pub profile: &'a str,
    /// The key.
    pub keys: &'a Keys,
}

/// Whether a profile has room for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// It has no key.
    Free,
    /// It holds this very key.
    Stored,
}

/// Judges it. Every profile is looked at: the same key in two profiles is one user twice.
///
/// # Errors
/// The profile holds something that would be overwritten or hidden, or another profile holds the key.
pub fn room(profiles: &Profiles, new: NewKey<'_>, now: UtcDateTime) -> Result<Room, Refusal> {
    let name = new.profile;
    let refused = |reason: String, hint: String| Refusal {
        profile: name.to_owned(),
        reason,
        hint,
    };
    let another = || "choose another name: mfa-session setup --profile NAME".to_owned();
    let with_key = profiles.all().into_iter().find(|profile| {
        matches!(profile.long_term_keys(), KeyState::LongTerm(keys) if keys.id == new.keys.id)
    });
    if let Some(found) = with_key {
        let same = matches!(found.long_term_keys(), KeyState::LongTerm(keys)
            if keys.secret.expose_secret() == new.keys.secret.expose_secret());
        return match (found.name() == name, same) {
            (true, true) => Ok(Room::Stored),
            (true, false) => Err(refused(
                "it holds this access key with another secret".to_owned(),
                "see which secret is right; the AWS console shows a secret only once".to_owned(),
            )),
            (false, _) => Err(refused(
                format!("profile `{}` holds this access key already", found.name()),
                format!("mfa-session setup --profile {}", shell_quote(found.name())),
            )),
        };
    }
    let holds_some = (profiles.profile(name)).is_some_and(|p| p.may_hold_credentials());
    match profiles.write_access(name, now, Overwrite::Expired, Issuer::Aws) {
        WriteAccess::Writable if holds_some => {
            Err(refused("it holds keys already".to_owned(), another()))
        }
        WriteAccess::Writable if profiles.profile(name).is_some_and(|p| p.has_source()) => {
            Err(refused(
                "it is the session profile of another profile".to_owned(),
                another(),
            ))
        }
        WriteAccess::Writable => Ok(Room::Free),
        WriteAccess::HookProfile => Err(refused("it is a hook profile".to_owned(), another())),
        WriteAccess::Refused(reason) => Err(refused(
            reason.message(|end| local_time::until(end, now)),
            another(),
        )),
    }
}

/// The shared credentials file with the key.
///
/// # Errors
/// [`EditError`].
pub fn with_key(credentials: &Document, new: NewKey<'_>) -> Result<Document, EditError> {
    Edit::of(new.profile)
        .set(key::ACCESS_KEY_ID, new.keys.id.as_str())
        .set(key::SECRET_ACCESS_KEY, new.keys.secret.expose_secret())
        .apply(credentials)
}

/// Stores the key in the shared credentials file.
///
/// # Errors
/// The file cannot be written, or there is no room for the key any more. The file is then as it was.
pub fn store_key(context: &Context, state: &LocalState, new: NewKey<'_>) -> Result<(), LoginError> {
    deliver::update(context, state, FileKind::Credentials, &mut |fresh| {
        if room(fresh, new, context.clock.now())? == Room::Stored {
            return Ok(None);
        }
        let after = with_key(fresh.credentials(), new)
            .map_err(|error| deliver::not_edited(&state.locations.credentials, error))?;
        Ok(Some(after.as_bytes().to_vec().into()))
    })?;
    let _ = step("setup.key");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::types::{AccessKeyId, SecretAccessKey};

    const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s/s\n";

    fn judged(config: &str, credentials: &str) -> Result<Room, String> {
        let read = |text: &str, kind| {
            Document::parse(text.replace("KEYS", KEYS).as_bytes(), kind).unwrap()
        };
        let profiles = Profiles::new(
            read(config, FileKind::Config),
            read(credentials, FileKind::Credentials),
        );
        let keys = Keys {
            id: AccessKeyId::new("AKIAIOSFODNN7EXAMPLE").unwrap(),
            secret: SecretAccessKey::new("s/s").unwrap(),
        };
        let new = NewKey {
            profile: "a",
            keys: &keys,
        };
        room(&profiles, new, UtcDateTime::UNIX_EPOCH).map_err(|refusal| refusal.reason)
    }

    #[test]
    fn a_profile_without_keys_has_room() {
        for (config, credentials) in [
            ("", ""),
            (
                "[profile a]\nregion = x\n",
                "[b]\naws_access_key_id = AKIAIOSFODNN7EXAMPL2\n",
            ),
            ("", "[a]\naws_access_key_id =\naws_secret_access_key =\n"),
        ] {
            assert_eq!(judged(config, credentials), Ok(Room::Free), "{credentials}");
        }
        assert_eq!(judged("", "[a]\nKEYS"), Ok(Room::Stored));
        assert_eq!(judged("[profile a]\nKEYS", ""), Ok(Room::Stored));
    }

    #[test]
    fn nothing_is_overwritten_or_hidden() {
        let other = KEYS.replace("7EXAMPLE", "7EXAMPL2");
        for (config, credentials, reason) in [
            ("", format!("[a]\n{other}"), "long-term keys"),
            (
                &*format!("[profile a]\n{other}"),
                String::new(),
                "long-term keys",
            ),
            (
                "",
                "[a]\naws_secret_access_key = s/s\n".to_owned(),
                "long-term keys",
            ),
            (
                "",
                "[a]\naws_session_token = t\n".to_owned(),
                "holds keys already",
            ),
            (
                "",
                KEYS.replace("s/s", "t/t").replacen("aws", "[a]\naws", 1),
                "another secret",
            ),
            ("", "[b]\nKEYS".to_owned(), "profile `b` holds"),
            ("[profile a]\nrole_arn = x\n", String::new(), "role_arn"),
            (
                "[profile a]\nsso_session = x\n",
                String::new(),
                "sso_session",
            ),
            (
                "[profile a]\nlogin_session = x\n",
                String::new(),
                "login_session",
            ),
            (
                "[profile a]\ncredential_process = x\n",
                String::new(),
                "another program",
            ),
            (
                "[profile a]\ncredential_process = mfa-session credential-process --profile b\n",
                String::new(),
                "a hook profile",
            ),
            (
                "[profile a]\nmfa_session_source = b\n",
                String::new(),
                "session profile",
            ),
        ] {
            let error = judged(config, &credentials).unwrap_err();
            assert!(error.contains(reason), "{config}{credentials}: {error}");
        }
    }
}
