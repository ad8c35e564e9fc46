//! Files of our own, in folders that were judged: 0600 from birth, whole or not there.

use std::ffi::OsStr;
use std::io::{self, Write as _};

use super::super::permissions::Folder;
use super::super::temp::{self, Names, Stamp, Temp};
use super::WriteError;
use crate::test_hooks::step;

/// A temporary file that old belongs to a dead process, whoever else may write.
const STALE_MILLISECONDS: u32 = 60_000;
/// How often a file is written again whose temporary file was swept away by another process.
const ATTEMPTS: usize = 3;

/// Who else may be writing the same file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writers {
    /// Nobody: the caller holds its lock. All leftovers are swept.
    One,
    /// Anybody: the last one wins. Old leftovers are swept.
    Many,
}

/// Whether the file must outlast a loss of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// It and its folder are flushed.
    Yes,
    /// It may be lost; it is never torn while the system runs.
    No,
}

/// Writes a file of our own, 0600, over whatever file, link or pipe bears its name.
///
/// # Errors
/// [`WriteError`]; what stood there is then unchanged.
pub fn write_private(
    folder: &Folder,
    name: &str,
    bytes: &[u8],
    writers: Writers,
    flush: Flush,
) -> Result<(), WriteError> {
    let failed = |source| WriteError::Io {
        doing: "write",
        path: folder.path().join(name),
        source,
    };
    for _ in 0..ATTEMPTS {
        match write_once(folder, name, bytes, writers, flush) {
            // Swept by a writer that believed itself alone.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            result => return result.map_err(failed),
        }
    }
    Err(failed(io::ErrorKind::NotFound.into()))
}

fn write_once(
    folder: &Folder,
    name: &str,
    bytes: &[u8],
    writers: Writers,
    flush: Flush,
) -> io::Result<()> {
    step("private.create")?;
    let names = Names::of(OsStr::new(name));
    let temp = Temp::create(folder.file(), &names)?;
    sweep(folder, &names, &temp, writers)?;
    step("private.write")?;
    temp.file().write_all(bytes)?;
    temp::leave_to_owner_of(folder.file(), temp.file())?;
    step("private.sync")?;
    if flush == Flush::Yes {
        temp.file().sync_all()?;
    }
    step("private.rename")?;
    temp.place(OsStr::new(name))?;
    // It is in place: what fails from here on is no failure to write it.
    if step("private.folder").is_ok() && flush == Flush::Yes {
        let _ = temp::sync_folder(folder.file());
    }
    Ok(())
}

fn sweep(folder: &Folder, names: &Names, own: &Temp<'_>, writers: Writers) -> io::Result<()> {
    let now = Stamp::changed(&own.file().metadata()?);
    for (name, _) in names.leftovers(folder.file())? {
        if name == own.name() {
            continue;
        }
        let stale = writers == Writers::One
            || temp::open_nofollow(folder.file(), &name)
                .and_then(|file| file.metadata())
                .is_ok_and(|found| Stamp::changed(&found).precedes(now, STALE_MILLISECONDS));
        if stale {
            let _ = temp::remove(folder.file(), &name);
        }
    }
    Ok(())
}

/// Removes a file of our own and its leftovers, which may hold the same secrets; says whether the file was there.
///
/// # Errors
/// [`WriteError`].
pub fn forget_private(folder: &Folder, name: &str) -> Result<bool, WriteError> {
    let failed = |source| WriteError::Io {
        doing: "remove",
        path: folder.path().join(name),
        source,
    };
    let name = OsStr::new(name);
    let file = folder.file();
    for (leftover, _) in Names::of(name).leftovers(file).map_err(failed)? {
        temp::remove(file, &leftover).map_err(failed)?;
    }
    let there = rustix::fs::statat(file, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).is_ok();
    temp::remove(file, name).map_err(failed)?;
    if there {
        // A power failure may bring it back where a folder cannot be flushed.
        let _ = temp::sync_folder(file);
    }
    Ok(there)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, symlink};

    use super::*;
    use crate::storage::permissions::Owners;

    fn scene() -> (tempfile::TempDir, Folder) {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::create(&home.path().join("folder"), Owners::new(None)).unwrap();
        (home, folder)
    }

    fn write(folder: &Folder, text: &str, writers: Writers) -> Result<(), WriteError> {
        write_private(folder, "x", text.as_bytes(), writers, Flush::Yes)
    }

    fn names(folder: &Folder) -> Vec<String> {
        let mut names: Vec<String> = folder
            .names()
            .unwrap()
            .into_iter()
            .map(|name| name.into_string().unwrap())
            .filter(|name| name != "." && name != "..")
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_written_is_believed_and_replaces_anything_but_a_folder() {
        let (_home, folder) = scene();
        let path = folder.path().join("x");
        write(&folder, "1", Writers::One).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        fs::remove_file(&path).unwrap();
        let elsewhere = folder.path().join("elsewhere");
        symlink(&elsewhere, &path).unwrap();
        write(&folder, "2", Writers::Many).unwrap();
        assert_eq!(folder.read("x", 9).unwrap().unwrap(), b"2");
        assert!(!elsewhere.exists(), "a link is not followed");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let error = write(&folder, "3", Writers::One).unwrap_err();
        assert!(
            matches!(error, WriteError::Io { doing: "write", .. }),
            "{error}"
        );
        assert_eq!(names(&folder), ["x"]);
    }

    #[test]
    fn leftovers_go_when_nobody_else_can_own_them() {
        let (_home, folder) = scene();
        let leftover = folder.path().join(".x.mfa-session-1-0.tmp");
        fs::hard_link(folder.path().join("x"), &leftover).unwrap_err();
        write(&folder, "1", Writers::One).unwrap();
        fs::hard_link(folder.path().join("x"), &leftover).unwrap();
        write(&folder, "2", Writers::Many).unwrap();
        assert_eq!(names(&folder).len(), 2, "it is young: its writer may live");
        write(&folder, "3", Writers::One).unwrap();
        assert_eq!(names(&folder), ["x"]);
        fs::hard_link(folder.path().join("x"), &leftover).unwrap();
        assert!(forget_private(&folder, "x").unwrap());
        assert!(names(&folder).is_empty());
        assert!(!forget_private(&folder, "x").unwrap());
    }

    #[test]
    fn writers_at_once_leave_one_whole_file() {
        let (_home, folder) = scene();
        std::thread::scope(|threads| {
            for text in ["a", "b", "c", "d"] {
                let folder = &folder;
                threads.spawn(move || {
                    for _ in 0..20 {
                        write(folder, &text.repeat(5000), Writers::Many).unwrap();
                    }
                });
            }
        });
        let read = folder.read("x", 5000).unwrap().unwrap();
        assert_eq!(read.len(), 5000);
        assert!(read.iter().all(|b| *b == read[0]));
        assert_eq!(names(&folder), ["x"]);
    }
}
