//! The names of records: the id of the key, and a hash of the endpoint if that is not AWS's own.

use crate::aws::endpoint::ForeignEndpoint;
use crate::aws::types::AccessKeyId;
use crate::storage::sha256_hex;

use super::record::Record;

const SUFFIX: &str = ".json";
/// How many hexadecimal digits stand for an endpoint.
const HASH_DIGITS: usize = 16;

/// What a record is found by: sessions of one key at two endpoints have two names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordName {
    key_id: AccessKeyId,
    /// The beginning of the SHA-256 of the endpoint in normal form.
    endpoint_hash: Option<String>,
}

impl RecordName {
    /// The name of the record of a key's session. `endpoint` is `None` for AWS's own.
    #[must_use]
    pub fn new(key_id: AccessKeyId, endpoint: Option<&ForeignEndpoint>) -> Self {
        let hash = |endpoint: &ForeignEndpoint| {
            let digits = sha256_hex(endpoint.as_str().as_bytes());
            digits.chars().take(HASH_DIGITS).collect()
        };
        Self {
            key_id,
            endpoint_hash: endpoint.map(hash),
        }
    }

    /// The name under which a record is stored.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let key_id = record.source_access_key_id.clone();
        Self::new(key_id, record.endpoint.as_ref())
    }

    /// The name that a file stands for; `None` for other files.
    #[must_use]
    pub fn of_file(file_name: &str) -> Option<Self> {
        let name = file_name.strip_suffix(SUFFIX)?;
        let (key_id, endpoint_hash) = match name.split_once('.') {
            None => (name, None),
            Some((key_id, hash)) => (key_id, Some(hash)),
        };
        let is_hash = |hash: &str| {
            hash.len() == HASH_DIGITS
                && hash
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        endpoint_hash.is_none_or(is_hash).then_some(())?;
        Some(Self {
            key_id: AccessKeyId::new(key_id).ok()?,
            endpoint_hash: endpoint_hash.map(str::to_owned),
        })
    }

    /// The id of the key.
    #[must_use]
    pub fn key_id(&self) -> &AccessKeyId {
        &self.key_id
    }

    /// The name of the file.
    #[must_use]
    pub fn file_name(&self) -> String {
        match &self.endpoint_hash {
            Some(hash) => format!("{}.{hash}{SUFFIX}", self.key_id),
            None => format!("{}{SUFFIX}", self.key_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::record::tests::endpoint;

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";

    #[test]
    fn each_endpoint_has_a_file_of_its_own() {
        let id = AccessKeyId::new(ID).unwrap();
        let named = |url: Option<&str>| {
            let endpoint = url.and_then(endpoint);
            RecordName::new(id.clone(), endpoint.as_ref()).file_name()
        };
        assert_eq!(named(None), format!("{ID}.json"));
        assert_eq!(
            named(Some("https://sts.eu-west-1.amazonaws.com")),
            named(None)
        );
        let local = named(Some("http://127.0.0.1:4566"));
        assert_eq!(local, format!("{ID}.de17eadc96e86e5b.json"));
        assert_eq!(named(Some("HTTP://localhost:4566/")), local);
        assert_ne!(named(Some("http://localhost:4567")), local);
    }

    #[test]
    fn only_the_names_of_records_are_read() {
        for name in [format!("{ID}.json"), format!("{ID}.0123456789abcdef.json")] {
            assert_eq!(RecordName::of_file(&name).unwrap().file_name(), name);
        }
        for name in [
            "short.json",
            "AKIAIOSFODNN7EXAMPLE",
            "AKIAIOSFODNN7EXAMPLE.json.bak",
            "AKIAIOSFODNN7EXAMPLE.0123456789ABCDEF.json",
            "AKIAIOSFODNN7EXAMPLE.0123.json",
            "AKIAIOSFODNN7EXAMPLE..json",
            ".AKIAIOSFODNN7EXAMPLE.json.mfa-session-1-1.tmp",
        ] {
            assert_eq!(RecordName::of_file(name), None, "{name}");
        }
    }
}
