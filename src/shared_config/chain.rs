//! PURE: follows a profile to the profile with the long-term key, over roles, hook lines and `mfa_session_source`.
//!
//! A profile means here what it means to the AWS SDKs: the role of a profile comes before its other credentials, except that a profile
//! which is named by a `source_profile` and holds keys stands for these keys. No command line found in a file is run for this.

use super::near::near;
use super::profile::{KeyState, Profile, Profiles, key};
use super::resolve_error::ResolveError;

/// The layout of aws-mfa: the long-term keys of `X` are in `X-long-term`.
pub(super) const LONG_TERM: &str = "-long-term";

/// A role on the way to the long-term key, as its profile describes it
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The role profile.
    pub profile: String,
    /// `role_arn`.
    pub arn: String,
    /// `external_id`.
    pub external_id: Option<String>,
    /// `role_session_name`.
    pub session_name: Option<String>,
    /// `duration_seconds`, as it is written.
    pub duration_seconds: Option<String>,
    /// `mfa_serial`, the device of the user at the end of the chain.
    pub mfa_serial: Option<String>,
}

/// The first session or hook profile on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionHolder {
    /// Its name.
    pub profile: String,
    /// Whether an AWS client asks for a code of its own before it gets there, because a role before it has an `mfa_serial`.
    pub client_asks: bool,
}

/// The way from a profile to the profile with the long-term key.
pub(super) struct Chain {
    /// The profiles on the way, both ends included.
    pub(super) profiles: Vec<String>,
    pub(super) roles: Vec<Role>,
    pub(super) source: String,
    pub(super) session: Option<SessionHolder>,
}

/// How a profile was reached, which decides what it stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reached {
    /// By its name, from the command line or a hook line: its role comes first.
    ByName,
    /// As the source of another profile: its keys come first.
    AsSource,
}

/// The next profile on the way.
struct Step {
    name: String,
    /// The setting that names it.
    key: &'static str,
    reached: Reached,
}

/// The profile that another one leads to, whether it exists or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadsTo {
    /// Its name.
    pub name: String,
    /// The setting that names it: `mfa_session_source`, `credential_process` or `source_profile`.
    pub key: &'static str,
    /// Whether it is reached as a source, so that its keys come before its own role.
    pub as_source: bool,
}

impl Profile<'_> {
    /// The `source_profile` of a role profile; `None` if it is not one.
    #[must_use]
    pub fn role_source(&self) -> Option<&str> {
        self.get(key::ROLE_ARN)?;
        match self.get(key::WEB_IDENTITY_TOKEN_FILE) {
            Some(_) => None,
            None => self.get(key::SOURCE_PROFILE),
        }
    }

    /// The next profile on the way from this one to the long-term key; `None` at the end of the way. `as_source` says how this one was
    /// reached. A check of many profiles walks with this, because [`Profiles::resolve`] searches the files for every step.
    #[must_use]
    pub fn leads_to(&self, as_source: bool) -> Option<LeadsTo> {
        let reached = if as_source {
            Reached::AsSource
        } else {
            Reached::ByName
        };
        let step = Chain::of(self).step(self, reached)?;
        Some(LeadsTo {
            name: step.name,
            key: step.key,
            as_source: step.reached == Reached::AsSource,
        })
    }

    fn role(&self) -> Option<Role> {
        self.role_source()?;
        let owned = |key: &str| self.get(key).map(str::to_owned);
        Some(Role {
            profile: self.name().to_owned(),
            arn: owned(key::ROLE_ARN)?,
            external_id: owned(key::EXTERNAL_ID),
            session_name: owned(key::ROLE_SESSION_NAME),
            duration_seconds: owned(key::DURATION_SECONDS),
            mfa_serial: owned(key::MFA_SERIAL),
        })
    }
}

impl Chain {
    fn of(profile: &Profile<'_>) -> Self {
        Self {
            profiles: vec![profile.name().to_owned()],
            roles: Vec::new(),
            source: String::new(),
            session: None,
        }
    }

