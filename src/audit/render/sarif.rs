//! The findings as SARIF 2.1.0, for code scanning. A finding is about something in an account, which the logical location names; the
//! file is that of the authorization details.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::InputFile;
use crate::audit::report::Audit;
use crate::audit::rules;
use crate::policy::lint::{self, Severity};

/// All findings as one log over several lines; ends in a newline.
#[must_use]
pub fn sarif(audit: &Audit, inputs: &[InputFile]) -> String {
    let file = inputs
        .iter()
        .find(|input| input.kind == "authorization-details");
    let uri = file.map_or("stdin", |input| input.file.as_str());
    let findings = || {
        let accounts = audit.accounts.iter();
        accounts.flat_map(|account| &account.findings)
    };
    let mut worst: BTreeMap<&'static str, Severity> = BTreeMap::new();
    for found in findings() {
        let entry = worst.entry(found.id).or_insert(found.severity);
        *entry = (*entry).max(found.severity);
    }
    let ids: Vec<&str> = worst.keys().copied().collect();
    let rules: Vec<Value> = worst
        .iter()
        .map(|(id, severity)| rule(id, *severity))
        .collect();
    let results: Vec<Value> = findings()
        .map(|found| {
            let place = if found.place.is_empty() {
                String::new()
            } else {
                format!("{}: ", found.place)
            };
            let name = if found.path.is_empty() {
                found.resource.clone()
            } else {
                format!("{}#{}", found.resource, found.path)
            };
            let mut result = json!({
                "ruleId": found.id,
                "ruleIndex": ids.iter().position(|id| *id == found.id),
                "level": level(found.severity),
                "message": {"text": format!("{place}{}", found.message)},
                "locations": [{
                    "physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}},
                    "logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}],
                }],
                "properties": {"severity": found.severity.as_str(), "security-severity": score(found.severity)},
            });
            if found.is_exempt
                && let Some(object) = result.as_object_mut()
            {
                let exempt = json!([{"kind": "external", "justification": "the user is exempt by a tag"}]);
                object.insert("suppressions".to_owned(), exempt);
            }
            result
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"), "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn rule(id: &str, severity: Severity) -> Value {
    let of_policies = lint::RULES.iter().find(|rule| rule.id == id);
    let (name, explanation, url) = match (rules::rule(id), of_policies) {
        (Some(rule), _) => (rule.name, rule.explanation, rule.url),
        (None, Some(rule)) => (rule.name, rule.explanation, rule.url),
        (None, None) => (id, "", ""),
    };
    json!({
        "id": id,
        "name": name,
        "shortDescription": {"text": name.replace('-', " ")},
        "fullDescription": {"text": explanation},
        "help": {"text": format!("{explanation}\n\n{url}")},
        "helpUri": url,
        "defaultConfiguration": {"level": level(severity)},
        "properties": {"tags": ["security", "aws", "iam", "mfa"], "security-severity": score(severity)},
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error | Severity::High => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// As code scanning ranks: critical from 9.0, high from 7.0, medium from 4.0.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "9.0",
        Severity::High => "8.0",
        Severity::Warning => "5.0",
        Severity::Info => "2.0",
    }
}
