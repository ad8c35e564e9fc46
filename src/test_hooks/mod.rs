//! What tests can change from outside: named steps at which the program fails, the clock, the deadline and other time limits.
//!
//! Without the feature `test-hooks` each of these is a constant, so that a release cannot be changed in this way.

#[cfg(not(feature = "test-hooks"))]
mod off;
#[cfg(feature = "test-hooks")]
mod on;

#[cfg(not(feature = "test-hooks"))]
pub use off::{
    call_limit, clock_offset, deadline_seconds, keychain, lock_limit, lock_notice, step,
    write_patience,
};
#[cfg(feature = "test-hooks")]
pub use on::{
    call_limit, clock_offset, deadline_seconds, keychain, lock_limit, lock_notice, step,
    write_patience,
};

/// What is asked of the keychain. The text is the id of an access key, and the second one its secret.
#[derive(Clone, Copy)]
pub enum KeychainRequest<'a> {
    /// Give the secret.
    Load(&'a str),
    /// Keep the secret.
    Keep(&'a str, &'a str),
    /// Remove the secret.
    Remove(&'a str),
}
