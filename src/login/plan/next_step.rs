//! What to do after a login, so that programs use the session.

use crate::shared_config::{Profiles, Via};

use super::names::Names;
use super::wanted::{Variables, Wanted};

/// What to do after a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// Nothing: AWS_PROFILE is already a profile through which programs use the session.
    Nothing(String),
    /// To export AWS_PROFILE.
    Export(String),
    /// To take the credentials of this role profile into the environment: its role would be assumed with the long-term key, without
    /// the session, by a program that used the profile itself.
    Environment(String),
}

impl NextStep {
    /// The profile that was named comes first, then the one that is exported, then the session profile.
    #[must_use]
    pub fn after_login(
        wanted: &Wanted,
        var: Variables<'_>,
        profiles: &Profiles,
        names: &Names,
    ) -> Self {
        let has_session = |name: &str| has_session(profiles, names, name);
        let exported = var("AWS_PROFILE");
        let profile = match names.via {
            Via::Role if wanted.session_profile.is_none() => {
                if !has_session(&names.named) {
                    return Self::Environment(names.named.clone());
                }
                names.named.clone()
            }
            Via::Source => exported
                .clone()
                .filter(|exported| has_session(exported))
                .unwrap_or_else(|| names.session.clone()),
            Via::Role | Via::Session | Via::Hook => names.session.clone(),
        };
        if exported.as_ref() == Some(&profile) {
            Self::Nothing(profile)
        } else {
            Self::Export(profile)
        }
    }
}

/// Whether a program that uses a profile gets the session after this login, or a role's credentials by it, and asks for no code.
fn has_session(profiles: &Profiles, names: &Names, name: &str) -> bool {
    if name == names.session {
        return true;
    }
    let Ok(found) = profiles.resolve(name, &|_| false) else {
        return false;
    };
    let is_filled = |holder: &str| {
        holder == names.session || profiles.profile(holder).is_some_and(|p| p.is_hook())
    };
    found.source == names.source
        && (found.session).is_some_and(|holder| !holder.client_asks && is_filled(&holder.profile))
}

#[cfg(test)]
mod tests {
    use super::super::names::names;
    use super::*;
    use crate::shared_config::{Document, FileKind};

    const CONFIG: &str = "[profile hook]\ncredential_process = mfa-session credential-process --profile admin\n\
        [profile other-hook]\ncredential_process = mfa-session credential-process --profile other\n\
        [profile direct]\nrole_arn = r\nsource_profile = admin\n\
        [profile by-hook]\nrole_arn = r\nsource_profile = hook\n\
        [profile by-session]\nrole_arn = r\nsource_profile = admin-mfa\n\
        [profile asks]\nrole_arn = r\nsource_profile = hook\nmfa_serial = x\n\
        [profile hook-of-role]\ncredential_process = mfa-session credential-process --profile direct\n";
    const CREDENTIALS: &str = "[admin]\naws_access_key_id = x\n[other]\naws_access_key_id = x\n[admin-mfa]\nmfa_session_source = admin\n";

    /// What follows a login with this profile, this AWS_PROFILE, and this `--session-profile`.
    fn step(profile: &str, exported: &str, session_profile: &str) -> String {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let wanted = Wanted {
            profile: text(profile),
            session_profile: text(session_profile),
            ..Wanted::default()
        };
        let var = |name: &str| (name == "AWS_PROFILE").then(|| text(exported)).flatten();
        let profiles = Profiles::new(
            Document::parse(CONFIG.as_bytes(), FileKind::Config).unwrap(),
            Document::parse(CREDENTIALS.as_bytes(), FileKind::Credentials).unwrap(),
        );
        let names = names(&wanted, &var, &profiles, &|_| false).unwrap();
        match NextStep::after_login(&wanted, &var, &profiles, &names) {
            NextStep::Nothing(profile) => format!("has {profile}"),
            NextStep::Export(profile) => format!("export {profile}"),
            NextStep::Environment(profile) => format!("env {profile}"),
        }
    }

    #[test]
    fn a_login_ends_with_the_profile_that_was_named_or_exported() {
        for (profile, exported, expected) in [
            ("admin", "", "export admin-mfa"),
            ("admin", "admin-mfa", "has admin-mfa"),
            ("admin", "hook", "has hook"),
            ("admin", "other-hook", "export admin-mfa"),
            ("admin", "nobody", "export admin-mfa"),
            ("", "hook", "has hook"),
            ("hook", "", "export hook"),
            ("hook", "admin-mfa", "export hook"),
            ("admin-mfa", "hook", "export admin-mfa"),
            ("by-hook", "", "export by-hook"),
            ("by-session", "hook", "export by-session"),
            ("", "by-hook", "has by-hook"),
            ("admin", "by-hook", "has by-hook"),
            ("hook-of-role", "", "export hook-of-role"),
        ] {
            let found = step(profile, exported, "");
            assert_eq!(found, expected, "{profile} {exported}");
        }
    }

    #[test]
    fn a_role_that_programs_would_assume_without_the_session_is_taken_into_the_environment() {
        assert_eq!(step("direct", "", ""), "env direct");
        assert_eq!(step("", "direct", ""), "env direct");
        assert_eq!(step("asks", "", ""), "env asks");
        assert_eq!(step("admin", "direct", ""), "export admin-mfa");
        assert_eq!(step("direct", "", "new"), "export new");
        assert_eq!(step("hook", "", "new"), "export new");
    }
}
