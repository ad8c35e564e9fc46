//! The few calls that differ between systems: access control lists, mount points, and renames that exchange or never replace.
//!
//! A system that lacks one answers [`std::io::ErrorKind::Unsupported`], and the caller has a second way.

/// What keeps a file from being renamed over, whatever its mode and folder allow.
pub(super) enum Hindrance {
    /// Something is mounted on this very name, as containers do with single files.
    MountPoint,
    /// It is marked immutable, or fit to be appended to only.
    Immutable,
}

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(super) use linux::{acl, exchange, hindrance, remove_acl, rename_new, set_acl};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{acl, exchange, hindrance, remove_acl, rename_new, set_acl};
