//! From the profile that was named to the source profile, and from that to its session profile.
//!
//! Follows `mfa_session_source`, one step, and the profiles that hook lines name. No command line found in a file is run for this.

use super::profile::{KeyState, Profile, Profiles, key};
use crate::process::shell_quote;

const LONG_TERM: &str = "-long-term";

/// Which profile is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The profile that was named.
    pub named: String,
    /// The profile whose keys are long-term.
    pub source: String,
    /// How the one led to the other.
    pub via: Via,
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
}

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
    /// A session or hook profile names a source that is not there.
    #[error(
        "profile `{}` names `{}` {}, but that profile does not exist", .profile.escape_debug(), .source_profile.escape_debug(), place(key)
    )]
    NoSource {
        /// The session or hook profile.
        profile: String,
        /// The source that it names.
        source_profile: String,
        /// The key that names it: `mfa_session_source` or `credential_process`.
        key: &'static str,
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
    /// Hook profiles lead back to one of themselves.
    #[error("the hook profiles lead in a circle: {}", circle(chain))]
    Loop {
        /// The profiles, from the named one to the first that comes again.
        chain: Vec<String>,
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
                let profile = shell_quote(profile);
                if *key == key::SOURCE {
                    return format!("`aws configure set {key} {source} --profile {profile}`");
                }
                set_hook_line(&source, &profile)
            }
            Self::Loop { chain } => {
                let profile = chain
                    .last()
                    .map_or_else(String::new, |name| shell_quote(name));
                let command = set_hook_line("SOURCE", &profile);
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

/// The command that makes a hook profile. Both names are quoted for the shell.
fn set_hook_line(source: &str, profile: &str) -> String {
    let line = format!("mfa-session credential-process --profile {source}");
    format!(
        "`aws configure set {} {} --profile {profile}`",
        key::CREDENTIAL_PROCESS,
        shell_quote(&line)
    )
}

/// Where a profile names its source.
fn place(key: &str) -> String {
    if key == key::SOURCE {
        format!("as its `{key}`")
    } else {
        format!("in its `{key}`")
    }
}

fn circle(chain: &[String]) -> String {
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
    /// The source profile that `named` leads to: itself, or the `mfa_session_source` of a session or hook profile.
    ///
    /// # Errors
    /// [`ResolveError`] if a profile is not there, a source is no source, or the long-term keys are elsewhere by the
    /// layout of aws-mfa.
    pub fn resolve(&self, named: &str) -> Result<Resolved, ResolveError> {
        let profile = self.profile(named).ok_or_else(|| {
            let known = self.names();
            ResolveError::Unknown {
                name: named.to_owned(),
                near: near(named, &known),
                any: !known.is_empty(),
            }
        })?;
        let source = match profile.source() {
            Some(source) => self.named_source(&profile, source)?,
            None => self.end_of_hook_lines(&profile)?,
        };
        Ok(Resolved {
            via: if profile.is_hook() {
                Via::Hook
            } else if profile.source().is_some() {
                Via::Session
            } else {
                Via::Source
            },
            named: named.to_owned(),
            source,
        })
    }

    /// The profile that `mfa_session_source` of `profile` names.
    fn named_source(&self, profile: &Profile<'_>, source: &str) -> Result<String, ResolveError> {
        let profile = profile.name();
        let followed = self.profile(source).ok_or_else(|| ResolveError::NoSource {
            profile: profile.to_owned(),
            source_profile: source.to_owned(),
            key: key::SOURCE,
            near: near(source, &self.sources()),
        })?;
        if followed.has_source() {
            return Err(ResolveError::Chain {
                profile: profile.to_owned(),
                source_profile: source.to_owned(),
            });
        }
        Ok(source.to_owned())
    }

    /// The profile at the end of the hook lines that start at `profile`: itself, if it has none.
    fn end_of_hook_lines(&self, profile: &Profile<'_>) -> Result<String, ResolveError> {
        let mut chain = vec![profile.name().to_owned()];
        let mut profile = profile.clone();
        while let Some(next) = profile.hook_line_profile() {
            let is_loop = chain.contains(&next);
            chain.push(next.clone());
            if is_loop {
                return Err(ResolveError::Loop { chain });
            }
            let Some(followed) = self.profile(&next) else {
                return Err(ResolveError::NoSource {
                    profile: profile.name().to_owned(),
                    near: near(&next, &self.sources()),
                    source_profile: next,
                    key: key::CREDENTIAL_PROCESS,
                });
            };
            if let Some(source) = followed.source() {
                return self.named_source(&followed, source);
            }
            profile = followed;
        }
        self.own_source(&profile)
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

    /// Profiles that are no session or hook profiles.
    fn sources(&self) -> Vec<&str> {
        let source = |name: &&str| self.profile(name).is_some_and(|p| !p.has_source());
        self.names().into_iter().filter(source).collect()
    }
}

/// At most three names that somebody may have meant.
fn near(name: &str, names: &[&str]) -> Vec<String> {
    let wanted = name.to_lowercase();
    let mut ranked: Vec<_> = names
        .iter()
        .filter_map(|candidate| Some((rank(&wanted, &candidate.to_lowercase())?, *candidate)))
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    let best = ranked.into_iter().take(3);
    best.map(|(_, candidate)| candidate.to_owned()).collect()
}

/// How far a name is from the one wanted; `None` if it is another one. A name of any length must not take for ever.
fn rank(wanted: &str, name: &str) -> Option<usize> {
    if wanted.len().max(name.len()) > 256 {
        return None;
    }
    let distance = distance(wanted, name);
    let related = |short: &str, long: &str| short.len() > 2 && long.contains(short);
    let typing_slip = distance <= 2 && distance < wanted.chars().count();
    if name.starts_with(wanted) || wanted.starts_with(name) {
        Some(distance.min(2))
    } else if typing_slip {
        Some(distance)
    } else {
        (related(wanted, name) || related(name, wanted)).then(|| 2 + distance)
    }
}

/// Characters to insert, delete or replace (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(&b) {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = *cell;
            *cell = replaced.min(left + 1).min(diagonal + 1);
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
