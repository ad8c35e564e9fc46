//! Temporary files beside their target: they are named after it, private from the start, and removed unless they are renamed.
//!
//! A killed process leaves its temporary file behind. The name contains the target and the process, so that the next writer of the
//! target can remove the file. After [`Names::staged`] the name also contains digests of the contents that may be removed, so that
//! data of another program never is.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Permissions, TryLockError};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};

use rustix::fs::{AtFlags, Dir, Mode, openat, renameat, unlinkat};
use rustix::io::Errno;
use secrecy::zeroize::Zeroizing;

use super::{open_flags, platform, sha256_hex};

/// A target's name of up to this many bytes is part of its temporary file's name; a longer one is hashed, since a name has
/// 255 bytes at most.
const LONGEST_LABEL: usize = 100;
/// How many hexadecimal digits of a SHA-256 distinguish contents.
const DIGEST_LENGTH: usize = 16;

/// How the temporary files of one target are called.
pub(super) struct Names {
    prefix: OsString,
}

/// What the name of a leftover file shows about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Leftover {
    /// It has never contained anything that this program did not write.
    Ours,
    /// It was about to be exchanged with its target, so it may hold the target's contents. `known` are the digests of the two
    /// contents that may be removed: the old contents that were read, and the new ones.
    Staged { known: [String; 2] },
}

impl Names {
    pub(super) fn of(target: &OsStr) -> Self {
        let mut prefix = OsString::from(".");
        if target.len() > LONGEST_LABEL {
            prefix.push(sha256_hex(target.as_bytes()));
        } else {
            prefix.push(target);
        }
        prefix.push(".mfa-session-");
        Self { prefix }
    }

    /// The beginning of all these names.
    pub(super) fn prefix(&self) -> &OsStr {
        &self.prefix
    }

    fn fresh(&self) -> OsString {
        self.with(&format!("{}-{:016x}.tmp", std::process::id(), random()))
    }

    /// A name for a file that is about to be exchanged: made of `base`, holding `made`.
    pub(super) fn staged(&self, base: &[u8], made: &[u8]) -> OsString {
        self.with(&format!(
            "{}-{:016x}-{}-{}.swap",
            std::process::id(),
            random(),
            digest(base),
            digest(made)
        ))
    }

    /// A name that is seen, for bytes of another program.
    pub(super) fn kept(&self) -> OsString {
        let name = self.with(&format!("kept-{:016x}", random()));
        let seen = name.as_bytes().strip_prefix(b".").unwrap_or_default();
        OsStr::from_bytes(seen).to_owned()
    }

    fn with(&self, rest: &str) -> OsString {
        let mut name = self.prefix.clone();
        name.push(rest);
        name
    }

    fn read(&self, name: &OsStr) -> Option<Leftover> {
        let rest = name.as_bytes().strip_prefix(self.prefix.as_bytes())?;
        let rest = std::str::from_utf8(rest).ok()?;
        if rest.strip_suffix(".tmp").is_some() {
            return Some(Leftover::Ours);
        }
        let mut parts = rest.strip_suffix(".swap")?.split('-').skip(2);
        let known = [parts.next()?.to_owned(), parts.next()?.to_owned()];
        Some(Leftover::Staged { known })
    }

    /// The leftovers in a folder. While the target's lock is held they all belong to dead processes.
    pub(super) fn leftovers(&self, folder: &File) -> io::Result<Vec<(OsString, Leftover)>> {
        let names = list(folder)?.into_iter();
        Ok(names
            .filter_map(|name| self.read(&name).map(|kind| (name, kind)))
            .collect())
    }
}

