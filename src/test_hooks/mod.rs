//! Where the tests reach in: named steps to fail at, the clock, the deadline.
//!
//! Without the feature `test-hooks` each of these is a constant; a release has nothing to reach for.

#[cfg(not(feature = "test-hooks"))]
mod off;
#[cfg(feature = "test-hooks")]
mod on;

#[cfg(not(feature = "test-hooks"))]
pub use off::{clock_offset, deadline_seconds, patience_milliseconds, step};
#[cfg(feature = "test-hooks")]
pub use on::{clock_offset, deadline_seconds, patience_milliseconds, step};
