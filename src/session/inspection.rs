//! Looks through the whole cache without changing anything, for `doctor`.

use std::path::PathBuf;

use super::cache::{Cache, LOCKS, Lookup, ROLES, SESSIONS, STATE};
use super::record::{LARGEST_RECORD, Record};
use super::record_name::RecordName;
use super::role_record::RoleRecord;
use crate::storage::permissions::{Distrust, Folder};

/// What is in the cache.
#[derive(Debug, Default)]
pub struct Inspection {
    /// What is not trusted, each file or folder once.
    pub distrusted: Vec<Distrust>,
    /// Records that cannot be read: the file, and why.
    pub broken: Vec<(PathBuf, String)>,
    /// Sessions, with their files.
    pub sessions: Vec<(PathBuf, Record)>,
    /// The credentials of roles.
    pub roles: Vec<RoleRecord>,
    /// Temporary files that killed processes left.
    pub leftovers: Vec<PathBuf>,
}

impl Inspection {
    fn distrust(&mut self, why: Distrust) {
        if self
            .distrusted
            .iter()
            .all(|known| known.path() != why.path())
        {
            self.distrusted.push(why);
        }
    }
}

impl Cache {
    /// Looks through the cache. No lock is taken and nothing is created.
    #[must_use]
    pub fn inspect(&self) -> Inspection {
        let mut found = Inspection::default();
        for name in [SESSIONS, ROLES, STATE, LOCKS] {
            let folder = match self.folder(name) {
                Ok(Some(folder)) => folder,
                Ok(None) => continue,
                Err(why) => {
                    found.distrust(why);
                    continue;
                }
            };
            found.leftovers.extend(folder.leftovers());
            if name != LOCKS {
                self.inspect_files(name, &folder, &mut found);
            }
        }
        found
    }

    fn inspect_files(&self, kind: &str, folder: &Folder, found: &mut Inspection) {
        let mut names = folder.names().unwrap_or_default();
        names.sort();
        let names = names.iter().filter_map(|name| name.to_str());
        let is_ours = |name: &&str| !name.starts_with('.') && name.strip_suffix(".json").is_some();
        for name in names.filter(is_ours) {
            let bytes = match folder.read(name, LARGEST_RECORD) {
                Ok(Some(bytes)) => bytes,
                Ok(None) => continue,
                Err(why) => {
                    found.distrust(why);
                    continue;
                }
            };
            let path = folder.path().join(name);
            if kind == SESSIONS {
                self.inspect_session(name, path, found);
            } else if kind == ROLES {
                match RoleRecord::from_json(&bytes) {
                    Ok(role) => found.roles.push(role),
                    Err(why) => found.broken.push((path, why.to_string())),
                }
            }
        }
    }

    fn inspect_session(&self, file: &str, path: PathBuf, found: &mut Inspection) {
        let Some(name) = RecordName::of_file(file) else {
            return;
        };
        match self.load(&name) {
            Lookup::Found(record) => found.sessions.push((path, *record)),
            Lookup::Missing => {}
            Lookup::Distrusted(why) => found.broken.push((path, why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::session::record::tests::example;

    #[test]
    fn everything_in_the_cache_is_found_once() {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::open(home.path().join("cache"), None);
        assert!(cache.inspect().sessions.is_empty());
        assert!(!cache.dir().exists(), "nothing is created");
        let record = example();
        cache.store(&record).unwrap();
        let path = cache.path(&RecordName::of(&record));
        let found = cache.inspect();
        assert_eq!(found.sessions.len(), 1);
        assert!(found.distrusted.is_empty() && found.broken.is_empty());
        let copy = path.with_file_name("AKIAI44QH8DHBEXAMPLE.json");
        fs::copy(&path, &copy).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let found = cache.inspect();
        assert_eq!(found.broken.len(), 1);
        assert!(found.broken[0].1.contains("another key"), "{found:?}");
        let [distrusted] = &found.distrusted[..] else {
            panic!("{found:?}");
        };
        assert_eq!(distrusted.path(), path);
        fs::set_permissions(cache.dir(), Permissions::from_mode(0o777)).unwrap();
        let found = cache.inspect();
        assert_eq!(found.distrusted.len(), 1, "{found:?}");
        assert!(found.sessions.is_empty());
    }
}
