//! Sessions: what is kept of one, what the hook prints of one, and where they are kept.
//!
//! - [`record`] and [`process_output`] are pure.
//! - `cache` keeps the records by their `record_name`, `state` what the processes with the same key share.

#[cfg(feature = "cli")]
pub mod cache;
pub mod process_output;
pub mod record;
#[cfg(feature = "cli")]
pub mod record_name;
#[cfg(feature = "cli")]
pub mod state;
