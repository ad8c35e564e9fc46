//! A target as it stands: what is in it, when it is at rest, and whether it may be replaced.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, Mode, accessat, open, renameat};
use rustix::io::Errno;
use secrecy::zeroize::Zeroizing;

use super::super::open_flags;
use super::super::permissions::create_private;
use super::super::platform::{self, Obstacle, OpenForWriting};
use super::super::temp::{self, Leftover, Names, Stamp, Temp, digest};
use super::patience::Patience;
use super::target::Target;
use super::{Note, WriteError};

/// No more than this is read of a shared file; a file with 10,000 profiles takes a hundredth of it.
pub const LARGEST_SHARED_FILE: u64 = 16 * 1024 * 1024;
/// A file whose time stamp is this old has not been written to for 50 ms, with room for stamps that move in steps of up to 10 ms.
const REST_BY_STAMP: u32 = 100;
/// Room that must be left beside the contents.
const SPARE: usize = 16 * 1024;

/// What a file was when it was read. Two are equal if it is the same file with the same contents, owner and access.
pub(super) struct Snapshot(pub(super) Option<Found>);

/// A file that is there.
pub(super) struct Found {
    file: (u64, u64),
    pub(super) mode: u32,
    uid: u32,
    pub(super) gid: u32,
    pub(super) names: u64,
    pub(super) acl: Option<Vec<u8>>,
    bytes: Zeroizing<Vec<u8>>,
    changed: Stamp,
    written: Stamp,
    /// It changed between the beginning and the end of reading.
    moving: bool,
    /// Whether another program had it open for writing, before or after it was read.
    writer: OpenForWriting,
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => {
                (a.file, a.mode, a.uid, a.gid) == (b.file, b.mode, b.uid, b.gid)
                    && a.acl == b.acl
                    && a.bytes == b.bytes
            }
            (None, None) => true,
            _ => false,
        }
    }
}

impl Snapshot {
    pub(super) fn exists(&self) -> bool {
        self.0.is_some()
    }

    /// Empty for a missing file.
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |found| &found.bytes)
    }

    fn moving(&self) -> bool {
        self.0.as_ref().is_some_and(|found| found.moving)
    }

    pub(super) fn is_file(&self, device: u64, inode: u64) -> bool {
        self.0
            .as_ref()
            .is_some_and(|found| found.file == (device, inode))
    }

    /// Whether both exist and the other one was changed later, or in the same tick of the file system's clock.
    pub(super) fn is_not_newer_than(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(this), Some(other)) => this.written <= other.written,
            _ => false,
        }
    }

    /// Whether another program is known to have it open for writing.
    pub(super) fn has_writer(&self) -> bool {
        self.writer() == Some(OpenForWriting::Yes)
    }

    fn writer(&self) -> Option<OpenForWriting> {
        self.0.as_ref().map(|found| found.writer)
    }

    /// What was read is one writer's whole work, as far as the system can prove it: nobody had the file open for writing.
    fn is_proved_closed(&self) -> bool {
        self.writer() == Some(OpenForWriting::No) && !self.moving()
    }
}

/// A target's folder, held open, so that all that follows happens in it wherever it is moved.
pub(super) struct Place<'a> {
    target: &'a Target,
    pub(super) folder: File,
    pub(super) names: Names,
}

impl<'a> Place<'a> {
    /// Opens the folder, which is made 0700 if it is missing.
    pub(super) fn open(target: &'a Target) -> Result<Self, WriteError> {
        create_private(&target.folder).map_err(|source| folder_error(target, source))?;
        Self::of_existing(target)
    }

    pub(super) fn of_existing(target: &'a Target) -> Result<Self, WriteError> {
        let folder = open(&target.folder, open_flags::FOLDER, Mode::empty())
            .map_err(|e| folder_error(target, e.into()))?;
        Ok(Self {
            target,
            folder: File::from(folder),
            names: Names::of(&target.name),
        })
    }

    pub(super) fn name(&self) -> &OsStr {
        &self.target.name
    }

    pub(super) fn path(&self) -> &Path {
        &self.target.path
    }

    pub(super) fn failed(&self, doing: &'static str, source: io::Error) -> WriteError {
        WriteError::Io {
            doing,
            path: self.path().to_owned(),
            source,
        }
    }

    pub(super) fn step(&self, name: &str) -> Result<(), WriteError> {
        crate::test_hooks::step(name).map_err(|source| self.failed("write", source))
    }

