//! The session record and its form on disk.
//!
//! The file's form is a type of its own, so that the record can change without the file. No error repeats the contents of a file:
//! it may be a secret in the wrong place.

use secrecy::ExposeSecret as _;
use secrecy::zeroize::{Zeroize as _, Zeroizing};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::issued::Issued;
use crate::aws::endpoint::{Endpoint, ForeignEndpoint};
use crate::aws::types::{
    AccessKeyId, Invalid, SecretAccessKey, SerialNumber, SessionCredentials, SessionToken,
    parse_rfc3339, rfc3339,
};

/// The version of the file's form.
pub(super) const VERSION: u32 = 1;
/// The most that a record takes. The longest token and secret that are accepted leave room for names of any sensible length.
pub const LARGEST_RECORD: u64 = 64 * 1024;
/// A session is served until this many seconds before its end.
pub(crate) const MARGIN_SECONDS: i64 = 60;

/// A session with the facts that were known when it began.
#[derive(Clone, Debug)]
pub struct Record {
    /// The long-term key that it was got with; it names the file.
    pub source_access_key_id: AccessKeyId,
    /// The session itself. Its end is by AWS's clock.
    pub credentials: SessionCredentials,
    /// The duration that AWS granted, in seconds.
    pub granted_seconds: u32,
    /// The partition, e.g. `aws-us-gov`.
    pub partition: String,
    /// The MFA device.
    pub serial_number: SerialNumber,
    /// AWS's clock minus this machine's, in seconds.
    pub skew_seconds: i64,
    /// The endpoint, if it was not AWS's own. Another one in force makes this record a miss.
    pub endpoint: Option<ForeignEndpoint>,
    /// The region that the session was got in, if one was configured.
    pub region: Option<String>,
    /// The source profile's name.
    pub source_profile: String,
    /// The session profile's name.
    pub session_profile: String,
}

/// Why a text is not a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// No JSON, or a field is missing or of another type.
    #[error("not a session record (line {line}, column {column})")]
    Form {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Written by another version of this program.
    #[error("session record of version {0}, expected {VERSION}")]
    Version(u32),
    /// Longer than any record.
    #[error("longer than {LARGEST_RECORD} bytes")]
    TooLong,
    /// A field that AWS cannot have sent.
    #[error(transparent)]
    Field(#[from] Invalid),
}

impl From<serde_json::Error> for RecordError {
    fn from(error: serde_json::Error) -> Self {
        Self::Form {
            line: error.line(),
            column: error.column(),
        }
    }
}

/// Read first, since another version may have other fields.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    source_access_key_id: String,
    access_key_id: String,
    secret_access_key: Wiped,
    session_token: Wiped,
    expiration: String,
    granted_seconds: u32,
    partition: String,
    serial_number: String,
    #[serde(default)]
    skew_seconds: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    endpoint_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    source_profile: String,
    session_profile: String,
}

/// A text that is wiped from memory when it is dropped.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Wiped(pub(super) String);

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Room for everything in a line of JSON but the token.
const BESIDE_TOKEN: usize = 1024;

/// A value with a session's secrets as one line of JSON, which is wiped from memory when it is dropped. `token` is the longest
/// text in it: with room for it from the start, no part of the line is copied and left behind.
pub(super) fn line_of_json(value: &impl Serialize, token: &SessionToken) -> Zeroizing<String> {
    let room = token.expose_secret().len() + BESIDE_TOKEN;
    let mut line = Zeroizing::new(Vec::with_capacity(room));
    // Texts and numbers always have a form in JSON, and it is UTF-8.
    let _ = serde_json::to_writer(&mut *line, value);
    line.push(b'\n');
    Zeroizing::new(String::from_utf8(std::mem::take(&mut *line)).unwrap_or_default())
}

/// The file's form of a record of this version. The text has a bounded length.
pub(super) fn file_of<T: DeserializeOwned>(text: &[u8]) -> Result<T, RecordError> {
    if u64::try_from(text.len()).is_ok_and(|length| length > LARGEST_RECORD) {
        return Err(RecordError::TooLong);
    }
    let Versioned { version } = serde_json::from_slice(text)?;
    if version != VERSION {
        return Err(RecordError::Version(version));
    }
    Ok(serde_json::from_slice(text)?)
}

