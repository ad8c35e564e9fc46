//! The result as JSON. Version 1 is frozen: members may be added, but not changed.

use serde::Serialize;
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

use super::InputFile;
use crate::audit::report::{
    AccountReport, Audit, AuditFinding, Credentials, KeyReport, RoleReport, UserReport, Way,
};

#[derive(Serialize)]
struct Version1<'a> {
    version: u8,
    accounts: Vec<Account<'a>>,
    inputs: Vec<Input<'a>>,
}

#[derive(Serialize)]
struct Input<'a> {
    kind: &'static str,
    file: &'a str,
    sha256: &'a str,
}

#[derive(Serialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are those of the format"
)]
struct Account<'a> {
    account_id: &'a str,
    root: User<'a>,
    /// The worst first.
    users: Vec<User<'a>>,
    roles: Vec<Role<'a>>,
    /// The worst first.
    findings: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct User<'a> {
    name: &'a str,
    arn: &'a str,
    verdict: &'static str,
    reasons: Vec<String>,
    credentials: Held<'a>,
    devices: Vec<Device<'a>>,
    ways: Vec<Open<'a>>,
}

/// `null` is unknown.
#[derive(Serialize)]
struct Held<'a> {
    password: Option<bool>,
    password_last_used: Option<String>,
    keys: Vec<Key<'a>>,
    certificates: Option<usize>,
    ssh_keys: Option<usize>,
    service_specific: Option<&'a [String]>,
}

#[derive(Serialize)]
struct Key<'a> {
    number: usize,
    active: Option<bool>,
    created: Option<String>,
    last_used: Option<String>,
    last_service: Option<&'a str>,
}

#[derive(Serialize)]
struct Device<'a> {
    serial: &'a str,
    kind: &'static str,
}

#[derive(Serialize)]
struct Open<'a> {
    name: &'static str,
    gives: &'a str,
    with: &'static str,
    calls: Vec<Call<'a>>,
}

#[derive(Serialize)]
struct Call<'a> {
    action: &'a str,
    resource: &'a str,
}

#[derive(Serialize)]
struct Role<'a> {
    name: &'a str,
    arn: &'a str,
    administrator: bool,
    principals: &'a [String],
    /// The first ones.
    users: &'a [String],
    user_count: usize,
    to_administrator: &'a [String],
}

#[derive(Serialize)]
struct Found<'a> {
    id: &'static str,
    severity: &'static str,
    resource: &'a str,
    /// Where a policy is attached; empty for a finding about a user.
    place: &'a str,
    path: &'a str,
    message: &'a str,
    url: &'static str,
    exempt: bool,
}

/// The whole result as one object over several lines; ends in a newline.
#[must_use]
pub fn json(audit: &Audit, inputs: &[InputFile]) -> String {
    let report = Version1 {
        version: 1,
        accounts: audit.accounts.iter().map(account).collect(),
        inputs: (inputs.iter())
            .map(|input| Input {
                kind: input.kind,
                file: &input.file,
                sha256: &input.sha256,
            })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    text
}

fn account(report: &AccountReport) -> Account<'_> {
    Account {
        account_id: &report.account_id,
        root: user(&report.root),
        users: report.users.iter().map(user).collect(),
        roles: report.roles.iter().map(role).collect(),
        findings: report.findings.iter().map(found).collect(),
    }
}

fn user(user: &UserReport) -> User<'_> {
    let exemption = user.exemption.iter().map(super::rows::exempt);
    User {
        name: &user.name,
        arn: &user.arn,
        verdict: user.verdict.as_str(),
        reasons: user.reasons.iter().cloned().chain(exemption).collect(),
        credentials: held(&user.credentials),
        devices: (user.devices.iter())
            .map(|device| Device {
                serial: &device.serial,
                kind: device.kind.as_str(),
            })
            .collect(),
        ways: user.ways.iter().map(open).collect(),
    }
}

fn held(held: &Credentials) -> Held<'_> {
    Held {
        password: held.password,
        password_last_used: moment(held.password_last_used),
        keys: held.keys.iter().map(key).collect(),
        certificates: held.certificates,
        ssh_keys: held.ssh_keys,
        service_specific: held.service_specific.as_deref(),
    }
}

fn key(key: &KeyReport) -> Key<'_> {
    Key {
        number: key.number,
        active: key.active,
        created: moment(key.created),
        last_used: moment(key.last_used),
        last_service: key.last_service.as_deref(),
    }
}

fn moment(at: Option<UtcDateTime>) -> Option<String> {
    at?.format(&Rfc3339).ok()
}

fn open(way: &Way) -> Open<'_> {
    Open {
        name: way.name,
        gives: &way.gives,
        with: way.with,
        calls: (way.calls.iter())
            .map(|(action, resource)| Call { action, resource })
            .collect(),
    }
}

fn role(role: &RoleReport) -> Role<'_> {
    Role {
        name: &role.name,
        arn: &role.arn,
        administrator: role.is_administrator,
        principals: &role.principals,
        users: &role.users,
        user_count: role.user_count,
        to_administrator: &role.to_administrator,
    }
}

fn found(found: &AuditFinding) -> Found<'_> {
    Found {
        id: found.id,
        severity: found.severity.as_str(),
        resource: &found.resource,
        place: &found.place,
        path: &found.path,
        message: &found.message,
        url: found.url,
        exempt: found.is_exempt,
    }
}
