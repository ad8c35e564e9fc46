//! The rules by which IAM refuses to store a policy document.
//!
//! They are stricter than the policy language: IAM refuses elements that it does not know, actions without a service, resources
//! that are not ARNs, and literals that cannot be converted.

use std::collections::HashSet;

use crate::policy::condition::{Operator, is_storable};
use crate::policy::document::{
    Document, Element, Principal, PrincipalKind, Statement, StatementElement, Strings, Version,
};
use crate::policy::generate::Kind;
use crate::sandbox::fault::Fault;

pub(super) const SYNTAX: &str = "Syntax errors in policy.";
pub(super) const LEGACY: &str = "The policy failed legacy parsing";

pub(super) fn malformed(message: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::malformed_policy(message)
}

pub(super) fn check(document: &Document, kind: Kind) -> Result<(), Fault> {
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

/// All elements are known, and each statement has actions.
pub(super) fn check_grammar(document: &Document) -> Result<(), Fault> {
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

/// The numbers, dates, addresses and ARNs in conditions can be converted.
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

/// A policy that is attached to an identity names resources and no principal.
pub(super) fn check_attached(document: &Document) -> Result<(), Fault> {
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

/// A trust policy names principals and no resource, and its actions are those of STS.
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

/// A resource is `*` or an ARN with all of its parts, most of which can contain wildcards and variables.
fn check_resource(resource: &str) -> Result<(), Fault> {
    if resource == "*" {
        return Ok(());
    }
    if !resource.contains(':') {
        return Err(malformed(format!(
            "Resource {resource} must be in ARN format or \"*\"."
        )));
    }
    // A variable can contain colons, e.g. `${aws:PrincipalAccount}`.
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
        // An ARN with fewer parts must end in a wildcard that matches the missing ones.
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

/// The principals of kind `AWS` that a trust policy names.
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
