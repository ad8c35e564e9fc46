//! What this machine knows that helps to explain an error.

use crate::quote::shell_quote;

/// What the calls with a profile are signed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StandsFor {
    /// A session of the user.
    #[default]
    Session,
    /// The long-term key itself, so that calls carry no MFA.
    LongTermKey,
    /// A role.
    Role,
}

/// The profile in use, and its session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Here {
    /// The profile in use.
    pub profile: String,
    /// Its source profile.
    pub source: String,
    /// The profile by which AWS's programs get the session.
    pub session_profile: String,
    /// What the profile in use stands for.
    pub stands_for: StandsFor,
    /// Whether there is a live session.
    pub is_live: bool,
    /// The user's account, if it is known.
    pub account: Option<String>,
    /// Whether the environment holds keys, which take precedence.
    pub has_env_keys: bool,
}

impl Here {
    pub(super) fn is_source(&self) -> bool {
        self.stands_for == StandsFor::LongTermKey
    }

    pub(super) fn is_role(&self) -> bool {
        self.stands_for == StandsFor::Role
    }

    pub(super) fn login(&self) -> String {
        format!("mfa-session login --profile {}", shell_quote(&self.profile))
    }

    /// Repeats the call that failed with the session.
    pub(super) fn again(&self) -> String {
        format!(
            "mfa-session exec --profile {} -- COMMAND",
            shell_quote(&self.profile)
        )
    }

    pub(super) fn who(&self) -> String {
        format!(
            "aws sts get-caller-identity --profile {}",
            shell_quote(&self.profile)
        )
    }

    pub(super) fn use_session(&self) -> String {
        format!("export AWS_PROFILE={}", shell_quote(&self.session_profile))
    }
}