/// The part of a temporary file's name that names its target, as in [`Names::of`]; `None` for other names.
pub(super) fn owner(name: &OsStr) -> Option<&OsStr> {
    const MARK: &[u8] = b".mfa-session-";
    let bytes = name.as_bytes();
    let at = bytes.windows(MARK.len()).rposition(|part| part == MARK)?;
    let (prefix, rest) = bytes.split_at_checked(at + MARK.len())?;
    let rest = std::str::from_utf8(rest).ok()?.strip_suffix(".tmp")?;
    let (pid, random) = rest.split_once('-')?;
    let all =
        |text: &str, kind: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|b| kind(&b));
    (bytes.starts_with(b".") && all(pid, u8::is_ascii_digit) && all(random, u8::is_ascii_hexdigit))
        .then(|| OsStr::from_bytes(prefix))
}

/// Whether the process that made a temporary file of our own is dead. A living one holds a lock on the file
/// ([`Temp::claim`]), which shows in other containers too, where its process id means nothing. `is_old` is asked where
/// there are no locks. What is not a regular file is not ours.
pub(super) fn is_abandoned(
    folder: &File,
    name: &OsStr,
    is_old: impl FnOnce(&std::fs::Metadata) -> bool,
) -> io::Result<bool> {
    let file = File::from(openat(
        folder,
        name,
        open_flags::UPDATE_ITSELF,
        Mode::empty(),
    )?);
    let found = file.metadata()?;
    Ok(found.is_file()
        && match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(_)) => is_old(&found),
        })
}

/// The first part of a content's SHA-256.
pub(super) fn digest(bytes: &[u8]) -> String {
    sha256_hex(bytes).chars().take(DIGEST_LENGTH).collect()
}

/// The standard library seeds this from the system; it need only be unlikely to repeat, since names are made exclusively.
fn random() -> u64 {
    RandomState::new().hash_one(0)
}

/// The names in a folder, unsorted.
pub(super) fn list(folder: &File) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        names.push(OsString::from_vec(entry?.file_name().to_bytes().to_vec()));
    }
    Ok(names)
}

/// Opens for reading whatever it is, without following a link at the last name, and without waiting for a pipe's other end.
pub(super) fn open_nofollow(folder: &File, name: &OsStr) -> io::Result<File> {
    Ok(File::from(openat(
        folder,
        name,
        open_flags::READ_ITSELF,
        Mode::empty(),
    )?))
}

/// The rest of a file, which is wiped from memory when it is dropped, and of which `size` bytes are expected; `None` if it is longer than `limit`.
pub(crate) fn read_bounded(
    file: &File,
    size: u64,
    limit: u64,
) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    if size > limit {
        return Ok(None);
    }
    // Room for one read that fills it and one that finds the end without growing.
    let room = usize::try_from(size).unwrap_or(0).saturating_add(64);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= limit);
    Ok(fits.then_some(bytes))
}

/// Takes a name away; that it is gone already is as good.
pub(super) fn remove(folder: &File, name: &OsStr) -> io::Result<()> {
    match unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

/// When root works in a user's folder, its new files get that user as their owner, who could not open them otherwise.
pub(super) fn leave_to_owner_of(folder: &File, file: &File) -> io::Result<()> {
    if rustix::process::geteuid().is_root() {
        let owner = folder.metadata()?;
        if owner.uid() != 0 {
            fchown(file, Some(owner.uid()), Some(owner.gid()))?;
        }
    }
    Ok(())
}

/// Flushes a folder's entries, where its file system can.
pub(super) fn sync_folder(folder: &File) -> io::Result<()> {
    match folder.sync_all() {
        Err(e) if has_no_sync(&e) => Ok(()),
        synced => synced,
    }
}

/// Whether an error means that the file system cannot flush folders.
fn has_no_sync(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::INVAL | Errno::NOTSUP | Errno::NOSYS | Errno::BADF)
    )
}

/// A time stamp of a file system, in nanoseconds. Only stamps of one file system may be compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(i128);

impl Stamp {
    /// When a file's contents or attributes last changed. No program can set it.
    pub(super) fn changed(found: &std::fs::Metadata) -> Self {
        Self(i128::from(found.ctime()) * 1_000_000_000 + i128::from(found.ctime_nsec()))
    }

