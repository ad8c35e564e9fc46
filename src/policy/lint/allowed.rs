//! Exceptions that comments in a file make: `mfa-session: allow MFA010 REASON`, on a line of the statement or directly above it.

use std::ops::RangeInclusive;

use super::finding::{Finding, Rule, Severity};
use super::place::{Line, Located};
use crate::policy::document::{Path, Spans};
use crate::policy::source::{Candidate, Position};

/// What begins an exception.
const BEGINS: &str = "mfa-session: allow ";

static RULE: Rule = Rule {
    id: "MFA034",
    name: "exception-without-reason",
    explanation: "A comment `mfa-session: allow MFA010 REASON` suppresses a finding, and its reason is what a reviewer reads. \
        Without one, the comment has no effect.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    // It is found in the file, not in a policy.
    find: |_| Vec::new(),
};

/// One comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exception<'a> {
    /// From 1.
    line: usize,
    rule: &'a str,
    reason: &'a str,
}

/// The comments of a file.
pub(super) fn exceptions(text: &str) -> Vec<Exception<'_>> {
    if !text.contains(BEGINS) {
        return Vec::new();
    }
    (text.lines().enumerate())
        .filter_map(|(n, line)| {
            let (before, after) = line.split_once(BEGINS)?;
            let is_comment = before.contains('#') || before.contains("//") || before.contains("/*");
            let words = after.trim_end().trim_end_matches("*/").trim();
            let (rule, reason) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
            (is_comment && rule.starts_with("MFA")).then_some(Exception {
                line: n + 1,
                rule,
                reason: reason.trim(),
            })
        })
        .collect()
}

/// The findings that stay, and those that a comment allows, with its reason.
pub(super) fn divided(
    findings: Vec<Located>,
    body: &str,
    candidate: &Candidate<'_>,
    partition: &str,
    exceptions: &[Exception<'_>],
) -> (Vec<Located>, Vec<(Located, String)>) {
    let with_reason = || exceptions.iter().filter(|e| !e.reason.is_empty());
    if with_reason().next().is_none() {
        return (findings, Vec::new());
    }
    let spans = candidate.places(body, partition);
    let whole = candidate.extent.start.line..=candidate.extent.end.line;
    let mut kept = Vec::new();
    let mut allowed = Vec::new();
    for located in findings {
        let lines = spans
            .as_ref()
            .and_then(|s| statement(s, &located.finding.path));
        let lines = with_comments(body, lines.unwrap_or_else(|| whole.clone()));
        let exception =
            with_reason().find(|e| e.rule == located.finding.rule.id && lines.contains(&e.line));
        match exception {
            Some(exception) => allowed.push((located, exception.reason.to_owned())),
            None => kept.push(located),
        }
    }
    (kept, allowed)
}

/// The lines of the statement that an element belongs to.
fn statement(spans: &Spans<'_>, path: &Path) -> Option<RangeInclusive<usize>> {
    let steps = path.0.get(..2).or_else(|| path.0.get(..1))?;
    let bytes = spans.value(&spans.nearest(&Path(steps.to_vec())))?.bytes;
    let line = |offset: usize| spans.span(offset..offset).line;
    Some(line(bytes.start)..=line(bytes.end))
}

/// With the comments directly above.
fn with_comments(body: &str, lines: RangeInclusive<usize>) -> RangeInclusive<usize> {
    let all: Vec<&str> = body.lines().collect();
    let mut first = *lines.start();
    while let Some(above) = first.checked_sub(2).and_then(|n| all.get(n)) {
        let above = above.trim_start();
        // YAML begins an item with a dash, which may stand on a line of its own.
        if !(above.starts_with('#') || above.starts_with("//") || above.trim_end() == "-") {
            break;
        }
        first -= 1;
    }
    first..=*lines.end()
}

/// The comments that have no effect because they give no reason.
pub(super) fn without_reason(text: &str, exceptions: &[Exception<'_>]) -> Vec<Located> {
    (exceptions.iter())
        .filter(|e| e.reason.is_empty())
        .map(|exception| located(text, exception))
        .collect()
}

fn located(text: &str, exception: &Exception<'_>) -> Located {
    let line = text.lines().nth(exception.line - 1).unwrap_or_default();
    let at = |column| Position {
        line: exception.line,
        column,
    };
    let message = format!(
        "the exception for `{}` gives no reason, so it has no effect",
        exception.rule
    );
    Located {
        finding: Finding {
            rule: &RULE,
            severity: Severity::Warning,
            path: Path::default(),
            message,
            fix: None,
        },
        path: String::new(),
        start: at(1),
        end: at(line.chars().count() + 1),
        line: Line {
            text: line.to_owned(),
            number: Some(exception.line),
            mark: 0..line.len(),
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::lint::report::{Given, report};

    const STATEMENT: &str = "    effect = \"Deny\"\n    actions = [\"*\"]\n    resources = [\"*\"]\n    condition {\n      test = \"Bool\"\n      variable = \"aws:MultiFactorAuthPresent\"\n      values = [\"false\"]\n    }\n  }\n";

    fn found(above: &str) -> (Vec<&'static str>, Vec<String>) {
        let text = format!(
            "data \"aws_iam_policy_document\" \"d\" {{\n{above}  statement {{\n{STATEMENT}}}\n"
        );
        let report = report("a.tf", &text, &Given::default());
        let findings = report.policies.iter().flat_map(|p| &p.findings);
        let suppressed = report.policies.iter().flat_map(|p| &p.suppressed);
        (
            findings.map(|l| l.finding.rule.id).collect(),
            suppressed
                .map(|(l, why)| format!("{} {why}", l.finding.rule.id))
                .collect(),
        )
    }

    #[test]
    fn a_comment_above_the_statement_allows_one_rule() {
        let (all, none) = found("");
        assert!(all.contains(&"MFA001") && none.is_empty(), "{all:?}");
        let (rest, allowed) =
            found("  # because\n  # mfa-session: allow MFA001 keys are rotated daily\n");
        assert!(!rest.contains(&"MFA001"));
        assert_eq!(rest.len(), all.len() - 1);
        assert_eq!(allowed, ["MFA001 keys are rotated daily"]);
        // Of another rule, not directly above, or not in a comment.
        for other in [
            "  # mfa-session: allow MFA002 x\n",
            "  # mfa-session: allow MFA001 x\n\n",
            "  mfa-session: allow MFA001 x = 1\n",
        ] {
            let (rest, allowed) = found(other);
            assert!(
                allowed.is_empty() && (rest == all || rest.is_empty()),
                "{other}"
            );
        }
    }

    #[test]
    fn an_exception_needs_a_reason() {
        let (rest, allowed) = found("  # mfa-session: allow MFA001\n");
        assert!(
            rest.contains(&"MFA001") && rest.contains(&"MFA034"),
            "{rest:?}"
        );
        assert!(allowed.is_empty());
    }
}
