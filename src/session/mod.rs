//! Sessions: what is kept of one, what the hook prints of one, and where they are kept.
//!
//! - [`record`], [`role_record`], [`issued`] and [`process_output`] are pure.
//! - `cache` keeps the records by their `record_name`, `role_cache` those of roles, `inspection` looks through all of it,
//!   `state` keeps what the processes with the same key share, `rotation` and `setup_record` how far a rotation or a setup has come.

#[cfg(feature = "cli")]
pub mod cache;
#[cfg(feature = "cli")]
pub mod inspection;
pub mod issued;
pub mod process_output;
pub mod record;
#[cfg(feature = "cli")]
pub mod record_name;
#[cfg(feature = "cli")]
pub mod role_cache;
pub mod role_record;
#[cfg(feature = "cli")]
pub mod rotation;
#[cfg(feature = "cli")]
pub mod setup_record;
#[cfg(feature = "cli")]
pub mod state;