    /// When a file's contents last changed, which a rename does not alter. A program may set it.
    pub(super) fn written(found: &std::fs::Metadata) -> Self {
        Self(i128::from(found.mtime()) * 1_000_000_000 + i128::from(found.mtime_nsec()))
    }

    /// A time of the system's clock, to be compared with stamps of local file systems.
    pub(super) fn of(time: rustix::time::Timespec) -> Self {
        Self(i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec))
    }

    /// Whether at least `milliseconds` lie between this and a later stamp.
    pub(super) fn precedes(self, later: Self, milliseconds: u32) -> bool {
        later.0.saturating_sub(self.0) >= i128::from(milliseconds) * 1_000_000
    }

    /// Whether at least `milliseconds` lie between two stamps, whichever is the earlier.
    pub(super) fn is_apart_from(self, other: Self, milliseconds: u32) -> bool {
        self.precedes(other, milliseconds) || other.precedes(self, milliseconds)
    }
}

/// A new file in a folder. It has mode 0600 from the start and no inherited ACL, and it is removed when dropped.
pub(super) struct Temp<'a> {
    folder: &'a File,
    name: Option<OsString>,
    file: File,
}

impl<'a> Temp<'a> {
    pub(super) fn create(folder: &'a File, names: &Names) -> io::Result<Self> {
        let name = names.fresh();
        let file = File::from(openat(
            folder,
            &name,
            open_flags::CREATE,
            open_flags::OWNER_ONLY,
        )?);
        let temp = Self {
            folder,
            name: Some(name),
            file,
        };
        platform::remove_acl(&temp.file)?;
        // A default ACL leaves its mask in the mode, and an odd umask may have closed the file to us. A file system without
        // permissions may refuse; whoever needs the file closed looks at what came of it.
        let _ = temp.file.set_permissions(Permissions::from_mode(0o600));
        Ok(temp)
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Ends the writing, before other programs can open the file by another name: from here on it is open for reading alone.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.file = open_nofollow(self.folder, self.name())?;
        Ok(())
    }

    /// Shows [`is_abandoned`] that its maker lives, until it is dropped. Where there are no locks, its age shows it.
    pub(super) fn claim(&self) {
        let _ = self.file.try_lock();
    }

    pub(super) fn name(&self) -> &OsStr {
        self.name.as_deref().unwrap_or_default()
    }

    /// Gives it another temporary name.
    pub(super) fn rename(&mut self, name: OsString) -> io::Result<()> {
        renameat(self.folder, self.name(), self.folder, &name)?;
        self.name = Some(name);
        Ok(())
    }

    /// Renames it over `target`.
    pub(super) fn place(self, target: &OsStr) -> io::Result<()> {
        renameat(self.folder, self.name(), self.folder, target)?;
        self.keep();
        Ok(())
    }

    /// Leaves whatever bears the name where it is.
    pub(super) fn keep(mut self) {
        self.name = None;
    }
}

