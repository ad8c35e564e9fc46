//! Which of the program's own files are trusted, and the folders that hold them.
//!
//! A user who can write a session record chooses the credentials that an SDK uses, and a user who can read it has the session. So a
//! record is trusted only if no other user can read or write it. A file is opened first, and then the open file is checked, never
//! its name, so that it cannot be replaced in between.
//!
//! Nothing here repairs a file: an untrusted file is reported and left as it is.
//!
//! The crate `fs-mistrust` was considered: it looks files up by path and not relative to an open folder, and it does not limit how
//! much is read.

mod distrust;

use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File, Metadata};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, mkdirat, open, openat};
use rustix::io::Errno;
use secrecy::zeroize::Zeroizing;

use super::open_flags;
use super::temp::{self, Names, Temp};
pub use distrust::{Distrust, FolderError};

/// Room that must be left for a record and what goes with it.
const PROBE_SIZE: usize = 16_384;

/// The users whose files are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owners {
    euid: u32,
    also: Option<u32>,
}

impl Owners {
    /// This process's own user. Root also trusts `also`, the owner of the shared files (a container may run as root with a user's
    /// home). Other users ignore `also`.
    #[must_use]
    pub fn new(also: Option<u32>) -> Self {
        Self::of(rustix::process::geteuid().as_raw(), also)
    }

    fn of(euid: u32, also: Option<u32>) -> Self {
        Self {
            euid,
            also: also.filter(|_| euid == 0),
        }
    }

    fn include(self, uid: u32) -> bool {
        uid == self.euid || self.also == Some(uid)
    }
}

/// An open folder that was checked: it belongs to one of the owners, and others cannot write in it.
#[derive(Debug)]
pub struct Folder {
    file: File,
    path: PathBuf,
    owners: Owners,
}

impl Folder {
    /// Opens and checks a folder; `None` if it is missing. A link is followed, and the folder that it leads to is checked.
    ///
    /// # Errors
    /// [`Distrust`].
    pub fn open(path: &Path, owners: Owners) -> Result<Option<Self>, Distrust> {
        let opened = open(path, open_flags::FOLDER, Mode::empty());
        Self::judged(opened.map(File::from), path.to_owned(), owners)
    }

    /// Opens and checks a folder in this one; `None` if it is missing. A link is not followed.
    ///
    /// # Errors
    /// [`Distrust`].
    pub fn subfolder(&self, name: &str) -> Result<Option<Self>, Distrust> {
        let opened = openat(&self.file, name, open_flags::FOLDER_ITSELF, Mode::empty());
        Self::judged(opened.map(File::from), self.path.join(name), self.owners)
    }

    fn judged(
        opened: Result<File, Errno>,
        path: PathBuf,
        owners: Owners,
    ) -> Result<Option<Self>, Distrust> {
        let unreadable = |path, source| Distrust::Unreadable { path, source };
        let file = match opened {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            // With O_DIRECTORY a link that is not followed is reported as either.
            Err(Errno::NOTDIR | Errno::LOOP) => return Err(Distrust::NotAFolder { path }),
            Err(e) => return Err(unreadable(path, e.into())),
        };
        let found = match file.metadata() {
            Ok(found) => found,
            Err(source) => return Err(unreadable(path, source)),
        };
        let mode = found.mode() & 0o7777;
        if !owners.include(found.uid()) {
            return Err(Distrust::ForeignOwner {
                path,
                uid: found.uid(),
                euid: owners.euid,
            });
        }
        if mode & 0o022 != 0 {
            return Err(Distrust::WritableFolder { path, mode });
        }
        Ok(Some(Self { file, path, owners }))
    }

