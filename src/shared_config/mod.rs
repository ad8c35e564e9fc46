//! The shared config and credentials files.

#[cfg(feature = "cli")]
pub mod store;
