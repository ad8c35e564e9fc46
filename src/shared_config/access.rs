//! Decides whether a profile may be written to. Every write to a session profile goes through this decision.
//!
//! It considers everything that any reader of either file could take for a key, and it refuses in case of doubt, because a secret
//! key can never be downloaded again. No flag allows writing to a section that holds long-term keys.

use time::UtcDateTime;

use super::profile::{Profile, Profiles, Side, key};

/// Whether temporary credentials of another tool may be overwritten before they expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Only once they have expired.
    Expired,
    /// At any time.
    Live,
}

/// Who issues the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// AWS: an id that begins with `AKIA` is a long-term key's.
    Aws,
    /// An emulator at another endpoint. Some emulators issue sessions with such ids.
    Other,
}

/// What may be done to a session profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteAccess {
    /// Keys may be written to it.
    Writable,
    /// It is a hook profile of ours: keys go to the cache alone.
    HookProfile,
    /// Nothing may be written to it.
    Refused(Reason),
}

/// Why a profile must not be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It holds long-term keys, complete or not.
    LongTermKeys,
    /// It holds a console sign-in of `aws login`.
    LoginSession,
    /// It runs another program for its credentials.
    ForeignProcess,
    /// An SDK would take its credentials from elsewhere: a role, SSO or a web identity.
    Elsewhere {
        /// The setting that says so.
        setting: &'static str,
    },
    /// It holds temporary credentials of another tool that may still be valid.
    LiveTemporary {
        /// When they end, if the profile says so.
        expiration: Option<UtcDateTime>,
    },
}

impl Reason {
    /// The reason, for a message that begins with the profile's name. `until` says when credentials end.
    #[must_use]
    pub fn message(self, until: impl FnOnce(UtcDateTime) -> String) -> String {
        match self {
            Self::LongTermKeys => "it holds long-term keys, which are never overwritten".to_owned(),
            Self::LoginSession => {
                "it holds a `login_session` of `aws login`, and keys are never written beside one"
                    .to_owned()
            }
            Self::ForeignProcess => {
                "its `credential_process` runs another program, and keys in the profile would hide it".to_owned()
            }
            Self::Elsewhere { setting } => format!(
                "it has `{setting}`, so the SDKs would take other credentials and never use the session"
            ),
            Self::LiveTemporary {
                expiration: Some(expiration),
            } => format!(
                "it holds temporary credentials of another tool, valid {}",
                until(expiration)
            ),
            Self::LiveTemporary { expiration: None } => {
                "it holds temporary credentials of another tool, without a time when they expire".to_owned()
            }
        }
    }

    /// What to do instead.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::LiveTemporary { .. } => {
                "overwrite them with `--force`, or name another profile with `--session-profile NAME`"
            }
            _ => "name another profile with `--session-profile NAME`",
        }
    }
}

/// Settings by which an SDK takes a profile's credentials from elsewhere, whatever keys stand beside them
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>).
const ELSEWHERE: [&str; 9] = [
    "role_arn",
    "credential_source",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "sso_role_name",
    "sso_region",
    "sso_registration_scopes",
];

impl Profiles {
    /// Whether a new session may be written to a profile: as [`Profile::write_access`], which says what a write could destroy,
    /// and only where the SDKs would use the session. A profile that is in neither file is writable.
    #[must_use]
    pub fn write_access(
        &self,
        profile: &str,
        now: UtcDateTime,
        overwrite: Overwrite,
        issuer: Issuer,
    ) -> WriteAccess {
        let Some(profile) = self.profile(profile) else {
            return WriteAccess::Writable;
        };
        let access = profile.write_access(now, overwrite, issuer);
        let elsewhere = ELSEWHERE.into_iter().find(|key| profile.may_hold(key));
        match (access, elsewhere) {
            (WriteAccess::Writable, Some(setting)) => {
                WriteAccess::Refused(Reason::Elsewhere { setting })
            }
            _ => access,
        }
    }
}

