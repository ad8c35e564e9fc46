//! Checks one policy with all rules.

use super::finding::{Finding, MAX_FINDINGS};
use super::rules::RULES;
use super::subject::Subject;
use super::texts;
use super::view::View;

/// What all rules find, in the order of the document.
#[must_use]
pub fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let view = View::new(subject);
    let mut findings: Vec<Finding> = RULES
        .iter()
        .flat_map(|rule| (rule.find)(&view).into_iter().take(MAX_FINDINGS))
        .collect();
    findings.sort_by_cached_key(|f| (texts::position(subject.document, &f.path), f.rule.id));
    findings
}