    pub(super) fn temp(&self) -> Result<Temp<'_>, WriteError> {
        Temp::create(&self.folder, &self.names).map_err(|source| folder_error(self.target, source))
    }

    pub(super) fn has_leftovers(&self) -> bool {
        self.names
            .leftovers(&self.folder)
            .is_ok_and(|found| !found.is_empty())
    }

    /// Removes what dead writers of this target left behind. What may be the only copy of another program's bytes is given a
    /// visible name, and a note says so.
    pub(super) fn sweep(&self) -> Vec<Note> {
        // What cannot be listed or removed is no reason not to write.
        let mut notes = Vec::new();
        for (name, kind) in self.names.leftovers(&self.folder).unwrap_or_default() {
            let ours = match kind {
                Leftover::Ours => true,
                Leftover::Staged { known } => match self.read(&name) {
                    // Its last bytes are still to come.
                    Ok(found) if found.has_writer() => continue,
                    Ok(found) => !found.exists() || known.contains(&digest(found.bytes())),
                    Err(_) => continue,
                },
            };
            if ours {
                let _ = temp::remove(&self.folder, &name);
            } else if let Ok(note) = self.rescue(&name) {
                notes.push(note);
            }
        }
        notes
    }

    /// Gives a file with bytes that are not ours a name that is seen.
    pub(super) fn rescue(&self, name: &OsStr) -> io::Result<Note> {
        let kept = self.names.kept();
        match platform::rename_new(&self.folder, name, &kept) {
            Err(e) if e.kind() == io::ErrorKind::Unsupported => {
                renameat(&self.folder, name, &self.folder, &kept)?;
            }
            result => result?,
        }
        Ok(Note::Rescued {
            path: self.path().to_owned(),
            kept: self.target.folder.join(kept),
        })
    }

    pub(super) fn snapshot(&self) -> Result<Snapshot, WriteError> {
        self.read(self.name())
    }

    /// Reads one file of the folder.
    pub(super) fn read(&self, name: &OsStr) -> Result<Snapshot, WriteError> {
        let failed = |source| self.failed("read", source);
        let not_a_file = || WriteError::NotAFile {
            path: self.path().to_owned(),
        };
        let file = match temp::open_nofollow(&self.folder, name) {
            Ok(file) => file,
            Err(e) => {
                return match Errno::from_io_error(&e) {
                    Some(Errno::NOENT) => Ok(Snapshot(None)),
                    // A link that came meanwhile, or a socket.
                    Some(Errno::LOOP | Errno::MLINK | Errno::NXIO) => Err(not_a_file()),
                    _ => Err(failed(e)),
                };
            }
        };
        let found = file.metadata().map_err(failed)?;
        if !found.is_file() {
            return Err(not_a_file());
        }
        let writer = platform::open_for_writing(&file);
        let bytes = temp::read_bounded(&file, found.len(), LARGEST_SHARED_FILE)
            .map_err(failed)?
            .ok_or_else(|| WriteError::TooLarge {
                path: self.path().to_owned(),
                limit: LARGEST_SHARED_FILE,
            })?;
        let acl = platform::acl(&file).map_err(|source| self.acl_error(source))?;
        let then = file.metadata().map_err(failed)?;
        Ok(Snapshot(Some(Found {
            file: (found.dev(), found.ino()),
            mode: found.mode() & 0o7777,
            uid: found.uid(),
            gid: found.gid(),
            names: found.nlink(),
            acl,
            bytes,
            changed: Stamp::changed(&then),
            written: Stamp::written(&then),
            moving: Stamp::changed(&found) != Stamp::changed(&then) || found.len() != then.len(),
            // Two answers of "no" with the same stamp on either side prove that nobody wrote in between.
            writer: match writer {
                OpenForWriting::No => platform::open_for_writing(&file),
                known => known,
            },
        })))
    }

    /// Whether a name still means what was read, and nobody is known to have that file open for writing.
    pub(super) fn is_untouched(&self, name: &OsStr, before: &Snapshot) -> Result<bool, WriteError> {
        let now = self.read(name)?;
        Ok(now == *before && !now.has_writer())
    }

    /// Reads a file once nobody has it open for writing any more; as it is when the patience ends.
    pub(super) fn read_closed(
        &self,
        name: &OsStr,
        patience: &Patience,
    ) -> Result<Snapshot, WriteError> {
        loop {
            let found = self.read(name)?;
            if !found.has_writer() || patience.is_over() {
                return Ok(found);
            }
            patience.pause();
        }
    }

    pub(super) fn never_at_rest(&self) -> WriteError {
        WriteError::NeverAtRest {
            path: self.path().to_owned(),
        }
    }

    /// Reads the target until it is at rest: nobody has it open for writing, and nobody wrote to it for 50 ms. Either two reads
    /// that far apart agree, or its time stamp says so. The stamp is compared with that of a file just made beside it, so that
    /// both are of one clock, however wrong the file system's server may be.
    ///
    /// A file that changes many times a second never rests. After a second of this, a read during which provably nobody had the
    /// file open for writing will do: what the next writer opens by its name is then our version.
    pub(super) fn at_rest(
        &self,
        just_made: &Temp<'_>,
        patience: &Patience,
    ) -> Result<Snapshot, WriteError> {
        self.step("atomic.read")?;
        let made = just_made
            .file()
            .metadata()
            .map_err(|source| self.failed("read", source))?;
        let now = Stamp::changed(&made);
        let mut last = self.snapshot()?;
        if let Some(found) = &last.0
            && !found.moving
            && !last.has_writer()
            && found.changed.precedes(now, REST_BY_STAMP)
        {
            return Ok(last);
        }
        while !patience.is_over() {
            patience.pause();
            let next = self.snapshot()?;
            let rests = next == last && !next.moving() && !next.has_writer();
            if rests || (patience.is_restless() && next.is_proved_closed()) {
                return Ok(next);
            }
            last = next;
        }
        Err(self.never_at_rest())
    }

    /// Whether the target may be replaced by us.
    pub(super) fn judge(&self, before: &Snapshot) -> Result<(), WriteError> {
        let path = || self.path().to_owned();
        let euid = rustix::process::geteuid().as_raw();
        let Some(found) = &before.0 else {
            let folder = self
                .folder
                .metadata()
                .map_err(|source| folder_error(self.target, source))?;
            return judge_new(&self.target.folder, folder.uid(), euid);
        };
        if found.uid != euid {
            let uid = found.uid;
            let path = path();
            return Err(WriteError::ForeignOwner { path, uid, euid });
        }
        // A rename does not need this permission, but an owner who made the file read-only meant it.
        if found.mode & 0o200 == 0 {
            return Err(WriteError::ReadOnly { path: path() });
        }
        match platform::obstacle(&self.folder, self.name(), self.path()) {
            Ok(None) => Ok(()),
            Ok(Some(Obstacle::MountPoint)) => Err(WriteError::MountPoint { path: path() }),
            Ok(Some(Obstacle::Immutable)) => Err(WriteError::Immutable { path: path() }),
            Err(source) => Err(self.failed("look at", source)),
        }
    }

    pub(super) fn acl_error(&self, source: io::Error) -> WriteError {
        WriteError::Acl {
            path: self.path().to_owned(),
            source,
        }
    }
}

