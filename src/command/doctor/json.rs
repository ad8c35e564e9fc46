//! `doctor --format json`, version 1. It is frozen: a new field or meaning needs a new version. New ids may come with any release.

use serde::Serialize;

use crate::doctor::explain::Explanation;
use crate::doctor::{Check, Finding};

#[derive(Debug, Serialize)]
struct Report<'a> {
    version: u8,
    findings: Vec<Found<'a>>,
}

#[derive(Debug, Serialize)]
struct Found<'a> {
    id: &'static str,
    /// `error`, `warning` or `info`.
    severity: &'static str,
    /// Where it is: each of the next four may be `null`.
    file: Option<&'a str>,
    line: Option<usize>,
    profile: Option<&'a str>,
    variable: Option<&'static str>,
    what: &'a str,
    breaks: &'a str,
    repair: &'a str,
    /// For a POSIX shell.
    command: &'a str,
}

/// `doctor --list --format json`, version 1.
#[derive(Debug, Serialize)]
struct List {
    version: u8,
    checks: Vec<Listed>,
}

#[derive(Debug, Serialize)]
struct Listed {
    id: &'static str,
    severity: &'static str,
    finds: &'static str,
}

pub(super) fn report(found: &[Finding]) -> String {
    let findings = found.iter().map(|finding| Found {
        id: finding.check.id(),
        severity: finding.check.severity().word(),
        file: finding.file.as_deref(),
        line: finding.line,
        profile: finding.profile.as_deref(),
        variable: finding.variable,
        what: &finding.what,
        breaks: &finding.breaks,
        repair: &finding.repair,
        command: &finding.command,
    });
    pretty(&Report {
        version: 1,
        findings: findings.collect(),
    })
}

pub(super) fn list(checks: &[Check]) -> String {
    let checks = checks.iter().map(|check| Listed {
        id: check.id(),
        severity: check.severity().word(),
        finds: check.finds(),
    });
    pretty(&List {
        version: 1,
        checks: checks.collect(),
    })
}

/// `doctor explain --format json`, version 1.
#[derive(Debug, Serialize)]
struct Explained<'a> {
    version: u8,
    cause: &'static str,
    what: &'a str,
    because: &'a [String],
    /// Why the text alone does not decide; `null` if it does.
    undecided: Option<&'a str>,
    repair: &'a str,
    command: &'a str,
}

pub(super) fn explained(found: &Explanation) -> String {
    pretty(&Explained {
        version: 1,
        cause: found.cause.id(),
        what: &found.what,
        because: &found.because,
        undecided: found.undecided.as_deref(),
        repair: &found.repair,
        command: &found.command,
    })
}

fn pretty(value: &impl Serialize) -> String {
    // Texts and numbers always have a form in JSON.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
