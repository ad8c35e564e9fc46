//! The names of the templates and their purposes.

/// A policy, or a part of one, that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Template {
    /// Denies everything without MFA but the way to it.
    Seed,
    /// The seed, and Allows for one's own devices.
    SelfManage,
    /// The seed, closed against enrolment by a leaked key.
    ConsoleEnrol,
    /// The seed without self-enrolment.
    AdminProvisioned,
    /// A guard: without MFA only one's own devices.
    OwnOnly,
    /// The seed, passing calls that services forward.
    ViaService,
    /// Denies everything to sessions whose code is too old.
    MaxAge,
    /// The seed, passing a forced change of the password.
    FirstLogin,
    /// The seed, and `aws login`.
    AwsLogin,
    /// No `aws login`.
    NoAwsLogin,
    /// The seed for the IAM users of an organisation.
    Scp,
    /// A trust policy that asks for MFA.
    RoleTrust,
    /// Denies everything to sessions issued before now.
    Revoke,
}

impl Template {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Seed,
        Self::SelfManage,
        Self::ConsoleEnrol,
        Self::AdminProvisioned,
        Self::OwnOnly,
        Self::ViaService,
        Self::MaxAge,
        Self::FirstLogin,
        Self::AwsLogin,
        Self::NoAwsLogin,
        Self::Scp,
        Self::RoleTrust,
        Self::Revoke,
    ];

    /// The template with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::SelfManage => "self-manage",
            Self::ConsoleEnrol => "console-enrol",
            Self::AdminProvisioned => "admin-provisioned",
            Self::OwnOnly => "own-only",
            Self::ViaService => "via-service",
            Self::MaxAge => "max-age",
            Self::FirstLogin => "first-login",
            Self::AwsLogin => "aws-login",
            Self::NoAwsLogin => "no-aws-login",
            Self::Scp => "scp",
            Self::RoleTrust => "role-trust",
            Self::Revoke => "revoke",
        }
    }

    /// What it is for.
    #[must_use]
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Seed => "deny everything without MFA, except what a user needs to set up MFA",
            Self::SelfManage => "users with no other IAM rights: allow them their own MFA devices",
            Self::ConsoleEnrol => {
                "users with console access: the first device is enrolled there, never by a (leaked) access key"
            }
            Self::AdminProvisioned => "users with keys only: an administrator enrols their devices",
            Self::OwnOnly => {
                "guard for users with broad permissions: without MFA, deny access to other users' devices"
            }
            Self::ViaService => "allow calls that an AWS service makes on a user's behalf",
            Self::MaxAge => "step-up: deny sessions whose token code is older than a given time",
            Self::FirstLogin => {
                "users who must change their password before they can enrol a device"
            }
            Self::AwsLogin => "users of `aws login`",
            Self::NoAwsLogin => "keys and token codes only: no `aws login`",
            Self::Scp => "organisations: apply to every IAM user, but to no role session",
            Self::RoleTrust => "cross-account roles: assume them with MFA only",
            Self::Revoke => "lost laptop: deny every session issued until now",
        }
    }

    /// Whether it has the statement that denies everything without MFA.
    pub(super) fn denies_all(self) -> bool {
        match self {
            Self::Seed
            | Self::SelfManage
            | Self::ConsoleEnrol
            | Self::AdminProvisioned
            | Self::ViaService
            | Self::FirstLogin
            | Self::AwsLogin
            | Self::Scp => true,
            Self::OwnOnly | Self::MaxAge | Self::NoAwsLogin | Self::RoleTrust | Self::Revoke => {
                false
            }
        }
    }

    /// Whether it allows something, which a service control policy must leave to others.
    pub(super) fn allows(self) -> bool {
        matches!(self, Self::SelfManage | Self::AwsLogin | Self::RoleTrust)
    }
}
