//! The session cache: one record on disk for each long-term key and endpoint, and the names of the locks that protect it.
//!
//! A record is named by the key's id and the endpoint. So all profiles that use one key share one session, and a profile that gets
//! another key never sees the session of the old one. A lookup takes no lock and writes nothing.

use std::path::{Path, PathBuf};

use time::UtcDateTime;

use super::record::{LARGEST_RECORD, Record};
use super::record_name::RecordName;
use crate::aws::types::AccessKeyId;
use crate::storage::atomic_file::{
    Flush, WriteError, Writers, forget_private, sweep_private, write_private,
};
use crate::storage::lock::{Activity, LockPath, Locks, Patience};
use crate::storage::permissions::{Distrust, Folder, FolderError, Owners};

pub(super) const SESSIONS: &str = "sessions";
pub(super) const ROLES: &str = "roles";
pub(super) const LOCKS: &str = "locks";
pub(super) const STATE: &str = "state";

/// The session cache in a folder. [`Cache::open`] does not access the disk.
#[derive(Clone, Debug)]
pub struct Cache {
    dir: PathBuf,
    owners: Owners,
    patience: Patience,
}

/// The result of a lookup by name.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// A record, which may have expired.
    Found(Box<Record>),
    /// No record.
    Missing,
    /// A record that is not trusted, with the reason for a warning. It is handled like a missing one.
    Distrusted(String),
}

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// A folder of the cache cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A record cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The files in a folder of the cache cannot be removed.
    #[error("the files in `{}` were not removed", path.display())]
    NotRemoved {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: Distrust,
    },
    /// A folder has the name of a record.
    #[error("`{}` is a folder, so no session record can be written there", path.display())]
    InTheWay {
        /// Where.
        path: PathBuf,
    },
}

impl CacheError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Folder(why) => why.hint(),
            Self::Write(why) => why.hint(),
            Self::NotRemoved { source, .. } => source.hint(),
            Self::InTheWay { path } => Some(format!("remove `{}`", path.display())),
        }
    }
}

impl Cache {
    /// The cache in `dir`. `trusted_owner` is the owner of the shared credentials file: root trusts this user's records as well.
    /// Other users ignore it.
    #[must_use]
    pub fn open(dir: PathBuf, trusted_owner: Option<u32>) -> Self {
        Self {
            dir,
            owners: Owners::new(trusted_owner),
            patience: Patience::default(),
        }
    }

    /// Sets how the locks of the cache are waited for.
    pub fn wait_with(&mut self, patience: Patience) {
        self.patience = patience;
    }

    /// The folder of the cache.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The record with this name. This makes eleven system calls; none of them writes or waits.
    #[must_use]
    pub fn load(&self, name: &RecordName) -> Lookup {
        match self.folder(SESSIONS) {
            Ok(Some(sessions)) => load_from(&sessions, name),
            Ok(None) => Lookup::Missing,
            Err(why) => distrusted(&why.line()),
        }
    }

    /// Every record, sorted by name. Files with other names are ignored.
    ///
    /// # Errors
    /// [`Distrust`] of the folder.
    pub fn all(&self) -> Result<Vec<(RecordName, Lookup)>, Distrust> {
        self.matching(&|_| true)
    }

    /// Every record of a key, whatever its endpoint.
    ///
    /// # Errors
    /// [`Distrust`] of the folder.
    pub fn of_key(&self, id: &AccessKeyId) -> Result<Vec<(RecordName, Lookup)>, Distrust> {
        self.matching(&|name| name.key_id() == id)
    }

    fn matching(
        &self,
        wanted: &dyn Fn(&RecordName) -> bool,
    ) -> Result<Vec<(RecordName, Lookup)>, Distrust> {
        let Some(sessions) = self.folder(SESSIONS)? else {
            return Ok(Vec::new());
        };
        let files = sessions.names()?;
        let names = files.iter().filter_map(|file| file.to_str());
        let mut names: Vec<_> = names
            .filter_map(RecordName::of_file)
            .filter(wanted)
            .collect();
        names.sort();
        Ok(names
            .into_iter()
            .map(|name| {
                let found = load_from(&sessions, &name);
                (name, found)
            })
            .collect())
    }

