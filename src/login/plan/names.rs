//! Which profiles a login is about: the one that was named, the source profile and the session profile.

use crate::shared_config::{Profiles, Role, Via, arrows, session_profile_name};

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
    /// The roles that the named profile stands for, its own first; empty if it stands for the session.
    pub roles: Vec<Role>,
    /// The profiles on the way, from the named one to the source.
    pub chain: Vec<String>,
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
    let outside = |source: &str| wanted.keys != KeysFrom::Profile || outside(source);
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
    let resolved = profiles.resolve(&named, &outside)?;
    let session = wanted
        .session_profile
        .clone()
        .or(resolved.session.map(|holder| holder.profile))
        .unwrap_or_else(|| session_name(&resolved.source, profiles));
    Ok(Names {
        named,
        via: resolved.via,
        source: resolved.source,
        session,
        roles: resolved.roles,
        chain: resolved.chain,
        notes,
    })
}

impl Names {
    /// Every profile that is involved.
    #[must_use]
    pub fn in_use(&self) -> Vec<&str> {
        let chain = self.chain.iter().map(String::as_str);
        chain.chain([self.session.as_str()]).collect()
    }

    /// The profile to log in with: the source, unless the roles on the way to it tell something about its device.
    #[must_use]
    pub fn to_log_in(&self) -> &str {
        if self.roles.is_empty() {
            &self.source
        } else {
            &self.named
        }
    }

    /// The way to the source in brackets, for an error about the source; empty if the source was named.
    #[must_use]
    pub fn way(&self) -> String {
        if self.chain.len() > 1 {
            format!(" ({})", arrows(&self.chain))
        } else {
            String::new()
        }
    }
}

/// The session profile of a source, which need not be in any file.
#[must_use]
pub fn session_name(source: &str, profiles: &Profiles) -> String {
    match profiles.profile(source) {
        Some(profile) => session_profile_name(&profile),
        None => format!("{source}-mfa"),
    }
}
