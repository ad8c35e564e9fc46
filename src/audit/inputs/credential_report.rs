//! The credential report: CSV, or the AWS CLI's JSON with the CSV in base64
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html>).
//!
//! Columns are found by their names, and those that are missing are unknown. Tools rewrite the report with semicolons, other letter
//! case and a byte order mark; all of that is read.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcDateTime};

use super::InputError;

/// How the report names the root user.
const ROOT: &str = "<root_account>";

/// Who has which credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CredentialReport {
    /// When AWS made it, if the file says so.
    pub generated: Option<UtcDateTime>,
    /// The account that the ARNs name.
    pub account_id: Option<String>,
    /// The users by ARN, and the root user.
    pub rows: HashMap<String, Row>,
}

/// What the report says about one user. `None` is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// The ARN.
    pub arn: String,
    /// Whether this is the root user.
    pub is_root: bool,
    /// Whether there is a password.
    pub password: Option<bool>,
    /// When it was last used.
    pub password_last_used: Option<UtcDateTime>,
    /// Whether an MFA device is enabled.
    pub mfa: Option<bool>,
    /// Both access keys.
    pub keys: [Key; 2],
    /// Whether each of both X.509 certificates is active.
    pub certificates: [Option<bool>; 2],
    /// Whether the report says that there is more than it lists.
    pub more: bool,
}

/// One access key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Key {
    /// Whether it is active; `None` is unknown.
    pub active: Option<bool>,
    /// When it was made.
    pub rotated: Option<UtcDateTime>,
    /// When it was last used.
    pub last_used: Option<UtcDateTime>,
    /// The service that it was last used with.
    pub last_service: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Json {
    content: String,
    #[serde(default)]
    generated_time: Option<String>,
}

/// Reads a report.
///
/// # Errors
/// [`InputError`].
pub fn read_report(text: &str) -> Result<CredentialReport, InputError> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let wrong = |problem: String| InputError::Report(problem);
    let decoded = |base64: &str| -> Result<String, InputError> {
        let compact: String = base64.split_whitespace().collect();
        let bytes = (STANDARD.decode(compact)).map_err(|e| wrong(format!("`Content`: {e}")))?;
        String::from_utf8(bytes).map_err(|e| wrong(e.to_string()))
    };
    if text.starts_with('{') {
        let json: Json = serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let csv = decoded(&json.content)?;
        let mut report = read_csv(&csv)?;
        report.generated = json.generated_time.as_deref().and_then(moment);
        return Ok(report);
    }
    // `--query Content --output text`
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c) || c.is_whitespace();
    if !text.is_empty() && text.chars().all(is_base64) {
        return read_csv(&decoded(text)?);
    }
    read_csv(text)
}

fn read_csv(text: &str) -> Result<CredentialReport, InputError> {
    let wrong = |problem: String| InputError::Report(problem);
    let head = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|d| head.bytes().filter(|b| b == d).count())
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let names = reader.headers().map_err(|e| wrong(e.to_string()))?.clone();
    let columns = Columns::of(&names)?;
    let mut report = CredentialReport::default();
    let mut seen = HashSet::new();
    for record in reader.records() {
        let record = record.map_err(|e| wrong(e.to_string()))?;
        let row = columns.row(&record)?;
        let account = row.arn.split(':').nth(4).unwrap_or_default().to_owned();
        match &report.account_id {
            None => report.account_id = Some(account),
            Some(known) if *known == account => {}
            Some(known) => return Err(InputError::Accounts(known.clone(), account)),
        }
        if !seen.insert(row.arn.clone()) {
            return Err(wrong(format!("`{}` appears twice", row.arn)));
        }
        report.rows.insert(row.arn.clone(), row);
    }
    if report.rows.is_empty() {
        return Err(wrong("it has no rows".to_owned()));
    }
    Ok(report)
}

/// The places of the columns by their names in lower case.
struct Columns(HashMap<String, usize>);

impl Columns {
    fn of(names: &csv::StringRecord) -> Result<Self, InputError> {
        let mut columns = HashMap::new();
        for (n, name) in names.iter().enumerate() {
            let name = name.trim_matches('"').to_ascii_lowercase();
            if columns.insert(name.clone(), n).is_some() && !name.is_empty() {
                return Err(InputError::Report(format!("column `{name}` appears twice")));
            }
        }
        for needed in ["arn", "password_enabled", "access_key_1_active"] {
            if !columns.contains_key(needed) {
                return Err(InputError::Report(format!("there is no column `{needed}`")));
            }
        }
        Ok(Self(columns))
    }

    fn row(&self, record: &csv::StringRecord) -> Result<Row, InputError> {
        let text = |name: &str| self.0.get(name).and_then(|n| record.get(*n));
        let when = |name: &str| text(name).and_then(moment);
        let arn = text("arn").unwrap_or_default();
        let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
        let is_root = resource == "root" || text("user") == Some(ROOT);
        if !arn.starts_with("arn:") || !(is_root || resource.starts_with("user/")) {
            return Err(InputError::Report(format!(
                "expected the ARN of a user, found `{arn}`"
            )));
        }
        let key = |n: usize| Key {
            active: text(&format!("access_key_{n}_active")).and_then(answer),
            rotated: when(&format!("access_key_{n}_last_rotated")),
            last_used: when(&format!("access_key_{n}_last_used_date")),
            last_service: text(&format!("access_key_{n}_last_used_service"))
                .filter(|service| !is_nothing(service))
                .map(str::to_owned),
        };
        let certificate = |n: usize| text(&format!("cert_{n}_active")).and_then(answer);
        let mut additional = self
            .0
            .keys()
            .filter(|name| name.starts_with("additional_cred"));
        let says_none = |t: &str| is_nothing(t) || t == "0" || answer(t) == Some(false);
        let more = additional.any(|name| text(name).is_some_and(|t| !says_none(t)));
        Ok(Row {
            arn: arn.to_owned(),
            is_root,
            password: text("password_enabled").and_then(answer),
            password_last_used: when("password_last_used"),
            mfa: text("mfa_active").and_then(answer),
            keys: [key(1), key(2)],
            certificates: [certificate(1), certificate(2)],
            more,
        })
    }
}