    /// Opens and checks a folder. If it is missing, it is created with mode 0700, and so are its missing parent folders.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn create(path: &Path, owners: Owners) -> Result<Self, FolderError> {
        create_private(path).map_err(|source| FolderError::Create {
            path: path.to_owned(),
            source,
        })?;
        Self::open(path, owners)
            .map_err(FolderError::Distrusted)?
            .ok_or_else(|| FolderError::Create {
                path: path.to_owned(),
                source: io::ErrorKind::NotFound.into(),
            })
    }

    /// Opens and checks a folder in this one. If it is missing, it is created with mode 0700.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn create_subfolder(&self, name: &str) -> Result<Self, FolderError> {
        let failed = |source| FolderError::Create {
            path: self.path.join(name),
            source,
        };
        match mkdirat(&self.file, name, Mode::RWXU) {
            Ok(()) => {
                openat(&self.file, name, open_flags::FOLDER_ITSELF, Mode::empty())
                    .map_err(io::Error::from)
                    .and_then(|made| temp::leave_to_owner_of(&self.file, &File::from(made)))
                    .map_err(failed)?;
            }
            Err(Errno::EXIST) => {}
            Err(e) => return Err(failed(e.into())),
        }
        self.subfolder(name)
            .map_err(FolderError::Distrusted)?
            .ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
    }

    /// The contents of a file in this folder, at most `limit` bytes; `None` if it is missing.
    ///
    /// # Errors
    /// [`Distrust`], unless it is a regular file, not a link, of one of the owners, and closed to everybody else.
    pub fn read(&self, name: &str, limit: u64) -> Result<Option<Zeroizing<Vec<u8>>>, Distrust> {
        let path = || self.path.join(name);
        let unreadable = |source| Distrust::Unreadable {
            path: path(),
            source,
        };
        let file = match temp::open_nofollow(&self.file, OsStr::new(name)) {
            Ok(file) => file,
            Err(e) => {
                return match Errno::from_io_error(&e) {
                    Some(Errno::NOENT) => Ok(None),
                    Some(Errno::LOOP | Errno::MLINK) => Err(Distrust::Link { path: path() }),
                    // A socket cannot be opened.
                    Some(Errno::NXIO) => Err(Distrust::NotAFile { path: path() }),
                    _ => Err(unreadable(e)),
                };
            }
        };
        let found = file.metadata().map_err(unreadable)?;
        self.judge(&found, path)?;
        temp::read_bounded(&file, found.len(), limit)
            .map_err(unreadable)?
            .ok_or_else(|| Distrust::TooLong {
                path: path(),
                limit,
            })
            .map(Some)
    }

    fn judge(&self, found: &Metadata, path: impl Fn() -> PathBuf) -> Result<(), Distrust> {
        let mode = found.mode() & 0o7777;
        if !found.is_file() {
            Err(Distrust::NotAFile { path: path() })
        } else if !self.owners.include(found.uid()) {
            Err(Distrust::ForeignOwner {
                path: path(),
                uid: found.uid(),
                euid: self.owners.euid,
            })
        } else if mode & 0o077 != 0 {
            Err(Distrust::OpenToOthers { path: path(), mode })
        } else {
            Ok(())
        }
    }

    /// Checks that a file can be written here and is then private: some file systems do not store permissions.
    ///
    /// # Errors
    /// [`FolderError::Write`] (a full disk included) and [`FolderError::NotPrivate`].
    pub fn probe(&self) -> Result<(), FolderError> {
        let failed = |source| FolderError::Write {
            path: self.path.clone(),
            source,
        };
        crate::test_hooks::step("private.probe").map_err(failed)?;
        let probe = Temp::create(&self.file, &Names::of(OsStr::new("probe"))).map_err(failed)?;
        probe.claim();
        crate::test_hooks::step("private.probed").map_err(failed)?;
        probe.file().write_all(&[0; PROBE_SIZE]).map_err(failed)?;
        temp::leave_to_owner_of(&self.file, probe.file()).map_err(failed)?;
        let found = probe.file().metadata().map_err(failed)?;
        self.judge(&found, || self.path.join(probe.name()))
            .map_err(|source| FolderError::NotPrivate {
                path: self.path.clone(),
                source,
            })
    }

    /// The names in the folder, unsorted, `.` and `..` included.
    ///
    /// # Errors
    /// [`Distrust::Unreadable`].
    pub fn names(&self) -> Result<Vec<OsString>, Distrust> {
        temp::list(&self.file).map_err(|source| Distrust::Unreadable {
            path: self.path.clone(),
            source,
        })
    }

    /// The path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }
}

