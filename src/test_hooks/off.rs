//! Outside tests: nothing to reach for.

use std::io;

/// Goes on.
///
/// # Errors
/// Never.
#[inline]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the same signature as with the feature"
)]
pub fn step(_name: &str) -> io::Result<()> {
    Ok(())
}

/// No shift.
#[inline]
#[must_use]
pub fn clock_offset() -> i64 {
    0
}

/// The built-in deadline holds.
#[inline]
#[must_use]
pub fn deadline_seconds() -> Option<u64> {
    None
}