/// `true`, `false`, or something that does not say.
fn answer(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") || text.eq_ignore_ascii_case("n/a") {
        Some(false)
    } else {
        None
    }
}

fn is_nothing(text: &str) -> bool {
    let text = text.trim();
    ["", "n/a", "no_information", "none", "not_supported", "[]"]
        .iter()
        .any(|nothing| text.eq_ignore_ascii_case(nothing))
}

fn moment(text: &str) -> Option<UtcDateTime> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    Some(moment.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
    const ROOT_LINE: &str = "<root_account>,arn:aws:iam::123456789012:root,2020-01-01T00:00:00+00:00,not_supported,no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";
    const DEV_LINE: &str = "dev,arn:aws:iam::123456789012:user/team/dev,2020-01-01T00:00:00+00:00,true,2026-11-01T08:00:00+00:00,2020-01-01T00:00:00+00:00,N/A,false,true,2021-01-01T00:00:00+00:00,2026-11-02T00:00:00+00:00,us-east-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";

    fn csv() -> String {
        format!("{HEAD}\n{ROOT_LINE}\n{DEV_LINE}\n")
    }

    fn dev(report: &CredentialReport) -> &Row {
        &report.rows["arn:aws:iam::123456789012:user/team/dev"]
    }

    #[test]
    fn every_form_of_the_file_is_read_alike() {
        let plain = csv();
        let base64 = STANDARD.encode(&plain);
        let json = format!(
            r#"{{"Content":"{base64}","ReportFormat":"text/csv","GeneratedTime":"2026-11-02T10:00:00+00:00"}}"#
        );
        let expected = read_report(&plain).unwrap();
        for text in [
            format!("\u{feff}{plain}"),
            plain.replace('\n', "\r\n"),
            plain.replace(',', ";"),
            plain.replace("true", "TRUE").replace("false", "False"),
            base64.clone(),
            format!("{}\n{}\n", &base64[..80], &base64[80..]),
        ] {
            assert_eq!(read_report(&text).unwrap(), expected);
        }
        let from_json = read_report(&json).unwrap();
        assert!(from_json.generated.is_some());
        assert_eq!(from_json.rows, expected.rows);
        assert_eq!(expected.account_id.as_deref(), Some("123456789012"));
    }

    #[test]
    fn what_the_report_says_about_a_user_is_read() {
        let report = read_report(&csv()).unwrap();
        let row = dev(&report);
        assert_eq!(row.password, Some(true));
        assert_eq!(row.mfa, Some(false));
        assert!(row.password_last_used.is_some());
        assert_eq!(row.keys[0].active, Some(true));
        assert_eq!(row.keys[0].last_service.as_deref(), Some("s3"));
        assert_eq!(
            row.keys[1],
            Key {
                active: Some(false),
                ..Key::default()
            }
        );
        assert_eq!(row.certificates, [Some(false), Some(false)]);
        assert!(!row.more && !row.is_root);
        let root = &report.rows["arn:aws:iam::123456789012:root"];
        assert!(root.is_root);
        assert_eq!(root.password, None, "not_supported says nothing");
        assert_eq!(root.mfa, Some(true));
    }

    #[test]
    fn columns_may_come_and_go() {
        let more =
            format!("{HEAD},additional_credentials_info\n{ROOT_LINE},N/A\n{DEV_LINE},true\n");
        let report = read_report(&more).unwrap();
        assert!(dev(&report).more);
        assert!(!report.rows["arn:aws:iam::123456789012:root"].more);
        let few = "arn,password_enabled,access_key_1_active\narn:aws:iam::123456789012:user/team/dev,false,true\n";
        let row = dev(&read_report(few).unwrap()).clone();
        assert_eq!((row.mfa, row.keys[1].active), (None, None));
        assert_eq!(row.certificates, [None, None]);
        let short = "arn,password_enabled,access_key_1_active,mfa_active\narn:aws:iam::123456789012:user/team/dev,false\n";
        assert_eq!(dev(&read_report(short).unwrap()).keys[0].active, None);
    }

    #[test]
    fn what_is_no_report_is_refused() {
        for (text, problem) in [
            ("", "no column `arn`"),
            ("a,b\n1,2\n", "no column `arn`"),
            ("{}", "missing field"),
            (r#"{"Content":"!"}"#, "`Content`"),
            (HEAD, "no rows"),
            (
                "arn,password_enabled,access_key_1_active\narn:aws:iam::1:role/x,true,true\n",
                "expected the ARN of a user",
            ),
            (
                "arn,arn,password_enabled,access_key_1_active\n",
                "`arn` appears twice",
            ),
        ] {
            let error = read_report(text).unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
        let twice = format!("{}{DEV_LINE}\n", csv());
        assert!(read_report(&twice).is_err());
        let other = csv().replacen("iam::123456789012:root", "iam::210987654321:root", 1);
        assert!(matches!(read_report(&other), Err(InputError::Accounts(..))));
    }
}