    /// Creates missing folders and checks that a record can be stored and would be private. Call this before a token code is asked
    /// for.
    ///
    /// # Errors
    /// [`CacheError`]; its hint names `MFA_SESSION_DIR`.
    pub fn prepare(&self) -> Result<(), CacheError> {
        let root = Folder::create(&self.dir, self.owners)?;
        for name in [LOCKS, STATE] {
            root.create_subfolder(name)?.probe()?;
        }
        let sessions = root.create_subfolder(SESSIONS)?;
        sessions.probe()?;
        // A rename replaces anything but a folder.
        for name in sessions.names().map_err(FolderError::Distrusted)? {
            let path = sessions.path().join(&name);
            let is_folder = || path.symlink_metadata().is_ok_and(|found| found.is_dir());
            if name.as_encoded_bytes().ends_with(b".json") && is_folder() {
                return Err(CacheError::InTheWay { path });
            }
        }
        Ok(())
    }

    /// Stores a record under its name. The caller holds [`Cache::call_lock`].
    ///
    /// # Errors
    /// [`CacheError`]; what was stored before is then still there.
    pub fn store(&self, record: &Record) -> Result<(), CacheError> {
        let sessions = self.create_folder(SESSIONS)?;
        let name = RecordName::of(record).file_name();
        let text = record.to_json();
        let bytes = text.as_bytes();
        write_private(&sessions, &name, bytes, Writers::One, Flush::Yes)?;
        Ok(())
    }

    /// Removes the records with these names, trusted or not, and the temporary files that killed processes left. Returns for each
    /// name whether there was a record. The folder is listed once.
    ///
    /// # Errors
    /// [`CacheError`] of the folder, and of each record that cannot be removed.
    pub fn forget(
        &self,
        names: &[RecordName],
    ) -> Result<Vec<Result<bool, CacheError>>, CacheError> {
        let Some(sessions) = self.folder_to_clear(SESSIONS)? else {
            return Ok(names.iter().map(|_| Ok(false)).collect());
        };
        let files: Vec<_> = names.iter().map(RecordName::file_name).collect();
        let removed = forget_private(&sessions, &files)?;
        Ok(removed.into_iter().map(|there| Ok(there?)).collect())
    }

    /// Removes the temporary files that killed processes left in the folders of the cache. Nothing is created, and files of
    /// running processes stay.
    ///
    /// # Errors
    /// The first [`CacheError`]. The other files are removed all the same.
    pub fn sweep(&self) -> Result<(), CacheError> {
        let mut result = Ok(());
        for name in [SESSIONS, ROLES, STATE, LOCKS] {
            let swept = self.folder_to_clear(name).and_then(|folder| match folder {
                Some(folder) => Ok(sweep_private(&folder)?),
                None => Ok(()),
            });
            result = result.and(swept);
        }
        result
    }

    /// Removes the records of a key's sessions that have ended, at whatever endpoint. What cannot be removed is left to logout.
    /// The caller holds [`Cache::call_lock`].
    pub fn forget_ended(&self, id: &AccessKeyId, now: UtcDateTime) {
        let records = self.of_key(id).unwrap_or_default().into_iter();
        let ended: Vec<_> = records
            .filter(|(_, found)| matches!(found, Lookup::Found(r) if r.seconds_left(now) <= 0))
            .map(|(name, _)| name)
            .collect();
        if !ended.is_empty() {
            let _ = self.forget(&ended);
        }
    }

    /// The path of a record.
    #[must_use]
    pub fn path(&self, name: &RecordName) -> PathBuf {
        self.dir.join(SESSIONS).join(name.file_name())
    }

