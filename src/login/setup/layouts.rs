//! PURE: the layouts of other tools, which are explained, and converted only on request. Old sections stay as they are.

use crate::quote::shell_quote;
use crate::shared_config::{KeyState, Profile, Profiles, key};

/// What another tool has left in the shared files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// What it is, as a sentence.
    pub explanation: String,
    /// The profile into which the tool writes its session.
    pub(super) session: Option<String>,
    /// The role that the tool assumes for every session.
    pub(super) role: Option<String>,
}

/// The layouts around a source profile.
#[must_use]
pub fn layouts(profiles: &Profiles, source: &str) -> Vec<Layout> {
    let mut found = Vec::new();
    found.extend(by_suffix(profiles, source));
    found.extend(awsume(profiles));
    found.extend(aws_vault(profiles, source));
    found.extend(mfa_login(profiles));
    found
}

/// The tools that name the two profiles of a pair by a suffix.
fn by_suffix(profiles: &Profiles, source: &str) -> Option<Layout> {
    let stem = |suffix: &str| source.strip_suffix(suffix).filter(|stem| !stem.is_empty());
    let role = profiles
        .profile(source)
        .and_then(|p| p.get("assume_role").map(str::to_owned));
    let (tool, session) = if let Some(stem) = stem("-long-term") {
        ("aws-mfa", stem.to_owned())
    } else if let Some(stem) = stem("-noauth") {
        ("jhandguy/aws-mfa", stem.to_owned())
    } else {
        ("mfaws", format!("{source}-short-term"))
    };
    let holds = profiles.profile(&session)?.long_term_keys();
    matches!(holds, KeyState::Temporary { ours: false, .. }).then(|| Layout {
        explanation: format!(
            "This is the layout of {tool}: the key is in profile {source}, and {tool} writes its session into profile {session}, which stays as it is."
        ),
        session: Some(session),
        role,
    })
}

fn awsume(profiles: &Profiles) -> Option<Layout> {
    let is_awsume = |profile: &&Profile<'_>| {
        profile.name().starts_with("autoawsume-") || profile.get(key::MANAGER) == Some("awsume")
    };
    let all = profiles.all();
    let found = all.iter().find(is_awsume)?;
    Some(Layout {
        explanation: format!(
            "awsume has written profile {}, which stays as it is. The role profiles of awsume work with the hook profile as well: see --roles.",
            found.name()
        ),
        session: None,
        role: None,
    })
}

fn aws_vault(profiles: &Profiles, source: &str) -> Option<Layout> {
    let runs_vault = |profile: &Profile<'_>| {
        let line = profile.get(key::CREDENTIAL_PROCESS);
        line.is_some_and(|line| {
            let program = line.split_whitespace().next().unwrap_or_default();
            program.rsplit('/').next() == Some("aws-vault")
        })
    };
    let all = profiles.all();
    let found = all
        .iter()
        .find(|p| p.get("include_profile").is_some() || runs_vault(p))?;
    Some(Layout {
        explanation: format!(
            "Profile {} is that of aws-vault, which keeps keys outside these files and has settings that other tools do not read (`include_profile`). It stays as it is. To take the key from aws-vault, give a source profile this `credential_process` (untried): aws-vault export --no-session --format=json {}",
            found.name(),
            shell_quote(source)
        ),
        session: None,
        role: None,
    })
}

/// A session without its end and without a name for the tool that wrote it.
fn mfa_login(profiles: &Profiles) -> Option<Layout> {
    let all = profiles.all();
    let found = all.iter().find(|profile| {
        let is_session = matches!(
            profile.long_term_keys(),
            KeyState::Temporary {
                expiration: None,
                ours: false
            }
        );
        is_session
            && profile.get(key::MANAGER).is_none()
            && profile.get(key::SECURITY_TOKEN).is_none()
    })?;
    Some(Layout {
        explanation: format!(
            "Profile {0} holds a session without its end, as `aws configure mfa-login` writes it. It stays as it is; programs that use it can use the hook profile instead.",
            found.name()
        ),
        session: Some(found.name().to_owned()),
        role: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_config::{Document, FileKind};

    const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s/s\n";
    const SESSION: &str = "aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_session_token = t\n";

    fn explained(config: &str, credentials: &str, source: &str) -> String {
        let read = |text: &str, kind| {
            let text = text.replace("KEYS", KEYS).replace("SESSION", SESSION);
            Document::parse(text.as_bytes(), kind).unwrap()
        };
        let profiles = Profiles::new(
            read(config, FileKind::Config),
            read(credentials, FileKind::Credentials),
        );
        let found = layouts(&profiles, source).into_iter();
        found
            .map(|layout| layout.explanation)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn each_tool_is_recognised() {
        for (config, credentials, source, tool) in [
            (
                "",
                "[a-long-term]\nKEYS[a]\nSESSIONaws_security_token = t\n",
                "a-long-term",
                "of aws-mfa:",
            ),
            (
                "",
                "[a-noauth]\nKEYS[a]\nSESSIONexpiration = x\n",
                "a-noauth",
                "jhandguy/aws-mfa",
            ),
            ("", "[a]\nKEYS[a-short-term]\nSESSION", "a", "of mfaws:"),
            (
                "",
                "[a]\nKEYS[autoawsume-a]\nSESSIONmanager = awsume\n",
                "a",
                "awsume has written profile autoawsume-a",
            ),
            (
                "[profile b]\ninclude_profile = a\n",
                "[a]\nKEYS",
                "a",
                "aws-vault",
            ),
            (
                "[profile b]\ncredential_process = /opt/aws-vault export b\n",
                "",
                "b",
                "aws-vault",
            ),
            (
                "",
                "[a]\nKEYS[session]\nSESSION",
                "a",
                "aws configure mfa-login",
            ),
        ] {
            let explained = explained(config, credentials, source);
            assert!(explained.contains(tool), "{credentials}: {explained}");
        }
    }

    #[test]
    fn our_own_layout_is_nobody_else_s() {
        let ours = format!("{SESSION}expiration = 2026-11-24T20:30:07Z\nmanager = mfa-session\n");
        for credentials in [
            "[a]\nKEYS".to_owned(),
            format!("[a]\nKEYS[a-mfa]\n{ours}"),
            format!("[a-long-term]\nKEYS[a]\n{ours}"),
        ] {
            assert_eq!(
                explained("[profile a]\nregion = x\n", &credentials, "a"),
                ""
            );
            assert_eq!(explained("", &credentials, "a-long-term"), "");
        }
    }
}
