//! PURE: the record of a role's credentials and its form on disk.
//!
//! No error repeats the contents of a file: it may be a secret in the wrong place.

use secrecy::ExposeSecret as _;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::issued::Issued;
use super::record::{RecordError, VERSION, Wiped, file_of, line_of_json};
use crate::aws::role::RoleArn;
use crate::aws::types::{
    AccessKeyId, Invalid, SecretAccessKey, SessionCredentials, SessionToken, parse_rfc3339, rfc3339,
};

/// A role's credentials are served until this many seconds before their end: a program that gets them can work for a while.
const MARGIN_SECONDS: i64 = 300;

/// The credentials of a role.
#[derive(Clone, Debug)]
pub struct RoleRecord {
    /// What the credentials depend on, as the name of the file has it.
    pub name: String,
    /// The access key id of the session that they were got with.
    pub session_access_key_id: AccessKeyId,
    /// The role.
    pub role_arn: RoleArn,
    /// Its credentials. Their end is by AWS's clock.
    pub credentials: SessionCredentials,
    /// AWS's clock minus this machine's, in seconds.
    pub skew_seconds: i64,
}

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    name: String,
    session_access_key_id: String,
    role_arn: String,
    access_key_id: String,
    secret_access_key: Wiped,
    session_token: Wiped,
    expiration: String,
    #[serde(default)]
    skew_seconds: i64,
}

impl RoleRecord {
    /// As it is kept: one line of JSON. It holds the role's secrets.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<String> {
        let credentials = &self.credentials;
        let file = File {
            version: VERSION,
            name: self.name.clone(),
            session_access_key_id: self.session_access_key_id.to_string(),
            role_arn: self.role_arn.to_string(),
            access_key_id: credentials.id.to_string(),
            secret_access_key: Wiped(credentials.secret.expose_secret().to_owned()),
            session_token: Wiped(credentials.token.expose_secret().to_owned()),
            expiration: rfc3339(credentials.expiration),
            skew_seconds: self.skew_seconds,
        };
        line_of_json(&file, &credentials.token)
    }

    /// Reads what [`RoleRecord::to_json`] wrote; unknown fields are ignored.
    ///
    /// # Errors
    /// [`RecordError`], which does not repeat the contents.
    pub fn from_json(text: &[u8]) -> Result<Self, RecordError> {
        let file: File = file_of(text)?;
        let expiration = parse_rfc3339(&file.expiration).ok_or(Invalid {
            what: "expiration",
            form: "RFC 3339",
        })?;
        Ok(Self {
            name: file.name,
            session_access_key_id: AccessKeyId::new(&file.session_access_key_id)?,
            role_arn: RoleArn::new(&file.role_arn)?,
            credentials: SessionCredentials {
                id: AccessKeyId::new(&file.access_key_id)?,
                secret: SecretAccessKey::new(&file.secret_access_key.0)?,
                token: SessionToken::new(&file.session_token.0)?,
                expiration,
            },
            skew_seconds: file.skew_seconds,
        })
    }

    /// The credentials.
    #[must_use]
    pub fn issued(&self) -> Issued<'_> {
        Issued {
            credentials: &self.credentials,
            skew_seconds: self.skew_seconds,
            account: Some(self.role_arn.account()),
        }
    }

    /// Seconds until their end, negative after it. `now_local` is this machine's clock, which the skew corrects.
    #[must_use]
    pub fn seconds_left(&self, now_local: UtcDateTime) -> i64 {
        // A skew from a file edited by hand may be anything.
        self.credentials
            .expiration
            .unix_timestamp()
            .saturating_sub(now_local.unix_timestamp())
            .saturating_sub(self.skew_seconds)
    }

    /// Whether they are served from the cache: until five minutes before their end.
    #[must_use]
    pub fn is_fresh(&self, now_local: UtcDateTime) -> bool {
        self.seconds_left(now_local) > MARGIN_SECONDS
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::session::record;

    pub(crate) fn example(name: &str) -> RoleRecord {
        let session = record::tests::example();
        RoleRecord {
            name: name.to_owned(),
            session_access_key_id: session.credentials.id.clone(),
            role_arn: RoleArn::new("arn:aws:iam::111122223333:role/readonly").unwrap(),
            credentials: session.credentials,
            skew_seconds: -7,
        }
    }

    const ON_DISK: &str = r#"{"version":1,"name":"x","session_access_key_id":"ASIAIOSFODNN7EXAMPLE","role_arn":"arn:aws:iam::111122223333:role/readonly","access_key_id":"ASIAIOSFODNN7EXAMPLE","secret_access_key":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","session_token":"AQoDYXdzEJr==","expiration":"2026-11-24T20:30:00Z","skew_seconds":-7}
"#;

    #[test]
    fn the_form_on_disk_is_pinned_and_read_again() {
        assert_eq!(example("x").to_json().as_str(), ON_DISK);
        let read = RoleRecord::from_json(ON_DISK.as_bytes()).unwrap();
        assert_eq!(read.to_json().as_str(), ON_DISK);
    }

    #[test]
    fn a_text_that_is_not_a_record_is_refused() {
        let cases = [
            String::new(),
            ON_DISK.replace("\"version\":1", "\"version\":2"),
            ON_DISK.replace("2026-11-24T20:30:00Z", "tomorrow"),
            ON_DISK.replace(":role/readonly", ":user/u"),
            ON_DISK.replace("AQoDYXdzEJr==", ""),
            format!("{ON_DISK}{}", " ".repeat(64 * 1024)),
        ];
        for text in cases {
            let error = RoleRecord::from_json(text.as_bytes()).unwrap_err();
            assert!(!error.to_string().contains("wJalr"), "{error}");
        }
    }

    #[test]
    fn it_is_fresh_until_five_minutes_before_its_end_by_aws_s_clock() {
        let mut record = example("x");
        let end = record.credentials.expiration;
        let before = |seconds: i64| end - time::Duration::seconds(seconds);
        record.skew_seconds = 0;
        assert!(record.is_fresh(before(301)));
        assert!(!record.is_fresh(before(300)));
        record.skew_seconds = 600;
        assert!(record.is_fresh(before(901)));
        assert!(!record.is_fresh(before(900)));
        record.skew_seconds = i64::MAX;
        assert!(!record.is_fresh(before(3600)));
    }
}
