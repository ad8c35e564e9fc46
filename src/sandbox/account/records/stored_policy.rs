//! A policy document as the account stores it: parsed and compiled once, with its text as it was sent.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::account::PolicyDocument;
use crate::policy::document::Document;
use crate::policy::evaluate::{Named, Policy};
use crate::policy::generate::{Kind, refused_character};
use crate::policy::storable::{self, SYNTAX};
use crate::sandbox::fault::Fault;

/// A document that the account stores.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::sandbox) struct StoredPolicy(PolicyDocument);

impl StoredPolicy {
    /// Reads any document that the engine can evaluate, whether or not IAM would store it.
    ///
    /// # Errors
    /// The message of the engine.
    pub(in crate::sandbox) fn read(text: &str) -> Result<Self, String> {
        PolicyDocument::read(text).map(Self)
    }

    /// Reads a document that IAM would store as a policy of this kind. The size is not checked.
    ///
    /// # Errors
    /// `ValidationError` for a character that IAM refuses, else `MalformedPolicyDocument`.
    pub(in crate::sandbox) fn new(text: &str, kind: Kind) -> Result<Self, Fault> {
        if refused_character(text).is_some() {
            return Err(Fault::validation(
                "The specified value for policyDocument is invalid. It must contain only printable ASCII characters.",
            ));
        }
        let document =
            storable::read(text, kind).map_err(|r| Fault::malformed_policy(r.message))?;
        Self::compile(text, document)
    }

    /// Reads a document that STS accepts as a session policy. Unlike IAM, STS accepts literals that cannot be converted.
    ///
    /// # Errors
    /// `MalformedPolicyDocument`.
    pub(in crate::sandbox) fn for_session(text: &str) -> Result<Self, Fault> {
        let document = storable::read_session_policy(text)
            .map_err(|refusal| Fault::malformed_policy(refusal.message))?;
        Self::compile(text, document)
    }

    fn compile(text: &str, document: Document) -> Result<Self, Fault> {
        let compiled = PolicyDocument::compile(text, document);
        (compiled.map(Self)).map_err(|_| Fault::malformed_policy(SYNTAX))
    }

    /// The text as it was sent.
    pub(in crate::sandbox) fn text(&self) -> &str {
        self.0.text()
    }

    /// The compiled document.
    pub(in crate::sandbox) fn policy(&self) -> &Arc<Policy> {
        self.0.policy()
    }

    /// The policy under a name, by which decisions refer to it.
    pub(in crate::sandbox) fn named(&self, name: impl Into<String>) -> Named {
        Named {
            name: name.into(),
            policy: Arc::clone(self.0.policy()),
        }
    }
}

