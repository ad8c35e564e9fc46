//! Where the links of a path lead.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::WriteError;

/// As many links as Linux follows.
const LONGEST_CHAIN: usize = 40;

/// A file to be replaced, its links resolved.
#[derive(Debug, Clone)]
pub struct Target {
    pub(super) folder: PathBuf,
    pub(super) name: OsString,
    pub(super) path: PathBuf,
}

impl Target {
    /// Follows the links of `path` to the file that they lead to, which need not be there; nor need its folder.
    ///
    /// # Errors
    /// [`WriteError`]: a circle of links, no file name, or a folder that cannot be searched.
    pub fn resolve(path: &Path) -> Result<Self, WriteError> {
        let failed = |source: io::Error| WriteError::Io {
            doing: "find",
            path: path.to_owned(),
            source,
        };
        let mut end = path.to_owned();
        for _ in 0..=LONGEST_CHAIN {
            match std::fs::read_link(&end) {
                // A relative link starts from the folder that holds it.
                Ok(link) => end = parent(&end).join(link),
                // Not a link, or nothing there.
                Err(e)
                    if matches!(
                        e.kind(),
                        io::ErrorKind::InvalidInput | io::ErrorKind::NotFound
                    ) =>
                {
                    let name = end.file_name().ok_or_else(|| WriteError::NotAFile {
                        path: path.to_owned(),
                    })?;
                    let folder = canonical_folder(parent(&end)).map_err(failed)?;
                    return Ok(Self {
                        path: folder.join(name),
                        name: name.to_owned(),
                        folder,
                    });
                }
                Err(e) if Errno::from_io_error(&e) == Some(Errno::LOOP) => break,
                Err(e) => return Err(failed(e)),
            }
        }
        Err(WriteError::LinkLoop {
            path: path.to_owned(),
        })
    }

    /// The canonical path: the same for every link that leads here. The target's lock is named by it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) => Path::new("."),
        None => path,
    }
}

/// The canonical path of a folder of which the last parts may be missing.
fn canonical_folder(path: &Path) -> io::Result<PathBuf> {
    match std::fs::canonicalize(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let name = path.file_name().ok_or(e)?;
            Ok(canonical_folder(parent(path))?.join(name))
        }
        found => found,
    }
}
