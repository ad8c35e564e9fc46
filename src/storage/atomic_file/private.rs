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
