//! Private files, written whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::error::{StateError, at};

/// The file's bytes, `None` if there is no file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(at(path)(e)),
    }
}

/// Replaces a file, or what its symbolic link leads to, by one that only its owner can read.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let draft = Draft::write(&target, bytes)?;
    std::fs::rename(&draft.path, &target).map_err(at(&target))?;
    draft.keep();
    sync_folder(&target)
}

/// Makes a file that only its owner can read, in one step: whoever sees it sees all of it.
pub(super) fn write_new_private(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    // Unlike a rename, a link never replaces what is there.
    let draft = Draft::write(path, bytes)?;
    match std::fs::hard_link(&draft.path, path) {
        Ok(()) => sync_folder(path),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(StateError::Exists {
            path: path.to_owned(),
        }),
        Err(_) => write_new_without_links(path, bytes),
    }
}

fn write_new_without_links(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    let mut file = create(path).map_err(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => StateError::Exists {
            path: path.to_owned(),
        },
        _ => at(path)(e),
    })?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(at(path))
}

/// How the name of a draft ends.
const DRAFT: &str = ".tmp";

/// A complete file beside its target, removed unless it took the target's place.
struct Draft {
    path: PathBuf,
}

impl Draft {
    fn write(target: &Path, bytes: &[u8]) -> Result<Self, StateError> {
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{:016x}{DRAFT}", rand::random::<u64>()));
        let draft = Self {
            path: target.with_file_name(name),
        };
        let mut file = create(&draft.path).map_err(at(target))?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(at(target))?;
        Ok(draft)
    }

    fn keep(mut self) {
        self.path = PathBuf::new();
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// So that the name survives a power failure too. Not every file system can; the file itself is safe by then.
fn sync_folder(path: &Path) -> Result<(), StateError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match File::open(folder).and_then(|f| f.sync_all()) {
        Err(e) if e.kind() == io::ErrorKind::StorageFull => Err(at(path)(e)),
        _ => Ok(()),
    }
}
