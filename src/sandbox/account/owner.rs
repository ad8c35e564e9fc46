//! The account as the person at the sandbox sees it: what it begins with, what it hands out, and what a test adds to it.
//!
//! Here, and nowhere else, long-term secrets leave the account.

use secrecy::{ExposeSecret as _, SecretString};
use time::UtcDateTime;

use super::{Account, Kind, New, Status, StoredPolicy, Tags, managed_document};
use crate::aws::partition;
use crate::aws::types::{AccessKeyId, Keys, SecretAccessKey, SerialNumber, TokenCode};
use crate::sandbox::fault::Fault;
use crate::sandbox::totp::DeviceSecret;

/// The names that a new account begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The partition, e.g. `aws-us-gov`.
    pub partition: String,
    /// Twelve digits.
    pub account_id: String,
    /// The one user.
    pub user_name: String,
    /// The name of the user's virtual MFA device.
    pub device_name: String,
}

impl Default for Setup {
    /// An account id that AWS keeps for documentation, so that it is nobody's.
    fn default() -> Self {
        Self {
            partition: partition::COMMERCIAL.name.to_owned(),
            account_id: "111122223333".to_owned(),
            user_name: "admin".to_owned(),
            device_name: "admin-phone".to_owned(),
        }
    }
}

/// What the person at the sandbox needs: the key pair and the device of its first user.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The user's name.
    pub user_name: String,
    /// The user's ARN.
    pub arn: String,
    /// The newest active key pair.
    pub keys: Option<Keys>,
    /// The device that was enabled last.
    pub device: Option<OwnDevice>,
}

/// A device with its secret, as the phone has it.
#[derive(Debug, Clone)]
pub struct OwnDevice {
    /// Its serial number.
    pub serial_number: SerialNumber,
    /// Its secret.
    pub secret: DeviceSecret,
    /// `otpauth://totp/…`, a secret too.
    pub uri: SecretString,
}

/// A policy that the first user gets.
#[derive(Debug, Clone)]
pub struct OwnerPolicy {
    name: String,
    document: StoredPolicy,
}

impl OwnerPolicy {
    /// A managed policy, named after a file.
    ///
    /// # Errors
    /// What is wrong with the document, or why IAM would not store it.
    pub fn new(file_stem: &str, text: &str) -> Result<Self, String> {
        StoredPolicy::read(text)?;
        let document = managed_document(text).map_err(|fault| fault.message.into_owned())?;
        let name: String = file_stem
            .chars()
            .map(|c| match c {
                c if c.is_ascii_alphanumeric() || "_+=,.@-".contains(c) => c,
                _ => '-',
            })
            .take(100)
            .collect();
        Ok(Self {
            name: if name.is_empty() {
                "policy".to_owned()
            } else {
                name
            },
            document,
        })
    }
}

/// Where the first user's policies stand, apart from those of an account that was loaded.
const OWNER_PATH: &str = "/sandbox/";

/// What a user may do for whom nobody chose policies.
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"AllowEverything","Effect":"Allow","Action":"*","Resource":"*"}]}"#;

impl Account {
    /// The first user with key pair and device, as far as they are still there.
    #[must_use]
    pub fn owner(&self) -> Option<Owner> {
        let id = &self.records.owner;
        let user = self.records.identity(Kind::User, id)?;
        let keys = (self.records.keys_of(id))
            .filter(|(_, key)| key.status == Status::Active)
            .max_by_key(|(_, key)| key.create_date)
            .and_then(|(key_id, key)| {
                Some(Keys {
                    id: AccessKeyId::new(key_id).ok()?,
                    secret: SecretAccessKey::new(key.secret.expose_secret()).ok()?,
                })
            });
        let device = self
            .devices_of(id)
            .max_by_key(|(_, _, assignment)| assignment.enable_date)
            .and_then(|(serial, device, _)| {
                let account_name = format!("{}@{}", user.name, self.records.account_id);
                Some(OwnDevice {
                    serial_number: SerialNumber::new(serial).ok()?,
                    secret: device.secret.clone(),
                    uri: device.secret.uri("mfa-session sandbox", &account_name)?,
                })
            });
        Some(Owner {
            user_name: user.name.clone(),
            arn: self.records.arn_of(Kind::User, user),
            keys,
            device,
        })
    }

