//! Whether a profile may be written to: the one judgement that every write to a session profile goes through.
//!
//! It looks at everything that a reader of either file could take for a key, and when in doubt it refuses: a secret key
//! can never be downloaded again. No flag opens a section that holds long-term keys.

use time::UtcDateTime;

use super::profile::{Profile, Profiles, Side, key};
use crate::aws::types::rfc3339;

/// Whether another tool's temporary keys may be overwritten while they are alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Only once they have expired.
    Expired,
    /// At any time.
    Live,
}

/// Who hands the keys out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// AWS: an id that begins with `AKIA` is a long-term key's.
    Aws,
    /// An emulator at another endpoint, some of which hand out sessions with such ids.
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
    /// It holds another tool's temporary keys, which may be alive.
    LiveTemporary {
        /// When they end, if the profile says so.
        expiration: Option<UtcDateTime>,
    },
}

impl Reason {
    /// What is in the way, to be said after the profile's name.
    #[must_use]
    pub fn message(self) -> String {
        match self {
            Self::LongTermKeys => "it holds long-term keys, which are never overwritten".to_owned(),
            Self::LoginSession => {
                "it holds a `login_session` of `aws login`, which is never written beside"
                    .to_owned()
            }
            Self::ForeignProcess => {
                "its `credential_process` is another program, which keys would hide".to_owned()
            }
            Self::Elsewhere { setting } => format!(
                "it has `{setting}`, so the SDKs would take other credentials and never use the session"
            ),
            Self::LiveTemporary {
                expiration: Some(expiration),
            } => format!(
                "it holds another tool's temporary keys, valid until {}",
                rfc3339(expiration)
            ),
            Self::LiveTemporary { expiration: None } => {
                "it holds another tool's temporary keys, and does not say until when".to_owned()
            }
        }
    }

    /// What to type instead.
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
            if self.source().is_some() {
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

    /// Whether a half of a key pair stands in one file twice, with different values: to set it would take a key out that
    /// nobody looked at.
    #[must_use]
    pub fn hides_keys(&self) -> bool {
        let sides = [&self.config, &self.credentials];
        let keys = [key::ACCESS_KEY_ID, key::SECRET_ACCESS_KEY];
        sides.into_iter().any(|side| {
            keys.into_iter().any(|key| {
                let mut values = side.sections().flat_map(|s| side.doubtful(s, key));
                let first = values.next();
                values.any(|value| Some(value) != first)
            })
        })
    }

    fn may_hold(&self, key: &str) -> bool {
        let sides = [&self.config, &self.credentials];
        sides.into_iter().any(|side| {
            side.sections()
                .any(|section| !side.doubtful(section, key).is_empty())
        })
    }

    fn may_hold_keys(&self) -> bool {
        self.may_hold(key::ACCESS_KEY_ID) || self.may_hold(key::SECRET_ACCESS_KEY)
    }

    fn may_hold_long_term_keys(&self, issuer: Issuer) -> bool {
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
        .flat_map(|section| side.doubtful(section, key::ACCESS_KEY_ID));
    !expected
        && ids.any(|id| {
            id.split(['\n', '\r'])
                .any(|line| line.trim().starts_with("AKIA"))
        })
}

/// Several sections of one profile hold keys, and one of them neither a token nor the id of temporary ones: what looks
/// like a session taken together may have a long-term key below it, which an edit would take out.
fn hides_long_term_keys(side: &Side<'_>) -> bool {
    let values = |section, key| side.doubtful(section, key);
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
