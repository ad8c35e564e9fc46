//! Writes files so that they are always whole, private, and written by one process at a time.
//!
//! - [`activity`] says whether another program may be in the middle of writing a file.
//! - [`atomic_file`] replaces a shared file without losing a byte that another program wrote, and writes our own files.
//! - [`inspect`] looks at files and folders without changing anything.
//! - [`lock`] is the OS's lock on files that are never deleted.
//! - [`new_file`] makes a new private file at a path that the user named.
//! - `open_flags` are the flags of every open, and [`permissions`] decides which of the program's own files are trusted.
//!
//! Nothing here knows the contents of a file. Nothing here follows a link for a file of our own, opens a file for writing in
//! place, or deletes a lock.

pub mod activity;
pub mod atomic_file;
pub mod inspect;
pub mod lock;
pub mod new_file;
mod open_flags;
pub mod permissions;
mod platform;
pub mod public_file;
mod temp;

use sha2::{Digest, Sha256};

#[cfg(feature = "cli")]
pub(crate) use temp::read_bounded;

/// SHA-256 as lower-case hexadecimal: a file name for any text, e.g. a path or the name of a profile in Unicode.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
