//! A policy document: compiled once, with its text as it came.

use std::fmt;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::policy::document::{self, Document};
use crate::policy::evaluate::Policy;

/// A policy document that the engine can evaluate, with its text. A copy is cheap.
///
/// It is serialized as its text.
#[derive(Clone)]
pub struct PolicyDocument {
    text: Arc<str>,
    policy: Arc<Policy>,
}

impl PolicyDocument {
    /// Takes any document that the engine can evaluate, whether or not IAM would store it today.
    ///
    /// # Errors
    /// What the engine says.
    pub fn read(text: &str) -> Result<Self, String> {
        let document = document::parse(text).map_err(|e| e.to_string())?;
        Self::compile(text, document)
    }

    /// Compiles a document that was parsed from `text`.
    ///
    /// # Errors
    /// What the engine says.
    pub fn compile(text: &str, document: Document) -> Result<Self, String> {
        let policy = Policy::new(document).map_err(|e| e.to_string())?;
        Ok(Self {
            text: text.into(),
            policy: Arc::new(policy),
        })
    }

    /// Reads a JSON object, as the AWS CLI writes it, or a string with JSON text in it, percent-encoded (as the API sends it)
    /// or not.
    pub(super) fn from_json(raw: &RawValue) -> Result<Self, String> {
        if !raw.get().starts_with('"') {
            return Self::read(raw.get());
        }
        let text: String = serde_json::from_str(raw.get()).map_err(|e| e.to_string())?;
        if text.trim_start().starts_with('{') {
            return Self::read(&text);
        }
        let decoded = percent_decode_str(&text).decode_utf8();
        Self::read(&decoded.map_err(|e| e.to_string())?)
    }

    /// The text as it came.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The compiled document.
    #[must_use]
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }
}

impl fmt::Debug for PolicyDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PolicyDocument({} bytes)", self.text.len())
    }
}

impl Serialize for PolicyDocument {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for PolicyDocument {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::read(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_and_strings_are_read_alike() {
        let object = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:b+c","Resource":"*"}]}"#;
        let encoded = percent_encoding::utf8_percent_encode(object, percent_encoding::CONTROLS);
        let all = percent_encoding::utf8_percent_encode(object, percent_encoding::NON_ALPHANUMERIC);
        for json in [
            object.to_owned(),
            serde_json::to_string(object).unwrap(),
            serde_json::to_string(&encoded.to_string()).unwrap(),
            serde_json::to_string(&all.to_string()).unwrap(),
            serde_json::to_string(&all.to_string().replace("%2B", "+")).unwrap(),
        ] {
            let raw = RawValue::from_string(json).unwrap();
            assert_eq!(PolicyDocument::from_json(&raw).unwrap().text(), object);
        }
        let not_utf8 = RawValue::from_string("\"%ff\"".to_owned()).unwrap();
        assert!(PolicyDocument::from_json(&not_utf8).is_err());
    }

    #[test]
    fn text_survives_serialization() {
        let text = "{ \"Version\":\"2012-10-17\",\n\"Statement\":[] }";
        let json = serde_json::to_string(&PolicyDocument::read(text).unwrap()).unwrap();
        let back: PolicyDocument = serde_json::from_str(&json).unwrap();
        assert_eq!(back.text(), text);
        assert!(serde_json::from_str::<PolicyDocument>("\"{}\"").is_err());
    }
}
