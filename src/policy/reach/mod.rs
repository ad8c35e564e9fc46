//! What a caller of a real account can do: every action at once, as sets of actions.
//!
//! [`crate::policy::verify`] asks the evaluator about each action of one sample user. An account has thousands of users, so here each
//! document is prepared once, and what its statements cover is combined by set operations. Both give the same answers, which a
//! test compares.
//!
//! Conditions on what nobody knows are taken in the caller's favour, as in `verify`.

mod bound;
mod field;
mod meet;
mod prepared;
#[cfg(test)]
mod tests;

pub(crate) use bound::{Bound, Held, Holding, Limit, Terrain};
pub(crate) use field::Field;
pub(crate) use prepared::Prepared;
