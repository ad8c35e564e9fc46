//! A new file that holds secrets, at a path that the user named.
//!
//! It never replaces anything, not even a link that leads nowhere, and a program that waits for it sees all of it at once.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, linkat, open};

use super::temp::{self, Names, Temp};
use super::{open_flags, platform};

/// Writes a new file that only its owner can read (mode 0600).
///
/// # Errors
/// `AlreadyExists` if anything has that name; else what the file system says, and nothing is left.
pub fn create_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let folder = File::from(open(folder, open_flags::FOLDER, Mode::empty())?);
    let temp = Temp::create(&folder, &Names::of(name))?;
    temp.file().write_all(bytes)?;
    temp.file().sync_all()?;
    let placed = match platform::rename_new(&folder, temp.name(), name) {
        Ok(()) => {
            temp.keep();
            Ok(())
        }
        Err(e) if e.kind() == io::ErrorKind::Unsupported => link(&folder, temp.name(), name),
        Err(e) => Err(e),
    };
    match placed {
        Err(e) if e.kind() == io::ErrorKind::Unsupported => return create_in_place(path, bytes),
        placed => placed?,
    }
    match temp::sync_folder(&folder) {
        Err(e) if e.kind() == io::ErrorKind::StorageFull => Err(e),
        // Not every file system can flush a folder. The file itself is safe by now.
        _ => Ok(()),
    }
}

/// Unlike a rename, a link never replaces anything. `Unsupported` where the file system has no links.
fn link(folder: &File, temp: &OsStr, name: &OsStr) -> io::Result<()> {
    linkat(folder, temp, folder, name, AtFlags::empty()).map_err(|e| match io::Error::from(e) {
        taken if taken.kind() == io::ErrorKind::AlreadyExists => taken,
        _ => io::ErrorKind::Unsupported.into(),
    })
}

fn create_in_place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.inspect_err(|_| {
        let _ = std::fs::remove_file(path);
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_new_file_is_private_and_nothing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env");
        create_private(&path, b"A=b\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"A=b\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let dangling = folder.path().join("dangling");
        symlink(folder.path().join("nowhere"), &dangling).unwrap();
        for taken in [&path, &dangling, &folder.path().to_owned()] {
            let error = create_private(taken, b"other").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        }
        let error = create_private(&folder.path().join("none/env"), b"x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert_eq!(std::fs::read(&path).unwrap(), b"A=b\n");
        assert_eq!(folder.path().read_dir().unwrap().count(), 2);
    }

    #[test]
    fn a_file_that_is_linked_or_created_in_place_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let handle = File::open(folder.path()).unwrap();
        let temp = Temp::create(&handle, &Names::of(OsStr::new("linked"))).unwrap();
        link(&handle, temp.name(), OsStr::new("linked")).unwrap();
        let error = link(&handle, temp.name(), OsStr::new("linked")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        let path = folder.path().join("created");
        create_in_place(&path, b"x").unwrap();
        let error = create_in_place(&path, b"y").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"x");
        for name in ["linked", "created"] {
            let found = folder.path().join(name).metadata().unwrap();
            assert_eq!(found.permissions().mode() & 0o777, 0o600, "{name}");
        }
    }
}
