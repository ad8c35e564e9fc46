//! The rules of the audit itself, beside those of `policy check`.

use super::report::{AuditFinding, UserReport};
use crate::policy::lint::Severity;

/// A rule about users, roles and credentials.
#[derive(Debug)]
pub struct AuditRule {
    /// `MFA040`.
    pub id: &'static str,
    /// A few words.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What goes wrong and why it matters.
    pub explanation: &'static str,
    /// The page that says so.
    pub url: &'static str,
}

const MFA_PAGE: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html";
const DEVICES_PAGE: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html";
const ROOT_PAGE: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html";
const REPORT_PAGE: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html";

/// The rules by their ids.
pub const RULES: [AuditRule; 8] = [
    AuditRule {
        id: "MFA040",
        name: "mfa-not-enforced",
        severity: Severity::Error,
        explanation: "The user has an active key or a password, and no policy in effect requires MFA of it. Whoever has the key or the password has the user's permissions.",
        url: MFA_PAGE,
    },
    AuditRule {
        id: "MFA041",
        name: "keys-with-passkeys-only",
        severity: Severity::Warning,
        explanation: "The user has active keys, but only passkeys or security keys. sts:GetSessionToken takes six-digit codes only, so that the keys cannot get a session with MFA. Add a device with codes, or use `aws login`.",
        url: DEVICES_PAGE,
    },
    AuditRule {
        id: "MFA042",
        name: "no-device-and-enrolment-open",
        severity: Severity::High,
        explanation: "The user has no MFA device, and the policies let the user enrol the first one without MFA. Whoever has the user's key or password can enrol a device of their own.",
        url: DEVICES_PAGE,
    },
    AuditRule {
        id: "MFA043",
        name: "root-without-mfa",
        severity: Severity::Error,
        explanation: "The root user has no MFA device. No policy of the account binds root.",
        url: ROOT_PAGE,
    },
    AuditRule {
        id: "MFA044",
        name: "root-access-keys",
        severity: Severity::Error,
        explanation: "The root user has access keys. A call signed with them needs no MFA, and no policy of the account binds root.",
        url: ROOT_PAGE,
    },
    AuditRule {
        id: "MFA045",
        name: "administrator-by-roles",
        severity: Severity::High,
        explanation: "A user can become an administrator without MFA, by roles whose trust policies do not require it.",
        url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_permissions-to-switch.html",
    },
    AuditRule {
        id: "MFA046",
        name: "enforced-with-gaps",
        severity: Severity::High,
        explanation: "MFA is required of the user, but more than the expected is possible without it, or a way around it is open.",
        url: MFA_PAGE,
    },
    AuditRule {
        id: "MFA049",
        name: "unknown",
        severity: Severity::High,
        explanation: "An input is missing, so that nobody can say whether MFA is enforced for this user.",
        url: REPORT_PAGE,
    },
];

/// The rule with this id.
pub(super) fn rule(id: &str) -> Option<&'static AuditRule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// A finding of a rule about a user. Findings about exempt users count as information.
pub(super) fn finding(
    id: &'static str,
    user: &UserReport,
    message: String,
) -> Option<AuditFinding> {
    let rule = rule(id)?;
    let is_exempt = user.exemption.as_ref().is_some_and(|e| !e.is_over);
    Some(AuditFinding {
        id,
        severity: rule.severity,
        resource: user.arn.clone(),
        place: String::new(),
        path: String::new(),
        message,
        url: rule.url,
        is_exempt,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_sorted_and_stand_beside_those_of_policies() {
        assert!(RULES.is_sorted_by_key(|rule| rule.id));
        for rule in RULES {
            assert!(rule.id.starts_with("MFA04"), "{}", rule.id);
            let of_policies = crate::policy::lint::RULES.iter();
            assert!(
                of_policies
                    .clone()
                    .all(|other| other.id != rule.id && other.name != rule.name)
            );
        }
    }
}
