//! Decisions: what all policies together say about one request, and why
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>).
//!
//! `request` and `policy` are what a decision is made of; `set` holds the policies that apply together; `reasons` finds their
//! statements; `decide` and `tally` make the decision from them.

#[cfg(test)]
mod caller_tests;
mod decide;
mod policy;
mod reasons;
#[cfg(test)]
mod reference;
mod request;
mod set;
mod tally;
#[cfg(test)]
mod tests;

pub use decide::{Decision, Note};
pub use policy::{Policy, UnknownOperator};
pub use reasons::{ConditionReason, Reason, reasons};
pub use request::{Habits, Request, Requester};
pub use set::{Layer, Named, PolicySet, StatementRef};
pub use tally::Outcome;
