//! Other Unix systems: what POSIX itself has.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::answer::{Obstacle, OpenForWriting};

/// No POSIX ACLs. (The lists of macOS are another thing and are not carried over.)
pub(in crate::storage) fn acl(_file: &File) -> io::Result<Option<Vec<u8>>> {
    Ok(None)
}

/// Never called with one, since [`acl`] finds none.
pub(in crate::storage) fn set_acl(_file: &File, _acl: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Nothing to take away.
pub(in crate::storage) fn remove_acl(_file: &File) -> io::Result<()> {
    Ok(())
}

/// A mount point is on another device than the folder that holds it.
pub(in crate::storage) fn obstacle(
    folder: &File,
    _name: &OsStr,
    path: &Path,
) -> io::Result<Option<Obstacle>> {
    let elsewhere = std::fs::symlink_metadata(path)?.dev() != folder.metadata()?.dev();
    Ok(elsewhere.then_some(Obstacle::MountPoint))
}

/// Unknown here: the caller renames.
pub(in crate::storage) fn exchange(_: &File, _: &OsStr, _: &OsStr) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Unknown here: the caller links.
pub(in crate::storage) fn rename_new(_: &File, _: &OsStr, _: &OsStr) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// These systems cannot answer this.
pub(super) fn ask(_: &File) -> OpenForWriting {
    OpenForWriting::Unknown
}

/// Not known here.
pub(in crate::storage) fn shared_file_system(_: &Path) -> Option<&'static str> {
    None
}
