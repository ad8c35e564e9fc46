//! Long-term access keys.

use secrecy::SecretString;
use time::UtcDateTime;

use super::records::{AccessKey, Records, Status, Use};
use super::{Account, ids, quotas};
use crate::sandbox::fault::Fault;
use crate::sandbox::stored::whole_second;

impl Account {
    /// Creates a key pair for a user, and returns its ID and secret.
    ///
    /// # Errors
    /// `LimitExceeded` if the user has two keys already.
    pub(in crate::sandbox) fn create_access_key(
        &mut self,
        user_id: &str,
        now: UtcDateTime,
    ) -> Result<(String, SecretString), Fault> {
        quotas::check_quota(
            self.records.keys_of(user_id).count(),
            quotas::ACCESS_KEYS_PER_USER,
            "AccessKeysPerUser",
        )?;
        let id = ids::access_key_id(&mut self.rng, "AKIA", &self.records.account_id);
        let secret = ids::secret_access_key(&mut self.rng);
        let key = AccessKey {
            user: user_id.to_owned(),
            secret: secret.clone(),
            status: Status::Active,
            create_date: whole_second(now),
            last_used: None,
        };
        self.records.access_keys.insert(id.clone(), key);
        Ok((id, secret))
    }

    /// Notes that a long-term key signed a request. The note is stored with the next change, or when it is read.
    pub(in crate::sandbox) fn note_use(&mut self, key_id: &str, used: Use) {
        if self.records.access_keys.contains_key(key_id) {
            self.uses.insert(key_id.to_owned(), used);
        }
    }

    /// Moves the noted uses into the records, so that they are stored.
    pub(in crate::sandbox) fn record_uses(&mut self) {
        if self.uses.is_empty() {
            return;
        }
        let uses = std::mem::take(&mut self.uses);
        let keys = &mut self.records.access_keys;
        for (key_id, used) in uses {
            if let Some(key) = keys.get_mut(&key_id) {
                key.last_used = Some(used);
            }
        }
    }
}

impl Records {
    /// The long-term keys of a user, the oldest first.
    pub(in crate::sandbox) fn keys_of(
        &self,
        user_id: &str,
    ) -> impl Iterator<Item = (&str, &AccessKey)> {
        let mut keys: Vec<_> = self
            .access_keys
            .iter()
            .filter(|(_, key)| key.user == user_id)
            .map(|(id, key)| (id.as_str(), key))
            .collect();
        keys.sort_by_key(|(_, key)| key.create_date);
        keys.into_iter()
    }

    /// A long-term key of this user.
    ///
    /// # Errors
    /// `NoSuchEntity` if the key does not exist or is another user's.
    pub(in crate::sandbox) fn key_of_mut(
        &mut self,
        user_id: &str,
        key_id: &str,
    ) -> Result<&mut AccessKey, Fault> {
        self.access_keys
            .get_mut(key_id)
            .filter(|key| key.user == user_id)
            .ok_or_else(|| no_such_key(key_id))
    }
}

/// `NoSuchEntity` for an access key.
pub(in crate::sandbox) fn no_such_key(key_id: &str) -> Fault {
    Fault::no_such_entity(format!("The Access Key with id {key_id} cannot be found."))
}
