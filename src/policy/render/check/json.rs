//! Findings as JSON. Version 1 is frozen: members may be added, but not changed.

use serde::Serialize;

use crate::policy::lint::report::Report;

#[derive(Serialize)]
struct Version1<'a> {
    version: u8,
    findings: Vec<Found<'a>>,
    /// What comments in the files allow; left out if there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressed: Vec<Suppressed<'a>>,
}

#[derive(Serialize)]
struct Suppressed<'a> {
    id: &'static str,
    file: &'a str,
    path: &'a str,
    line: usize,
    /// What the comment says.
    reason: &'a str,
}

#[derive(Serialize)]
struct Found<'a> {
    id: &'static str,
    severity: &'static str,
    /// The file as it was typed; `-` is standard input.
    file: &'a str,
    /// The element, e.g. `Statement[2].Condition.BoolIfExists`; behind the way to the policy, if the file is not the policy.
    path: &'a str,
    /// From 1; of the string, for a policy within a string.
    line: usize,
    /// In characters, from 1.
    column: usize,
    message: &'a str,
    url: &'static str,
}

/// All findings as one object over several lines; ends in a newline.
#[must_use]
pub fn json(reports: &[Report]) -> String {
    let findings = (reports.iter())
        .flat_map(|report| {
            let located = report.policies.iter().flat_map(|p| &p.findings);
            located.map(|located| Found {
                id: located.finding.rule.id,
                severity: located.finding.severity.as_str(),
                file: &report.file,
                path: &located.path,
                line: located.start.line,
                column: located.start.column,
                message: &located.finding.message,
                url: located.finding.rule.url,
            })
        })
        .collect();
    let suppressed = (reports.iter())
        .flat_map(|report| {
            let allowed = report.policies.iter().flat_map(|p| &p.suppressed);
            allowed.map(|(located, reason)| Suppressed {
                id: located.finding.rule.id,
                file: &report.file,
                path: &located.path,
                line: located.start.line,
                reason,
            })
        })
        .collect();
    let report = Version1 {
        version: 1,
        findings,
        suppressed,
    };
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    text
}
