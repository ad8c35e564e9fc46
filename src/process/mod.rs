//! Other processes: the ones that we start, the one that started us, and the one that we become.
//!
//! Nothing here waits past the limit that it is given, and what a child prints is never repeated in a message: it may be a
//! secret. A child stays in our own process group, because only there may it use the terminal; therefore it is ended by itself,
//! with what it started, and not through its group.
//!
//! The pure part alone has the quotes of hints.

#[cfg(feature = "cli")]
mod capture;
#[cfg(feature = "cli")]
mod exec;
#[cfg(feature = "cli")]
mod harden;
#[cfg(feature = "cli")]
mod parents;
#[cfg(feature = "cli")]
mod platform;
mod quote;
#[cfg(feature = "cli")]
mod until_signal;

#[cfg(feature = "cli")]
pub use capture::{Captured, Ended, Input, Limit, ProcessError, capture};
#[cfg(feature = "cli")]
pub use exec::{ExecError, replace};
#[cfg(feature = "cli")]
pub use harden::harden;
#[cfg(feature = "cli")]
pub use parents::{Parent, caller, stdout_reader_gone};
pub use quote::{shell_quote, shell_quote_path};
#[cfg(feature = "cli")]
pub use until_signal::{Ending, on_ending_signal};

/// Set on every child that is asked for a code or for keys. A hook, login or exec that finds it would be asking itself.
pub const PARENT_GUARD: &str = "MFA_SESSION_PARENT";
