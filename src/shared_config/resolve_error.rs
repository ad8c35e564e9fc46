//! Why a name leads to no source profile, and what to type instead.

use super::profile::key;
use crate::process::shell_quote;

/// A name that leads to no source profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// Neither file has the profile.
    #[error("no profile `{}` in the shared files", .name.escape_debug())]
    Unknown {
        /// What was named.
        name: String,
        /// Profiles with a name like it, the nearest first.
        near: Vec<String>,
        /// Whether there is any profile at all.
        any: bool,
    },
    /// A profile names a source that is not there.
    #[error(
        "profile `{}` names `{}` {}, but that profile does not exist{}", .profile.escape_debug(), .source_profile.escape_debug(), place(key), way(chain)
    )]
    NoSource {
        /// The profile.
        profile: String,
        /// The source that it names.
        source_profile: String,
        /// The key that names it: `mfa_session_source`, `credential_process` or `source_profile`.
        key: &'static str,
        /// The profiles, from the named one to the one that is not there.
        chain: Vec<String>,
        /// Profiles with a name like it, the nearest first.
        near: Vec<String>,
    },
    /// The source is a session or hook profile itself.
    #[error(
        "profile `{}` names `{}` as its `mfa_session_source`, which is a session or hook profile itself", .profile.escape_debug(), .source_profile.escape_debug()
    )]
    Chain {
        /// The session or hook profile.
        profile: String,
        /// The source that it names.
        source_profile: String,
    },
    /// The profiles lead back to one of themselves.
    #[error("the profiles lead in a circle: {}", arrows(chain))]
    Loop {
        /// The profiles, from the named one to the first that comes again.
        chain: Vec<String>,
        /// The key that closes the circle.
        key: &'static str,
    },
    /// The profile holds only temporary keys, and `X-long-term` is there.
    #[error("profile `{}` holds only temporary keys", .profile.escape_debug())]
    OnlyTemporary {
        /// The profile.
        profile: String,
        /// The profile with the long-term keys.
        long_term: String,
    },
}

impl ResolveError {
    /// What to type instead.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown { near, any, .. } => match near.split_first() {
                Some((first, [])) => format!("did you mean `--profile {}`?", shell_quote(first)),
                Some((first, others)) => {
                    format!(
                        "did you mean `--profile {}`? or {}",
                        shell_quote(first),
                        quoted(others)
                    )
                }
                None if *any => "list the profiles with `aws configure list-profiles`".to_owned(),
                None => "store a long-term key with `aws configure`".to_owned(),
            },
            Self::NoSource {
                profile, near, key, ..
            } => {
                let source = near
                    .first()
                    .map_or_else(|| "SOURCE".to_owned(), |n| shell_quote(n));
                set_source(key, &source, &shell_quote(profile))
            }
            Self::Loop { chain, key } => {
                let last_but_one = chain.iter().nth_back(1);
                let profile = last_but_one.map_or_else(String::new, |name| shell_quote(name));
                let command = set_source(key, "SOURCE", &profile);
                format!("name the profile that holds the long-term keys: {command}")
            }
            Self::Chain { profile, .. } => format!(
                "name the profile that holds the long-term keys: `aws configure set mfa_session_source SOURCE --profile {}`",
                shell_quote(profile)
            ),
            Self::OnlyTemporary { long_term, .. } => {
                format!(
                    "the long-term keys are in `{long_term}`: use `--profile {}`",
                    shell_quote(long_term)
                )
            }
        }
    }
}

/// The command that names the source of a profile. Both names are quoted for the shell.
fn set_source(key: &str, source: &str, profile: &str) -> String {
    if key != key::CREDENTIAL_PROCESS {
        return format!("`aws configure set {key} {source} --profile {profile}`");
    }
    let line = format!("mfa-session credential-process --profile {source}");
    format!(
        "`aws configure set {} {} --profile {profile}`",
        key::CREDENTIAL_PROCESS,
        shell_quote(&line)
    )
}

/// Where a profile names its source.
fn place(key: &str) -> String {
    if key == key::CREDENTIAL_PROCESS {
        format!("in its `{key}`")
    } else {
        format!("as its `{key}`")
    }
}

/// The whole way in brackets, if it is longer than one step.
fn way(chain: &[String]) -> String {
    if chain.len() > 2 {
        format!(" ({})", arrows(chain))
    } else {
        String::new()
    }
}

/// Profiles that lead from one to the next, for a message.
#[must_use]
pub fn arrows(chain: &[String]) -> String {
    let names: Vec<_> = chain
        .iter()
        .map(|name| format!("`{}`", name.escape_debug()))
        .collect();
    names.join(" -> ")
}

fn quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
