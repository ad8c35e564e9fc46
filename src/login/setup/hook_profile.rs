//! PURE: the hook profile of a source: the one that there is, or a name that is free for it.

use time::UtcDateTime;

use crate::quote::shell_quote;
use crate::shared_config::{
    Issuer, Overwrite, Profile, Profiles, WriteAccess, key, session_profile_name,
};
use crate::ui::local_time;

use super::refusal::Refusal;

/// A `credential_process` that runs the hook for a source.
///
/// The AWS CLI and boto3 split such a line as Python's `shlex` does, and the other SDKs give it to a shell. Single quotes mean the same
/// to all of them; old Go SDKs lose double quotes.
#[must_use]
pub fn hook_line(program: &str, source: &str) -> String {
    // A name that begins with a hyphen would be taken for an option.
    let profile = if source.starts_with('-') {
        shell_quote(&format!("--profile={source}"))
    } else {
        format!("--profile {}", shell_quote(source))
    };
    format!("{} credential-process {profile}", shell_quote(program))
}

/// The program that a `credential_process` line runs.
#[must_use]
pub fn program_of(line: &str) -> Option<String> {
    shlex::split(line)?.into_iter().next()
}

/// The line with another program, and its arguments as they were.
pub(super) fn with_program(line: &str, program: &str) -> Option<String> {
    let words = shlex::split(line)?;
    let arguments = words.iter().skip(1).map(|word| shell_quote(word));
    let words: Vec<_> = std::iter::once(shell_quote(program))
        .chain(arguments)
        .collect();
    Some(words.join(" "))
}

/// What was asked for, and what else decides about a name.
pub(super) struct Naming<'a> {
    pub profiles: &'a Profiles,
    pub source: &'a str,
    /// `--session-profile`.
    pub wanted: Option<&'a str>,
    /// Whether an access key id is that of a session in the cache.
    pub is_session: &'a dyn Fn(&str) -> bool,
    pub now: UtcDateTime,
}

/// A name that is free for a hook profile.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Free {
    pub name: String,
    /// Whether the profile holds a session of ours, which must go first.
    pub holds_session: bool,
    /// Why a name that comes before it is not used.
    pub passed_over: Option<Refusal>,
}

impl Naming<'_> {
    /// The name by the rules: `--session-profile`, or that of the session profile.
    fn names(&self) -> Vec<String> {
        if let Some(wanted) = self.wanted {
            return vec![wanted.to_owned()];
        }
        let source = self.profiles.profile(self.source);
        let usual = format!("{}-mfa", self.source);
        let Some(source) = source else {
            return vec![usual];
        };
        let first = session_profile_name(&source);
        // A name that somebody has chosen is not replaced by another one.
        if source.get(key::SESSION_PROFILE).is_some() || first == usual {
            vec![first]
        } else {
            vec![first, usual]
        }
    }

    /// The hook profile of the source that there is: under the name that is due, else under any.
    pub(super) fn existing(&self) -> Option<Profile<'_>> {
        let leads_here = |profile: &Profile<'_>| {
            let is_hook = profile.is_hook()
                && profile.role_source().is_none()
                && !profile.may_hold_credentials();
            let leads_to =
                || (profile.source().map(str::to_owned)).or_else(|| profile.hook_line_profile());
            is_hook && leads_to().as_deref() == Some(self.source)
        };
        let names = self.names();
        let due = names.iter().find_map(|name| {
            let found = self.profiles.profile(name);
            found.filter(|profile| leads_here(profile))
        });
        due.or_else(|| match self.wanted {
            Some(_) => None,
            None => self.profiles.all().into_iter().find(leads_here),
        })
    }

    /// The first name that a hook profile can have.
    ///
    /// # Errors
    /// Why the first name cannot be used, if none can.
    pub(super) fn free(&self) -> Result<Free, Refusal> {
        let mut passed_over = None;
        for name in self.names() {
            match self.judge(&name) {
                Ok(holds_session) => {
                    return Ok(Free {
                        name,
                        holds_session,
                        passed_over,
                    });
                }
                Err(refusal) => passed_over = passed_over.or(Some(refusal)),
            }
        }
        Err(passed_over.unwrap_or_else(|| self.refusal(self.source, "there is no name for it")))
    }

    fn refusal(&self, name: &str, reason: impl Into<String>) -> Refusal {
        Refusal {
            profile: name.to_owned(),
            reason: reason.into(),
            hint: format!(
                "name another profile: mfa-session setup --profile {} --session-profile NAME",
                shell_quote(self.source)
            ),
        }
    }

    /// Whether the profile holds a session of ours, if its name can be used at all.
    fn judge(&self, name: &str) -> Result<bool, Refusal> {
        if name == self.source {
            return Err(self.refusal(name, "it is the source profile itself"));
        }
        let profile = self.profiles.profile(name);
        let id = (profile.as_ref()).and_then(|p| p.credentials(key::ACCESS_KEY_ID));
        let issuer = if id.is_some_and(self.is_session) {
            Issuer::Other
        } else {
            Issuer::Aws
        };
        match (self.profiles).write_access(name, self.now, Overwrite::Expired, issuer) {
            WriteAccess::Writable => {}
            WriteAccess::HookProfile => {
                return Err(self.refusal(name, "it is the hook profile of another profile"));
            }
            WriteAccess::Refused(reason) => {
                let reason = reason.message(|end| local_time::until(end, self.now));
                return Err(self.refusal(name, reason));
            }
        }
        let Some(profile) = profile else {
            return Ok(false);
        };
        if profile.source().is_some_and(|source| source != self.source) {
            return Err(self.refusal(name, "it is the session profile of another profile"));
        }
        let ours = profile.get(key::MANAGER) == Some(crate::shared_config::MANAGER);
        match (profile.may_hold_credentials(), ours) {
            (true, false) => Err(self.refusal(name, "it holds keys of another tool")),
            (holds, _) => Ok(holds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_config::profile_of_hook_line;

    #[test]
    fn a_line_is_quoted_for_shells_and_for_python() {
        assert_eq!(
            hook_line("/usr/bin/mfa-session", "admin"),
            "/usr/bin/mfa-session credential-process --profile admin"
        );
        assert_eq!(
            hook_line("/home/a user/mfa-session", "it's"),
            r"'/home/a user/mfa-session' credential-process --profile 'it'\''s'"
        );
        for source in [
            "admin",
            "my admin",
            "it's",
            "bücher",
            "-x",
            "--profile",
            "a\"b",
            "$HOME",
            "a\\b",
        ] {
            let line = hook_line("/home/a $user/mfa-session", source);
            assert_eq!(
                profile_of_hook_line(&line).as_deref(),
                Some(source),
                "{line}"
            );
            assert_eq!(
                program_of(&line).as_deref(),
                Some("/home/a $user/mfa-session")
            );
        }
    }

    #[test]
    fn another_program_leaves_the_arguments_as_they_were() {
        let line = "'/old place/mfa-session' credential-process --profile 'my admin' --no-prompt";
        assert_eq!(
            with_program(line, "/new/mfa-session").as_deref(),
            Some("/new/mfa-session credential-process --profile 'my admin' --no-prompt")
        );
    }
}
