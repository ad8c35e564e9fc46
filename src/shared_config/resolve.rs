//! From the profile that was named to the source profile, and from that to its session profile.

use super::chain::{LONG_TERM, Role, SessionHolder};
use super::near::near;
use super::profile::{Profile, Profiles, key};
use super::resolve_error::ResolveError;

/// Which profile is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The profile that was named.
    pub named: String,
    /// The profile whose keys are long-term.
    pub source: String,
    /// What the named profile is.
    pub via: Via,
    /// The roles on the way, that of the named profile first. Its credentials are what the named profile stands for.
    pub roles: Vec<Role>,
    /// The session or hook profile on the way from which AWS clients get the session.
    pub session: Option<SessionHolder>,
    /// The profiles on the way, from the named one to the source.
    pub chain: Vec<String>,
}

impl Resolved {
    fn source_outside(named: &str) -> Self {
        Self {
            named: named.to_owned(),
            source: named.to_owned(),
            via: Via::Source,
            roles: Vec::new(),
            session: None,
            chain: vec![named.to_owned()],
        }
    }
}

/// What the named profile is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// The source profile itself.
    Source,
    /// A session profile.
    Session,
    /// A hook profile.
    Hook,
    /// A role profile.
    Role,
}

/// The name of the session profile of a source: its `mfa_session_profile`, else `X` if it is `X-long-term`, else
/// `<source>-mfa`.
#[must_use]
pub fn session_profile_name(source: &Profile<'_>) -> String {
    if let Some(name) = source.get(key::SESSION_PROFILE) {
        return name.to_owned();
    }
    match source.name().strip_suffix(LONG_TERM) {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => format!("{}-mfa", source.name()),
    }
}

impl Profiles {
    /// The source profile that `named` leads to: itself, the source of a session or hook profile, or the end of a role profile's
    /// chain. `outside` says of a profile that is not in the files whether its key is known from elsewhere.
    ///
    /// # Errors
    /// [`ResolveError`] if a profile is not there, a source is no source, or the long-term keys are elsewhere by the
    /// layout of aws-mfa.
    pub fn resolve(
        &self,
        named: &str,
        outside: &dyn Fn(&str) -> bool,
    ) -> Result<Resolved, ResolveError> {
        let Some(profile) = self.profile(named) else {
            if outside(named) {
                return Ok(Resolved::source_outside(named));
            }
            let known = self.names();
            return Err(ResolveError::Unknown {
                name: named.to_owned(),
                near: near(named, &known),
                any: !known.is_empty(),
            });
        };
        let chain = self.chain(&profile, outside)?;
        Ok(Resolved {
            named: named.to_owned(),
            source: chain.source,
            via: via(&profile),
            roles: chain.roles,
            session: chain.session,
            chain: chain.profiles,
        })
    }
}

/// What a profile that was named is.
fn via(profile: &Profile<'_>) -> Via {
    if profile.role_source().is_some() {
        Via::Role
    } else if profile.is_hook() {
        Via::Hook
    } else if profile.source().is_some() {
        Via::Session
    } else {
        Via::Source
    }
}

#[cfg(test)]
mod tests;