    /// The error that the records were not removed, because their folder is not trusted.
    #[must_use]
    pub fn not_removed(&self, source: Distrust) -> CacheError {
        let path = self.dir.join(SESSIONS);
        CacheError::NotRemoved { path, source }
    }

    pub(super) fn roles_not_removed(&self, source: Distrust) -> CacheError {
        let path = self.dir.join(ROLES);
        CacheError::NotRemoved { path, source }
    }

    pub(super) fn folder_to_clear(&self, name: &str) -> Result<Option<Folder>, CacheError> {
        self.folder(name).map_err(|source| CacheError::NotRemoved {
            path: self.dir.join(name),
            source,
        })
    }

    /// The lock folder.
    #[must_use]
    pub fn locks(&self) -> Locks {
        Locks::new(self.dir.join(LOCKS), self.owners).with_patience(self.patience.clone())
    }

    /// The lock that is held while a person or an `mfa_process` is asked for this key's token code.
    #[must_use]
    pub fn ask_lock(&self, id: &AccessKeyId) -> LockPath {
        self.locks().named(&format!("{id}.ask"), Activity::Asking)
    }

    /// The lock that is held from just before GetSessionToken until the record is stored.
    #[must_use]
    pub fn call_lock(&self, id: &AccessKeyId) -> LockPath {
        self.locks().named(&format!("{id}.call"), Activity::Calling)
    }

    /// The lock that is held while a prompt is shown on the terminal of a process session.
    #[must_use]
    pub fn terminal_lock(&self, session_id: i32) -> LockPath {
        self.locks()
            .named(&format!("terminal-{session_id}"), Activity::Asking)
    }

    /// The lock that is held while the shared file at a canonical path is replaced.
    #[must_use]
    pub fn file_lock(&self, canonical: &Path) -> LockPath {
        self.locks().of_file(canonical)
    }

    pub(super) fn folder(&self, name: &str) -> Result<Option<Folder>, Distrust> {
        match Folder::open(&self.dir, self.owners)? {
            Some(root) => root.subfolder(name),
            None => Ok(None),
        }
    }

    pub(super) fn create_folder(&self, name: &str) -> Result<Folder, FolderError> {
        Folder::create(&self.dir, self.owners)?.create_subfolder(name)
    }
}

fn load_from(sessions: &Folder, name: &RecordName) -> Lookup {
    let file = name.file_name();
    let bytes = match sessions.read(&file, LARGEST_RECORD) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Lookup::Missing,
        Err(why) => return distrusted(&why.line()),
    };
    let path = || sessions.path().join(&file);
    match Record::from_json(&bytes) {
        // A copy under another key's name would be another account's session.
        Ok(record) if record.source_access_key_id != *name.key_id() => distrusted(&format!(
            "`{}` holds the session of another key",
            path().display()
        )),
        Ok(record) if RecordName::of(&record) != *name => distrusted(&format!(
            "`{}` holds the session of another endpoint",
            path().display()
        )),
        Ok(record) => Lookup::Found(Box::new(record)),
        Err(why) => distrusted(&format!("`{}`: {why}", path().display())),
    }
}

