//! The records on disk, one a long-term key, and the names of the locks around them.
//!
//! The name is the key's id, so that a key is one session whatever path or profile leads to it, and a profile that gets another
//! key never sees the old one's session. To look a record up takes no lock and writes nothing.

use std::path::{Path, PathBuf};

use super::record::{LARGEST_RECORD, Record};
use crate::aws::types::AccessKeyId;
use crate::storage::atomic_file::{
    Flush, WriteError, Writers, forget_private, sweep_private, write_private,
};
use crate::storage::lock::{Activity, LockPath, Locks, Patience};
use crate::storage::permissions::{Distrust, Folder, FolderError, Owners};

const SESSIONS: &str = "sessions";
const LOCKS: &str = "locks";
pub(super) const STATE: &str = "state";

/// The folder of the cache. Opening it touches nothing.
#[derive(Clone, Debug)]
pub struct Cache {
    dir: PathBuf,
    owners: Owners,
    patience: Patience,
}

/// What was found under a key's id.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// A record, live or not.
    Found(Box<Record>),
    /// Nothing.
    Missing,
    /// Something that is not believed: as good as nothing, and this line says why.
    Distrusted(String),
}

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// A folder of it.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A record.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// What is in a folder of it cannot be removed.
    #[error("what is in `{}` was not removed", path.display())]
    NotRemoved {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: Distrust,
    },
    /// Something stands where a record is to be written.
    #[error("`{}` is in the way of a session record", path.display())]
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
    /// The cache in `dir`. `trusted_owner` is the owner of the shared credentials file, whose records root accepts too; it means
    /// nothing to anybody else.
    #[must_use]
    pub fn open(dir: PathBuf, trusted_owner: Option<u32>) -> Self {
        Self {
            dir,
            owners: Owners::new(trusted_owner),
            patience: Patience::default(),
        }
    }

    /// Has its locks waited for in this way.
    pub fn wait_with(&mut self, patience: Patience) {
        self.patience = patience;
    }

    /// Where it is.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The record of a key. Eleven system calls, none of which writes or waits.
    #[must_use]
    pub fn load(&self, id: &AccessKeyId) -> Lookup {
        match self.folder(SESSIONS) {
            Ok(Some(sessions)) => load_from(&sessions, id),
            Ok(None) => Lookup::Missing,
            Err(why) => distrusted(&why.line()),
        }
    }

    /// Every record, by key id. Files with other names are not looked at.
    ///
    /// # Errors
    /// [`Distrust`] of the folder.
    pub fn all(&self) -> Result<Vec<(AccessKeyId, Lookup)>, Distrust> {
        let Some(sessions) = self.folder(SESSIONS)? else {
            return Ok(Vec::new());
        };
        let mut ids: Vec<AccessKeyId> = sessions
            .names()?
            .iter()
            .filter_map(|name| AccessKeyId::new(name.to_str()?.strip_suffix(".json")?).ok())
            .collect();
        ids.sort();
        Ok(ids
            .into_iter()
            .map(|id| {
                let found = load_from(&sessions, &id);
                (id, found)
            })
            .collect())
    }

    /// Makes the folders where they are missing, and sees that a record could be stored and would come out closed to others. To
    /// be called before a code is asked for.
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

    /// Stores a record under its source key's id. The caller holds [`Cache::call_lock`].
    ///
    /// # Errors
    /// [`CacheError`]; what was stored before is then still there.
    pub fn store(&self, record: &Record) -> Result<(), CacheError> {
        let sessions = self.create_folder(SESSIONS)?;
        let name = file_name(&record.source_access_key_id);
        let text = record.to_json();
        let bytes = text.as_bytes();
        write_private(&sessions, &name, bytes, Writers::One, Flush::Yes)?;
        Ok(())
    }

    /// Removes the records of keys, believed or not, and whatever killed processes left of them; says of each whether there was
    /// one. The folder is listed once.
    ///
    /// # Errors
    /// [`CacheError`] of the folder, and of each record that cannot be removed.
    pub fn forget(&self, ids: &[AccessKeyId]) -> Result<Vec<Result<bool, CacheError>>, CacheError> {
        let Some(sessions) = self.folder_to_clear(SESSIONS)? else {
            return Ok(ids.iter().map(|_| Ok(false)).collect());
        };
        let names: Vec<_> = ids.iter().map(file_name).collect();
        let removed = forget_private(&sessions, &names)?;
        Ok(removed.into_iter().map(|there| Ok(there?)).collect())
    }

    /// Removes what killed processes left, in every folder of the cache. Nothing is made, and nothing of a living process is
    /// removed.
    ///
    /// # Errors
    /// The first [`CacheError`]; what can be removed is removed all the same.
    pub fn sweep(&self) -> Result<(), CacheError> {
        let mut result = Ok(());
        for name in [SESSIONS, STATE, LOCKS] {
            let swept = self.folder_to_clear(name).and_then(|folder| match folder {
                Some(folder) => Ok(sweep_private(&folder)?),
                None => Ok(()),
            });
            result = result.and(swept);
        }
        result
    }

    /// Where the record of a key is.
    #[must_use]
    pub fn path(&self, id: &AccessKeyId) -> PathBuf {
        self.dir.join(SESSIONS).join(file_name(id))
    }

    /// That the records in it were not removed, because the folder is not to be trusted.
    #[must_use]
    pub fn not_removed(&self, source: Distrust) -> CacheError {
        let path = self.dir.join(SESSIONS);
        CacheError::NotRemoved { path, source }
    }

    fn folder_to_clear(&self, name: &str) -> Result<Option<Folder>, CacheError> {
        self.folder(name).map_err(|source| CacheError::NotRemoved {
            path: self.dir.join(name),
            source,
        })
    }

    /// The folder of locks.
    #[must_use]
    pub fn locks(&self) -> Locks {
        Locks::new(self.dir.join(LOCKS), self.owners).with_patience(self.patience.clone())
    }

    /// Held while a human or an `mfa_process` is asked for this key's code.
    #[must_use]
    pub fn ask_lock(&self, id: &AccessKeyId) -> LockPath {
        self.locks().named(&format!("{id}.ask"), Activity::Asking)
    }

    /// Held from just before GetSessionToken until the record is stored.
    #[must_use]
    pub fn call_lock(&self, id: &AccessKeyId) -> LockPath {
        self.locks().named(&format!("{id}.call"), Activity::Calling)
    }

    /// Held while a prompt is on a terminal, which is named by its session's id.
    #[must_use]
    pub fn terminal_lock(&self, session_id: i32) -> LockPath {
        self.locks()
            .named(&format!("terminal-{session_id}"), Activity::Asking)
    }

    /// Held while a shared file is replaced, by its canonical path.
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

