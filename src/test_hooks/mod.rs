//! What tests can change from outside: named steps at which the program fails, the clock, the deadline and other time limits.
//!
//! Without the feature `test-hooks` each of these is a constant, so that a release cannot be changed in this way.

#[cfg(not(feature = "test-hooks"))]
mod off;
#[cfg(feature = "test-hooks")]
mod on;

#[cfg(not(feature = "test-hooks"))]
pub use off::{
    call_limit, clock_offset, deadline_seconds, lock_limit, lock_notice, step, write_patience,
};
#[cfg(feature = "test-hooks")]
pub use on::{
    call_limit, clock_offset, deadline_seconds, lock_limit, lock_notice, step, write_patience,
};
