//! The few calls that differ between systems: access control lists, mount points, renames that exchange or never replace, and
//! the question whether another program is writing to a file.
//!
//! A system that lacks a call returns [`std::io::ErrorKind::Unsupported`], and the caller then works without it.
//!
//! The crates `exacl` and `renamore` were considered: `exacl` reads and writes the list of a path instead of an open file, and
//! `renamore` can rename without replacing, but cannot exchange two names.

mod answer;
#[cfg(target_os = "linux")]
mod lease;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

pub(super) use answer::{Obstacle, OpenForWriting};
#[cfg(target_os = "linux")]
pub(super) use linux::{
    acl, exchange, obstacle, remove_acl, rename_new, set_acl, shared_file_system,
};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{
    acl, exchange, obstacle, remove_acl, rename_new, set_acl, shared_file_system,
};

#[cfg(target_os = "linux")]
use lease::ask;
#[cfg(not(target_os = "linux"))]
use other::ask;

/// Whether any process has a file open for writing, this one included.
///
/// In tests a failure at the step `lease` simulates a system that cannot answer.
pub(super) fn open_for_writing(file: &std::fs::File) -> OpenForWriting {
    if crate::test_hooks::step("lease").is_err() {
        return OpenForWriting::Unknown;
    }
    ask(file)
}
