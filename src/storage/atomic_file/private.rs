//! Files of our own, in folders that were judged: 0600 from birth, whole or not there.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};

use rustix::fs::{AtFlags, FileType, statat, unlinkat};

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

/// Writes a file of our own, 0600, over any file, link or pipe of that name.
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
            // It was swept by another writer.
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
    temp.claim();
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

/// Removes what dead processes left in a folder of our own, for whatever file. The temporary files of living processes stay.
///
/// # Errors
/// [`WriteError`] for the first that cannot be removed; the others are removed all the same.
pub fn sweep_private(folder: &Folder) -> Result<(), WriteError> {
    let leftovers = leftovers(folder)?;
    if leftovers.is_empty() {
        return Ok(());
    }
    // Ages are measured by the clock of the folder's file system.
    let now = Temp::create(folder.file(), &Names::of(OsStr::new("probe")))
        .and_then(|probe| probe.file().metadata())
        .map(|found| Stamp::changed(&found));
    let is_old = |found: &std::fs::Metadata| {
        now.as_ref()
            .is_ok_and(|now| Stamp::changed(found).precedes(*now, STALE_MILLISECONDS))
    };
    let mut result = Ok(());
    for name in leftovers {
        if temp::is_abandoned(folder.file(), &name, is_old).unwrap_or(false) {
            result = result.and(remove(folder, &name));
        }
    }
    result
}

/// Removes files of our own and their leftovers, which may hold the same secrets; says of each whether it was there. The folder
/// is listed once. An empty folder that bears such a name is removed as well; a link is removed and not followed.
///
/// # Errors
/// [`WriteError`] if the folder cannot be listed, and of each file that cannot be removed.
pub fn forget_private(
    folder: &Folder,
    names: &[String],
) -> Result<Vec<Result<bool, WriteError>>, WriteError> {
    let prefixes: HashSet<OsString> = names
        .iter()
        .map(|name| Names::of(OsStr::new(name)).prefix().to_owned())
        .collect();
    for leftover in leftovers(folder)? {
        if temp::owner(&leftover).is_some_and(|owner| prefixes.contains(owner)) {
            remove(folder, &leftover)?;
        }
    }
    let file = folder.file();
    let removed: Vec<_> = names
        .iter()
        .map(|name| {
            let name = OsStr::new(name);
            let there = statat(file, name, AtFlags::SYMLINK_NOFOLLOW).is_ok();
            remove(folder, name).map(|()| there)
        })
        .collect();
    if removed.iter().any(|there| matches!(there, Ok(true))) {
        // A power failure may bring them back where a folder cannot be flushed.
        let _ = temp::sync_folder(file);
    }
    Ok(removed)
}

fn leftovers(folder: &Folder) -> Result<Vec<OsString>, WriteError> {
    let failed = |source| WriteError::Io {
        doing: "list",
        path: folder.path().to_owned(),
        source,
    };
    step("private.list").map_err(failed)?;
    let mut names = temp::list(folder.file()).map_err(failed)?;
    names.retain(|name| temp::owner(name).is_some());
    Ok(names)
}

fn remove(folder: &Folder, name: &OsStr) -> Result<(), WriteError> {
    let file = folder.file();
    step("private.remove")
        .and_then(|()| {
            temp::remove(file, name).or_else(|error| {
                let found = statat(file, name, AtFlags::SYMLINK_NOFOLLOW)?;
                match FileType::from_raw_mode(found.st_mode) {
                    FileType::Directory => Ok(unlinkat(file, name, AtFlags::REMOVEDIR)?),
                    _ => Err(error),
                }
            })
        })
        .map_err(|source| WriteError::Io {
            doing: "remove",
            path: folder.path().join(name),
            source,
        })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, symlink};

    use super::*;
    use crate::storage::permissions::Owners;

    fn fixture() -> (tempfile::TempDir, Folder) {
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
    fn a_written_file_is_trusted_and_replaces_anything_but_a_folder() {
        let (_home, folder) = fixture();
        let path = folder.path().join("x");
        write(&folder, "1", Writers::One).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        fs::remove_file(&path).unwrap();
        let elsewhere = folder.path().join("elsewhere");
        symlink(&elsewhere, &path).unwrap();
        write(&folder, "2", Writers::Many).unwrap();
        assert_eq!(*folder.read("x", 9).unwrap().unwrap(), *b"2");
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
    fn leftovers_that_no_other_process_can_own_are_removed() {
        let (_home, folder) = fixture();
        let leftover = folder.path().join(".x.mfa-session-1-0.tmp");
        fs::hard_link(folder.path().join("x"), &leftover).unwrap_err();
        write(&folder, "1", Writers::One).unwrap();
        fs::hard_link(folder.path().join("x"), &leftover).unwrap();
        write(&folder, "2", Writers::Many).unwrap();
        assert_eq!(names(&folder).len(), 2, "it is young: its writer may live");
        write(&folder, "3", Writers::One).unwrap();
        assert_eq!(names(&folder), ["x"]);
        fs::hard_link(folder.path().join("x"), &leftover).unwrap();
        let forget = || {
            let removed = forget_private(&folder, &["x".to_owned()]).unwrap();
            removed.into_iter().next().unwrap()
        };
        assert!(forget().unwrap());
        assert!(names(&folder).is_empty());
        assert!(!forget().unwrap());
        // An empty folder goes, a full one does not, and a link is not followed.
        let path = folder.path().join("x");
        fs::create_dir(&path).unwrap();
        assert!(forget().unwrap());
        fs::create_dir_all(path.join("y")).unwrap();
        assert!(forget().is_err());
        fs::remove_dir_all(&path).unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        assert!(forget().unwrap());
        assert_eq!(names(&folder), ["elsewhere"]);
    }

    #[test]
    fn a_sweep_removes_what_dead_processes_left_and_nothing_else() {
        let (_home, folder) = fixture();
        let living = Temp::create(folder.file(), &Names::of(OsStr::new("probe"))).unwrap();
        living.claim();
        for kept in ["x.json", ".x.tmp", "x.lock"] {
            write_private(&folder, kept, b"1", Writers::One, Flush::No).unwrap();
        }
        for dead in [
            ".probe.mfa-session-1-0.tmp",
            ".x.json.mfa-session-4194304-00000000000000ff.tmp",
        ] {
            fs::hard_link(folder.path().join("x.json"), folder.path().join(dead)).unwrap();
        }
        sweep_private(&folder).unwrap();
        let name = living.name().to_str().unwrap().to_owned();
        assert_eq!(
            names(&folder),
            [name.as_str(), ".x.tmp", "x.json", "x.lock"]
        );
        // Its maker dies.
        living.keep();
        sweep_private(&folder).unwrap();
        assert_eq!(names(&folder), [".x.tmp", "x.json", "x.lock"]);
    }

    #[test]
    fn writers_at_once_leave_one_whole_file() {
        let (_home, folder) = fixture();
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
