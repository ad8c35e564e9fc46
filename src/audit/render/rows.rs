//! The checks of the audit as rows: what CSV and `JUnit` list. Each user and root is a check that passes or fails; so is each finding.

use crate::audit::report::{AccountReport, Audit, AuditFinding, Exemption, UserReport};
use crate::policy::lint::Severity;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Nothing is wrong.
    Pass,
    /// Something is wrong.
    Fail,
    /// A person has to look: an input is missing, or the user is exempt.
    Manual,
}

/// One check.
pub(super) struct CheckRow<'a> {
    pub(super) id: &'static str,
    pub(super) status: Status,
    pub(super) message: String,
    pub(super) severity: Severity,
    pub(super) resource: &'a str,
    pub(super) account: &'a str,
    pub(super) compliance: &'static str,
}

/// The controls about users, in the versions of CIS AWS Foundations that people follow, PCI DSS and SOC 2.
const USERS: &str = "CIS-4.0: 1.10 | CIS-5.0: 1.9 | CIS-6.0: 2.9 | CIS-7.0: 2.10 | PCI-4.0.1: 8.4.1, 8.4.2, 8.4.3, 8.5.1 | SOC2: CC6.1";

/// The controls about root.
const ROOT: &str = "CIS-4.0: 1.5 | CIS-5.0: 1.4 | CIS-6.0: 2.4 | CIS-7.0: 2.5 | PCI-4.0.1: 8.4.1, 8.4.2, 8.4.3, 8.5.1 | SOC2: CC6.1";

/// All checks, the accounts in their order.
pub(super) fn rows(audit: &Audit) -> Vec<CheckRow<'_>> {
    audit.accounts.iter().flat_map(of_account).collect()
}

fn of_account(report: &AccountReport) -> Vec<CheckRow<'_>> {
    let mut rows = Vec::new();
    if !report.root.verdict.is_open() {
        rows.push(passed(report, &report.root, ROOT));
    }
    for user in report.users.iter().filter(|user| !user.verdict.is_open()) {
        rows.push(passed(report, user, USERS));
    }
    rows.extend(report.findings.iter().map(|found| finding(report, found)));
    rows
}

fn passed<'a>(
    report: &'a AccountReport,
    user: &'a UserReport,
    compliance: &'static str,
) -> CheckRow<'a> {
    let mut message = user.verdict.as_str().to_owned();
    if let Some(reason) = user.reasons.first() {
        message = format!("{message}: {reason}");
    }
    CheckRow {
        id: "MFA040",
        status: Status::Pass,
        message,
        severity: Severity::Error,
        resource: &user.arn,
        account: &report.account_id,
        compliance,
    }
}

fn finding<'a>(report: &'a AccountReport, found: &'a AuditFinding) -> CheckRow<'a> {
    let message = match (found.place.is_empty(), found.path.is_empty()) {
        (true, _) => found.message.clone(),
        (false, true) => format!("{}: {}", found.place, found.message),
        (false, false) => format!("{}, {}: {}", found.place, found.path, found.message),
    };
    let is_about_root = found.resource == report.root.arn;
    CheckRow {
        id: found.id,
        status: if found.is_exempt || found.id == "MFA049" {
            Status::Manual
        } else {
            Status::Fail
        },
        message,
        severity: found.severity,
        resource: &found.resource,
        account: &report.account_id,
        compliance: if is_about_root { ROOT } else { USERS },
    }
}

/// The exemption in a sentence.
pub(super) fn exempt(exemption: &Exemption) -> String {
    let owner = exemption.owner.as_deref().unwrap_or("nobody");
    let until = match (&exemption.expires, exemption.is_over) {
        (None, _) => "without an end".to_owned(),
        (Some(day), false) => format!("until {day}"),
        (Some(day), true) => format!("but only until {day}, which is over"),
    };
    format!(
        "exempt by a tag ({}), {until}; owner: {owner}",
        exemption.reason
    )
}
