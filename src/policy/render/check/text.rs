//! Findings for people, in the style of compilers: the lines of the file with a caret, the reason, and the fix.

use std::borrow::Cow;
use std::collections::BTreeMap;

use annotate_snippets::renderer::DEFAULT_TERM_WIDTH;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::window::window;
use crate::palette;
use crate::policy::lint::Severity;
use crate::policy::lint::report::{Located, Report};
use crate::policy::render::plain::{is_hostile, one_line};

/// Whether the text carries colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Never,
    /// Coloured text for a terminal of this many columns, if they are known.
    Terminal(Option<usize>),
}

/// All findings, a blank line after each; empty if there are none.
#[must_use]
pub fn findings(reports: &[Report], colour: Colour) -> String {
    let width = match colour {
        Colour::Never | Colour::Terminal(None) => DEFAULT_TERM_WIDTH,
        Colour::Terminal(Some(width)) => width.clamp(60, 200),
    };
    let renderer = match colour {
        Colour::Never => Renderer::plain().term_width(width),
        Colour::Terminal(_) => Renderer::styled()
            .error(palette::ERROR)
            .warning(palette::WARNING)
            .info(palette::NOTE)
            .note(palette::NOTE)
            .help(palette::NOTE)
            .term_width(width),
    };
    let mut text = String::new();
    for report in reports {
        let file = file_name(&report.file);
        for policy in &report.policies {
            for located in &policy.findings {
                text.push_str(&finding(&renderer, width, file, located));
                text.push_str("\n\n");
            }
        }
    }
    text
}

/// The line at the end: how many findings of which severity in how many policies. Ends in a newline.
#[must_use]
pub fn summary(reports: &[Report]) -> String {
    let mut counts: BTreeMap<Severity, usize> = BTreeMap::new();
    for located in reports
        .iter()
        .flat_map(|r| &r.policies)
        .flat_map(|p| &p.findings)
    {
        *counts.entry(located.finding.severity).or_default() += 1;
    }
    let found: Vec<String> = (counts.iter().rev())
        .map(|(severity, n)| match (severity, n) {
            (Severity::High | Severity::Info, n) => format!("{n} {}", severity.as_str()),
            (severity, n) => counted(*n, severity.as_str()),
        })
        .collect();
    let found = if found.is_empty() {
        "no findings".to_owned()
    } else {
        found.join(", ")
    };
    let judged: usize = reports.iter().map(|r| r.judged).sum();
    let policies = if judged == 1 {
        "1 policy".to_owned()
    } else {
        format!("{judged} policies")
    };
    format!("{found} in {policies}\n")
}

fn counted(n: usize, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}")
}

fn finding(renderer: &Renderer, width: usize, file: &str, located: &Located) -> String {
    let finding = &located.finding;
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::High => Level::ERROR.with_name("high"),
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let title = level
        .clone()
        .primary_title(one_line(&finding.message))
        .id(finding.rule.id);
    let file = one_line(file);
    // Beside the line stand its number, a bar and blanks.
    let number = located.line.number.unwrap_or_default().to_string();
    let room = width.saturating_sub(number.len() + 4);
    let (part, mark) = window(&located.line.text, located.line.mark.clone(), room);
    let snippet =
        Snippet::source(shown(&part).into_owned()).annotation(AnnotationKind::Primary.span(mark));
    let mut groups = Vec::new();
    let mut group = if let Some(line) = located.line.number {
        title.element(snippet.line_start(line).path(file))
    } else {
        // Lines that are not in the file have no numbers, so the position is shown separately.
        let (line, column) = (located.start.line, located.start.column);
        let origin = Origin::path(file).line(line).char_column(column);
        groups.push(title.element(origin));
        Group::with_level(level).element(snippet.line_numbering(false))
    };
    if !located.path.is_empty() {
        group = group.element(Level::NOTE.with_name("at").message(one_line(&located.path)));
    }
    if let Some(fix) = &finding.fix {
        group = group.element(Level::HELP.with_name("fix").message(one_line(&fix.title)));
    }
    groups.push(group.element(Level::HELP.with_name("see").message(finding.rule.url)));
    renderer.render(&groups)
}

fn file_name(file: &str) -> &str {
    if file == "-" { "standard input" } else { file }
}

/// The line without characters that control a terminal, and with the same number of bytes. The renderer replaces the others.
fn shown(text: &str) -> Cow<'_, str> {
    let is_left = |c: char| !c.is_ascii() && is_hostile(c);
    if !text.contains(is_left) {
        return Cow::Borrowed(text);
    }
    let replaced = text.chars().map(|c| match c.len_utf8() {
        2 if is_left(c) => '·',
        3 if is_left(c) => '\u{fffd}',
        _ => c,
    });
    Cow::Owned(replaced.collect())
}