impl Drop for Temp<'_> {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // What cannot be removed is swept by the next writer.
            let _ = remove(self.folder, name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_whose_it_is_and_what_it_may_hold() {
        let names = Names::of(OsStr::new("credentials"));
        assert_eq!(names.read(&names.fresh()), Some(Leftover::Ours));
        let staged = names.staged(b"before", b"after");
        assert_eq!(
            names.read(&staged),
            Some(Leftover::Staged {
                known: [digest(b"before"), digest(b"after")]
            })
        );
        for foreign in [
            "credentials",
            ".credentials.tmp",
            ".config.mfa-session-1-1.tmp",
            ".credentials.mfa-session-1-1.swap",
            ".credentials.mfa-session-1-1.txt",
        ] {
            assert_eq!(names.read(OsStr::new(foreign)), None, "{foreign}");
        }
    }

    #[test]
    fn the_target_is_read_from_the_name() {
        let fresh = Names::of(OsStr::new("a.mfa-session-b")).fresh();
        assert_eq!(
            owner(&fresh),
            Some(OsStr::new(".a.mfa-session-b.mfa-session-"))
        );
        for foreign in [
            "x.mfa-session-1-1.tmp",
            ".x.mfa-session-1-1.swap",
            ".x.mfa-session-1.tmp",
            ".x.mfa-session-notes-1.tmp",
            ".x.tmp",
        ] {
            assert_eq!(owner(OsStr::new(foreign)), None, "{foreign}");
        }
    }

    #[test]
    fn a_file_is_abandoned_when_its_maker_is_gone_or_it_is_old() {
        let dir = tempfile::tempdir().unwrap();
        let folder = File::open(dir.path()).unwrap();
        let temp = Temp::create(&folder, &Names::of(OsStr::new("x"))).unwrap();
        let name = temp.name().to_owned();
        temp.claim();
        let abandoned = || is_abandoned(&folder, &name, |_| true).unwrap();
        assert!(!abandoned());
        // As if its maker had died.
        temp.keep();
        assert!(abandoned());
        std::fs::create_dir(dir.path().join("folder")).unwrap();
        assert!(is_abandoned(&folder, OsStr::new("folder"), |_| true).is_err());
    }

    #[test]
    fn a_name_of_any_length_and_encoding_has_temporary_names() {
        for target in [
            vec![b'x'; 255],
            vec![0xff, 0xfe],
            "δοκιμή".as_bytes().to_vec(),
        ] {
            let names = Names::of(OsStr::from_bytes(&target));
            let staged = names.staged(b"", b"");
            assert!(staged.len() <= 255, "{}", staged.len());
            assert!(names.read(&staged).is_some());
        }
    }

    #[test]
    fn a_temporary_file_is_closed_from_birth_and_gone_when_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let folder = File::open(dir.path()).unwrap();
        let temp = Temp::create(&folder, &Names::of(OsStr::new("x"))).unwrap();
        assert_eq!(temp.file().metadata().unwrap().mode() & 0o7777, 0o600);
        assert_eq!(list_visible(&folder).len(), 1);
        drop(temp);
        assert!(list_visible(&folder).is_empty());
    }

    fn list_visible(folder: &File) -> Vec<OsString> {
        let mut names = list(folder).unwrap();
        names.retain(|n| n != "." && n != "..");
        names
    }

    #[test]
    fn the_time_of_writing_counts_seconds_before_nanoseconds() {
        use std::time::{Duration, SystemTime};
        let written = |seconds, nanoseconds| {
            let file = tempfile::tempfile().unwrap();
            let at = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds);
            file.set_modified(at).unwrap();
            Stamp::written(&file.metadata().unwrap())
        };
        assert!(written(1_700_000_000, 999_999_000) < written(1_700_000_001, 1_000));
        assert!(written(1_700_000_000, 1_000) < written(1_700_000_000, 2_000));
        assert!(written(1_700_000_000, 0) < written(1_700_000_000, 1_000));
    }

    #[test]
    fn a_file_system_that_cannot_flush_folders_is_told_from_a_failure() {
        for errno in [Errno::INVAL, Errno::NOTSUP, Errno::NOSYS, Errno::BADF] {
            assert!(has_no_sync(&errno.into()), "{errno}");
        }
        for errno in [Errno::IO, Errno::NOSPC, Errno::DQUOT] {
            assert!(!has_no_sync(&errno.into()), "{errno}");
        }
    }

    #[test]
    fn reading_is_bounded() {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, b"12345").unwrap();
        let read = |size, limit| {
            std::io::Seek::rewind(&mut &file).unwrap();
            read_bounded(&file, size, limit)
                .unwrap()
                .map(|bytes| bytes.to_vec())
        };
        assert_eq!(read(5, 5).as_deref(), Some(&b"12345"[..]));
        assert_eq!(read(5, 4), None);
        // The size was told wrong: it grew meanwhile.
        assert_eq!(read(2, 4), None);
        assert_eq!(read(0, 9).as_deref(), Some(&b"12345"[..]));
    }
}