fn file_name(id: &AccessKeyId) -> String {
    format!("{id}.json")
}

fn load_from(sessions: &Folder, id: &AccessKeyId) -> Lookup {
    let name = file_name(id);
    let bytes = match sessions.read(&name, LARGEST_RECORD) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Lookup::Missing,
        Err(why) => return distrusted(&why.line()),
    };
    let path = || sessions.path().join(&name);
    match Record::from_json(&bytes) {
        // A copy under another key's name would be another account's session.
        Ok(record) if record.source_access_key_id != *id => distrusted(&format!(
            "`{}` holds the session of another key",
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

    struct Scene {
        home: tempfile::TempDir,
        cache: Cache,
    }

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";

    fn id() -> AccessKeyId {
        AccessKeyId::new(ID).unwrap()
    }

    impl Scene {
        fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            let cache = Cache::open(home.path().join(".aws/mfa-session"), None);
            Self { home, cache }
        }

        fn with_record() -> Self {
            let scene = Self::new();
            scene.cache.prepare().unwrap();
            scene.cache.store(&record::tests::example()).unwrap();
            scene
        }

        fn forget(&self) -> Result<bool, CacheError> {
            let removed = self.cache.forget(&[id()])?;
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

        /// Why it is not believed, with the paths of this scene taken out.
        fn distrust(&self) -> String {
            match self.cache.load(&id()) {
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
        let scene = Scene::new();
        assert!(matches!(scene.cache.load(&id()), Lookup::Missing));
        assert!(scene.cache.all().unwrap().is_empty());
        assert!(!scene.forget().unwrap());
        assert_eq!(scene.cache.source_id("x").unwrap(), None);
        assert_eq!(fs::read_dir(scene.home.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_stored_is_found_and_closed_to_others() {
        let scene = Scene::with_record();
        let Lookup::Found(found) = scene.cache.load(&id()) else {
            panic!("stored");
        };
        let stored = record::tests::example().to_json();
        assert_eq!(found.to_json(), stored);
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
        assert_eq!(mode(&scene.record()), 0o600);
        for folder in ["", "sessions", "locks", "state"] {
            assert_eq!(mode(&scene.at(folder)), 0o700, "{folder}");
        }
        assert_eq!(mode(&scene.home.path().join(".aws")), 0o700);
        let other = AccessKeyId::new("AKIAI44QH8DHBEXAMPLE").unwrap();
        assert!(matches!(scene.cache.load(&other), Lookup::Missing));
        assert!(scene.forget().unwrap());
        assert!(matches!(scene.cache.load(&id()), Lookup::Missing));
        assert!(!scene.forget().unwrap());
    }

    #[test]
    fn a_record_that_others_can_reach_is_a_miss_and_one_line() {
        let scene = Scene::with_record();
        scene.chmod(&format!("sessions/{ID}.json"), 0o640);
        insta::assert_snapshot!(scene.distrust(), @"the cached session is not used: `CACHE/sessions/AKIAIOSFODNN7EXAMPLE.json` is open to others (mode 0640)");
        // The next login mends it.
        scene.cache.prepare().unwrap();
        scene.cache.store(&record::tests::example()).unwrap();
        assert!(matches!(scene.cache.load(&id()), Lookup::Found(_)));
        for folder in ["sessions", ""] {
            scene.chmod(folder, 0o770);
            assert!(
                scene
                    .distrust()
                    .contains("is writable by others (mode 0770)"),
                "{folder}"
            );
            assert!(scene.cache.all().is_err());
            let error = scene.cache.prepare().unwrap_err();
            assert!(error.hint().unwrap().starts_with("chmod go-w "), "{error}");
            assert!(scene.cache.store(&record::tests::example()).is_err());
            assert!(scene.forget().is_err());
            scene.chmod(folder, 0o700);
        }
    }

    #[test]
    fn a_link_a_pipe_a_folder_and_a_damaged_record_are_misses() {
        let scene = Scene::with_record();
        let elsewhere = scene.at("elsewhere");
        fs::rename(scene.record(), &elsewhere).unwrap();
        symlink(&elsewhere, scene.record()).unwrap();
        assert!(scene.distrust().ends_with("is a symbolic link"));
        fs::remove_file(scene.record()).unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, scene.record(), fifo, mode, 0).unwrap();
        assert!(scene.distrust().ends_with("is not a regular file"));
        fs::remove_file(scene.record()).unwrap();
        fs::create_dir(scene.record()).unwrap();
        assert!(scene.distrust().ends_with("is not a regular file"));
        // A folder cannot be replaced by a rename, so that it is told before a code is asked for.
        let error = scene.cache.prepare().unwrap_err();
        assert!(matches!(error, CacheError::InTheWay { .. }), "{error}");
        fs::remove_dir(scene.record()).unwrap();
        let name = format!("sessions/{ID}.json");
        scene.put(&name, "{\"version\":1,");
        insta::assert_snapshot!(scene.distrust(), @"the cached session is not used: `CACHE/sessions/AKIAIOSFODNN7EXAMPLE.json`: not a session record (line 1, column 13)");
        scene.put(&name, &" ".repeat(70_000));
        assert!(scene.distrust().ends_with("is longer than 65536 bytes"));
        fs::remove_dir_all(scene.at("sessions")).unwrap();
        scene.put("sessions", "");
        assert!(
            scene
                .distrust()
                .ends_with("`CACHE/sessions` is not a folder")
        );
    }

    #[test]
    fn another_key_s_record_under_this_name_is_a_miss() {
        let scene = Scene::with_record();
        let other = AccessKeyId::new("AKIAI44QH8DHBEXAMPLE").unwrap();
        fs::copy(scene.record(), scene.at(&format!("sessions/{other}.json"))).unwrap();
        let found = scene.cache.load(&other);
        assert!(
            matches!(&found, Lookup::Distrusted(why) if why.ends_with("holds the session of another key")),
            "{found:?}"
        );
    }

    #[test]
    fn all_are_listed_by_key_and_only_they() {
        let scene = Scene::with_record();
        let mut second = record::tests::example();
        second.source_access_key_id = AccessKeyId::new("AKIAI44QH8DHBEXAMPLE").unwrap();
        scene.cache.store(&second).unwrap();
        scene.put("sessions/AKIADAMAGEDDAMAGED00.json", "");
        for name in [
            "notes.txt",
            "short.json",
            ".AKIAI44QH8DHBEXAMPLE.json.mfa-session-1-1.tmp",
        ] {
            scene.put(&format!("sessions/{name}"), "x");
        }
        let all = scene.cache.all().unwrap();
        let shown: Vec<(&str, bool)> = all
            .iter()
            .map(|(id, found)| (id.as_str(), matches!(found, Lookup::Found(_))))
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
        let scene = Scene::with_record();
        let leftover = format!("sessions/.{ID}.json.mfa-session-1-1.tmp");
        scene.put(&leftover, "secret");
        scene.cache.store(&record::tests::example()).unwrap();
        assert!(!scene.at(&leftover).exists());
        scene.put(&leftover, "secret");
        assert!(scene.forget().unwrap());
        assert_eq!(fs::read_dir(scene.at("sessions")).unwrap().count(), 0);
    }

    #[test]
    fn a_sweep_clears_every_folder_and_makes_none() {
        let scene = Scene::new();
        scene.cache.sweep().unwrap();
        assert_eq!(fs::read_dir(scene.home.path()).unwrap().count(), 0);
        let scene = Scene::with_record();
        let leftovers = [
            "sessions/.AKIAI44QH8DHBEXAMPLE.json.mfa-session-1-1.tmp",
            "state/.AKIAI44QH8DHBEXAMPLE.codes.json.mfa-session-1-1.tmp",
            "state/.probe.mfa-session-1-1.tmp",
            "locks/.probe.mfa-session-1-1.tmp",
        ];
        let left = || {
            leftovers
                .iter()
                .filter(|name| scene.at(name).exists())
                .count()
        };
        let put = || {
            for name in leftovers {
                scene.put(name, "secret");
            }
        };
        put();
        scene.cache.sweep().unwrap();
        assert_eq!(left(), 0);
        assert!(scene.record().exists());
        // What can be removed is removed.
        put();
        scene.chmod("sessions", 0o777);
        let error = scene.cache.sweep().unwrap_err();
        assert!(
            error.to_string().ends_with("sessions` was not removed"),
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
                let scene = Scene::with_record();
                let output = std::process::Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", "--ignored", "session::cache::tests::child"])
                    .env("CACHE", scene.cache.dir())
                    .env("MFA_SESSION_TEST_STEP", format!("private.{step}={end}"))
                    .output()
                    .unwrap();
                let Lookup::Found(found) = scene.cache.load(&id()) else {
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
                scene.cache.store(&record::tests::example()).unwrap();
                assert_eq!(
                    fs::read_dir(scene.at("sessions")).unwrap().count(),
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
        let scene = Scene::with_record();
        for path in [scene.at(""), scene.at("sessions"), scene.record()] {
            chown(path, Some(1000), Some(1000)).unwrap();
        }
        assert!(
            scene
                .distrust()
                .ends_with("belongs to user 1000, not to user 0")
        );
        let dir = scene.cache.dir().to_owned();
        let found = |owner| Cache::open(dir.clone(), Some(owner)).load(&id());
        assert!(matches!(found(1000), Lookup::Found(_)));
        assert!(matches!(found(1001), Lookup::Distrusted(_)));
        // What root stores there its owner can use.
        let cache = Cache::open(dir.clone(), Some(1000));
        for name in ["locks", "state"] {
            chown(scene.at(name), Some(1000), Some(1000)).unwrap();
        }
        cache.prepare().unwrap();
        cache.store(&record::tests::example()).unwrap();
        assert_eq!(fs::metadata(scene.record()).unwrap().uid(), 1000);
        cache.call_lock(&id()).check().unwrap();
        assert_eq!(
            fs::metadata(cache.call_lock(&id()).path()).unwrap().uid(),
            1000
        );
    }

    #[test]
    fn locks_have_names_of_their_own() {
        let scene = Scene::new();
        let shown = |lock: LockPath| {
            lock.path()
                .strip_prefix(scene.cache.dir())
                .unwrap()
                .display()
                .to_string()
        };
        assert_eq!(
            shown(scene.cache.ask_lock(&id())),
            format!("locks/{ID}.ask.lock")
        );
        assert_eq!(
            shown(scene.cache.call_lock(&id())),
            format!("locks/{ID}.call.lock")
        );
        assert_eq!(
            shown(scene.cache.terminal_lock(4711)),
            "locks/terminal-4711.lock"
        );
        let file = shown(scene.cache.file_lock(Path::new("/home/a/.aws/credentials")));
        assert!(file.starts_with("locks/file-"), "{file}");
    }
}
