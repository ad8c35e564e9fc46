//! The one step in which a target's name comes to mean its new contents, and the way back from it.
//!
//! At every moment the target's name is there, and the bytes that stood under it are there under it or beside it.

use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::MetadataExt as _;

use rustix::fs::{AtFlags, linkat};

use super::super::platform;
use super::super::temp::{self, Temp};
use super::place::{Place, Snapshot};
use super::{Note, WriteError};
use crate::test_hooks::step;

/// What came of it.
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
        Ok(()) => settle(place, temp, before, after),
        Err(e) if e.kind() == io::ErrorKind::Unsupported => rename_over(place, temp),
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

/// After the exchange the temporary name means what was displaced. If that is what was read, it goes; else it comes back.
fn settle(
    place: &Place<'_>,
    temp: Temp<'_>,
    before: &Snapshot,
    after: &[u8],
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
        Ok(false) => put_back(place, temp, after).map(Swapped::Changed),
        Err(e) => put_back(place, temp, after).and(Err(e)),
    }
}

fn displaced_is(place: &Place<'_>, name: &OsStr, before: &Snapshot) -> Result<bool, WriteError> {
    place.step("atomic.displaced")?;
    if place.read(name)? != *before {
        return Ok(false);
    }
    place.step("atomic.folder")?;
    temp::sync_folder(&place.folder)
        .map_err(|source| place.failed("flush the folder of", source))?;
    Ok(true)
}

/// Exchanges back. If a third program wrote into our version in the meantime, that version is set aside and told.
fn put_back(place: &Place<'_>, temp: Temp<'_>, after: &[u8]) -> Result<Option<Note>, WriteError> {
    if let Err(source) = platform::exchange(&place.folder, temp.name(), place.name()) {
        // The displaced file keeps its temporary name, by which the next writer knows it for what it is.
        temp.keep();
        return Err(place.failed("put back", source));
    }
    match place.read(temp.name()) {
        Ok(found) if found.bytes() == after || !found.exists() => Ok(None),
        _ => {
            let note = place
                .rescue(temp.name())
                .map_err(|source| place.failed("set aside another version of", source));
            temp.keep();
            note.map(Some)
        }
    }
}

/// Where names cannot be exchanged.
fn rename_over(place: &Place<'_>, temp: Temp<'_>) -> Result<Swapped, WriteError> {
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
pub(super) fn create(place: &Place<'_>, temp: Temp<'_>) -> Result<Swapped, WriteError> {
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
        // There was no file: there is none again, unless it is another one by now.
        let still_ours = temp::open_nofollow(&place.folder, place.name())
            .and_then(|file| file.metadata())
            .is_ok_and(|found| (found.dev(), found.ino()) == (made.dev(), made.ino()));
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
