//! Policy documents as IAM stores them: parsed and compiled once, their text kept as it came.
//!
//! IAM refuses more than the policy language does: elements that it does not know, actions without a service, resources that
//! are no ARNs, and literals that cannot be converted. What passes here could stand in a real account.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::account::PolicyDocument;
use crate::policy::condition::{Operator, is_storable};
use crate::policy::document::{
    self, Document, Element, Principal, PrincipalKind, Statement, StatementElement, Strings,
    Version,
};
use crate::policy::evaluate::{Named, Policy};
use crate::policy::generate::{Kind, refused_character};
use crate::sandbox::fault::Fault;

/// A document that the account stores.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::sandbox) struct StoredPolicy(PolicyDocument);

impl StoredPolicy {
    /// Takes what the engine can evaluate, whether or not IAM would store it.
    ///
    /// # Errors
    /// What the engine says.
    pub(in crate::sandbox) fn read(text: &str) -> Result<Self, String> {
        PolicyDocument::read(text).map(Self)
    }

    /// Takes what IAM would store as a policy of this kind, but for its size.
    ///
    /// # Errors
    /// `ValidationError` for characters, else `MalformedPolicyDocument`.
    pub(in crate::sandbox) fn new(text: &str, kind: Kind) -> Result<Self, Fault> {
        if refused_character(text).is_some() {
            return Err(Fault::validation(
                "The specified value for policyDocument is invalid. It must contain only printable ASCII characters.",
            ));
        }
        let document = document::parse(text).map_err(|_| malformed(SYNTAX))?;
        check(&document, kind)?;
        Self::compile(text, document)
    }

    /// Takes what STS takes as a session policy: literals that cannot be converted are among it.
    ///
    /// # Errors
    /// `MalformedPolicyDocument`.
    pub(in crate::sandbox) fn for_session(text: &str) -> Result<Self, Fault> {
        let document = document::parse(text).map_err(|_| malformed(SYNTAX))?;
        check_grammar(&document)?;
        check_attached(&document)?;
        Self::compile(text, document)
    }

    fn compile(text: &str, document: Document) -> Result<Self, Fault> {
        let compiled = PolicyDocument::compile(text, document);
        compiled.map(Self).map_err(|_| malformed(SYNTAX))
    }

    /// As it came.
    pub(in crate::sandbox) fn text(&self) -> &str {
        self.0.text()
    }

    /// The compiled document.
    pub(in crate::sandbox) fn policy(&self) -> &Arc<Policy> {
        self.0.policy()
    }

    /// Under the name that reasons call it by.
    pub(in crate::sandbox) fn named(&self, name: impl Into<String>) -> Named {
        Named {
            name: name.into(),
            policy: Arc::clone(self.0.policy()),
        }
    }
}

/// A real account has stored it already.
impl From<PolicyDocument> for StoredPolicy {
    fn from(document: PolicyDocument) -> Self {
        Self(document)
    }
}

const SYNTAX: &str = "Syntax errors in policy.";
const LEGACY: &str = "The policy failed legacy parsing";

fn malformed(message: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::malformed_policy(message)
}

fn check(document: &Document, kind: Kind) -> Result<(), Fault> {
    check_grammar(document)?;
    if kind == Kind::Managed && document.version() != Version::V2012 {
        return Err(malformed(
            "Policy document must be version 2012-10-17 or greater.",
        ));
    }
    check_literals(document)?;
    check_sids(document)?;
    match kind {
        Kind::Trust => check_trust(document)?,
        _ => check_attached(document)?,
    }
    for statement in document.statements() {
        for action in actions(statement).texts() {
            check_action(action)?;
        }
    }
    Ok(())
}

/// The elements are those of the grammar, and there is something in each.
fn check_grammar(document: &Document) -> Result<(), Fault> {
    let known = |e: &Element| !matches!(e, Element::Unknown(..));
    if !document.elements.iter().all(known) || document.statements().is_empty() {
        return Err(malformed(SYNTAX));
    }
    for statement in document.statements() {
        let known = |e: &StatementElement| !matches!(e, StatementElement::Unknown(..));
        if !statement.elements.iter().all(known) {
            return Err(malformed(SYNTAX));
        }
        if actions(statement).as_slice().is_empty() {
            return Err(malformed("Policy statement must contain actions."));
        }
    }
    Ok(())
}

static NOTHING: Strings = Strings::Many(Vec::new());

fn actions(statement: &Statement) -> &Strings {
    statement
        .elements
        .iter()
        .find_map(|e| match e {
            StatementElement::Action(s) | StatementElement::NotAction(s) => Some(s),
            _ => None,
        })
        .unwrap_or(&NOTHING)
}

fn resources(statement: &Statement) -> Option<&Strings> {
    statement.elements.iter().find_map(|e| match e {
        StatementElement::Resource(s) | StatementElement::NotResource(s) => Some(s),
        _ => None,
    })
}

fn principal(statement: &Statement) -> Option<&Principal> {
    statement.elements.iter().find_map(|e| match e {
        StatementElement::Principal(p) | StatementElement::NotPrincipal(p) => Some(p),
        _ => None,
    })
}

/// Numbers, dates, addresses and ARNs in conditions can be converted.
fn check_literals(document: &Document) -> Result<(), Fault> {
    let version = document.version();
    let blocks = (document.statements().iter())
        .filter_map(Statement::condition)
        .flat_map(|c| &c.blocks);
    for block in blocks {
        let operator = Operator::parse(&block.operator).ok_or_else(|| malformed(SYNTAX))?;
        let values = block.keys.iter().flat_map(|(_, values)| values.texts());
        for value in values {
            if !is_storable(operator.family, value, version) {
                return Err(malformed(LEGACY));
            }
        }
    }
    Ok(())
}