    /// The first user's beginnings.
    pub(super) fn move_in(&mut self, setup: &Setup, now: UtcDateTime) {
        // INVARIANT: the name is free and so is the device's, and nobody has reached a limit.
        let Ok(owner) = self.create_user(&New::named(&setup.user_name), now) else {
            return;
        };
        self.allow_everything(&owner);
        let _ = self.create_access_key(&owner, now);
        if let Ok(serial) = self.create_device("/", &setup.device_name, Tags::default()) {
            self.give(&serial, &owner, now);
        }
        self.records.owner = owner;
    }

    /// Adds a user under the path `/` who may do everything, and returns a key pair of its own. `None` if the name is taken.
    pub fn add_user(&mut self, name: &str, now: UtcDateTime) -> Option<Keys> {
        let user = self.create_user(&New::named(name), now).ok()?;
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
        self.give(&serial, &user, now);
        SerialNumber::new(&serial).ok()
    }

    /// Gives the first user exactly these policies: no others, no groups and no boundary.
    ///
    /// # Errors
    /// What IAM says, e.g. of more policies than a user can have.
    pub fn restrict_owner(
        &mut self,
        policies: &[OwnerPolicy],
        now: UtcDateTime,
    ) -> Result<(), String> {
        let owner = self.records.owner.clone();
        for group in self.records.groups.values_mut() {
            group.members.remove(&owner);
        }
        if let Some(user) = self.records.identity_mut(Kind::User, &owner) {
            user.attached.clear();
            user.inline.clear();
            user.boundary = None;
        }
        for policy in policies {
            self.give_policy(&owner, policy, now)
                .map_err(|fault| fault.message.into_owned())?;
        }
        Ok(())
    }

    fn give_policy(
        &mut self,
        owner: &str,
        policy: &OwnerPolicy,
        now: UtcDateTime,
    ) -> Result<(), Fault> {
        let names = std::iter::once(policy.name.clone())
            .chain((2..100).map(|n| format!("{}-{n}", policy.name)));
        for name in names {
            let arn = self.records.policy_arn(OWNER_PATH, &name);
            let is_given = (self.records.identity(Kind::User, owner))
                .is_some_and(|user| user.attached.contains(&arn));
            if is_given {
                continue;
            }
            // What an earlier run left under this name is written over.
            if let Some(there) = self.records.policies.get_mut(&arn) {
                there.replace(policy.document.clone(), now);
            } else if let Err(fault) =
                self.create_policy(OWNER_PATH, &name, policy.document.clone(), now)
            {
                if fault.code == "EntityAlreadyExists" {
                    continue;
                }
                return Err(fault);
            }
            return self.records.attach(Kind::User, owner, &arn);
        }
        Err(Fault::limit_exceeded("too many policies of one name"))
    }

    /// The profiles of the loaded users with their key pairs, as far as these are still there and active.
    #[must_use]
    pub fn profiles(&self) -> Vec<(String, Keys)> {
        (self.records.profiles.iter())
            .filter_map(|(profile, key_id)| {
                let key = self.records.access_keys.get(key_id)?;
                let id = AccessKeyId::new(key_id).ok()?;
                let secret = SecretAccessKey::new(key.secret.expose_secret()).ok()?;
                (key.status == Status::Active).then(|| (profile.clone(), Keys { id, secret }))
            })
            .collect()
    }

    fn allow_everything(&mut self, user_id: &str) {
        let policy = StoredPolicy::read(EVERYTHING).ok();
        let user = self.records.identity_mut(Kind::User, user_id);
        if let (Some(user), Some(policy)) = (user, policy) {
            user.inline.insert("AllowEverything".to_owned(), policy);
        }
    }

    /// Enables a device that was there before anybody looked: STS knows it at once.
    fn give(&mut self, serial: &str, user_id: &str, now: UtcDateTime) {
        let delay = std::mem::take(&mut self.propagation);
        self.assign(serial, user_id, now);
        self.propagation = delay;
    }

    /// The code that a device shows, by its own clock.
    #[must_use]
    pub fn token_code(&self, serial: &SerialNumber, now: UtcDateTime) -> Option<TokenCode> {
        let device = self.records.devices.get(serial.as_str())?;
        TokenCode::new(&device.secret.code(device.step(now))).ok()
    }
}