/// The document of a real account, which has stored it already.
impl From<PolicyDocument> for StoredPolicy {
    fn from(document: PolicyDocument) -> Self {
        Self(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::storable::LEGACY;

    #[track_caller]
    fn refused(kind: Kind, statement: &str, message: &str) {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        let fault = StoredPolicy::new(&text, kind).unwrap_err();
        assert_eq!(
            (fault.status, fault.code, fault.message.as_ref()),
            (400, "MalformedPolicyDocument", message),
            "{statement}"
        );
    }

    #[test]
    fn documents_that_iam_would_not_store_are_refused() {
        use Kind::{InlineUser, Managed, Trust};
        for (kind, statement, message) in [
            (
                Managed,
                r#"{"Effect":"Allow"}"#,
                "Policy statement must contain actions.",
            ),
            (Managed, r#"{"Action":"*"}"#, SYNTAX),
            (
                Managed,
                r#"{"Effect":"Allow","Action":[],"Resource":"*"}"#,
                "Policy statement must contain actions.",
            ),
            (
                Managed,
                r#"{"Effect":"Allow","Action":"*"}"#,
                "Policy statement must contain resources.",
            ),
            (
                Managed,
                r#"{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}"#,
                "Policy document should not specify a principal.",
            ),
            (
                Managed,
                r#"{"Effect":"Allow","Action":"*","Resource":"*","Color":"red"}"#,
                SYNTAX,
            ),
            (
                InlineUser,
                r#"{"Effect":"Allow","Action":"GetUser","Resource":"*"}"#,
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ),
            (
                InlineUser,
                r#"{"Effect":"Allow","Action":"iam:a:b","Resource":"*"}"#,
                "Actions/Condition can contain only one colon.",
            ),
            (
                InlineUser,
                r#"{"Effect":"Allow","Action":"i m:GetUser","Resource":"*"}"#,
                "Vendor i m is not valid",
            ),
            (
                InlineUser,
                r#"{"Effect":"Allow","Action":"iam:GetUser","Resource":"dev"}"#,
                "Resource dev must be in ARN format or \"*\".",
            ),
            (
                InlineUser,
                r#"{"Effect":"Allow","Action":"iam:GetUser","Resource":"arn:aws:iam::x"}"#,
                LEGACY,
            ),
            (
                InlineUser,
                r#"{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"}"#,
                "Statement IDs (SID) in a single policy must be unique.",
            ),
            (
                Trust,
                r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Resource":"*"}"#,
                "Has prohibited field Resource",
            ),
            (
                Trust,
                r#"{"Effect":"Allow","Action":"sts:AssumeRole"}"#,
                "Missing required field Principal",
            ),
            (
                Trust,
                r#"{"Effect":"Allow","Action":"s3:GetObject","Principal":"*"}"#,
                "AssumeRole policy may only specify STS AssumeRole actions.",
            ),
        ] {
            refused(kind, statement, message);
        }
        let accepted = r#"{"Effect":"Allow","Action":"iam:*","Resource":["arn:aws:iam::*:user/${aws:username}","arn:aws:s3:::b","arn:aws:s3:*"]}"#;
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{accepted}}}"#);
        StoredPolicy::new(&text, Managed).unwrap();
    }

    #[test]
    fn literals_that_cannot_be_converted_are_refused_by_iam_and_accepted_by_sts() {
        for (operator, value) in [
            ("NumericEquals", "NaN"),
            ("NumericLessThanIfExists", "ten"),
            ("DateLessThan", "yesterday"),
            ("IpAddress", "1.2.3"),
            ("ForAnyValue:NotIpAddress", "x"),
            ("ArnLike", "user/dev"),
        ] {
            let statement = format!(
                r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{operator}":{{"k:x":"{value}"}}}}}}"#
            );
            refused(Kind::InlineUser, &statement, LEGACY);
            let text = format!(r#"{{"Statement":{statement}}}"#);
            StoredPolicy::for_session(&text).unwrap();
        }
        for operator in ["Bool", "Null"] {
            let text = format!(
                r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{operator}":{{"k:x":"yes"}}}}}}}}"#
            );
            StoredPolicy::new(&text, Kind::InlineUser).unwrap();
        }
    }

    #[test]
    fn only_managed_policies_need_the_new_version() {
        let text = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        StoredPolicy::new(text, Kind::InlineGroup).unwrap();
        let fault = StoredPolicy::new(text, Kind::Managed).unwrap_err();
        assert_eq!(
            fault.message,
            "Policy document must be version 2012-10-17 or greater."
        );
    }

    #[test]
    fn a_refused_character_is_a_validation_error() {
        let text = "{\"Version\":\"2012-10-17\",\"Statement\":[]}\u{100}";
        let fault = StoredPolicy::new(text, Kind::Managed).unwrap_err();
        assert_eq!(fault.code, "ValidationError");
    }

    #[test]
    fn stored_text_is_unchanged() {
        let text = "{ \"Version\":\"2012-10-17\",\n\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}] }";
        let policy = StoredPolicy::new(text, Kind::Managed).unwrap();
        let json = serde_json::to_string(&policy).unwrap();
        let back: StoredPolicy = serde_json::from_str(&json).unwrap();
        assert_eq!(back.text(), text);
        assert!(serde_json::from_str::<StoredPolicy>("\"{}\"").is_err());
    }
}