fn check_sids(document: &Document) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    for sid in document.statements().iter().filter_map(Statement::sid) {
        if !sid.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(malformed(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
            ));
        }
        if !sid.is_empty() && !seen.insert(sid) {
            return Err(malformed(
                "Statement IDs (SID) in a single policy must be unique.",
            ));
        }
    }
    Ok(())
}

/// What is attached to somebody names resources and no principal.
fn check_attached(document: &Document) -> Result<(), Fault> {
    for statement in document.statements() {
        if principal(statement).is_some() {
            return Err(malformed("Policy document should not specify a principal."));
        }
        let named = resources(statement)
            .map(Strings::as_slice)
            .unwrap_or_default();
        if named.is_empty() {
            return Err(malformed("Policy statement must contain resources."));
        }
        for resource in named {
            check_resource(resource.text())?;
        }
    }
    Ok(())
}

/// A trust policy names principals and no resource, and is about assuming the role.
fn check_trust(document: &Document) -> Result<(), Fault> {
    for statement in document.statements() {
        if resources(statement).is_some() {
            return Err(malformed("Has prohibited field Resource"));
        }
        match principal(statement) {
            None => return Err(malformed("Missing required field Principal")),
            Some(Principal::Entries(entries)) if entries.is_empty() => {
                return Err(malformed(
                    "Missing required field Principal cannot be empty!",
                ));
            }
            Some(_) => {}
        }
        let is_sts = |action: &str| {
            action
                .split_once(':')
                .is_some_and(|(service, _)| service.eq_ignore_ascii_case("sts"))
        };
        if !actions(statement).texts().all(is_sts) {
            return Err(malformed(
                "AssumeRole policy may only specify STS AssumeRole actions.",
            ));
        }
    }
    Ok(())
}

fn check_action(action: &str) -> Result<(), Fault> {
    if action == "*" {
        return Ok(());
    }
    let Some((vendor, name)) = action.split_once(':') else {
        return Err(malformed(
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ));
    };
    if name.contains(':') {
        return Err(malformed("Actions/Condition can contain only one colon."));
    }
    let is_vendor = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if vendor.is_empty() || (vendor != "*" && !vendor.chars().all(is_vendor)) {
        return Err(malformed(format!("Vendor {vendor} is not valid")));
    }
    Ok(())
}

/// `*`, or an ARN with all of its parts; wildcards and variables may stand in most of them.
fn check_resource(resource: &str) -> Result<(), Fault> {
    if resource == "*" {
        return Ok(());
    }
    if !resource.contains(':') {
        return Err(malformed(format!(
            "Resource {resource} must be in ARN format or \"*\"."
        )));
    }
    // A variable may hold colons of its own: `${aws:PrincipalAccount}`.
    let plain = without_variables(resource);
    let parts: Vec<&str> = plain.splitn(6, ':').collect();
    match parts.as_slice() {
        [head, partition, service, _, _, rest]
            if *head == "arn"
                && !partition.is_empty()
                && !service.is_empty()
                && !rest.is_empty() =>
        {
            Ok(())
        }
        // What has fewer parts ends in a wildcard that stands for the others.
        ["arn", partition, service, ..]
            if !partition.is_empty() && !service.is_empty() && plain.ends_with('*') =>
        {
            Ok(())
        }
        ["arn", ..] => Err(malformed(LEGACY)),
        _ => Err(malformed(format!(
            "Resource {resource} must be in ARN format or \"*\"."
        ))),
    }
}

fn without_variables(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        plain.push_str(before);
        plain.push('v');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain
}

/// The ARNs of principals of kind `AWS` that a trust policy names.
pub(super) fn aws_principals(document: &Document) -> impl Iterator<Item = &str> {
    document
        .statements()
        .iter()
        .filter_map(principal)
        .flat_map(|principal| match principal {
            Principal::Everyone => [].iter(),
            Principal::Entries(entries) => entries.iter(),
        })
        .filter(|(kind, _)| *kind == PrincipalKind::Aws)
        .flat_map(|(_, names)| names.texts())
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn what_iam_would_not_store_is_refused() {
        use Kind::{InlineUser, Managed, Trust};
        for (kind, statement, message) in [
            (Managed, r#"{"Effect":"Allow"}"#, SYNTAX),
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
                r#"{"Effect":"Allow","Action":"iam:GetUser","Resource":"arn:aws:iam"}"#,
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
    fn literals_that_cannot_be_converted_are_refused_by_iam_and_taken_by_sts() {
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
    fn the_version_matters_to_managed_policies_only() {
        let text = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        StoredPolicy::new(text, Kind::InlineGroup).unwrap();
        let fault = StoredPolicy::new(text, Kind::Managed).unwrap_err();
        assert_eq!(
            fault.message,
            "Policy document must be version 2012-10-17 or greater."
        );
    }

    #[test]
    fn other_characters_are_no_syntax_error() {
        let text = "{\"Version\":\"2012-10-17\",\"Statement\":[]}\u{100}";
        let fault = StoredPolicy::new(text, Kind::Managed).unwrap_err();
        assert_eq!(fault.code, "ValidationError");
    }

    #[test]
    fn text_survives_storage_as_it_was() {
        let text = "{ \"Version\":\"2012-10-17\",\n\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}] }";
        let policy = StoredPolicy::new(text, Kind::Managed).unwrap();
        let json = serde_json::to_string(&policy).unwrap();
        let back: StoredPolicy = serde_json::from_str(&json).unwrap();
        assert_eq!(back.text(), text);
        assert!(serde_json::from_str::<StoredPolicy>("\"{}\"").is_err());
    }
}
