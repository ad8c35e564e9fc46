//! The few calls that differ between systems: access control lists, mount points, and renames that exchange or never replace.
//!
//! A system that lacks one answers [`std::io::ErrorKind::Unsupported`], and the caller has a second way.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(super) use linux::{acl, exchange, is_mount_point, remove_acl, rename_new, set_acl};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{acl, exchange, is_mount_point, remove_acl, rename_new, set_acl};
