//! Judges accounts.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::findings;
use super::inputs::{AccountInputs, Control, Inputs};
use super::report::{
    AccountReport, Audit, AuditFinding, Credentials, RoleReport, UserReport, Verdict,
};
use super::roles::{Roles, let_in_without_mfa};
use super::setting::{Options, Setting, in_force};
use super::{root, user};
use crate::policy::lint::Severity;

/// Users who are listed with a role, at most.
const MOST_USERS: usize = 20;

/// Judges all accounts.
#[must_use]
pub fn judge(inputs: &Inputs, options: &Options) -> Audit {
    let accounts = inputs.accounts.iter();
    Audit {
        accounts: accounts
            .map(|account| judge_account(account, &inputs.control, options))
            .collect(),
    }
}

fn judge_account(inputs: &AccountInputs, control: &[Control], options: &Options) -> AccountReport {
    let home = inputs.account.home.clone().unwrap_or_default();
    let in_force = in_force(&home.account_id, control, options);
    let mut setting = Setting::new(inputs, &in_force, options);
    let arn = format!("arn:{}:iam::{}:root", home.partition, home.account_id);
    let root = root::root(&mut setting, &arn);
    let mut of_roles: Vec<(usize, Vec<String>)> =
        vec![(0, Vec::new()); setting.roles.targets.len()];
    let mut users: Vec<UserReport> = Vec::new();
    for identity in &inputs.account.users {
        let (report, mut roles) = user::user(&mut setting, identity);
        roles.sort_unstable();
        roles.dedup();
        for n in roles {
            if let Some((count, names)) = of_roles.get_mut(n) {
                *count += 1;
                if names.len() < MOST_USERS {
                    names.push(report.name.clone());
                }
            }
        }
        users.push(report);
    }
    users.extend(unlisted(inputs));
    let (of_policies, policies) = findings::of_policies(&inputs.account, &in_force);
    let mut found: Vec<AuditFinding> = findings::of_root(&root);
    found.extend(users.iter().flat_map(findings::of_user));
    found.extend(of_policies);
    found.sort_by(|a, b| {
        let key = |f: &AuditFinding| (f.is_exempt, Reverse(f.severity), f.id);
        (key(a), &a.resource, &a.path).cmp(&(key(b), &b.resource, &b.path))
    });
    users.sort_by(|a, b| (a.verdict, &a.name).cmp(&(b.verdict, &b.name)));
    AccountReport {
        account_id: home.account_id,
        root,
        users,
        roles: role_reports(&setting.roles, of_roles),
        findings: found,
        policies,
    }
}

/// Users whom the credential report lists and the authorization details do not.
fn unlisted(inputs: &AccountInputs) -> Vec<UserReport> {
    let known: HashSet<&str> = (inputs.account.users.iter())
        .map(|user| user.identity.arn.as_str())
        .collect();
    let rows = inputs.report.iter().flat_map(|report| report.rows.values());
    rows.filter(|row| !row.is_root && !known.contains(row.arn.as_str()))
        .map(|row| UserReport {
            name: row.arn.rsplit('/').next().unwrap_or_default().to_owned(),
            arn: row.arn.clone(),
            verdict: Verdict::Unknown,
            reasons: vec![
                "the user is in the credential report, but not in the authorization details"
                    .to_owned(),
            ],
            credentials: Credentials {
                password: row.password,
                ..Credentials::default()
            },
            devices: Vec::new(),
            has_device: row.mfa,
            ways: Vec::new(),
            exemption: None,
        })
        .collect()
}

/// The roles that somebody can assume without MFA.
fn role_reports(roles: &Roles<'_>, users: Vec<(usize, Vec<String>)>) -> Vec<RoleReport> {
    let mut reports = Vec::new();
    for (n, (target, (user_count, users))) in roles.targets.iter().zip(users).enumerate() {
        let principals = let_in_without_mfa(target);
        if principals.is_empty() && user_count == 0 {
            continue;
        }
        let chain = roles.to_administrator(n).unwrap_or_default();
        let identity = &target.role.identity;
        reports.push(RoleReport {
            name: identity.name.clone(),
            arn: identity.arn.clone(),
            is_administrator: target.is_administrator,
            principals,
            users,
            user_count,
            to_administrator: chain.iter().map(|r| r.identity.arn.clone()).collect(),
        });
    }
    reports
}

impl AccountReport {
    /// The worst severity among the findings that count.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        let counted = self.findings.iter().filter(|found| !found.is_exempt);
        counted.map(|found| found.severity).max()
    }
}
