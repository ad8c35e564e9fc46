//! Which profiles a login is about: the one that was named, the source profile and the session profile.

use crate::shared_config::{Profiles, ResolveError, Via, session_profile_name};

use super::error::PlanError;
use super::wanted::{KeysFrom, Variables, Wanted};

/// The profiles that a login is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The profile that was named.
    pub named: String,
    /// What kind of profile it is.
    pub via: Via,
    /// The source profile.
    pub source: String,
    /// Where the session is written.
    pub session: String,
    /// Notes for the user.
    pub notes: Vec<String>,
}

/// Finds the profiles. `outside` says whether a source that is in no file has logged in by a key of its environment.
///
/// # Errors
/// [`PlanError::Resolve`]; a source need not be in the files if its key comes, or once came, from the environment.
pub fn names(
    wanted: &Wanted,
    var: Variables<'_>,
    profiles: &Profiles,
    outside: &dyn Fn(&str) -> bool,
) -> Result<Names, PlanError> {
    let outside = |source: &str| wanted.keys == KeysFrom::Environment || outside(source);
    let mut notes = Vec::new();
    let named = match &wanted.profile {
        Some(name) => name.clone(),
        None if wanted.explicit_only => return Err(PlanError::ProfileMissing),
        None => {
            let (first, second) = (var("AWS_PROFILE"), var("AWS_DEFAULT_PROFILE"));
            if let (Some(a), Some(b)) = (&first, &second)
                && a != b
            {
                notes.push(format!(
                    "AWS_PROFILE is `{a}` and AWS_DEFAULT_PROFILE is `{b}`: `{a}` is taken (boto3 would take `{b}`)"
                ));
            }
            first.or(second).unwrap_or_else(|| "default".to_owned())
        }
    };
    let (via, source) = match profiles.resolve(&named) {
        Ok(resolved) => (resolved.via, resolved.source),
        Err(ResolveError::Unknown { .. }) if outside(&named) => (Via::Source, named.clone()),
        Err(ResolveError::NoSource { source_profile, .. }) if outside(&source_profile) => {
            let is_hook = profiles.profile(&named).is_some_and(|p| p.is_hook());
            (
                if is_hook { Via::Hook } else { Via::Session },
                source_profile,
            )
        }
        Err(other) => return Err(other.into()),
    };
    let session = wanted.session_profile.clone().unwrap_or_else(|| match via {
        Via::Session | Via::Hook => named.clone(),
        Via::Source => session_name(&source, profiles),
    });
    Ok(Names {
        named,
        via,
        source,
        session,
        notes,
    })
}

/// The session profile of a source, which need not be in any file.
#[must_use]
pub fn session_name(source: &str, profiles: &Profiles) -> String {
    match profiles.profile(source) {
        Some(profile) => session_profile_name(&profile),
        None => format!("{source}-mfa"),
    }
}
