//! The one step that puts the new contents under the target's name, and how it is undone.
//!
//! At every moment the target's name is there, and the bytes that stood under it are there under it or beside it.

use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::MetadataExt as _;

use rustix::fs::{AtFlags, linkat};

use super::super::platform;
use super::super::temp::{self, Temp};
use super::patience::Patience;
use super::place::{Place, Snapshot};
use super::{Note, WriteError};
use crate::test_hooks::step;

/// The result of the step.
pub(super) enum Swapped {
    /// The new contents are in place.
    Done(Option<Note>),
    /// The target was not what was read. It is as the other program left it.
    Changed(Option<Note>),
}

/// Puts a new version in the place of a file that is there.
pub(super) fn exchange(
    place: &Place<'_>,
    mut temp: Temp<'_>,
    before: &Snapshot,
    after: &[u8],
    patience: &Patience,
) -> Result<Swapped, WriteError> {
    place.step("atomic.stage")?;
    match temp.rename(place.names.staged(before.bytes(), after)) {
        Ok(()) => {}
        // Somebody who holds another lock took it for a dead process's.
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Swapped::Changed(None)),
        Err(e) => return Err(place.failed("rename a new version of", e)),
    }
    place.step("atomic.swap")?;
    let unsupported = |_| io::Error::from(io::ErrorKind::Unsupported);
    let exchanged = step("atomic.exchange")
        .map_err(unsupported)
        .and_then(|()| platform::exchange(&place.folder, temp.name(), place.name()));
    match exchanged {
        Ok(()) => settle(place, temp, before, after, patience),
        Err(e) if e.kind() == io::ErrorKind::Unsupported => rename_over(place, temp, before),
        Err(e) => refused(place, e),
    }
}

/// A rename that did not happen: the target or the temporary file has gone, which is a change like another, or worse.
fn refused(place: &Place<'_>, e: io::Error) -> Result<Swapped, WriteError> {
    match e.kind() {
        io::ErrorKind::NotFound => Ok(Swapped::Changed(None)),
        io::ErrorKind::ResourceBusy => Err(WriteError::MountPoint {
            path: place.path().to_owned(),
        }),
        _ => Err(place.failed("replace", e)),
    }
}

/// After the exchange the temporary name means the displaced file. It goes if it is what was read and nobody has it open for
/// writing; otherwise it comes back.
fn settle(
    place: &Place<'_>,
    temp: Temp<'_>,
    before: &Snapshot,
    after: &[u8],
    patience: &Patience,
) -> Result<Swapped, WriteError> {
    match displaced_is(place, temp.name(), before) {
        Ok(true) => {
            // All is done. What cannot be removed now is swept by the next writer.
            match step("atomic.discard") {
                Ok(()) => drop(temp),
                Err(_) => temp.keep(),
            }
            let _ = step("atomic.done");
            Ok(Swapped::Done(None))
        }
        Ok(false) => put_back(place, temp, after, patience).map(Swapped::Changed),
        Err(e) => put_back(place, temp, after, patience).and(Err(e)),
    }
}

fn displaced_is(place: &Place<'_>, name: &OsStr, before: &Snapshot) -> Result<bool, WriteError> {
    place.step("atomic.displaced")?;
    // At once, before the next program opens our version.
    if !place.is_untouched(name, before)? {
        return Ok(false);
    }
    place.step("atomic.folder")?;
    temp::sync_folder(&place.folder)
        .map_err(|source| place.failed("flush the folder of", source))?;
    // Once more: a program that had looked the name up before the exchange has opened the file by now.
    place.is_untouched(name, before)
}

