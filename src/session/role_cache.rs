//! The credentials of roles in the cache, under the rules of the session records.
//!
//! A file is named by the long-term key's id, so that they are forgotten with its session, and by a hash of everything else that they
//! depend on. A lookup takes no lock and writes nothing.

use serde::Serialize;

use super::cache::{Cache, CacheError, ROLES};
use super::record::LARGEST_RECORD;
use super::role_record::RoleRecord;
use crate::aws::types::AccessKeyId;
use crate::storage::atomic_file::{Flush, Writers, forget_private, write_private};
use crate::storage::lock::{Activity, LockPath};
use crate::storage::sha256_hex;

/// The name of a role's credentials in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleName(String);

impl RoleName {
    /// The name for the long-term key `id` and everything else that the credentials depend on.
    #[must_use]
    pub fn new(id: &AccessKeyId, depends_on: &impl Serialize) -> Self {
        // Texts and numbers always have a form in JSON.
        let text = serde_json::to_vec(depends_on).unwrap_or_default();
        let hash: String = sha256_hex(&text).chars().take(32).collect();
        Self(format!("{id}-{hash}"))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn file(&self) -> String {
        format!("{}.json", self.0)
    }
}

impl Cache {
    /// The credentials with this name, which may have ended.
    ///
    /// # Errors
    /// Why they are not trusted, as one line for a warning.
    pub fn role(&self, name: &RoleName) -> Result<Option<Box<RoleRecord>>, String> {
        let distrusted =
            |why: &str| format!("the cached credentials of a role are not used: {why}");
        let folder = self.folder(ROLES).map_err(|why| distrusted(&why.line()))?;
        let Some(folder) = folder else {
            return Ok(None);
        };
        let file = name.file();
        let read = folder.read(&file, LARGEST_RECORD);
        let Some(bytes) = read.map_err(|why| distrusted(&why.line()))? else {
            return Ok(None);
        };
        let path = || folder.path().join(&file);
        match RoleRecord::from_json(&bytes) {
            Ok(record) if record.name == name.as_str() => Ok(Some(Box::new(record))),
            // A copy under another name would be another role's, or another account's.
            Ok(_) => Err(distrusted(&format!(
                "`{}` holds those of another role",
                path().display()
            ))),
            Err(why) => Err(distrusted(&format!("`{}`: {why}", path().display()))),
        }
    }

    /// Stores the credentials of a role. The caller holds [`Cache::role_lock`].
    ///
    /// # Errors
    /// [`CacheError`]; what was stored before is then still there.
    pub fn store_role(&self, record: &RoleRecord) -> Result<(), CacheError> {
        let folder = self.create_folder(ROLES)?;
        let name = RoleName(record.name.clone()).file();
        let text = record.to_json();
        write_private(&folder, &name, text.as_bytes(), Writers::One, Flush::No)?;
        Ok(())
    }

    /// Removes the credentials of all roles that were assumed with the session of this long-term key, or with any, and the temporary
    /// files that killed processes left. Returns how many there were.
    ///
    /// # Errors
    /// The first [`CacheError`]. The other files are removed all the same.
    pub fn forget_roles(&self, id: Option<&AccessKeyId>) -> Result<usize, CacheError> {
        let Some(folder) = self.folder_to_clear(ROLES)? else {
            return Ok(0);
        };
        let names = folder.names().map_err(|why| self.roles_not_removed(why))?;
        let prefix = id.map(|id| format!("{id}-")).unwrap_or_default();
        let names: Vec<_> = names
            .iter()
            .filter_map(|name| name.to_str())
            .filter(|name| name.starts_with(&prefix) && !name.starts_with('.'))
            .filter(|name| name.strip_suffix(".json").is_some())
            .map(str::to_owned)
            .collect();
        let mut count = 0;
        let mut result = Ok(());
        for removed in forget_private(&folder, &names)? {
            match removed {
                Ok(was_there) => count += usize::from(was_there),
                Err(error) => result = result.and(Err(error)),
            }
        }
        result?;
        Ok(count)
    }

    /// The lock that is held from just before the first role is assumed until the credentials are stored.
    #[must_use]
    pub fn role_lock(&self, name: &RoleName) -> LockPath {
        let name = format!("{}.role", name.as_str());
        self.locks().named(&name, Activity::Calling)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::session::role_record::tests::example;

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";

    fn id() -> AccessKeyId {
        AccessKeyId::new(ID).unwrap()
    }

    fn cache() -> (tempfile::TempDir, Cache) {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::open(home.path().join("cache"), None);
        (home, cache)
    }

    fn stored(cache: &Cache, role: &str) -> RoleName {
        let name = RoleName::new(&id(), &role);
        cache.store_role(&example(name.as_str())).unwrap();
        name
    }

    #[test]
    fn what_is_stored_is_found_closed_to_others_and_forgotten_with_its_key() {
        let (_home, cache) = cache();
        assert_eq!(cache.forget_roles(None).unwrap(), 0);
        let [a, b] = ["a", "b"].map(|role| stored(&cache, role));
        let path = cache.dir().join("roles").join(a.file());
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path) & 0o7777, 0o600);
        assert_eq!(mode(path.parent().unwrap()) & 0o7777, 0o700);
        assert!(cache.role(&a).unwrap().is_some());
        let other = AccessKeyId::new("AKIAI44QH8DHBEXAMPLE").unwrap();
        assert!(cache.role(&RoleName::new(&other, &"a")).unwrap().is_none());
        assert_eq!(cache.forget_roles(Some(&other)).unwrap(), 0);
        assert_eq!(cache.forget_roles(Some(&id())).unwrap(), 2);
        for name in [a, b] {
            assert!(cache.role(&name).unwrap().is_none());
        }
        stored(&cache, "c");
        assert_eq!(cache.forget_roles(None).unwrap(), 1);
    }

    #[test]
    fn a_file_that_is_not_trusted_is_a_warning() {
        let (_home, cache) = cache();
        let name = stored(&cache, "a");
        let path = cache.dir().join("roles").join(name.file());
        let why = || cache.role(&name).unwrap_err();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(why().contains("is open to others"), "{}", why());
        let elsewhere = cache.dir().join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        assert!(why().contains("is a symbolic link"), "{}", why());
        let name = stored(&cache, "a");
        let copy = RoleName::new(&id(), &"b");
        fs::copy(&path, path.with_file_name(copy.file())).unwrap();
        let copied = cache.role(&copy).unwrap_err();
        assert!(copied.ends_with("holds those of another role"), "{copied}");
        let mut empty = fs::OpenOptions::new();
        empty.write(true).truncate(true).open(&path).unwrap();
        assert!(cache.role(&name).is_err());
    }

    #[test]
    fn everything_that_they_depend_on_makes_another_name() {
        let name = |role: &str, seconds: u32| RoleName::new(&id(), &(role, seconds));
        assert_eq!(name("a", 1), name("a", 1));
        assert_ne!(name("a", 1), name("a", 2));
        assert_ne!(name("a", 1), name("b", 1));
        assert!(
            name("a/../ü", 1)
                .as_str()
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'/')
        );
    }
}