fn distrusted(why: &str) -> Lookup {
    Lookup::Distrusted(format!("the cached session is not used: {why}"))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions, Permissions};
    use std::io::Write as _;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};

    use super::*;
    use crate::session::record;
    use crate::storage::lock::LockError;

    struct Fixture {
        home: tempfile::TempDir,
        cache: Cache,
    }

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";

    fn id() -> AccessKeyId {
        AccessKeyId::new(ID).unwrap()
    }

    fn name() -> RecordName {
        RecordName::new(id(), None)
    }

    impl Fixture {
        fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            let cache = Cache::open(home.path().join(".aws/mfa-session"), None);
            Self { home, cache }
        }

        fn with_record() -> Self {
            let fixture = Self::new();
            fixture.cache.prepare().unwrap();
            fixture.cache.store(&record::tests::example()).unwrap();
            fixture
        }

        fn forget(&self) -> Result<bool, CacheError> {
            let removed = self.cache.forget(&[name()])?;
            removed.into_iter().next().unwrap()
        }

        fn at(&self, name: &str) -> PathBuf {
            self.cache.dir().join(name)
        }

        fn record(&self) -> PathBuf {
            self.at(&format!("sessions/{ID}.json"))
        }

        fn chmod(&self, name: &str, mode: u32) {
            fs::set_permissions(self.at(name), Permissions::from_mode(mode)).unwrap();
        }

        fn put(&self, name: &str, text: &str) {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .open(self.at(name))
                .unwrap();
            file.write_all(text.as_bytes()).unwrap();
            self.chmod(name, 0o600);
        }

        /// Why it is not believed, with the paths of this fixture taken out.
        fn distrust(&self) -> String {
            match self.cache.load(&name()) {
                Lookup::Distrusted(line) => {
                    assert!(!line.contains('\n'), "one line: {line}");
                    line.replace(&self.cache.dir().display().to_string(), "CACHE")
                }
                other => panic!("believed: {other:?}"),
            }
        }
    }

    #[test]
    fn to_open_and_look_makes_nothing() {
        let fixture = Fixture::new();
        assert!(matches!(fixture.cache.load(&name()), Lookup::Missing));
        assert!(fixture.cache.all().unwrap().is_empty());
        assert!(!fixture.forget().unwrap());
        assert_eq!(fixture.cache.source_id("x").unwrap(), None);
        assert_eq!(fs::read_dir(fixture.home.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_stored_is_found_and_closed_to_others() {
        let fixture = Fixture::with_record();
        let Lookup::Found(found) = fixture.cache.load(&name()) else {
            panic!("stored");
        };
        let stored = record::tests::example().to_json();
        assert_eq!(found.to_json(), stored);
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
        assert_eq!(mode(&fixture.record()), 0o600);
        for folder in ["", "sessions", "locks", "state"] {
            assert_eq!(mode(&fixture.at(folder)), 0o700, "{folder}");
        }
        assert_eq!(mode(&fixture.home.path().join(".aws")), 0o700);
        let other = AccessKeyId::new("AKIAI44QH8DHBEXAMPLE").unwrap();
        assert!(matches!(
            fixture.cache.load(&RecordName::new(other.clone(), None)),
            Lookup::Missing
        ));
        assert!(fixture.forget().unwrap());
        assert!(matches!(fixture.cache.load(&name()), Lookup::Missing));
        assert!(!fixture.forget().unwrap());
    }

    #[test]
    fn a_record_that_others_can_reach_is_a_miss_and_one_line() {
        let fixture = Fixture::with_record();
        fixture.chmod(&format!("sessions/{ID}.json"), 0o640);
        insta::assert_snapshot!(fixture.distrust(), @"the cached session is not used: `CACHE/sessions/AKIAIOSFODNN7EXAMPLE.json` is open to others (mode 0640)");
        // The next login mends it.
        fixture.cache.prepare().unwrap();
        fixture.cache.store(&record::tests::example()).unwrap();
        assert!(matches!(fixture.cache.load(&name()), Lookup::Found(_)));
        for folder in ["sessions", ""] {
            fixture.chmod(folder, 0o770);
            assert!(
                fixture
                    .distrust()
                    .contains("is writable by others (mode 0770)"),
                "{folder}"
            );
            assert!(fixture.cache.all().is_err());
            let error = fixture.cache.prepare().unwrap_err();
            assert!(error.hint().unwrap().starts_with("chmod go-w "), "{error}");
            assert!(fixture.cache.store(&record::tests::example()).is_err());
            assert!(fixture.forget().is_err());
            fixture.chmod(folder, 0o700);
        }
    }

    #[test]
    fn a_link_a_pipe_a_folder_and_a_damaged_record_are_misses() {
        let fixture = Fixture::with_record();
        let elsewhere = fixture.at("elsewhere");
        fs::rename(fixture.record(), &elsewhere).unwrap();
        symlink(&elsewhere, fixture.record()).unwrap();
        assert!(fixture.distrust().ends_with("is a symbolic link"));
        fs::remove_file(fixture.record()).unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, fixture.record(), fifo, mode, 0).unwrap();
        assert!(fixture.distrust().ends_with("is not a regular file"));
        fs::remove_file(fixture.record()).unwrap();
        fs::create_dir(fixture.record()).unwrap();
        assert!(fixture.distrust().ends_with("is not a regular file"));
        // A folder cannot be replaced by a rename, so that it is told before a code is asked for.
        let error = fixture.cache.prepare().unwrap_err();
        assert!(matches!(error, CacheError::InTheWay { .. }), "{error}");
        fs::remove_dir(fixture.record()).unwrap();
        let name = format!("sessions/{ID}.json");
        fixture.put(&name, "{\"version\":1,");
        insta::assert_snapshot!(fixture.distrust(), @"the cached session is not used: `CACHE/sessions/AKIAIOSFODNN7EXAMPLE.json`: not a session record (line 1, column 13)");
        fixture.put(&name, &" ".repeat(70_000));
        assert!(fixture.distrust().ends_with("is longer than 65536 bytes"));
        fs::remove_dir_all(fixture.at("sessions")).unwrap();
        fixture.put("sessions", "");
        assert!(
            fixture
                .distrust()
                .ends_with("`CACHE/sessions` is not a folder")
        );
    }

    #[test]
    fn another_key_s_record_under_this_name_is_a_miss() {
        let fixture = Fixture::with_record();
        let other = AccessKeyId::new("AKIAI44QH8DHBEXAMPLE").unwrap();
        fs::copy(
            fixture.record(),
            fixture.at(&format!("sessions/{other}.json")),
        )
        .unwrap();
        let found = fixture.cache.load(&RecordName::new(other.clone(), None));
        assert!(
            matches!(&found, Lookup::Distrusted(why) if why.ends_with("holds the session of another key")),
            "{found:?}"
        );
    }

    #[test]
    fn sessions_of_two_endpoints_live_side_by_side() {
        let fixture = Fixture::with_record();
        let mut elsewhere = record::tests::example();
        elsewhere.endpoint = record::tests::endpoint("http://127.0.0.1:4566");
        elsewhere.granted_seconds = 900;
        fixture.cache.store(&elsewhere).unwrap();
        let granted = |url: &str| {
            let endpoint = record::tests::endpoint(url);
            match fixture
                .cache
                .load(&RecordName::new(id(), endpoint.as_ref()))
            {
                Lookup::Found(found) => Some(found.granted_seconds),
                Lookup::Missing => None,
                Lookup::Distrusted(why) => panic!("{why}"),
            }
        };
        assert_eq!(granted("https://sts.amazonaws.com"), Some(43_200));
        assert_eq!(granted("http://localhost:4566/"), Some(900));
        assert_eq!(granted("http://localhost:4567"), None);
        assert_eq!(fixture.cache.of_key(&id()).unwrap().len(), 2);
        let other = AccessKeyId::new("AKIAI44QH8DHBEXAMPLE").unwrap();
        assert!(fixture.cache.of_key(&other).unwrap().is_empty());
        // Ended sessions go, whatever their endpoint.
        let end = elsewhere.credentials.expiration;
        fixture.cache.forget_ended(&id(), end);
        assert_eq!(fixture.cache.of_key(&id()).unwrap().len(), 2);
        fixture
            .cache
            .forget_ended(&id(), end + time::Duration::minutes(1));
        assert_eq!(fixture.cache.of_key(&id()).unwrap().len(), 0);
    }

    #[test]
    fn a_record_under_the_name_of_another_endpoint_is_a_miss() {
        let fixture = Fixture::with_record();
        let mut elsewhere = record::tests::example();
        elsewhere.endpoint = record::tests::endpoint("http://127.0.0.1:4566");
        fixture.put(&format!("sessions/{ID}.json"), &elsewhere.to_json());
        assert!(
            fixture
                .distrust()
                .ends_with("holds the session of another endpoint")
        );
        assert!(fixture.forget().unwrap());
    }

    #[test]
    fn all_are_listed_by_key_and_only_they() {
        let fixture = Fixture::with_record();
        let mut second = record::tests::example();
        second.source_access_key_id = AccessKeyId::new("AKIAI44QH8DHBEXAMPLE").unwrap();
        fixture.cache.store(&second).unwrap();
        fixture.put("sessions/AKIADAMAGEDDAMAGED00.json", "");
        for name in [
            "notes.txt",
            "short.json",
            ".AKIAI44QH8DHBEXAMPLE.json.mfa-session-1-1.tmp",
        ] {
            fixture.put(&format!("sessions/{name}"), "x");
        }
        let all = fixture.cache.all().unwrap();
        let shown: Vec<(&str, bool)> = all
            .iter()
            .map(|(name, found)| (name.key_id().as_str(), matches!(found, Lookup::Found(_))))
            .collect();
        assert_eq!(
            shown,
            [
                ("AKIADAMAGEDDAMAGED00", false),
                ("AKIAI44QH8DHBEXAMPLE", true),
                (ID, true)
            ]
        );
    }

    #[test]
    fn what_a_killed_writer_left_goes_with_the_next_one_and_with_logout() {
        let fixture = Fixture::with_record();
        let leftover = format!("sessions/.{ID}.json.mfa-session-1-1.tmp");
        fixture.put(&leftover, "secret");
        fixture.cache.store(&record::tests::example()).unwrap();
        assert!(!fixture.at(&leftover).exists());
        fixture.put(&leftover, "secret");
        assert!(fixture.forget().unwrap());
        assert_eq!(fs::read_dir(fixture.at("sessions")).unwrap().count(), 0);
    }

    #[test]
    fn a_sweep_clears_every_folder_and_makes_none() {
        let fixture = Fixture::new();
        fixture.cache.sweep().unwrap();
        assert_eq!(fs::read_dir(fixture.home.path()).unwrap().count(), 0);
        let fixture = Fixture::with_record();
        let leftovers = [
            "sessions/.AKIAI44QH8DHBEXAMPLE.json.mfa-session-1-1.tmp",
            "state/.AKIAI44QH8DHBEXAMPLE.codes.json.mfa-session-1-1.tmp",
            "state/.probe.mfa-session-1-1.tmp",
            "locks/.probe.mfa-session-1-1.tmp",
        ];
        let left = || {
            leftovers
                .iter()
                .filter(|name| fixture.at(name).exists())
                .count()
        };
        let put = || {
            for name in leftovers {
                fixture.put(name, "secret");
            }
        };
        put();
        fixture.cache.sweep().unwrap();
        assert_eq!(left(), 0);
        assert!(fixture.record().exists());
        // What can be removed is removed.
        put();
        fixture.chmod("sessions", 0o777);
        let error = fixture.cache.sweep().unwrap_err();
        assert!(
            error.to_string().ends_with("sessions` were not removed"),
            "{error}"
        );
        assert_eq!(left(), 1);
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "how a test talks to itself in another process"
    )]
    fn told(name: &str) -> Option<PathBuf> {
        std::env::var_os(name).map(PathBuf::from)
    }

    /// What the test below runs in a process of its own.
    #[test]
    #[ignore = "run by another test as a child process"]
    fn child() {
        if let Some(dir) = told("CACHE") {
            let mut record = record::tests::example();
            record.granted_seconds = 900;
            Cache::open(dir, None).store(&record).unwrap();
        }
    }

    #[test]
    fn killed_or_failed_at_any_step_a_store_is_whole_or_none() {
        for step in ["create", "write", "sync", "rename", "folder"] {
            for end in ["kill", "enospc"] {
                let fixture = Fixture::with_record();
                let output = std::process::Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", "--ignored", "session::cache::tests::child"])
                    .env("CACHE", fixture.cache.dir())
                    .env("MFA_SESSION_TEST_STEP", format!("private.{step}={end}"))
                    .output()
                    .unwrap();
                let Lookup::Found(found) = fixture.cache.load(&name()) else {
                    panic!("{step} {end}");
                };
                // From the rename on it is stored, whatever happens to the folder.
                let stored = if step == "folder" { 900 } else { 43200 };
                assert_eq!(found.granted_seconds, stored, "{step} {end}");
                assert_eq!(
                    output.status.success(),
                    step == "folder" && end == "enospc",
                    "{step} {end}"
                );
                fixture.cache.store(&record::tests::example()).unwrap();
                assert_eq!(
                    fs::read_dir(fixture.at("sessions")).unwrap().count(),
                    1,
                    "{step} {end}"
                );
            }
        }
    }

    #[test]
    fn root_serves_the_sessions_of_the_owner_it_was_told_and_no_other() {
        if !rustix::process::geteuid().is_root() {
            writeln!(std::io::stderr(), "skipped: it takes root").unwrap();
            return;
        }
        let fixture = Fixture::with_record();
        for path in [fixture.at(""), fixture.at("sessions"), fixture.record()] {
            chown(path, Some(1000), Some(1000)).unwrap();
        }
        assert!(
            fixture
                .distrust()
                .ends_with("belongs to user 1000, not to user 0")
        );
        let dir = fixture.cache.dir().to_owned();
        let found = |owner| Cache::open(dir.clone(), Some(owner)).load(&name());
        assert!(matches!(found(1000), Lookup::Found(_)));
        assert!(matches!(found(1001), Lookup::Distrusted(_)));
        // What root stores there its owner can use.
        let cache = Cache::open(dir.clone(), Some(1000));
        for name in ["locks", "state"] {
            chown(fixture.at(name), Some(1000), Some(1000)).unwrap();
        }
        cache.prepare().unwrap();
        cache.store(&record::tests::example()).unwrap();
        assert_eq!(fs::metadata(fixture.record()).unwrap().uid(), 1000);
        cache.call_lock(&id()).check().unwrap();
        assert_eq!(
            fs::metadata(cache.call_lock(&id()).path()).unwrap().uid(),
            1000
        );
    }

    #[test]
    fn locks_have_names_of_their_own() {
        let fixture = Fixture::new();
        let shown = |lock: LockPath| {
            lock.path()
                .strip_prefix(fixture.cache.dir())
                .unwrap()
                .display()
                .to_string()
        };
        assert_eq!(
            shown(fixture.cache.ask_lock(&id())),
            format!("locks/{ID}.ask.lock")
        );
        assert_eq!(
            shown(fixture.cache.call_lock(&id())),
            format!("locks/{ID}.call.lock")
        );
        assert_eq!(
            shown(fixture.cache.terminal_lock(4711)),
            "locks/terminal-4711.lock"
        );
        let file = shown(
            fixture
                .cache
                .file_lock(Path::new("/home/a/.aws/credentials")),
        );
        assert!(file.starts_with("locks/file-"), "{file}");
    }

    #[test]
    fn a_lock_is_waited_for_as_the_caller_wants() {
        let mut fixture = Fixture::new();
        fixture.cache.prepare().unwrap();
        let _held = fixture.cache.call_lock(&id()).try_acquire().unwrap();
        fixture.cache.wait_with(Patience::over());
        let mut keep_waiting = || std::ops::ControlFlow::<()>::Continue(());
        let waited = fixture.cache.call_lock(&id()).acquire(&mut keep_waiting);
        assert!(matches!(waited, Err(LockError::Held { .. })));
    }
}
