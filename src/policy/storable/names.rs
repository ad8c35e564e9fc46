//! Sids and actions.

use std::collections::HashSet;

use super::refusal::Refusal;
use crate::policy::document::{Document, StatementElement};

/// Sids with other characters than letters and digits, and Sids that stand twice. An empty Sid counts as none.
pub(super) fn sids(document: &Document) -> Vec<Refusal> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    for (path, statement) in document.placed_statements() {
        let Some(sid) = statement.sid().filter(|sid| !sid.is_empty()) else {
            continue;
        };
        let path = path.key("Sid");
        if !sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
            all.push(Refusal::new(
                path,
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
            ));
        } else if !seen.insert(sid) {
            all.push(Refusal::new(
                path,
                "Statement IDs (SID) in a single policy must be unique.",
            ));
        }
    }
    all
}

/// Statements without actions.
pub(super) fn without_actions(document: &Document) -> Vec<Refusal> {
    (document.placed_statements())
        .filter_map(|(path, statement)| {
            let element = (statement.elements.iter()).find(|e| actions_of(e).is_some())?;
            let is_empty = actions_of(element).is_some_and(|a| a.as_slice().is_empty());
            let path = path.key(element.name());
            is_empty.then(|| Refusal::new(path, "Policy statement must contain actions."))
        })
        .collect()
}

/// Actions that are not a service and a name.
pub(super) fn actions(document: &Document) -> Vec<Refusal> {
    let mut all = Vec::new();
    for (path, statement) in document.placed_statements() {
        for element in &statement.elements {
            let Some(actions) = actions_of(element) else {
                continue;
            };
            for (place, action) in actions.placed(path.key(element.name())) {
                all.extend(malformed(action).map(|message| Refusal::new(place, message)));
            }
        }
    }
    all
}

fn actions_of(element: &StatementElement) -> Option<&crate::policy::document::Strings> {
    match element {
        StatementElement::Action(actions) | StatementElement::NotAction(actions) => Some(actions),
        _ => None,
    }
}

fn malformed(action: &str) -> Option<String> {
    if action == "*" {
        return None;
    }
    let Some((vendor, name)) = action.split_once(':') else {
        let message = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
        return Some(message.to_owned());
    };
    if name.contains(':') {
        return Some("Actions/Condition can contain only one colon.".to_owned());
    }
    let is_vendor = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    let is_valid = vendor == "*" || (!vendor.is_empty() && vendor.bytes().all(is_vendor));
    (!is_valid).then(|| format!("Vendor {vendor} is not valid"))
}