fn folder_error(target: &Target, source: io::Error) -> WriteError {
    WriteError::Folder {
        path: target.folder.clone(),
        source,
    }
}

/// Root would make a file that the folder's owner could not open.
fn judge_new(folder: &Path, uid: u32, euid: u32) -> Result<(), WriteError> {
    if euid == 0 && uid != 0 {
        let path = folder.to_owned();
        return Err(WriteError::ForeignOwner { path, uid, euid });
    }
    Ok(())
}

/// See [`super::check_replaceable`].
pub(super) fn check(target: &Target) -> Result<(), WriteError> {
    if !target.folder.exists() {
        return check_missing_folder(target);
    }
    let place = Place::of_existing(target)?;
    let before = place.snapshot()?;
    place.judge(&before)?;
    place.step("atomic.probe")?;
    let probe = place.temp()?;
    let room = before.bytes().len().saturating_add(SPARE);
    probe
        .file()
        .write_all(&vec![0; room])
        .map_err(|source| folder_error(target, source))?;
    place.copy_access(&probe, &before).map(drop)
}

/// The folder would be made in the nearest one that is there.
fn check_missing_folder(target: &Target) -> Result<(), WriteError> {
    let failed = |source| folder_error(target, source);
    let nearest = target
        .folder
        .ancestors()
        .find(|folder| folder.symlink_metadata().is_ok())
        .unwrap_or(Path::new("/"));
    let found = std::fs::metadata(nearest).map_err(failed)?;
    if !found.is_dir() {
        return Err(failed(io::ErrorKind::NotADirectory.into()));
    }
    judge_new(nearest, found.uid(), rustix::process::geteuid().as_raw())?;
    let wanted = Access::WRITE_OK | Access::EXEC_OK;
    accessat(CWD, nearest, wanted, AtFlags::EACCESS).map_err(|e| failed(e.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_that_nobody_wrote_to_while_it_was_read_is_proved_closed() {
        let now = Stamp::of(rustix::time::clock_gettime(rustix::time::ClockId::Realtime));
        for (moving, writer, expected) in [
            (false, OpenForWriting::No, true),
            (true, OpenForWriting::No, false),
            (false, OpenForWriting::Yes, false),
            (false, OpenForWriting::Unknown, false),
            (true, OpenForWriting::Yes, false),
        ] {
            let found = Found {
                file: (1, 2),
                mode: 0o600,
                uid: 0,
                gid: 0,
                names: 1,
                acl: None,
                bytes: Zeroizing::default(),
                changed: now,
                written: now,
                moving,
                writer,
            };
            let snapshot = Snapshot(Some(found));
            assert_eq!(snapshot.is_proved_closed(), expected, "{moving} {writer:?}");
            assert_eq!(snapshot.moving(), moving);
        }
        assert!(!Snapshot(None).is_proved_closed());
        assert!(!Snapshot(None).moving());
    }
}
