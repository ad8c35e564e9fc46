//! The contents of a new account, and additions for tests.

use rand::rngs::StdRng;
use secrecy::ExposeSecret as _;
use time::UtcDateTime;

use super::identities::NewIdentity;
use super::records::{Kind, Records, StoredPolicy, Tags};
use super::{Account, builtin};
use crate::aws::partition;
use crate::aws::types::{AccessKeyId, Keys, SecretAccessKey, SerialNumber};
use crate::sandbox::seal::Seal;

/// The names in a new account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The partition, e.g. `aws-us-gov`.
    pub partition: String,
    /// Twelve digits.
    pub account_id: String,
    /// The name of the only user.
    pub user_name: String,
    /// The name of the user's virtual MFA device.
    pub device_name: String,
}

impl Default for Setup {
    /// An account ID that AWS reserves for documentation, so that it belongs to no customer.
    fn default() -> Self {
        Self {
            partition: partition::COMMERCIAL.name.to_owned(),
            account_id: "111122223333".to_owned(),
            user_name: "admin".to_owned(),
            device_name: "admin-phone".to_owned(),
        }
    }
}

/// The policy of a user for whom no policies were chosen.
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"AllowEverything","Effect":"Allow","Action":"*","Resource":"*"}]}"#;

impl Account {
    /// A new account with one user who may do everything, one long-term key and one virtual MFA device enabled for the user.
    #[must_use]
    pub fn new(setup: &Setup, now: UtcDateTime) -> Self {
        Self::with_rng(setup, now, rand::make_rng())
    }

    fn with_rng(setup: &Setup, now: UtcDateTime, mut rng: StdRng) -> Self {
        let seal = Seal::random(&mut rng);
        let mut records = Records::empty(&setup.partition, &setup.account_id, seal);
        builtin::add(&mut records, now);
        let mut account = Self::of_records(records, rng, true);
        account.add_owner(setup, now);
        account
    }

    /// Adds the first user with a key pair and an MFA device.
    pub(super) fn add_owner(&mut self, setup: &Setup, now: UtcDateTime) {
        // INVARIANT: the names of the user and the device are free, and no quota is reached.
        let Ok(owner) = self.create_user(&NewIdentity::named(&setup.user_name), now) else {
            return;
        };
        self.allow_everything(&owner);
        let _ = self.create_access_key(&owner, now);
        if let Ok(serial) = self.create_device("/", &setup.device_name, Tags::default()) {
            self.enable_at_once(&serial, &owner, now);
        }
        self.records.owner = owner;
    }

    /// Adds a user under the path `/` who may do everything, and returns a key pair of its own. `None` if the name is taken.
    pub fn add_user(&mut self, name: &str, now: UtcDateTime) -> Option<Keys> {
        let user = self.create_user(&NewIdentity::named(name), now).ok()?;
        self.allow_everything(&user);
        let (id, secret) = self.create_access_key(&user, now).ok()?;
        let id = AccessKeyId::new(&id).ok()?;
        let secret = SecretAccessKey::new(secret.expose_secret()).ok()?;
        Some(Keys { id, secret })
    }

    /// Adds a virtual MFA device that is enabled for the user. `None` if there is no such user or the device exists.
    pub fn add_device(
        &mut self,
        user_name: &str,
        device_name: &str,
        now: UtcDateTime,
    ) -> Option<SerialNumber> {
        let user = self.user_named(user_name)?.0.to_owned();
        let serial = self.create_device("/", device_name, Tags::default()).ok()?;
        self.enable_at_once(&serial, &user, now);
        SerialNumber::new(&serial).ok()
    }

    /// Removes the MFA devices of the first user.
    pub fn remove_owner_devices(&mut self) {
        let devices = self.devices_of(&self.records.owner);
        let serials: Vec<_> = devices.map(|(serial, ..)| serial.to_owned()).collect();
        for serial in serials {
            self.records.devices.remove(&serial);
        }
    }

    fn allow_everything(&mut self, user_id: &str) {
        let policy = StoredPolicy::read(EVERYTHING).ok();
        let user = self.records.identity_mut(Kind::User, user_id);
        if let (Some(user), Some(policy)) = (user, policy) {
            user.inline.insert("AllowEverything".to_owned(), policy);
        }
    }

    /// Enables a device that STS knows at once, whatever the delay.
    fn enable_at_once(&mut self, serial: &str, user_id: &str, now: UtcDateTime) {
        let delay = std::mem::take(&mut self.propagation);
        self.assign(serial, user_id, now);
        self.propagation = delay;
    }
}

#[cfg(test)]
impl Account {
    /// An account whose every random choice follows from `seed`.
    pub(in crate::sandbox) fn seeded(seed: u64, now: UtcDateTime) -> Self {
        let rng = rand::SeedableRng::seed_from_u64(seed);
        Self::with_rng(&Setup::default(), now, rng)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use secrecy::ExposeSecret as _;

    use super::*;

    fn at(seconds: i64) -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(seconds).unwrap()
    }

    #[test]
    fn a_new_account_has_a_user_with_a_key_and_a_device() {
        let account = Account::new(&Setup::default(), at(1_795_000_000));
        let owner = account.owner().unwrap();
        let keys = owner.keys.unwrap();
        assert!(keys.id.is_akia());
        assert_eq!(keys.id.as_str().len(), 20);
        assert_eq!(keys.secret.expose_secret().len(), 40);
        assert_eq!(owner.arn, "arn:aws:iam::111122223333:user/admin");
        let device = owner.device.unwrap();
        assert_eq!(
            device.serial_number.as_str(),
            "arn:aws:iam::111122223333:mfa/admin-phone"
        );
        assert!(
            device
                .uri
                .expose_secret()
                .starts_with("otpauth://totp/mfa-session%20sandbox:admin%40111122223333?secret=")
        );
        assert!(account.is_changed());
    }

    #[test]
    fn two_accounts_share_no_secret() {
        let secrets: HashSet<String> = (0..4)
            .map(|_| Account::new(&Setup::default(), at(0)).owner().unwrap())
            .flat_map(|owner| {
                let keys = owner.keys.unwrap();
                let device = owner.device.unwrap();
                [
                    keys.id.to_string(),
                    keys.secret.expose_secret().to_owned(),
                    device.secret.base32().expose_secret().to_owned(),
                ]
            })
            .collect();
        assert_eq!(secrets.len(), 12);
    }

    #[test]
    fn nothing_secret_is_in_debug() {
        let account = Account::seeded(1, at(0));
        let owner = account.owner().unwrap();
        let shown = format!("{account:?} {:?} {owner:?}", account.records);
        let secret = owner.keys.unwrap().secret;
        assert!(!shown.contains(secret.expose_secret()));
        assert!(!shown.contains(owner.device.unwrap().secret.base32().expose_secret()));
    }

    #[test]
    fn names_are_unique_in_any_case() {
        let mut account = Account::seeded(1, at(0));
        assert!(account.add_user("Other", at(0)).is_some());
        assert!(account.add_user("OTHER", at(0)).is_none());
        assert!(account.add_device("other", "tablet", at(0)).is_some());
        assert!(account.add_device("other", "tablet", at(0)).is_none());
        assert!(account.add_device("nobody", "x", at(0)).is_none());
    }
}
