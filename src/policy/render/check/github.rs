//! Findings as annotations of GitHub Actions
//! (<https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>).

use std::fmt::Write as _;

use crate::policy::lint::Severity;
use crate::policy::lint::report::{Located, Report};
use crate::policy::render::plain::one_line;

/// One line a finding; empty if there are none.
#[must_use]
pub fn github(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        for located in report.policies.iter().flat_map(|p| &p.findings) {
            annotation(&mut text, &report.file, located);
        }
    }
    text
}

fn annotation(text: &mut String, file: &str, located: &Located) {
    let finding = &located.finding;
    let command = match finding.severity {
        Severity::Error | Severity::High => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let _ = write!(text, "::{command} ");
    // Standard input is not a file that can be annotated.
    if file != "-" {
        let (start, end) = (located.start, located.end);
        let _ = write!(
            text,
            "file={},line={},endLine={},",
            property(&one_line(file)),
            start.line,
            end.line
        );
        // The runner takes columns on one line only.
        if start.line == end.line {
            let _ = write!(text, "col={},endColumn={},", start.column, end.column);
        }
    }
    let title = format!("{} {}", finding.rule.id, finding.rule.name);
    let place = if located.path.is_empty() {
        String::new()
    } else {
        format!("{}: ", one_line(&located.path))
    };
    let message = format!(
        "{place}{} ({})",
        one_line(&finding.message),
        finding.rule.url
    );
    let _ = writeln!(text, "title={}::{}", property(&title), data(&message));
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
