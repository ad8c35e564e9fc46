//! Replaces a file of the user's without ever tearing it, and without losing what another program writes at the same time.
//!
//! Other programs behave differently: the AWS CLI truncates the file and writes it in place, without a lock, and a program that
//! renames the half that it read over the whole file destroys keys for good. So the file is read until it is at rest and nobody
//! has it open for writing, the new contents are completed in a file beside it, the target is compared once more, and the two
//! are then *exchanged* in one step, so that the displaced file can be examined. If it has changed, or if another program has it
//! open for writing, it is put back, and everything starts over once that program has finished.
//!
//! What remains: a program that read the file before the exchange and writes it afterwards overwrites our change (the file is
//! whole, and the change is not in it). A lock that the other side does not take cannot prevent that. Where names cannot be
//! exchanged, a change between the last comparison and the rename is lost as well: some microseconds. Where the system cannot
//! tell who has a file open for writing (a file system without leases), a program that has truncated the file and pauses for
//! longer than the file is watched is only noticed by what is missing: see [`Edited::Incomplete`].
//!
//! Never here: a write in place, a moment at which the target's name is missing, a file that is more open than it was. On any
//! error the target is what it was and the temporary file is gone.
//!
//! The crate `atomic-write-file` was considered: it renames over the target, so that a change that another program makes at the same
//! moment would be lost.
//!
//! # Steps
//!
//! The tests kill and fail at each of these, in this order: `atomic.create` (the temporary file), `atomic.read`,
//! `atomic.write`, `atomic.half` (half of it is written), `atomic.mode`, `atomic.sync`, `atomic.compare`, `atomic.stage`
//! (given the name under which it is exchanged), `atomic.swap`, `atomic.displaced` (swapped, not yet looked at),
//! `atomic.folder`, `atomic.discard` (what was displaced), `atomic.done`. A new file has no `stage`, `displaced` and `discard`.
//! From `discard` on all is done, and a failure there is none. A failure at `atomic.exchange` or `atomic.new`
//! simulates a system that cannot exchange names, or cannot rename without replacing.
//!
//! Our own files have `private.create`, `private.write`, `private.sync`, `private.rename` and `private.folder`; the probes
//! before a code is asked for have `atomic.probe` and `private.probe`; what removes files has `private.list` for each listing of a
//! folder and `private.remove` for each file.

mod access;
mod error;
mod patience;
mod place;
mod private;
mod swap;
mod target;

use std::io::Write as _;
use std::path::Path;

pub use error::{Note, ReplaceError, WriteError};
pub use place::LARGEST_SHARED_FILE;
pub use private::{Flush, Writers, forget_private, sweep_private, write_private};
pub use target::Target;

use secrecy::zeroize::Zeroizing;

use super::lock::Lock;
use super::temp::Temp;
use patience::Patience;
use place::{Place, Snapshot};
use swap::Swapped;

/// What an edit makes of the contents that it is given.
#[derive(Debug, PartialEq, Eq)]
pub enum Edited<E> {
    /// The file stays as it is.
    Unchanged,
    /// The file gets these contents, which are wiped from memory afterwards.
    To(Zeroizing<Vec<u8>>),
    /// Something is missing that must be there, so another program is in the middle of writing the file. The contents are read
    /// again; if they are still incomplete when the patience ends, this is the error.
    Incomplete(E),
}

/// Makes new contents of the old ones.
pub type Edit<'a, E> = dyn FnMut(&[u8]) -> Result<Edited<E>, E> + 'a;

/// The result of [`replace`].
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Replaced {
    /// Whether anything was written.
    pub changed: bool,
    /// What the user should know.
    pub notes: Vec<Note>,
}

