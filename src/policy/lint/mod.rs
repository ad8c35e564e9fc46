//! Rules over one policy: what is wrong in it, found by evaluation wherever evaluation can decide.
//!
//! A rule is a file with its tests. Its id, name, explanation and page belong to the rule; severity, place and words to the
//! finding. A rule must never judge by the look of the text what the evaluator can answer.

mod actions;
mod clause;
mod element;
mod finding;
pub mod fix;
mod guard;
pub mod mended;
mod place;
pub mod report;
mod restate;
mod rules;
mod situation;
mod statement;
mod subject;
mod suggest;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod texts;
mod view;

pub use finding::{Finding, Rule, Severity};
pub use fix::{Edit, EditError, Fix, Mended, mend};
pub use rules::RULES;
pub use subject::Subject;

use view::View;

/// Findings of one rule in one document, at most: nobody reads more, and hostile documents must not cost more.
const MAX_FINDINGS: usize = 200;

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
