//! The result for people: a summary, then the users, the worst first, then roles and policies.

use std::collections::BTreeMap;

use time::UtcDateTime;

use super::rows::exempt;
use crate::audit::report::{
    AccountReport, Audit, AuditFinding, Credentials, KeyReport, UserReport, Verdict, Way,
};
use crate::palette;
use crate::policy::lint::Severity;
use crate::policy::render::{Page, Style, list, plural};

/// Names that a line lists, at most.
const NAMES: usize = 12;

/// The result as a page of 80 columns.
#[must_use]
pub fn text(audit: &Audit, style: Style) -> String {
    let mut page = Page::new(style);
    for account in &audit.accounts {
        of_account(&mut page, account);
    }
    page.into_text()
}

fn of_account(page: &mut Page, account: &AccountReport) {
    page.heading(&format!("Account {}", account.account_id));
    summary(page, account);
    if account.root.verdict.is_open() {
        page.heading("Root");
        user(page, &account.root);
    }
    let (exempted, others): (Vec<&UserReport>, Vec<&UserReport>) =
        (account.users.iter()).partition(|user| user.exemption.is_some());
    for verdict in Verdict::ALL {
        let users = others.iter().filter(|user| user.verdict == verdict);
        let users: Vec<&&UserReport> = users.collect();
        if users.is_empty() {
            continue;
        }
        page.heading(title(verdict));
        if verdict.is_open() {
            for report in users {
                user(page, report);
            }
        } else {
            let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
            page.item(&list(&names, NAMES));
        }
    }
    if !exempted.is_empty() {
        page.heading("Exempt by a tag");
        for report in exempted {
            page.item(&format!("{} ({})", report.name, report.verdict));
            let exemption = report.exemption.iter();
            exemption.for_each(|exemption| page.sub_item(&exempt(exemption)));
            details(page, report);
        }
    }
    roles(page, account);
    policies(page, &account.findings);
}

fn title(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotEnforced => "Not enforced, without a device",
        Verdict::EnrolledNotEnforced => "Not enforced, with a device",
        Verdict::Unknown => "Unknown, because an input is missing",
        Verdict::EnforcedWithGaps => "Enforced, with gaps",
        Verdict::Enforced => "Enforced",
        Verdict::NoPermissions => "No permissions",
        Verdict::NoCredentials => "No credentials",
    }
}

fn summary(page: &mut Page, account: &AccountReport) {
    let is_open = |user: &&UserReport| user.verdict.is_open();
    let (exempted, others): (Vec<&UserReport>, Vec<&UserReport>) =
        (account.users.iter()).partition(|user| user.exemption.is_some());
    let open = others.into_iter().filter(is_open).count();
    let exempted = match exempted.into_iter().filter(is_open).count() {
        0 => String::new(),
        1 => "; 1 user is exempt".to_owned(),
        n => format!("; {n} users are exempt"),
    };
    let root_is_open = account.root.verdict.is_open();
    let users = plural(account.users.len(), "user", "users");
    if open == 0 && !root_is_open {
        let words = format!("MFA is enforced for {users} and root{exempted}");
        page.verdict("clean", palette::CLEAN, &words);
    } else {
        let mut who = Vec::new();
        if open > 0 {
            who.push(format!("{open} of {users}"));
        }
        if root_is_open {
            who.push("root".to_owned());
        }
        let who = who.join(" and ");
        let words = format!("MFA is not, or not wholly, enforced for {who}{exempted}");
        page.verdict("open", palette::OPEN, &words);
    }
    let mut rows = Vec::new();
    for verdict in Verdict::ALL {
        let count = account
            .users
            .iter()
            .filter(|user| user.verdict == verdict)
            .count();
        if count > 0 {
            rows.push([verdict.to_string().into(), count.to_string().into()]);
        }
    }
    rows.push([
        "root".to_owned().into(),
        account.root.verdict.to_string().into(),
    ]);
    page.table(["verdict", "users"], &rows);
}

fn user(page: &mut Page, report: &UserReport) {
    page.item(&format!("{}: {}", report.name, credentials(report)));
    details(page, report);
}

fn details(page: &mut Page, report: &UserReport) {
    for reason in &report.reasons {
        page.sub_item(reason);
    }
    for open in &report.ways {
        page.sub_item(&way(open));
    }
}

fn way(way: &Way) -> String {
    let calls: Vec<String> = (way.calls.iter())
        .map(|(action, resource)| match resource.as_str() {
            "*" => action.clone(),
            resource => format!("{action} on {resource}"),
        })
        .collect();
    format!(
        "way around: {} with {}: {}; it gives {}",
        way.name,
        way.with,
        calls.join(", then "),
        way.gives
    )
}