impl Record {
    /// As it is kept: one line of JSON. It holds the session's secrets.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<String> {
        let credentials = &self.credentials;
        let file = File {
            version: VERSION,
            source_access_key_id: self.source_access_key_id.to_string(),
            access_key_id: credentials.id.to_string(),
            secret_access_key: Wiped(credentials.secret.expose_secret().to_owned()),
            session_token: Wiped(credentials.token.expose_secret().to_owned()),
            expiration: rfc3339(credentials.expiration),
            granted_seconds: self.granted_seconds,
            partition: self.partition.clone(),
            serial_number: self.serial_number.to_string(),
            skew_seconds: self.skew_seconds,
            endpoint_url: self.endpoint.as_ref().map(ToString::to_string),
            region: self.region.clone(),
            source_profile: self.source_profile.clone(),
            session_profile: self.session_profile.clone(),
        };
        line_of_json(&file, &credentials.token)
    }

    /// Reads what [`Record::to_json`] wrote; unknown fields are ignored.
    ///
    /// # Errors
    /// [`RecordError`], which does not repeat the contents.
    pub fn from_json(text: &[u8]) -> Result<Self, RecordError> {
        let file: File = file_of(text)?;
        let expiration = parse_rfc3339(&file.expiration).ok_or(Invalid {
            what: "expiration",
            form: "RFC 3339",
        })?;
        let endpoint = file.endpoint_url.as_deref().map(Endpoint::new);
        let endpoint = endpoint.transpose().map_err(|_| Invalid {
            what: "endpoint",
            form: "a URL",
        })?;
        Ok(Self {
            source_access_key_id: AccessKeyId::new(&file.source_access_key_id)?,
            credentials: SessionCredentials {
                id: AccessKeyId::new(&file.access_key_id)?,
                secret: SecretAccessKey::new(&file.secret_access_key.0)?,
                token: SessionToken::new(&file.session_token.0)?,
                expiration,
            },
            granted_seconds: file.granted_seconds,
            partition: file.partition,
            serial_number: SerialNumber::new(&file.serial_number)?,
            skew_seconds: file.skew_seconds,
            endpoint: endpoint.and_then(|endpoint| endpoint.foreign()),
            region: file.region,
            source_profile: file.source_profile,
            session_profile: file.session_profile,
        })
    }

    /// The credentials.
    #[must_use]
    pub fn issued(&self) -> Issued<'_> {
        Issued {
            credentials: &self.credentials,
            skew_seconds: self.skew_seconds,
            account: self.serial_number.account(),
        }
    }

    /// Seconds until its end, negative after it. `now_local` is this machine's clock, which the skew corrects.
    #[must_use]
    pub fn seconds_left(&self, now_local: UtcDateTime) -> i64 {
        // A skew from a file edited by hand may be anything.
        self.credentials
            .expiration
            .unix_timestamp()
            .saturating_sub(now_local.unix_timestamp())
            .saturating_sub(self.skew_seconds)
    }

    /// Whether it is served: until 60 s before its end.
    #[must_use]
    pub fn is_live(&self, now_local: UtcDateTime) -> bool {
        self.seconds_left(now_local) > MARGIN_SECONDS
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::utc_datetime;

    pub(crate) fn example() -> Record {
        Record {
            source_access_key_id: AccessKeyId::new("AKIAIOSFODNN7EXAMPLE").unwrap(),
            credentials: SessionCredentials {
                id: AccessKeyId::new("ASIAIOSFODNN7EXAMPLE").unwrap(),
                secret: SecretAccessKey::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY").unwrap(),
                token: SessionToken::new("AQoDYXdzEJr==").unwrap(),
                expiration: utc_datetime!(2026-11-24 20:30:00),
            },
            granted_seconds: 43200,
            partition: "aws".to_owned(),
            serial_number: SerialNumber::new("arn:aws:iam::123456789012:mfa/anna").unwrap(),
            skew_seconds: -7,
            endpoint: None,
            region: Some("eu-central-1".to_owned()),
            source_profile: "δοκιμή".to_owned(),
            session_profile: "δοκιμή-mfa".to_owned(),
        }
    }

    pub(crate) fn endpoint(url: &str) -> Option<ForeignEndpoint> {
        Endpoint::new(url).unwrap().foreign()
    }

    const ON_DISK: &str = r#"{"version":1,"source_access_key_id":"AKIAIOSFODNN7EXAMPLE","access_key_id":"ASIAIOSFODNN7EXAMPLE","secret_access_key":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","session_token":"AQoDYXdzEJr==","expiration":"2026-11-24T20:30:00Z","granted_seconds":43200,"partition":"aws","serial_number":"arn:aws:iam::123456789012:mfa/anna","skew_seconds":-7,"region":"eu-central-1","source_profile":"δοκιμή","session_profile":"δοκιμή-mfa"}
"#;

    #[test]
    fn the_form_on_disk_is_pinned() {
        assert_eq!(example().to_json().as_str(), ON_DISK);
        let mut elsewhere = example();
        elsewhere.endpoint = endpoint("http://localhost:4566/");
        let text = elsewhere.to_json();
        assert!(
            text.contains(r#""skew_seconds":-7,"endpoint_url":"http://127.0.0.1:4566","region""#)
        );
        let read = Record::from_json(text.as_bytes()).unwrap();
        assert_eq!(read.endpoint, elsewhere.endpoint);
    }

    #[test]
    fn what_was_written_is_read_again() {
        let read = Record::from_json(ON_DISK.as_bytes()).unwrap();
        assert_eq!(read.to_json().as_str(), ON_DISK);
    }

    #[test]
    fn unknown_fields_are_passed_over_and_optional_ones_may_be_missing() {
        let text = r#"{"hints":{"a":[1]},"version":1,"source_access_key_id":"AKIAIOSFODNN7EXAMPLE",
            "access_key_id":"ASIAIOSFODNN7EXAMPLE","secret_access_key":"s","session_token":"t",
            "expiration":"2026-11-24T21:30:00.25+01:00","granted_seconds":900,"partition":"aws-cn",
            "serial_number":"GAHT12345678","source_profile":"p","session_profile":"p-mfa"}"#;
        let read = Record::from_json(text.as_bytes()).unwrap();
        assert_eq!(rfc3339(read.credentials.expiration), "2026-11-24T20:30:00Z");
        assert_eq!((read.skew_seconds, read.region), (0, None));
    }

    #[test]
    fn a_text_that_is_not_a_record_is_refused_without_repeating_it() {
        let cases: [(&str, &str); 10] = [
            ("", "not a session record (line 1, column 0)"),
            ("[]", "not a session record (line 1, column 2)"),
            (
                r#"{"version":2,"a":1}"#,
                "session record of version 2, expected 1",
            ),
            (
                r#"{"version":"1"}"#,
                "not a session record (line 1, column 14)",
            ),
            (
                r#"{"version":1}"#,
                "not a session record (line 1, column 13)",
            ),
            (
                &ON_DISK.replace(r#""AQoDYXdzEJr==""#, "4242424242"),
                "not a session record (line 1, column 187)",
            ),
            (
                &ON_DISK.replace("2026-11-24T20:30:00Z", "tomorrow"),
                "not a valid expiration: expected RFC 3339",
            ),
            (
                &ON_DISK.replace("ASIAIOSFODNN7EXAMPLE", "../../etc/passwd"),
                "not a valid access key id: expected 16 to 128 characters of A-Z, a-z, 0-9 and _",
            ),
            (
                &ON_DISK.replace(
                    r#""region""#,
                    r#""endpoint_url":"http://example.com","region""#,
                ),
                "not a valid endpoint: expected a URL",
            ),
            (
                &ON_DISK.replace("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""),
                "not a valid secret access key: expected 1 to 1024 printable ASCII characters without blanks, quotes and backslashes",
            ),
        ];
        for (text, expected) in cases {
            let error = Record::from_json(text.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), expected, "{text}");
        }
        let mut longest = format!("{ON_DISK}{}", " ".repeat(64 * 1024 - ON_DISK.len()));
        assert!(Record::from_json(longest.as_bytes()).is_ok());
        longest.push(' ');
        assert_eq!(
            Record::from_json(longest.as_bytes()).unwrap_err(),
            RecordError::TooLong
        );
    }

    #[test]
    fn it_is_live_until_a_minute_before_its_end_by_aws_s_clock() {
        let mut record = example();
        let end = record.credentials.expiration;
        let before = |seconds: i64| end - time::Duration::seconds(seconds);
        record.skew_seconds = 0;
        assert_eq!(record.seconds_left(before(61)), 61);
        assert!(record.is_live(before(61)));
        assert!(!record.is_live(before(60)));
        assert!(!record.is_live(before(-5)));
        // This machine is ten minutes slow: by AWS's clock it is later.
        record.skew_seconds = 600;
        assert_eq!(record.seconds_left(before(661)), 61);
        assert!(record.is_live(before(661)));
        assert!(!record.is_live(before(660)));
        // This machine is fast.
        record.skew_seconds = -600;
        assert!(record.is_live(before(-539)));
        // Edited by hand.
        record.skew_seconds = i64::MAX;
        assert!(!record.is_live(before(3600)));
        record.skew_seconds = i64::MIN;
        assert!(record.is_live(before(3600)));
    }

    #[test]
    fn its_end_by_this_machine_s_clock_is_earlier_where_that_clock_is_slow() {
        let mut record = example();
        record.skew_seconds = 600;
        assert_eq!(
            rfc3339(record.issued().expiration_here()),
            "2026-11-24T20:20:00Z"
        );
        record.skew_seconds = -600;
        assert_eq!(
            rfc3339(record.issued().expiration_here()),
            "2026-11-24T20:40:00Z"
        );
        // Edited by hand.
        for skew in [i64::MAX, i64::MIN] {
            record.skew_seconds = skew;
            let _ = record.issued().expiration_here();
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", example());
        assert!(!shown.contains("wJalr"), "{shown}");
        assert!(!shown.contains("AQoDY"), "{shown}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_read_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Record::from_json(&bytes);
        }

        #[test]
        fn any_text_survives(
            secret in "[!#-&(-\\[\\]-_a-~]{1,64}",
            token in "[!#-&(-\\[\\]-_a-~]{1,64}",
            profile in ".*",
            skew in any::<i64>(),
        ) {
            let mut record = example();
            record.credentials.secret = SecretAccessKey::new(&secret).unwrap();
            record.credentials.token = SessionToken::new(&token).unwrap();
            record.source_profile = profile;
            record.skew_seconds = skew;
            let text = record.to_json();
            let read = Record::from_json(text.as_bytes()).unwrap();
            let (read, written) = (read.to_json(), text);
            prop_assert_eq!(read, written);
        }
    }
}
