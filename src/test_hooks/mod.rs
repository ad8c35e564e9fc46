//! Where the tests reach in: named steps to fail at, the clock, the deadline and other limits of time.
//!
//! Without the feature `test-hooks` each of these is a constant; a release has nothing to reach for.

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