/// What a user signs with, and the devices.
fn credentials(report: &UserReport) -> String {
    let held = &report.credentials;
    let mut all = Vec::new();
    match held.password {
        Some(true) => all.push(format!(
            "password{}",
            last_used(held.password_last_used, None)
        )),
        Some(false) => {}
        None => all.push("a password perhaps".to_owned()),
    }
    all.extend(held.keys.iter().map(key));
    all.extend(others(held));
    if all.is_empty() {
        all.push("no credentials that are known".to_owned());
    }
    let kinds: Vec<&str> = report.devices.iter().map(|d| d.kind.as_str()).collect();
    let devices = match (report.has_device, kinds.is_empty()) {
        (Some(true), true) => "an MFA device".to_owned(),
        (_, false) => format!("MFA device: {}", list(&kinds, NAMES)),
        (Some(false), true) => "no MFA device".to_owned(),
        (None, true) => "an MFA device perhaps".to_owned(),
    };
    format!("{}; {devices}", all.join(", "))
}

fn key(key: &KeyReport) -> String {
    let perhaps = if key.active.is_none() { " perhaps" } else { "" };
    let used = last_used(key.last_used, key.last_service.as_deref());
    format!("key {}{perhaps}{used}", key.number)
}

fn last_used(at: Option<UtcDateTime>, service: Option<&str>) -> String {
    let service = service.map(|s| format!(" with {s}")).unwrap_or_default();
    match at {
        Some(at) => format!(" (last used {}{service})", at.date()),
        None => String::new(),
    }
}

fn others(held: &Credentials) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(n) = held.certificates.filter(|n| *n > 0) {
        all.push(plural(n, "certificate", "certificates"));
    }
    if let Some(n) = held.ssh_keys.filter(|n| *n > 0) {
        all.push(plural(n, "SSH key", "SSH keys"));
    }
    let services = held.service_specific.iter().flatten();
    all.extend(services.map(|service| format!("credential for {service}")));
    all
}

fn roles(page: &mut Page, account: &AccountReport) {
    if account.roles.is_empty() {
        return;
    }
    page.heading("Roles that can be assumed without MFA");
    for role in &account.roles {
        let what = if role.is_administrator {
            ", an administrator"
        } else {
            ""
        };
        page.item(&format!("{}{what}", role.name));
        if !role.principals.is_empty() {
            let names: Vec<&str> = role.principals.iter().map(String::as_str).collect();
            page.sub_item(&format!("trusts {}", list(&names, NAMES)));
        }
        if role.user_count > 0 {
            let names: Vec<&str> = role.users.iter().map(String::as_str).collect();
            let shown = names.len().min(NAMES);
            let names = list(names.get(..shown).unwrap_or_default(), NAMES);
            let more = match role.user_count - shown {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            page.sub_item(&format!("without MFA: {names}{more}"));
        }
        if role.to_administrator.len() > 1 {
            let names = role.to_administrator.iter();
            let names: Vec<&str> = names.filter_map(|arn| arn.rsplit('/').next()).collect();
            page.sub_item(&format!(
                "leads to an administrator: {}",
                names.join(", then ")
            ));
        }
    }
}

/// What the rules of `policy check` found: the mistakes that matter, and how many others there are.
fn policies(page: &mut Page, findings: &[AuditFinding]) {
    let about_policies = || findings.iter().filter(|found| !found.place.is_empty());
    if about_policies().next().is_none() {
        return;
    }
    page.heading("Policies");
    let mut less: BTreeMap<Severity, usize> = BTreeMap::new();
    for found in about_policies() {
        if found.severity < Severity::High {
            *less.entry(found.severity).or_default() += 1;
            continue;
        }
        let path = if found.path.is_empty() {
            String::new()
        } else {
            format!(", {}", found.path)
        };
        page.item(&format!(
            "{} [{}] {}{path}: {}",
            found.severity.as_str(),
            found.id,
            found.place,
            found.message
        ));
    }
    let less: Vec<String> = (less.iter().rev())
        .map(|(severity, n)| match severity {
            Severity::Info => format!("{n} info"),
            severity => plural(*n, severity.as_str(), &format!("{}s", severity.as_str())),
        })
        .collect();
    if !less.is_empty() {
        page.item(&format!(
            "and {}, which `--format json` lists",
            less.join(", ")
        ));
    }
}
