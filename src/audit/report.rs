//! The types of the result.

use std::fmt;

use time::UtcDateTime;

use super::inputs::DeviceKind;
use crate::policy::lint::Severity;

/// The result for all accounts.
#[derive(Debug, Clone, Default)]
pub struct Audit {
    /// One report for each account, in the order of the inputs.
    pub accounts: Vec<AccountReport>,
}

/// The result for one account.
#[derive(Debug, Clone)]
pub struct AccountReport {
    /// Twelve digits, or `unknown`.
    pub account_id: String,
    /// The root user.
    pub root: UserReport,
    /// The users, the worst first.
    pub users: Vec<UserReport>,
    /// The roles that somebody can assume without MFA.
    pub roles: Vec<RoleReport>,
    /// The findings, the worst first.
    pub findings: Vec<AuditFinding>,
    /// Policies that were checked.
    pub policies: usize,
}

/// What holds for a user, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing binds the user, who has no device.
    NotEnforced,
    /// Nothing binds the user, who has a device.
    EnrolledNotEnforced,
    /// An input is missing.
    Unknown,
    /// MFA is required, but something is open.
    EnforcedWithGaps,
    /// Without MFA nothing is possible but what is expected.
    Enforced,
    /// Nothing is possible at all.
    NoPermissions,
    /// There is nothing to sign with.
    NoCredentials,
}

impl Verdict {
    /// All of them, the worst first.
    pub const ALL: [Self; 7] = [
        Self::NotEnforced,
        Self::EnrolledNotEnforced,
        Self::Unknown,
        Self::EnforcedWithGaps,
        Self::Enforced,
        Self::NoPermissions,
        Self::NoCredentials,
    ];

    /// As reports write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotEnforced => "not-enforced",
            Self::EnrolledNotEnforced => "enrolled-not-enforced",
            Self::Unknown => "unknown",
            Self::EnforcedWithGaps => "enforced-with-gaps",
            Self::Enforced => "enforced",
            Self::NoPermissions => "no-permissions",
            Self::NoCredentials => "no-credentials",
        }
    }

    /// Whether something should be done about it.
    #[must_use]
    pub fn is_open(self) -> bool {
        self <= Self::EnforcedWithGaps
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The result for one user, or for root.
#[derive(Debug, Clone)]
pub struct UserReport {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// What holds.
    pub verdict: Verdict,
    /// Why, in sentences: lower case, no full stop.
    pub reasons: Vec<String>,
    /// What the user signs with.
    pub credentials: Credentials,
    /// The devices; those whose kind is unknown are only counted.
    pub devices: Vec<DeviceReport>,
    /// Whether the user has a device; `None` is unknown.
    pub has_device: Option<bool>,
    /// The ways around MFA that are open.
    pub ways: Vec<Way>,
    /// If the user is exempt, who says so.
    pub exemption: Option<Exemption>,
}

/// What a user signs with. `None` is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// Whether there is a password.
    pub password: Option<bool>,
    /// When it was last used.
    pub password_last_used: Option<UtcDateTime>,
    /// The access keys that are active, or of which that is unknown.
    pub keys: Vec<KeyReport>,
    /// Active X.509 certificates.
    pub certificates: Option<usize>,
    /// Active SSH keys.
    pub ssh_keys: Option<usize>,
    /// The services of active service-specific credentials.
    pub service_specific: Option<Vec<String>>,
    /// Whether the report says that there is more.
    pub more: bool,
}

/// One access key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyReport {
    /// The first or the second.
    pub number: usize,
    /// `None` is unknown.
    pub active: Option<bool>,
    /// When it was made.
    pub created: Option<UtcDateTime>,
    /// When it was last used.
    pub last_used: Option<UtcDateTime>,
    /// The service that it was last used with.
    pub last_service: Option<String>,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceReport {
    /// Its serial number or ARN.
    pub serial: String,
    /// What it is.
    pub kind: DeviceKind,
}

/// A way around MFA that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// E.g. `first-enrolment`.
    pub name: &'static str,
    /// What it gives.
    pub gives: String,
    /// What the calls are signed with.
    pub with: &'static str,
    /// The calls in their order, each an action and a resource.
    pub calls: Vec<(String, String)>,
}

/// A user who is exempt by a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemption {
    /// The value of the tag.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Until which day, as it is written.
    pub expires: Option<String>,
    /// Whether that day has passed.
    pub is_over: bool,
}

/// A role that somebody can assume without MFA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleReport {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// Whether its permissions let it give itself any permission.
    pub is_administrator: bool,
    /// The principals that its trust policy lets in without MFA, as written.
    pub principals: Vec<String>,
    /// The first users of the account who can assume it without MFA.
    pub users: Vec<String>,
    /// How many users can.
    pub user_count: usize,
    /// The roles to an administrator, this one first; empty if there are none.
    pub to_administrator: Vec<String>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFinding {
    /// `MFA040`.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The ARN of the user, role or policy.
    pub resource: String,
    /// Where a policy is attached; empty for findings about users.
    pub place: String,
    /// The element of the policy.
    pub path: String,
    /// One sentence: lower case, no full stop.
    pub message: String,
    /// The page that says so.
    pub url: &'static str,
    /// Whether the user is exempt: the finding is shown, but no reason to fail.
    pub is_exempt: bool,
}
