//! The credential report: a CSV file with a row for each user.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::{Duration, UtcDateTime};

use super::super::super::account::{self, Kind, Records, Report};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, OperationCall};
use super::entry::{OperationResult, operation};
use super::permissions::on_nothing;
use crate::aws::types::rfc3339;

pub(super) const OPERATIONS: &[Operation] = &[
    operation("GenerateCredentialReport", on_nothing, generate_report),
    operation("GetCredentialReport", on_nothing, report),
];

/// How long a report is returned before a new one must be generated.
const REPORT_LIFE: Duration = Duration::hours(4);

fn is_fresh(report: &Report, now: UtcDateTime) -> bool {
    now < report.generated.saturating_add(REPORT_LIFE)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html>
#[expect(clippy::unnecessary_wraps, reason = "the signature of every operation")]
fn generate_report(call: &mut OperationCall<'_>) -> OperationResult {
    let existing = call.account.records.report.as_ref();
    if existing.is_some_and(|report| is_fresh(report, call.now)) {
        return Ok(vec![Node::text("State", "COMPLETE")]);
    }
    let why = match existing {
        None => "No report exists. Starting a new report generation task",
        Some(_) => "The report is older than four hours. Starting a new report generation task",
    };
    call.account.record_uses();
    let report = Report {
        generated: call.now.replace_nanosecond(0).unwrap_or(call.now),
        content: csv(&call.account.records),
    };
    call.account.records.report = Some(report);
    Ok(vec![
        Node::text("State", "STARTED"),
        Node::text("Description", why),
    ])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html>
fn report(call: &mut OperationCall<'_>) -> OperationResult {
    let report = call.account.records.report.as_ref().ok_or_else(|| {
        Fault::new(
            410,
            "ReportNotPresent",
            "No report exists. To generate a new credential report, use GenerateCredentialReport",
        )
    })?;
    if !is_fresh(report, call.now) {
        return Err(Fault::new(
            410,
            "ReportExpired",
            "The most recent credential report has expired. To generate a new credential report, use GenerateCredentialReport",
        ));
    }
    Ok(vec![
        Node::text("Content", STANDARD.encode(&report.content)),
        Node::text("ReportFormat", "text/csv"),
        Node::text("GeneratedTime", rfc3339(report.generated)),
    ])
}

const COLUMNS: [&str; 22] = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
];

const NOT_APPLICABLE: &str = "N/A";

/// The report: a row for the root user and one for each user.
fn csv(records: &Records) -> String {
    let root = format!("arn:{}:iam::{}:root", records.partition, records.account_id);
    let created = (records.users.values())
        .map(|user| user.identity.create_date)
        .min()
        .map(time);
    let mut root = vec![
        "<root_account>".to_owned(),
        root,
        created.unwrap_or_default(),
    ];
    root.extend(
        [
            "not_supported",
            "no_information",
            "not_supported",
            "not_supported",
            "false",
        ]
        .map(str::to_owned),
    );
    root.extend(no_key());
    root.extend(no_key());
    root.extend(no_certificates());
    let mut rows = vec![COLUMNS.map(str::to_owned).to_vec(), root];
    rows.extend(records.users.keys().filter_map(|id| row(records, id)));
    rows.iter()
        .map(|row| row.iter().map(|f| field(f)).collect::<Vec<_>>().join(","))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A field of the CSV file, quoted where it contains a comma or a quote.
fn field(text: &str) -> String {
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// A time in the form that the report uses.
fn time(at: UtcDateTime) -> String {
    rfc3339(at).replace('Z', "+00:00")
}

fn no_key() -> [String; 5] {
    [
        "false",
        NOT_APPLICABLE,
        NOT_APPLICABLE,
        NOT_APPLICABLE,
        NOT_APPLICABLE,
    ]
    .map(str::to_owned)
}

fn no_certificates() -> [String; 4] {
    ["false", NOT_APPLICABLE, "false", NOT_APPLICABLE].map(str::to_owned)
}

fn row(records: &Records, id: &str) -> Option<Vec<String>> {
    let user = records.users.get(id)?;
    let identity = &user.identity;
    let mut row = vec![
        identity.name.clone(),
        records.arn_of(Kind::User, identity),
        time(identity.create_date),
    ];
    row.extend(match &user.password {
        Some(password) => [
            "true".to_owned(),
            "no_information".to_owned(),
            time(password.changed),
            NOT_APPLICABLE.to_owned(),
        ],
        None => ["false", NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE].map(str::to_owned),
    });
    row.push(records.devices_of(id).next().is_some().to_string());
    let mut keys = records.keys_of(id).map(|(_, key)| key);
    for _ in 0..account::ACCESS_KEYS_PER_USER {
        row.extend(keys.next().map_or_else(no_key, |key| {
            let last = key.last_used.as_ref();
            let last_use = |of: fn(&account::Use) -> String| {
                last.map_or_else(|| NOT_APPLICABLE.to_owned(), of)
            };
            [
                (key.status == account::Status::Active).to_string(),
                time(key.create_date),
                last_use(|u| time(u.date)),
                last_use(|u| u.region.clone()),
                last_use(|u| u.service.clone()),
            ]
        }));
    }
    row.extend(no_certificates());
    Some(row)
}