/// Exchanges back. Another program may have opened our version in the meantime: it is waited for, and if it wrote something, the
/// later of the two files keeps the target's name, as it would have without us; if both have the same time stamp, our version does,
/// because it can only have been written to after the exchange. The other one gets a name that is seen.
fn put_back(
    place: &Place<'_>,
    temp: Temp<'_>,
    after: &[u8],
    patience: &Patience,
) -> Result<Option<Note>, WriteError> {
    let back = |temp: &Temp<'_>| platform::exchange(&place.folder, temp.name(), place.name());
    if let Err(source) = back(&temp) {
        // The displaced file keeps its temporary name, by which the next writer knows it for what it is.
        temp.keep();
        return Err(place.failed("put back", source));
    }
    let ours = place.read_closed(temp.name(), patience);
    match &ours {
        Ok(found) if !found.has_writer() && (found.bytes() == after || !found.exists()) => {
            return Ok(None);
        }
        Ok(found) => {
            let theirs = place.read_closed(place.name(), patience);
            if theirs.is_ok_and(|theirs| theirs.is_not_newer_than(found)) {
                // If this fails, both files are still there.
                let _ = back(&temp);
            }
        }
        Err(_) => {}
    }
    let note = place
        .rescue(temp.name())
        .map_err(|source| place.failed("set aside another version of", source));
    temp.keep();
    note.map(Some)
}

/// Where names cannot be exchanged: a rename, just after a last look.
fn rename_over(
    place: &Place<'_>,
    temp: Temp<'_>,
    before: &Snapshot,
) -> Result<Swapped, WriteError> {
    if !place.is_untouched(place.name(), before)? {
        return Ok(Swapped::Changed(None));
    }
    if let Err(e) = temp.place(place.name()) {
        return refused(place, e);
    }
    // The old contents are gone, so that this is no error any more.
    let synced = step("atomic.folder").and_then(|()| temp::sync_folder(&place.folder));
    let _ = step("atomic.done");
    Ok(Swapped::Done(synced.err().map(|_| Note::Unsynced {
        path: place.path().to_owned(),
    })))
}

/// Gives a new file its name, unless another program made one meanwhile.
pub(super) fn create(
    place: &Place<'_>,
    temp: Temp<'_>,
    after: &[u8],
) -> Result<Swapped, WriteError> {
    let failed = |source| place.failed("create", source);
    let made = temp.file().metadata().map_err(failed)?;
    place.step("atomic.swap")?;
    let unsupported = |_| io::Error::from(io::ErrorKind::Unsupported);
    let renamed = step("atomic.new")
        .map_err(unsupported)
        .and_then(|()| platform::rename_new(&place.folder, temp.name(), place.name()));
    match renamed {
        Ok(()) => temp.keep(),
        Err(e) if e.kind() == io::ErrorKind::Unsupported => match link(place, &temp) {
            Ok(()) => drop(temp),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                return Ok(Swapped::Changed(None));
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Swapped::Changed(None)),
            // Without links either there is only the rename, just after a last look.
            Err(_) if place.snapshot()?.exists() => return Ok(Swapped::Changed(None)),
            Err(_) => temp.place(place.name()).map_err(failed)?,
        },
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Ok(Swapped::Changed(None)),
        Err(e) => return refused(place, e),
    }
    let synced = place.step("atomic.folder").and_then(|()| {
        temp::sync_folder(&place.folder)
            .map_err(|source| place.failed("flush the folder of", source))
    });
    if let Err(e) = synced {
        // There was no file: there is none again, unless another program has replaced it, changed it or opened it by now.
        let still_ours = place.snapshot().is_ok_and(|found| {
            found.is_file(made.dev(), made.ino()) && found.bytes() == after && !found.has_writer()
        });
        if still_ours {
            let _ = temp::remove(&place.folder, place.name());
        }
        return Err(e);
    }
    let _ = step("atomic.done");
    Ok(Swapped::Done(None))
}

fn link(place: &Place<'_>, temp: &Temp<'_>) -> io::Result<()> {
    let folder = &place.folder;
    Ok(linkat(
        folder,
        temp.name(),
        folder,
        place.name(),
        AtFlags::empty(),
    )?)
}