    /// The next step from a profile; `None` at the end of the way.
    fn step(&mut self, profile: &Profile<'_>, reached: Reached) -> Option<Step> {
        let has_keys = profile.names_key();
        if (reached == Reached::ByName || !has_keys)
            && let (Some(role), Some(source)) = (profile.role(), profile.role_source())
        {
            self.roles.push(role);
            // A profile that is its own source holds the keys that its role is assumed with.
            if source != profile.name() {
                return Some(Step {
                    name: source.to_owned(),
                    key: key::SOURCE_PROFILE,
                    reached: Reached::AsSource,
                });
            }
        }
        let (name, key) = match profile.source() {
            Some(source) => (source.to_owned(), key::SOURCE),
            None => (profile.hook_line_profile()?, key::CREDENTIAL_PROCESS),
        };
        self.session.get_or_insert_with(|| SessionHolder {
            profile: profile.name().to_owned(),
            client_asks: self.roles.iter().any(|role| role.mfa_serial.is_some()),
        });
        // A session profile holds a session, whatever roles its source has.
        let reached = if profile.is_hook() {
            Reached::ByName
        } else {
            Reached::AsSource
        };
        Some(Step { name, key, reached })
    }
}

impl Profiles {
    /// The way from a profile to the profile with the long-term key. `outside` says of a profile that is not in the files whether its
    /// key is known from elsewhere.
    ///
    /// # Errors
    /// [`ResolveError`] if a profile on the way is not there, comes again, or cannot be a source.
    pub(super) fn chain(
        &self,
        named: &Profile<'_>,
        outside: &dyn Fn(&str) -> bool,
    ) -> Result<Chain, ResolveError> {
        let mut chain = Chain::of(named);
        let mut profile = named.clone();
        let mut reached = Reached::ByName;
        let mut roles_of_client = usize::MAX;
        while let Some(step) = chain.step(&profile, reached) {
            if step.key == key::SOURCE && step.reached == Reached::AsSource {
                roles_of_client = roles_of_client.min(chain.roles.len());
            }
            let Some(next) = self.next(&mut chain, &profile, &step, outside)? else {
                chain.roles.truncate(roles_of_client);
                chain.source = step.name;
                return Ok(chain);
            };
            (profile, reached) = (next, step.reached);
        }
        chain.roles.truncate(roles_of_client);
        chain.source = self.own_source(&profile)?;
        Ok(chain)
    }

    /// The profile that a step leads to; `None` if its key is known from outside the files.
    fn next(
        &self,
        chain: &mut Chain,
        profile: &Profile<'_>,
        step: &Step,
        outside: &dyn Fn(&str) -> bool,
    ) -> Result<Option<Profile<'_>>, ResolveError> {
        let name = step.name.clone();
        let is_loop = chain.profiles.contains(&name);
        chain.profiles.push(name.clone());
        let next = self.profile(&name);
        // A session profile has one step to its source, and a hook profile may lead over roles.
        let is_no_source = step.key == key::SOURCE
            && next
                .as_ref()
                .is_some_and(|next| next.role_source().is_none() && next.has_source());
        if is_no_source {
            return Err(ResolveError::Chain {
                profile: profile.name().to_owned(),
                source_profile: name,
            });
        }
        if is_loop {
            return Err(ResolveError::Loop {
                chain: chain.profiles.clone(),
                key: step.key,
            });
        }
        if next.is_none() && !outside(&name) {
            return Err(ResolveError::NoSource {
                profile: profile.name().to_owned(),
                near: near(&name, &self.sources()),
                source_profile: name,
                key: step.key,
                chain: chain.profiles.clone(),
            });
        }
        Ok(next)
    }

    fn own_source(&self, profile: &Profile<'_>) -> Result<String, ResolveError> {
        let name = profile.name().to_owned();
        let long_term = format!("{name}{LONG_TERM}");
        if matches!(profile.long_term_keys(), KeyState::Temporary { .. })
            && self.profile(&long_term).is_some()
        {
            return Err(ResolveError::OnlyTemporary {
                profile: name,
                long_term,
            });
        }
        Ok(name)
    }

    /// Profiles that have no other profile as their source.
    fn sources(&self) -> Vec<&str> {
        let source = |name: &&str| {
            self.profile(name)
                .is_some_and(|p| !p.has_source() && p.role_source().is_none())
        };
        self.names().into_iter().filter(source).collect()
    }
}

#[cfg(test)]
mod tests;
