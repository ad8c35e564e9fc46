//! Rules that find mistakes in one policy, by evaluation wherever evaluation can decide.
//!
//! Each rule is a file with its tests. Id, name, explanation and URL belong to the rule; severity, path and message belong to the
//! finding. A rule must never judge by the text of a policy what the evaluator can answer.

mod allowed;
pub mod baseline;
mod check;
mod clause;
mod element;
mod finding;
pub mod fix;
mod guard;
pub mod mended;
pub mod mended_source;
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
mod unsure;
mod view;

pub use check::check;
pub use finding::{Finding, Rule, Severity};
pub use fix::{Edit, EditError, Fix};
pub use mended::{Mended, mend};
pub use rules::RULES;
pub use subject::Subject;
