//! The policy engine: documents, the evaluator, and everything that is said about a policy because the evaluator says so.
//!
//! Pure: no I/O, no clock, no environment, and nothing of the crate's other modules. A function here takes text or data and
//! returns data or text; reading files and printing belong to the callers.

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
pub mod render;
pub mod simulate;
pub mod source;
mod variables;
pub mod verify;