/// Creates a folder and its missing parent folders, each with mode 0700 from the start. Existing folders are left as they are.
pub(super) fn create_private(path: &Path) -> io::Result<()> {
    // The usual case in one call. It is false for a file with the name of the folder.
    if path.is_dir() {
        return Ok(());
    }
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return Err(io::ErrorKind::NotFound.into()),
    };
    create_private(parent)?;
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {
            let made = File::from(open(path, open_flags::FOLDER_ITSELF, Mode::empty())?);
            temp::leave_to_owner_of(&File::open(parent)?, &made)
        }
        // Another process has created it meanwhile.
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    use super::*;

    struct Fixture {
        home: tempfile::TempDir,
    }

    impl Fixture {
        fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            fs::create_dir(home.path().join("folder")).unwrap();
            let fixture = Self { home };
            fixture.chmod("folder", 0o700);
            fixture
        }

        fn at(&self, name: &str) -> PathBuf {
            self.home.path().join(name)
        }

        fn chmod(&self, name: &str, mode: u32) {
            fs::set_permissions(self.at(name), Permissions::from_mode(mode)).unwrap();
        }

        fn put(&self, name: &str) {
            let path = self.at(name);
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(path)
                .unwrap();
            file.write_all(b"secret").unwrap();
            self.chmod(name, 0o600);
        }

        fn folder(&self) -> Result<Option<Folder>, Distrust> {
            Folder::open(&self.at("folder"), Owners::new(None))
        }

        fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Distrust> {
            self.folder().unwrap().unwrap().read(name, 6)
        }
    }

    fn is_root() -> bool {
        let root = rustix::process::geteuid().is_root();
        if !root {
            writeln!(
                io::stderr(),
                "skipped: it takes root to make another user's file"
            )
            .unwrap();
        }
        root
    }

    #[test]
    fn a_probe_fails_where_nothing_can_be_written() {
        let fixture = Fixture::new();
        let folder = fixture.folder().unwrap().unwrap();
        folder.probe().unwrap();
        assert_eq!(fs::read_dir(fixture.at("folder")).unwrap().count(), 0);
        fs::remove_dir(fixture.at("folder")).unwrap();
        let error = folder.probe().unwrap_err();
        assert!(matches!(error, FolderError::Write { .. }), "{error}");
    }

    #[test]
    fn a_folder_that_several_threads_create_at_once_is_there_for_each() {
        let fixture = Fixture::new();
        for round in 0..50 {
            let path = fixture.at(&format!("round-{round}/a/b/c"));
            let start = std::sync::Barrier::new(8);
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        start.wait();
                        create_private(&path).unwrap();
                    });
                }
            });
            assert!(path.is_dir());
        }
    }

    #[test]
    fn a_file_of_ours_that_is_closed_is_read() {
        let fixture = Fixture::new();
        assert_eq!(fixture.read("x").unwrap(), None);
        fixture.put("folder/x");
        for mode in [0o600, 0o400, 0o700] {
            fixture.chmod("folder/x", mode);
            assert_eq!(*fixture.read("x").unwrap().unwrap(), *b"secret");
        }
        for mode in [0o700, 0o755, 0o711, 0o500] {
            fixture.chmod("folder", mode);
            assert_eq!(*fixture.read("x").unwrap().unwrap(), *b"secret");
        }
    }

    #[test]
    fn a_file_that_is_open_to_anybody_is_not() {
        let fixture = Fixture::new();
        fixture.put("folder/x");
        for mode in [
            0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666, 0o777,
        ] {
            fixture.chmod("folder/x", mode);
            let why = fixture.read("x").unwrap_err();
            assert!(
                matches!(why, Distrust::OpenToOthers { mode: m, .. } if m == mode),
                "{why}"
            );
            assert!(why.hint().unwrap().starts_with("chmod 600 "));
        }
    }

    #[test]
    fn a_folder_that_others_write_in_is_not() {
        let fixture = Fixture::new();
        fixture.put("folder/x");
        for mode in [0o770, 0o707, 0o720, 0o702, 0o777, 0o1777] {
            fixture.chmod("folder", mode);
            let why = fixture.folder().unwrap_err();
            assert!(
                matches!(why, Distrust::WritableFolder { mode: m, .. } if m == mode),
                "{why}"
            );
            let made = Folder::create(&fixture.at("folder"), Owners::new(None)).unwrap_err();
            assert!(matches!(made, FolderError::Distrusted(_)), "{made}");
            assert!(made.hint().unwrap().starts_with("chmod go-w "));
        }
    }

    #[test]
    fn a_path_that_is_not_a_file_is_an_error_without_waiting() {
        let fixture = Fixture::new();
        fixture.put("x");
        symlink("../x", fixture.at("folder/link")).unwrap();
        symlink("nowhere", fixture.at("folder/dangling")).unwrap();
        for link in ["link", "dangling"] {
            let why = fixture.read(link).unwrap_err();
            assert!(matches!(why, Distrust::Link { .. }), "{why}");
        }
        fs::create_dir(fixture.at("folder/folder")).unwrap();
        fixture.chmod("folder/folder", 0o600);
        let mode = open_flags::OWNER_ONLY;
        let pipe = fixture.at("folder/pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        std::os::unix::net::UnixListener::bind(fixture.at("folder/socket")).unwrap();
        for name in ["folder", "pipe", "socket"] {
            let why = fixture.read(name).unwrap_err();
            assert!(matches!(why, Distrust::NotAFile { .. }), "{name}: {why}");
        }
    }

    #[test]
    fn a_path_that_is_not_a_folder_is_an_error() {
        let fixture = Fixture::new();
        fixture.put("folder/x");
        let owners = Owners::new(None);
        let why = Folder::open(&fixture.at("folder/x"), owners).unwrap_err();
        assert!(matches!(why, Distrust::NotAFolder { .. }), "{why}");
        symlink(".", fixture.at("folder/link")).unwrap();
        let folder = fixture.folder().unwrap().unwrap();
        for name in ["x", "link"] {
            let why = folder.subfolder(name).unwrap_err();
            assert!(matches!(why, Distrust::NotAFolder { .. }), "{why}");
            assert!(folder.create_subfolder(name).is_err(), "{name}");
        }
        // What leads to the folder may be a link: people link whole homes.
        symlink(fixture.at("folder"), fixture.at("way")).unwrap();
        assert!(Folder::open(&fixture.at("way"), owners).unwrap().is_some());
        assert!(
            Folder::open(&fixture.at("nowhere"), owners)
                .unwrap()
                .is_none()
        );
        let under_a_file = Folder::create(&fixture.at("folder/x/y"), owners).unwrap_err();
        assert!(
            matches!(under_a_file, FolderError::Create { .. }),
            "{under_a_file}"
        );
    }

    #[test]
    fn a_long_file_is_not_read() {
        let fixture = Fixture::new();
        fixture.put("folder/x");
        let folder = fixture.folder().unwrap().unwrap();
        let why = folder.read("x", 5).unwrap_err();
        assert!(matches!(why, Distrust::TooLong { limit: 5, .. }), "{why}");
        assert_eq!(folder.read("x", 6).unwrap().unwrap().len(), 6);
    }

    #[test]
    fn only_root_takes_another_owner_and_only_the_named_one() {
        assert!(Owners::of(1000, Some(1001)).include(1000));
        assert!(!Owners::of(1000, Some(1001)).include(1001));
        assert!(!Owners::of(1000, None).include(0));
        assert!(Owners::of(0, Some(1001)).include(1001));
        assert!(!Owners::of(0, Some(1001)).include(1002));
        assert!(!Owners::of(0, None).include(1001));
        if !is_root() {
            return;
        }
        let fixture = Fixture::new();
        fixture.put("folder/x");
        chown(fixture.at("folder/x"), Some(1000), None).unwrap();
        let why = fixture.read("x").unwrap_err();
        assert!(
            matches!(
                why,
                Distrust::ForeignOwner {
                    uid: 1000,
                    euid: 0,
                    ..
                }
            ),
            "{why}"
        );
        chown(fixture.at("folder"), Some(1000), None).unwrap();
        let why = fixture.folder().unwrap_err();
        assert!(
            matches!(why, Distrust::ForeignOwner { uid: 1000, .. }),
            "{why}"
        );
        let read = |also| {
            let folder = Folder::open(&fixture.at("folder"), Owners::new(Some(also)));
            folder.map(|folder| folder.unwrap().read("x", 6).unwrap().unwrap())
        };
        assert_eq!(*read(1000).unwrap(), *b"secret");
        assert!(read(1001).is_err());
    }

    #[test]
    fn root_leaves_what_it_makes_to_the_folder_s_owner() {
        if !is_root() {
            return;
        }
        let fixture = Fixture::new();
        chown(fixture.at("folder"), Some(1000), Some(1000)).unwrap();
        let owners = Owners::new(Some(1000));
        let root = Folder::create(&fixture.at("folder/a/b"), owners).unwrap();
        root.create_subfolder("c").unwrap().probe().unwrap();
        for name in ["folder/a", "folder/a/b", "folder/a/b/c"] {
            let found = fs::metadata(fixture.at(name)).unwrap();
            assert_eq!((found.uid(), found.gid()), (1000, 1000), "{name}");
        }
    }

    #[test]
    fn folders_are_private_from_birth_and_found_again() {
        let fixture = Fixture::new();
        let owners = Owners::new(None);
        for _ in 0..2 {
            let folder = Folder::create(&fixture.at("a/b"), owners).unwrap();
            folder.create_subfolder("c").unwrap();
        }
        for name in ["a", "a/b", "a/b/c"] {
            let mode = fs::metadata(fixture.at(name)).unwrap().mode();
            assert_eq!(mode & 0o7777, 0o700, "{name}");
        }
    }

    #[test]
    fn a_probe_leaves_nothing() {
        let fixture = Fixture::new();
        let folder = fixture.folder().unwrap().unwrap();
        folder.probe().unwrap();
        assert_eq!(folder.names().unwrap().len(), 2, "only . and ..");
    }

    #[test]
    fn hints_name_another_folder() {
        let path = PathBuf::from("/mnt/c/cache");
        let source = Distrust::OpenToOthers {
            path: path.join("x"),
            mode: 0o777,
        };
        let error = FolderError::NotPrivate { path, source };
        assert_eq!(
            error.to_string(),
            "files in `/mnt/c/cache` cannot be made private"
        );
        assert!(error.hint().unwrap().contains("MFA_SESSION_DIR"));
    }
}
