//! What the last setup wrote into the shared files, so that it can be taken back.
//!
//! It holds no keys: of a key pair that was moved or stored, only the id is kept.

use serde::{Deserialize, Serialize};

use super::cache::{Cache, CacheError, STATE};
use super::state::Distrusted;
use crate::storage::atomic_file::{Flush, Writers, forget_private};
use crate::storage::sha256_hex;

/// A setup, as far as it changed the shared files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupRecord {
    /// Whether all of it was written. What is not complete is added to by the setup that goes on from there.
    pub complete: bool,
    /// The settings that it wrote or removed.
    pub settings: Vec<WrittenSetting>,
    /// The key pair that it moved.
    pub moved: Option<MovedKey>,
    /// The key pair that it stored.
    pub stored: Option<StoredKey>,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenSetting {
    /// The file.
    pub file: SharedFile,
    /// The profile.
    pub profile: String,
    /// The setting.
    pub key: String,
    /// Its value before.
    pub before: Option<String>,
    /// Its value afterwards.
    pub after: Option<String>,
    /// Whether the profile's section in this file is new.
    pub new_section: bool,
}

/// A key pair that was moved from one profile to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedKey {
    /// The file.
    pub file: SharedFile,
    /// The profile that had it.
    pub from: String,
    /// The profile that got it.
    pub to: String,
    /// Its id.
    pub access_key_id: String,
}

/// A key pair that was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredKey {
    /// The profile.
    pub profile: String,
    /// Its id.
    pub access_key_id: String,
}

/// One of the shared files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedFile {
    /// The shared config file.
    Config,
    /// The shared credentials file.
    Credentials,
}

impl Cache {
    /// The last setup of a pair of shared files. `files_key` is any text.
    ///
    /// # Errors
    /// [`Distrusted`]; nothing is then known about it.
    pub fn setup_record(&self, files_key: &str) -> Result<Option<SetupRecord>, Distrusted> {
        self.read_state(&file_name(files_key))
    }

    /// Remembers a setup, also through a loss of power.
    ///
    /// # Errors
    /// [`CacheError`].
    pub fn remember_setup(&self, files_key: &str, record: &SetupRecord) -> Result<(), CacheError> {
        self.write_state_with(&file_name(files_key), record, Writers::Many, Flush::Yes)
    }

    /// Forgets a setup that was taken back.
    pub fn forget_setup(&self, files_key: &str) {
        if let Ok(Some(folder)) = self.folder(STATE) {
            let _ = forget_private(&folder, &[file_name(files_key)]);
        }
    }
}

fn file_name(files_key: &str) -> String {
    format!("setup-{}.json", sha256_hex(files_key.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setup_is_remembered_until_it_is_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::open(home.path().join("cache"), None);
        assert_eq!(cache.setup_record("a").unwrap(), None);
        let record = SetupRecord {
            complete: true,
            settings: vec![WrittenSetting {
                file: SharedFile::Config,
                profile: "bücher".to_owned(),
                key: "mfa_serial".to_owned(),
                before: None,
                after: Some("x".to_owned()),
                new_section: true,
            }],
            moved: None,
            stored: None,
        };
        cache.remember_setup("a", &record).unwrap();
        assert_eq!(cache.setup_record("a").unwrap(), Some(record));
        assert_eq!(cache.setup_record("b").unwrap(), None);
        cache.forget_setup("a");
        assert_eq!(cache.setup_record("a").unwrap(), None);
    }
}