impl Profile<'_> {
    /// Whether keys of ours in this profile may be written or removed. Both files are judged, whichever would be written.
    #[must_use]
    pub fn write_access(
        &self,
        now: UtcDateTime,
        overwrite: Overwrite,
        issuer: Issuer,
    ) -> WriteAccess {
        let reason = if self.may_hold_long_term_keys(issuer) {
            Reason::LongTermKeys
        } else if self.may_hold(key::LOGIN_SESSION) {
            Reason::LoginSession
        } else if self.may_hold(key::CREDENTIAL_PROCESS) {
            if self.has_source() {
                return WriteAccess::HookProfile;
            }
            Reason::ForeignProcess
        } else if self.is_ours() || !self.may_hold_keys() {
            return WriteAccess::Writable;
        } else {
            let expiration = self.expiration();
            let over = expiration.is_some_and(|end| end <= now);
            if over || overwrite == Overwrite::Live {
                return WriteAccess::Writable;
            }
            Reason::LiveTemporary { expiration }
        };
        WriteAccess::Refused(reason)
    }

    /// Whether one file has two different values for the key id or the secret key. Setting it would remove a value that was never
    /// checked.
    #[must_use]
    pub fn hides_keys(&self) -> bool {
        let sides = [&self.config, &self.credentials];
        let keys = [key::ACCESS_KEY_ID, key::SECRET_ACCESS_KEY];
        sides.into_iter().any(|side| {
            keys.into_iter().any(|key| {
                let mut values = side.sections().flat_map(|s| side.possible_values(s, key));
                let first = values.next();
                values.any(|value| Some(value) != first)
            })
        })
    }

    /// Whether a reader of either file could find an access key, a secret key or a token in it.
    #[must_use]
    pub fn may_hold_credentials(&self) -> bool {
        self.may_hold_keys()
            || self.may_hold(key::SESSION_TOKEN)
            || self.may_hold(key::SECURITY_TOKEN)
    }

    fn may_hold(&self, key: &str) -> bool {
        let sides = [&self.config, &self.credentials];
        sides.into_iter().any(|side| {
            side.sections()
                .any(|section| !side.possible_values(section, key).is_empty())
        })
    }

    fn may_hold_keys(&self) -> bool {
        self.may_hold(key::ACCESS_KEY_ID) || self.may_hold(key::SECRET_ACCESS_KEY)
    }

    fn may_hold_long_term_keys(&self, issuer: Issuer) -> bool {
        // A key whose secret is in the keychain is one as well.
        if self.may_hold(key::KEY_STORE) || self.may_hold(key::STORED_KEY_ID) {
            return true;
        }
        if !self.has_token() {
            return self.may_hold_keys();
        }
        let sides = [&self.config, &self.credentials];
        sides
            .into_iter()
            .any(|side| holds_akia(side, issuer) || hides_long_term_keys(side))
    }
}

/// A long-term id despite the token beside it: the token is stale, or somebody pasted a key over ours.
fn holds_akia(side: &Side<'_>, issuer: Issuer) -> bool {
    let expected = issuer == Issuer::Other && side.is_ours();
    let mut ids = side
        .sections()
        .flat_map(|section| side.possible_values(section, key::ACCESS_KEY_ID));
    !expected
        && ids.any(|id| {
            id.split(['\n', '\r'])
                .any(|line| line.trim().starts_with("AKIA"))
        })
}

/// Several sections of one profile hold keys, and one of them neither a token nor the id of temporary ones: what looks
/// like a session taken together may have a long-term key below it, which an edit would take out.
fn hides_long_term_keys(side: &Side<'_>) -> bool {
    let values = |section, key| side.possible_values(section, key);
    let holding: Vec<_> = side
        .sections()
        .filter(|section| {
            [key::ACCESS_KEY_ID, key::SECRET_ACCESS_KEY]
                .into_iter()
                .any(|key| !values(section, key).is_empty())
        })
        .collect();
    let temporary = |section| {
        let tokens = [key::SESSION_TOKEN, key::SECURITY_TOKEN];
        tokens
            .into_iter()
            .any(|key| !values(section, key).is_empty())
            || values(section, key::ACCESS_KEY_ID)
                .iter()
                .any(|id| id.starts_with("ASIA"))
    };
    holding.len() > 1 && !holding.into_iter().all(temporary)
}

#[cfg(test)]
mod tests;
