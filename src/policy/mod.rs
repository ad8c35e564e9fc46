//! The policy engine: documents, the evaluator, and everything that follows from its decisions.
//!
//! It is pure: it does no I/O, knows no clock and no environment, and uses no other module of this crate. Functions take text or
//! data and return data or text; reading files and printing is left to the callers.

pub(crate) mod actions;
pub mod caller;
pub mod catalog;
pub mod condition;
pub mod context;
pub mod document;
pub mod evaluate;
pub mod explain;
pub mod generate;
pub mod lint;
pub mod pattern;
pub(crate) mod reach;
mod relax;
pub mod render;
pub mod simulate;
pub mod source;
pub mod storable;
#[cfg(test)]
mod testing;
mod variables;
pub mod verify;
