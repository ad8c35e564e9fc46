//! Rules over one policy: what is wrong in it, found by evaluation wherever evaluation can decide.
//!
//! A rule is a file with its tests. Its id, name, explanation and page belong to the rule; severity, place and words to the
//! finding. A rule must never judge by the look of the text what the evaluator can answer.

mod element;
mod finding;
mod fix;
pub mod report;
pub mod source;
mod subject;

pub use finding::{Finding, Rule, Severity};
pub use fix::{Edit, Fix};
pub use subject::{Attachment, Subject};

/// All rules, by their ids.
pub const RULES: &[&Rule] = &[];

/// What all rules find, in the order of the document.
#[must_use]
pub fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| (rule.find)(subject)).collect();
    findings.sort_by(|a, b| (&a.path, a.rule.id).cmp(&(&b.path, b.rule.id)));
    findings
}
