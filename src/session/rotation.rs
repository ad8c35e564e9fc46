//! How far the rotation of a long-term key has come, so that a rotation that was killed can be continued.
//!
//! Only ids are kept, never a secret: the secret of a new key goes straight into its shared file, and a key whose secret did not get
//! there is deleted.

use serde::{Deserialize, Serialize};

use super::cache::{Cache, CacheError, STATE};
use super::state::Distrusted;
use crate::aws::types::AccessKeyId;
use crate::storage::atomic_file::{Flush, Writers, forget_private};
use crate::storage::lock::{Activity, LockPath};
use crate::storage::sha256_hex;

/// A rotation that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The key that is replaced.
    pub old: AccessKeyId,
    /// The new key, as soon as AWS has named it.
    pub new: Option<AccessKeyId>,
    /// When it began by AWS's clock, in seconds since 1970.
    pub began: i64,
}

#[derive(Serialize, Deserialize)]
struct RotationFile {
    old: String,
    new: Option<String>,
    began: i64,
}

impl Cache {
    /// The rotation of a profile's key that has begun and not ended. `profile_key` is any text.
    ///
    /// # Errors
    /// [`Distrusted`]; nothing is then known about earlier rotations.
    pub fn rotation(&self, profile_key: &str) -> Result<Option<Rotation>, Distrusted> {
        let name = file_name(profile_key);
        let Some(file) = self.read_state::<RotationFile>(&name)? else {
            return Ok(None);
        };
        let id = |text: &str| AccessKeyId::new(text).map_err(|why| Distrusted::of(&name, why));
        Ok(Some(Rotation {
            old: id(&file.old)?,
            new: file.new.as_deref().map(id).transpose()?,
            began: file.began,
        }))
    }

    /// Remembers how far a rotation has come, also through a loss of power. The caller holds [`Cache::rotation_lock`].
    ///
    /// # Errors
    /// [`CacheError`].
    pub fn remember_rotation(
        &self,
        profile_key: &str,
        rotation: &Rotation,
    ) -> Result<(), CacheError> {
        let file = RotationFile {
            old: rotation.old.to_string(),
            new: rotation.new.as_ref().map(ToString::to_string),
            began: rotation.began,
        };
        self.write_state_with(&file_name(profile_key), &file, Writers::One, Flush::Yes)
    }

    /// Forgets a rotation that has ended. What cannot be removed is found out of date by the next rotation.
    pub fn forget_rotation(&self, profile_key: &str) {
        if let Ok(Some(folder)) = self.folder(STATE) {
            let _ = forget_private(&folder, &[file_name(profile_key)]);
        }
    }

    /// The lock that is held while a profile's key is rotated.
    #[must_use]
    pub fn rotation_lock(&self, profile_key: &str) -> LockPath {
        let name = format!("rotate-{}", sha256_hex(profile_key.as_bytes()));
        self.locks().named(&name, Activity::Calling)
    }
}

fn file_name(profile_key: &str) -> String {
    format!("rotation-{}.json", sha256_hex(profile_key.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(end: &str) -> AccessKeyId {
        AccessKeyId::new(&format!("AKIAIOSFODNN7EXAMPL{end}")).unwrap()
    }

    #[test]
    fn a_rotation_is_remembered_by_profile_until_it_is_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::open(home.path().join("cache"), None);
        assert_eq!(cache.rotation("a").unwrap(), None);
        let mut rotation = Rotation {
            old: id("1"),
            new: None,
            began: 1_795_000_000,
        };
        cache.remember_rotation("a", &rotation).unwrap();
        assert_eq!(cache.rotation("a").unwrap(), Some(rotation.clone()));
        rotation.new = Some(id("2"));
        cache.remember_rotation("a", &rotation).unwrap();
        assert_eq!(cache.rotation("a").unwrap(), Some(rotation));
        assert_eq!(cache.rotation("b").unwrap(), None);
        cache.forget_rotation("a");
        assert_eq!(cache.rotation("a").unwrap(), None);
    }

    #[test]
    fn a_damaged_file_is_not_used() {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::open(home.path().join("cache"), None);
        let file = RotationFile {
            old: "../../etc".to_owned(),
            new: None,
            began: 0,
        };
        cache
            .write_state_with(&file_name("a"), &file, Writers::One, Flush::Yes)
            .unwrap();
        let error = cache.rotation("a").unwrap_err().to_string();
        assert!(error.contains("access key id"), "{error}");
    }
}
