//! Findings for people.

use anstyle::Style;

use crate::doctor::explain::Explanation;
use crate::doctor::{Check, Finding, Severity};
use crate::palette::{self, painted};
use crate::ui::{self, Stream, Ui, clean};

/// The columns where stdout is no terminal, and the most on one that is wider.
const USUAL: usize = 80;
const INDENT: &str = "  ";

pub(super) fn report(ui: Ui, found: &[Finding]) -> String {
    if found.is_empty() {
        return format!("{}\n", painted(palette::CLEAN, "Nothing is wrong."));
    }
    let columns = columns(ui);
    let mut text = String::new();
    for finding in found {
        text.push_str(&one(finding, columns));
        text.push('\n');
    }
    text.push_str(&counted(found));
    text.push('\n');
    text
}

fn columns(ui: Ui) -> usize {
    ui.columns(Stream::Stdout).unwrap_or(USUAL).min(USUAL)
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Error => palette::ERROR,
        Severity::Warning => palette::WARNING,
        Severity::Info => palette::NOTE,
    }
}

fn one(finding: &Finding, columns: usize) -> String {
    let severity = finding.check.severity();
    let mut text = format!(
        "{}: {}",
        painted(style(severity), severity.word()),
        painted(palette::HEADING, finding.check.id())
    );
    let place = match (&finding.file, finding.line, finding.variable) {
        (Some(file), Some(line), _) => format!("{file}:{line}"),
        (Some(file), None, _) => file.clone(),
        (None, _, Some(variable)) => variable.to_owned(),
        (None, _, None) => String::new(),
    };
    if !place.is_empty() {
        text.push_str(INDENT);
        text.push_str(&clean(&place.replace(['\n', '\t'], " ")));
    }
    text.push('\n');
    let paragraphs = [
        finding.what.clone(),
        format!("Breaks: {}", finding.breaks),
        format!("Repair: {}", finding.repair),
    ];
    for paragraph in paragraphs {
        indented(&mut text, &paragraph, columns);
    }
    command(&mut text, &finding.command);
    text
}

/// A paragraph, broken between words.
fn indented(text: &mut String, paragraph: &str, columns: usize) {
    for line in ui::lines(&one_line(paragraph), columns.saturating_sub(INDENT.len())) {
        text.push_str(INDENT);
        text.push_str(&line);
        text.push('\n');
    }
}

/// A command on a line of its own, which is never broken.
fn command(text: &mut String, line: &str) {
    text.push_str("      ");
    text.push_str(&one_line(line));
    text.push('\n');
}

pub(super) fn explained(ui: Ui, found: &Explanation) -> String {
    let columns = columns(ui);
    let mut text = format!("{}\n", painted(palette::HEADING, found.cause.id()));
    indented(&mut text, &found.what, columns);
    for sentence in &found.because {
        indented(&mut text, sentence, columns);
    }
    if let Some(why) = &found.undecided {
        indented(&mut text, &format!("Not certain: {why}"), columns);
    }
    indented(&mut text, &format!("Repair: {}", found.repair), columns);
    command(&mut text, &found.command);
    text
}

fn one_line(text: &str) -> String {
    clean(&text.replace(['\n', '\t'], " ")).into_owned()
}

fn counted(found: &[Finding]) -> String {
    let count = |severity: Severity, one: &str, many: &str| {
        let n = (found.iter())
            .filter(|finding| finding.check.severity() == severity)
            .count();
        match n {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {many}")),
        }
    };
    let counts = [
        count(Severity::Error, "error", "errors"),
        count(Severity::Warning, "warning", "warnings"),
        count(Severity::Info, "note", "notes"),
    ];
    let counts: Vec<_> = counts.into_iter().flatten().collect();
    counts.join(", ")
}

pub(super) fn list(ui: Ui, checks: &[Check]) -> String {
    let columns = columns(ui);
    let mut text = String::new();
    for check in checks {
        let severity = check.severity();
        text.push_str(&painted(palette::HEADING, check.id()));
        text.push_str(" (");
        text.push_str(&painted(style(severity), severity.word()));
        text.push_str(")\n");
        indented(&mut text, check.finds(), columns);
    }
    text
}
