//! Other processes: children, the caller of this process, and the program that replaces it.
//!
//! Nothing here waits past the limit that it is given, and what a child prints is never repeated in a message: it may be a
//! secret. A child stays in our own process group, because only there may it use the terminal; therefore it is ended by itself,
//! with what it started, and not through its group.
//!
//! Without the feature `cli` only the quoting for hints is left.

#[cfg(feature = "cli")]
mod called;
#[cfg(feature = "cli")]
mod capture;
#[cfg(feature = "cli")]
mod exec;
#[cfg(feature = "cli")]
mod harden;
#[cfg(feature = "cli")]
mod parents;
#[cfg(feature = "cli")]
mod peer;
#[cfg(feature = "cli")]
mod platform;
#[cfg(feature = "cli")]
mod until_signal;

#[cfg(feature = "cli")]
pub use called::{called_path, is_executable};
#[cfg(feature = "cli")]
pub use capture::{Captured, Ended, Input, Limit, ProcessError, capture};
#[cfg(feature = "cli")]
pub use exec::{ExecError, become_program, replace};
#[cfg(feature = "cli")]
pub use harden::harden;
#[cfg(feature = "cli")]
pub use parents::{Parent, caller, stdout_reader_gone};
#[cfg(feature = "cli")]
pub use peer::is_from_other_user;
#[cfg(feature = "cli")]
pub use until_signal::{Ending, on_ending_signal};

pub use crate::quote::{shell_quote, shell_quote_path};

/// Set on every child that is asked for a code or for keys. A hook, login or exec that finds it would be asking itself.
pub const PARENT_GUARD: &str = "MFA_SESSION_PARENT";
