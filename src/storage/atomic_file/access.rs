//! Sets who may read and write the new version of a file: no user who could not before, and never everybody.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};

use super::super::platform;
use super::super::temp::Temp;
use super::place::{Place, Snapshot};
use super::{Note, WriteError};

/// Everybody's bits of a mode.
const OTHERS: u32 = 0o007;
/// The group's bits of a mode.
const GROUP: u32 = 0o070;
/// What its owner may do.
const OWNER: u32 = 0o700;

impl Place<'_> {
    /// Gives the new file the group and access of the old one, less the access of everybody else.
    ///
    /// A mode that lets everybody read comes from a umask, and so do its group bits: both go. One that lets only the group read
    /// was chosen, and stays, unless the group itself cannot be kept. An access control list was chosen, too: it stays, but for
    /// its entry for everybody, and the mode is then what the kernel makes of it, since a mode set after it would change its
    /// mask. In no case may more people have access than before.
    pub(super) fn copy_access(
        &self,
        temp: &Temp<'_>,
        before: &Snapshot,
    ) -> Result<Vec<Note>, WriteError> {
        let Some(old) = &before.0 else {
            return Ok(Vec::new());
        };
        let failed = |source| self.failed("set the permissions of a new version of", source);
        let path = || self.path().to_owned();
        let file = temp.file();
        let mut notes = Vec::new();
        let group_kept = file.metadata().map_err(failed)?.gid() == old.gid
            || fchown(file, None, Some(old.gid)).is_ok();
        if let Some(acl) = &old.acl {
            if !group_kept {
                return Err(self.acl_error(io::ErrorKind::PermissionDenied.into()));
            }
            closed_acl(acl)
                .and_then(|acl| platform::set_acl(file, &acl))
                .map_err(|source| self.acl_error(source))?;
        } else {
            let (mode, group_lost) = new_mode(old.mode & 0o777, group_kept);
            if group_lost {
                notes.push(Note::GroupLost {
                    path: path(),
                    gid: old.gid,
                });
            }
            // A file system without permissions may refuse; what came of it is looked at.
            let _ = file.set_permissions(Permissions::from_mode(mode));
        }
        let (was, now) = (
            old.mode & 0o777,
            file.metadata().map_err(failed)?.mode() & 0o777,
        );
        if now & (GROUP | OTHERS) & !was != 0 {
            return Err(failed(io::ErrorKind::PermissionDenied.into()));
        }
        if now & OTHERS != 0 {
            let path = path();
            notes.push(Note::StaysOpen { path, mode: now });
        } else if was & OTHERS != 0 {
            let path = path();
            notes.push(Note::Closed { path, was, now });
        }
        if old.names > 1 {
            notes.push(Note::OtherName { path: path() });
        }
        Ok(notes)
    }
}

/// The mode of the new version, and whether the group lost its access because the file could not be given to it. A file that was open
/// to everybody is closed to the group as well: nobody chose that group.
const fn new_mode(old: u32, group_kept: bool) -> (u32, bool) {
    let is_open = old & OTHERS != 0;
    let group_lost = !is_open && !group_kept && old & GROUP != 0;
    let mode = if is_open || group_lost {
        old & OWNER
    } else {
        old
    };
    (mode, group_lost)
}

/// An access control list as the kernel hands it out (little-endian: a version, then tag, permissions and id of each entry),
/// with nothing left for everybody else.
fn closed_acl(acl: &[u8]) -> io::Result<Vec<u8>> {
    const VERSION: [u8; 4] = 2_u32.to_le_bytes();
    const TAG_OTHER: [u8; 2] = 0x20_u16.to_le_bytes();
    let unknown = || io::Error::new(io::ErrorKind::InvalidData, "unknown form of list");
    let (entries, rest) = acl
        .strip_prefix(&VERSION)
        .ok_or_else(unknown)?
        .as_chunks::<8>();
    if !rest.is_empty() {
        return Err(unknown());
    }
    let mut closed = VERSION.to_vec();
    for [tag0, tag1, perm0, perm1, id @ ..] in entries {
        let perm = if [*tag0, *tag1] == TAG_OTHER {
            [0, 0]
        } else {
            [*perm0, *perm1]
        };
        closed.extend([*tag0, *tag1]);
        closed.extend(perm);
        closed.extend(id);
    }
    Ok(closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_version_is_never_more_open_than_the_old_one() {
        for old in 0..=0o777 {
            for group_kept in [true, false] {
                let (mode, group_lost) = new_mode(old, group_kept);
                let is_open = old & 0o007 != 0;
                let case = format!("{old:o}, {group_kept}: {mode:o}");
                assert_eq!(mode & 0o700, old & 0o700, "{case}");
                assert_eq!(mode & 0o007, 0, "{case}");
                let stays_shared = group_kept && !is_open;
                let expected = if stays_shared { old & 0o070 } else { 0 };
                assert_eq!(mode & 0o070, expected, "{case}");
                let lost = !group_kept && !is_open && old & 0o070 != 0;
                assert_eq!(group_lost, lost, "{case}");
            }
        }
    }
}
