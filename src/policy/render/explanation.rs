//! An explanation for a terminal or as Markdown: the same sentences, other marks.

use std::fmt::Write as _;

use super::Style;
use crate::policy::explain::Explanation;
use crate::policy::verify::Device;

/// The explanation as text; ends in a newline.
#[must_use]
pub fn explanation(explanation: &Explanation, style: Style) -> String {
    let mut text = String::new();
    let rows = explanation.table.iter();
    heading(&mut text, style, "Decisions by state of MFA");
    table(
        &mut text,
        style,
        ["action", "absent", "false", "true"],
        rows.map(|r| [r.action.as_str(), r.absent, r.without, r.with]),
    );
    for variant in &explanation.variants {
        heading(
            &mut text,
            style,
            &format!("What changes: {}", variant.change),
        );
        let rows = variant.differences.iter();
        table(
            &mut text,
            style,
            ["action", "MFA", "before", "after"],
            rows.map(|d| [d.action.as_str(), d.mfa, d.before, d.after]),
        );
    }
    if !explanation.exceptions.is_empty() {
        heading(&mut text, style, "Exceptions");
        for exception in &explanation.exceptions {
            let purpose = exception.purpose.unwrap_or("not known to be needed");
            item(
                &mut text,
                style,
                &format!("{}: {purpose}", exception.action),
            );
        }
    }
    remains(&mut text, style, explanation);
    text
}

fn remains(text: &mut String, style: Style, explanation: &Explanation) {
    let verification = &explanation.verification;
    heading(text, style, "What stays possible without MFA");
    let judged = verification.judged;
    let open: usize = verification.unexpected.iter().map(|s| s.count).sum();
    item(
        text,
        style,
        &format!(
            "of {judged} actions, {} expected ones and {open} others",
            verification.expected.len()
        ),
    );
    for service in &verification.unexpected {
        item(
            text,
            style,
            &format!("{}: {} actions", service.service, service.count),
        );
    }
    heading(text, style, "Ways past MFA with a long-term key");
    let open: Vec<_> = verification.paths.iter().filter(|p| p.open).collect();
    if open.is_empty() {
        item(text, style, "none");
    }
    for path in open {
        let device = match path.device {
            Device::Without => "without a device",
            Device::With => "with a device",
        };
        let calls: Vec<&str> = path.steps.iter().map(|s| s.action).collect();
        let line = format!(
            "{} (user {device}): {}: {}",
            path.name,
            calls.join(", "),
            path.gives
        );
        item(text, style, &line);
    }
    heading(text, style, "Limits");
    for limit in &verification.limits {
        item(text, style, limit);
    }
}

fn heading(text: &mut String, style: Style, title: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    match style {
        Style::Text => {
            let _ = writeln!(text, "{title}");
        }
        Style::Markdown => {
            let _ = write!(text, "## {title}\n\n");
        }
    }
}

fn item(text: &mut String, style: Style, line: &str) {
    let mark = match style {
        Style::Text => "  ",
        Style::Markdown => "- ",
    };
    let _ = writeln!(text, "{mark}{line}");
}

fn table<'a>(
    text: &mut String,
    style: Style,
    head: [&'a str; 4],
    rows: impl Iterator<Item = [&'a str; 4]>,
) {
    let rows: Vec<[&str; 4]> = rows.collect();
    if rows.is_empty() {
        item(text, style, "nothing");
        return;
    }
    let width = (rows
        .iter()
        .chain([&head])
        .map(|[first, ..]| first.chars().count()))
    .max()
    .unwrap_or(0);
    let mut line = |[a, b, c, d]: [&str; 4]| {
        let _ = match style {
            Style::Text => writeln!(
                text,
                "{}",
                format!("  {a:width$}  {b:12}  {c:12}  {d}").trim_end()
            ),
            Style::Markdown => writeln!(text, "| {a} | {b} | {c} | {d} |"),
        };
    };
    line(head);
    if style == Style::Markdown {
        line(["---"; 4]);
    }
    rows.into_iter().for_each(line);
}
