//! Outside tests: nothing to reach for.

use std::io;
use std::time::Duration;

/// Goes on.
///
/// # Errors
/// Never.
#[inline]
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

/// The built-in patience holds.
#[inline]
#[must_use]
pub fn write_patience() -> Option<Duration> {
    None
}

/// The built-in time holds.
#[inline]
#[must_use]
pub fn lock_notice() -> Option<Duration> {
    None
}

/// The built-in limit holds.
#[inline]
#[must_use]
pub fn lock_limit() -> Option<Duration> {
    None
}

/// The built-in limit holds.
#[inline]
#[must_use]
pub fn call_limit() -> Option<Duration> {
    None
}
