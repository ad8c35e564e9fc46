//! Findings as SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>), for code scanning.
//!
//! The level of a rule is that of its worst finding, because severity belongs to the finding.

mod shape;

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::policy::lint::fix::apply;
use crate::policy::lint::report::{Judged, Located, Misread, Report};
use crate::policy::lint::{Rule, Severity};
use crate::policy::source::Position;
use shape::{
    ArtifactChange, ArtifactLocation, Configuration, Driver, Fix, Invocation, Location, Log,
    LogicalLocation, Notification, PhysicalLocation, Region, Replacement, ReportingDescriptor,
    Result as Found, ResultProperties, RuleProperties, Run, Suppression, Text, Tool,
};

/// The characters that are not escaped in a path.
const IN_A_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// Fixes in one log, at most, and the longest policy that gets them, in bytes: each fix is the policy edited as a whole.
const MAX_FIXES: usize = 1_000;
const MAX_FIXABLE: usize = 64 << 10;

/// All findings, with what could not be read, as one log over several lines; ends in a newline.
#[must_use]
pub fn sarif(reports: &[Report]) -> String {
    let rules = rules(reports);
    let index = |rule: &Rule| rules.iter().position(|r| r.id == rule.id).unwrap_or(0);
    let mut results = Vec::new();
    let mut fixes = 0;
    for report in reports {
        let uri = uri(&report.file);
        for policy in &report.policies {
            for located in &policy.findings {
                let index = index(located.finding.rule);
                let fix = (fixes < MAX_FIXES)
                    .then(|| fix(&uri, policy, located))
                    .flatten();
                fixes += usize::from(fix.is_some());
                results.push(result(&uri, located, index, fix));
            }
            for (located, reason) in &policy.suppressed {
                let index = index(located.finding.rule);
                let mut suppressed = result(&uri, located, index, None);
                suppressed.suppressions.push(Suppression {
                    kind: "inSource",
                    justification: reason.clone(),
                });
                results.push(suppressed);
            }
        }
    }
    let notifications: Vec<Notification> = (reports.iter())
        .flat_map(|r| r.misread.iter().map(|m| notification(&uri(&r.file), m)))
        .collect();
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: env!("CARGO_PKG_NAME"),
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules,
                },
            },
            invocations: [Invocation {
                execution_successful: notifications.is_empty(),
                tool_execution_notifications: notifications,
            }],
            column_kind: "unicodeCodePoints",
            results,
        }],
    };
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

/// The rules that found something, by their ids.
fn rules(reports: &[Report]) -> Vec<ReportingDescriptor> {
    let mut worst: BTreeMap<&str, (&Rule, Severity)> = BTreeMap::new();
    for policy in reports.iter().flat_map(|r| &r.policies) {
        let suppressed = policy.suppressed.iter().map(|(located, _)| located);
        for Located { finding, .. } in policy.findings.iter().chain(suppressed) {
            let entry = worst
                .entry(finding.rule.id)
                .or_insert((finding.rule, finding.severity));
            entry.1 = entry.1.max(finding.severity);
        }
    }
    (worst.into_values())
        .map(|(rule, severity)| ReportingDescriptor {
            id: rule.id,
            name: rule.name,
            short_description: Text::new(rule.name.replace('-', " ")),
            full_description: Text::new(rule.explanation),
            help: Text::new(format!("{}\n\n{}", rule.explanation, rule.url)),
            help_uri: rule.url,
            default_configuration: Configuration {
                level: level(severity),
            },
            properties: RuleProperties {
                tags: ["security", "aws", "iam", "mfa"],
                security_severity: score(severity),
            },
        })
        .collect()
}

fn result(uri: &str, located: &Located, rule_index: usize, fix: Option<Fix>) -> Found {
    let finding = &located.finding;
    let path = &located.path;
    Found {
        rule_id: finding.rule.id,
        rule_index,
        level: level(finding.severity),
        message: Text::new(finding.message.as_str()),
        locations: [Location {
            physical_location: PhysicalLocation {
                artifact_location: artifact(uri),
                region: region(located.start, located.end),
            },
            logical_locations: (!path.is_empty())
                .then(|| LogicalLocation {
                    fully_qualified_name: path.clone(),
                })
                .into_iter()
                .collect(),
        }],
        fixes: fix.into_iter().collect(),
        suppressions: Vec::new(),
        properties: ResultProperties {
            severity: finding.severity.as_str(),
            security_severity: score(finding.severity),
        },
    }
}

/// What the fix changes in the file, as one stretch.
fn fix(uri: &str, policy: &Judged, located: &Located) -> Option<Fix> {
    let fix = located.finding.fix.as_ref()?;
    let before = policy.text.as_deref().filter(|t| t.len() <= MAX_FIXABLE)?;
    let after = apply(before, std::slice::from_ref(fix)).ok()?;
    let prefix = common(before.char_indices(), after.chars());
    let (before_rest, after_rest) = (before.get(prefix..)?, after.get(prefix..)?);
    let suffix: usize = (before_rest.chars().rev())
        .zip(after_rest.chars().rev())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let end = before.len().checked_sub(suffix)?;
    let inserted = after_rest.get(..after_rest.len().checked_sub(suffix)?)?;
    let at = |offset: usize| {
        Some(
            policy
                .start
                .then(Position::at_end_of(before.get(..offset)?)),
        )
    };
    Some(Fix {
        description: Text::new(fix.title.as_str()),
        artifact_changes: [ArtifactChange {
            artifact_location: artifact(uri),
            replacements: [Replacement {
                deleted_region: region(at(prefix)?, at(end)?),
                inserted_content: Text::new(inserted),
            }],
        }],
    })
}

/// The bytes at the beginning of which both are alike.
fn common(before: impl Iterator<Item = (usize, char)>, after: impl Iterator<Item = char>) -> usize {
    before
        .zip(after)
        .take_while(|((_, a), b)| a == b)
        .last()
        .map_or(0, |((at, c), _)| at + c.len_utf8())
}

fn notification(uri: &str, misread: &Misread) -> Notification {
    Notification {
        level: "error",
        message: Text::new(misread.problem.as_str()),
        locations: [Location {
            physical_location: PhysicalLocation {
                artifact_location: artifact(uri),
                region: region(misread.start, misread.start),
            },
            logical_locations: Vec::new(),
        }],
    }
}

fn artifact(uri: &str) -> ArtifactLocation {
    ArtifactLocation {
        uri: uri.to_owned(),
    }
}

fn region(start: Position, end: Position) -> Region {
    Region {
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
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

/// A reference relative to the folder in which the program ran; an absolute path is a `file` URI.
fn uri(file: &str) -> String {
    if file == "-" {
        return "stdin".to_owned();
    }
    let mut path = file;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    format!("{scheme}{}", utf8_percent_encode(path, IN_A_PATH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_by_uri() {
        let cases = [
            ("a.json", "a.json"),
            ("./a b/ü%.json", "a%20b/%C3%BC%25.json"),
            (".//a.json", "a.json"),
            ("../x:y.json", "../x%3Ay.json"),
            ("/tmp/a#b?.json", "file:///tmp/a%23b%3F.json"),
            ("-", "stdin"),
        ];
        for (file, expected) in cases {
            assert_eq!(uri(file), expected);
        }
    }

    #[test]
    fn a_common_prefix_ends_between_characters() {
        assert_eq!(common("äb".char_indices(), "äc".chars()), 2);
        assert_eq!(common("ä".char_indices(), "ä".chars()), 2);
        assert_eq!(common("a".char_indices(), "b".chars()), 0);
    }
}
