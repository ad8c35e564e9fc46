//! The few calls that differ between systems: access control lists, mount points, renames that exchange or never replace, and
//! the question whether another program is writing to a file.
//!
//! A system that lacks one answers [`std::io::ErrorKind::Unsupported`], and the caller has a second way.

mod answer;
#[cfg(target_os = "linux")]
mod lease;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

pub(super) use answer::{Hindrance, OpenForWriting};
#[cfg(target_os = "linux")]
pub(super) use linux::{acl, exchange, hindrance, remove_acl, rename_new, set_acl};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{acl, exchange, hindrance, remove_acl, rename_new, set_acl};

#[cfg(target_os = "linux")]
use lease::ask;
#[cfg(not(target_os = "linux"))]
use other::ask;

/// Whether another program has a file open for writing. A
/// descriptor of our own that is open for writing counts as well.
///
/// A failure at the step `lease` plays a system that cannot tell.
pub(super) fn open_for_writing(file: &std::fs::File) -> OpenForWriting {
    if crate::test_hooks::step("lease").is_err() {
        return OpenForWriting::Unknown;
    }
    ask(file)
}
