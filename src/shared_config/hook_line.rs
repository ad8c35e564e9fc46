//! PURE: recognises a `credential_process` line that runs this program.
//!
//! The line is only read, never run. It is split into words as a POSIX shell splits them; a Windows path with backslashes is not
//! recognised.

/// The profile in `mfa-session credential-process --profile PROFILE`, or `None` if the line runs another program.
///
/// ```
/// use mfa_session::shared_config::profile_of_hook_line;
///
/// let line = "/usr/local/bin/mfa-session credential-process --profile admin";
/// assert_eq!(profile_of_hook_line(line).as_deref(), Some("admin"));
/// assert_eq!(profile_of_hook_line("other-program --profile admin"), None);
/// ```
#[must_use]
pub fn profile_of_hook_line(line: &str) -> Option<String> {
    let words = shlex::split(line)?;
    let mut words = words.iter().map(String::as_str);
    let program = words.next()?.rsplit('/').next()?;
    if !matches!(program, "mfa-session" | "mfa-session.exe")
        || words.next() != Some("credential-process")
    {
        return None;
    }
    let mut profile = None;
    while let Some(word) = words.next() {
        if word == "--profile" {
            profile = words.next();
        } else if let Some(value) = word.strip_prefix("--profile=") {
            profile = Some(value);
        }
    }
    profile.filter(|name| !name.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_runs_this_program_names_its_profile() {
        for (line, expected) in [
            ("mfa-session credential-process --profile admin", "admin"),
            ("mfa-session credential-process --profile=admin", "admin"),
            (
                "/opt/mfa/bin/mfa-session credential-process --profile admin --no-prompt",
                "admin",
            ),
            (
                "mfa-session.exe credential-process -v --profile admin",
                "admin",
            ),
            (
                "'/home/a user/bin/mfa-session' credential-process --profile 'my admin'",
                "my admin",
            ),
            (
                r#""/home/a user/mfa-session" credential-process --profile "it's""#,
                "it's",
            ),
            (
                "mfa-session  credential-process\t--profile Zürich",
                "Zürich",
            ),
        ] {
            assert_eq!(
                profile_of_hook_line(line).as_deref(),
                Some(expected),
                "{line}"
            );
        }
    }

    #[test]
    fn any_other_line_is_another_program() {
        for line in [
            "",
            "mfa-session",
            "mfa-session credential-process",
            "mfa-session credential-process --profile",
            "mfa-session credential-process --profile=",
            "mfa-session login --profile admin",
            "my-mfa-session credential-process --profile admin",
            "mfa-session-old credential-process --profile admin",
            "aws-vault export --format=json --profile admin",
            "env mfa-session credential-process --profile admin",
            "sh -c 'mfa-session credential-process --profile admin'",
            "'mfa-session credential-process --profile admin",
            r"C:\bin\mfa-session.exe credential-process --profile admin",
        ] {
            assert_eq!(profile_of_hook_line(line), None, "{line}");
        }
    }
}
