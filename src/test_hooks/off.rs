//! Without the feature `test-hooks`: every hook is a constant.

use std::io;
use std::time::Duration;

use super::KeychainRequest;

/// Does nothing.
///
/// # Errors
/// Never.
#[inline]
pub fn step(_name: &str) -> io::Result<()> {
    Ok(())
}

/// The clock is not shifted.
#[inline]
#[must_use]
pub fn clock_offset() -> i64 {
    0
}

/// The built-in deadline applies.
#[inline]
#[must_use]
pub fn deadline_seconds() -> Option<u64> {
    None
}

/// The built-in patience applies.
#[inline]
#[must_use]
pub fn write_patience() -> Option<Duration> {
    None
}

/// The built-in time applies.
#[inline]
#[must_use]
pub fn lock_notice() -> Option<Duration> {
    None
}

/// The built-in limit applies.
#[inline]
#[must_use]
pub fn lock_limit() -> Option<Duration> {
    None
}

/// The built-in limit applies.
#[inline]
#[must_use]
pub fn call_limit() -> Option<Duration> {
    None
}

/// The system's keychain answers.
#[inline]
#[must_use]
pub fn keychain(_request: &KeychainRequest<'_>) -> Option<io::Result<Option<String>>> {
    None
}