/// Replaces the contents of `target`, or creates it, with what `edit` makes of them. A missing file is empty. `edit` is called
/// again, with the fresh contents, whenever the target changed meanwhile or was incomplete; its error ends everything.
///
/// The caller must hold the target's lock ([`super::lock::Locks::of_file`] with [`Target::path`]); `None` says that there are no
/// locks there, which becomes a note, and leftovers are not swept then, since a living process may own them.
///
/// The file keeps its group and its mode, with two exceptions: if everybody could read it, it becomes its owner's alone, and if
/// the group cannot be kept, the group loses its access. A POSIX ACL is kept, less the access of everybody. Extended attributes
/// of other kinds and further hard links stay with the old contents.
///
/// # Errors
/// [`ReplaceError`]: `edit`'s own, or a [`WriteError`]. The target is then unchanged.
pub fn replace<E>(
    target: &Target,
    lock: Option<&Lock>,
    edit: &mut Edit<'_, E>,
) -> Result<Replaced, ReplaceError<E>> {
    let place = Place::open(target)?;
    let mut notes = match lock {
        Some(_) => place.sweep(),
        None => vec![Note::Unlocked],
    };
    let patience = Patience::begin();
    loop {
        place.step("atomic.create")?;
        let mut temp = place.temp()?;
        let before = place.at_rest(&temp, &patience)?;
        place.judge(&before)?;
        let after = match edit(before.bytes()).map_err(ReplaceError::Edit)? {
            Edited::To(after) if *after != *before.bytes() || !before.exists() => after,
            Edited::To(_) | Edited::Unchanged => {
                let changed = false;
                return Ok(Replaced { changed, notes });
            }
            Edited::Incomplete(missing) => {
                if patience.is_over() {
                    return Err(ReplaceError::Edit(missing));
                }
                patience.pause();
                continue;
            }
        };
        let mut said = fill(&place, &mut temp, &before, &after)?;
        place.step("atomic.compare")?;
        if place.is_untouched(place.name(), &before)? {
            let swapped = if before.exists() {
                swap::exchange(&place, temp, &before, &after, &patience)?
            } else {
                swap::create(&place, temp, &after)?
            };
            match swapped {
                Swapped::Done(note) => {
                    notes.append(&mut said);
                    notes.extend(note);
                    let changed = true;
                    return Ok(Replaced { changed, notes });
                }
                Swapped::Changed(note) => notes.extend(note),
            }
        }
        if patience.is_over() {
            return Err(place.never_at_rest().into());
        }
    }
}

/// Writes the new contents, then group and final mode or ACL, and flushes. The access of everybody else is not taken over.
fn fill(
    place: &Place,
    temp: &mut Temp<'_>,
    before: &Snapshot,
    after: &[u8],
) -> Result<Vec<Note>, WriteError> {
    let failed = |source| place.failed("write a new version of", source);
    let (head, tail) = after.split_at(after.len() / 2);
    place.step("atomic.write")?;
    temp.file().write_all(head).map_err(failed)?;
    place.step("atomic.half")?;
    temp.file().write_all(tail).map_err(failed)?;
    place.step("atomic.mode")?;
    let notes = place.copy_access(temp, before)?;
    place.step("atomic.sync")?;
    temp.file().sync_all().map_err(failed)?;
    temp.finish().map_err(failed)?;
    Ok(notes)
}

/// Whether dead writers of `target` left anything behind.
#[must_use]
pub fn has_leftovers(target: &Target) -> bool {
    Place::of_existing(target).is_ok_and(|place| place.has_leftovers())
}

/// Removes what dead writers of `target` left behind, as [`replace`] does; the caller holds its lock.
#[must_use]
pub fn sweep(target: &Target, _lock: &Lock) -> Vec<Note> {
    Place::of_existing(target).map_or_else(|_| Vec::new(), |place| place.sweep())
}

/// Checks that [`replace`] would not refuse `target`, and that there is room for its contents and some more, without touching it.
/// Call this before a step that cannot be undone, such as using a token code.
///
/// # Errors
/// [`WriteError`].
pub fn check_replaceable(target: &Path) -> Result<(), WriteError> {
    let target = Target::resolve(target)?;
    place::check(&target)
}

#[cfg(test)]
mod tests;
