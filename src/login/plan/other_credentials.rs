//! Profiles whose credentials do not come from a long-term key: what they are, and what to do instead.

use std::fmt;

use crate::process::shell_quote;
use crate::shared_config::{Profile, key};

/// Where the credentials of a profile come from, if not from a long-term key
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherCredentials {
    /// `aws login`.
    LoginSession,
    /// IAM Identity Center. The text is the name of the setting that shows this.
    Sso(&'static str),
    /// A role that is assumed with a token from a file.
    WebIdentity,
    /// A role that is assumed with the credentials of this machine.
    Machine(String),
    /// A role without anything to assume it with.
    RoleAlone,
}

impl OtherCredentials {
    /// Where the credentials of a profile without keys come from; `None` if it says nothing of the kind.
    #[must_use]
    pub(super) fn of(profile: &Profile<'_>) -> Option<Self> {
        const SSO: [&str; 3] = ["sso_session", "sso_start_url", "sso_account_id"];
        if profile.get(key::LOGIN_SESSION).is_some() {
            return Some(Self::LoginSession);
        }
        if profile.get(key::WEB_IDENTITY_TOKEN_FILE).is_some() {
            return Some(Self::WebIdentity);
        }
        if let Some(source) = profile.get(key::CREDENTIAL_SOURCE) {
            return Some(Self::Machine(source.to_owned()));
        }
        if let Some(setting) = SSO.into_iter().find(|key| profile.get(key).is_some()) {
            return Some(Self::Sso(setting));
        }
        let is_alone =
            profile.role_source().is_none() && profile.get(key::CREDENTIAL_PROCESS).is_none();
        (profile.get(key::ROLE_ARN).is_some() && is_alone).then_some(Self::RoleAlone)
    }

    /// What to do instead.
    #[must_use]
    pub(super) fn hint(&self, profile: &str) -> String {
        let elsewhere =
            "name a profile with a long-term key: mfa-session login --profile PROFILE".to_owned();
        match self {
            Self::LoginSession => format!("`aws login` is a session of its own; {elsewhere}"),
            Self::Sso(_) => format!(
                "AWS clients use it after: aws sso login --profile {}",
                shell_quote(profile)
            ),
            Self::WebIdentity | Self::Machine(_) => {
                format!("AWS clients use it without a session; {elsewhere}")
            }
            Self::RoleAlone => format!(
                "name the profile that the role is assumed with: aws configure set source_profile SOURCE --profile {}",
                shell_quote(profile)
            ),
        }
    }
}

/// Completes a sentence that begins with the profile.
impl fmt::Display for OtherCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoginSession => f.write_str(
                "is signed in by `aws login`, whose credentials cannot call sts:GetSessionToken",
            ),
            Self::Sso(setting) => write!(
                f,
                "is signed in by `aws sso login` (`{setting}`) and has no long-term key"
            ),
            Self::WebIdentity => f.write_str(
                "assumes its role with the token in its `web_identity_token_file` and has no long-term key",
            ),
            Self::Machine(source) => write!(
                f,
                "takes its credentials from the machine (`credential_source = {}`) and has no long-term key",
                source.escape_debug()
            ),
            Self::RoleAlone => {
                f.write_str("has `role_arn`, but no `source_profile` to assume the role with")
            }
        }
    }
}
