//! The first user of the account, whose keys and device are given to the person who runs the sandbox.
//!
//! Only the functions here and in `setup` return long-term secrets of the account.

use secrecy::{ExposeSecret as _, SecretString};
use time::UtcDateTime;

use super::Account;
use super::policies::managed_document;
use super::records::{Kind, Status, StoredPolicy};
use crate::aws::types::{AccessKeyId, Keys, SecretAccessKey, SerialNumber, TokenCode};
use crate::sandbox::fault::Fault;
use crate::totp::DeviceSecret;

/// The first user of the account, with its key pair and MFA device.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The user's name.
    pub user_name: String,
    /// The user's ARN.
    pub arn: String,
    /// The newest active key pair.
    pub keys: Option<Keys>,
    /// The MFA device that was enabled last.
    pub device: Option<OwnDevice>,
}

/// An MFA device with its secret, as an authenticator app stores it.
#[derive(Debug, Clone)]
pub struct OwnDevice {
    /// Its serial number.
    pub serial_number: SerialNumber,
    /// Its secret.
    pub secret: DeviceSecret,
    /// The `otpauth://totp/…` URI, which contains the secret.
    pub uri: SecretString,
}

/// A policy for the first user.
#[derive(Debug, Clone)]
pub struct OwnerPolicy {
    name: String,
    document: StoredPolicy,
}

impl OwnerPolicy {
    /// A managed policy, named after a file.
    ///
    /// # Errors
    /// A message that says what is wrong with the document, or why IAM would not store it.
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

/// The path of the first user's policies, which separates them from the policies of a loaded account.
const OWNER_PATH: &str = "/sandbox/";

impl Account {
    /// The first user, with the key pair and the MFA device that it still has. `None` if the user has been deleted.
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

    /// Gives the first user exactly these policies, and removes its other policies, its groups and its boundary.
    ///
    /// # Errors
    /// The message of IAM, e.g. when there are more policies than a user can have.
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
            // A policy of an earlier run with this name is replaced.
            if let Some(existing) = self.records.policies.get_mut(&arn) {
                existing.replace(policy.document.clone(), now);
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
        Err(Fault::limit_exceeded(
            "Too many policies have the same name.",
        ))
    }

    /// The profiles of the loaded users with their key pairs, without keys that were deleted or deactivated.
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

    /// The secrets of every MFA device in the account.
    #[must_use]
    pub fn device_secrets(&self) -> Vec<DeviceSecret> {
        let devices = self.records.devices.values();
        devices.map(|device| device.secret.clone()).collect()
    }

    /// The secrets of every long-term key in the account.
    #[must_use]
    pub fn key_secrets(&self) -> Vec<SecretString> {
        let keys = self.records.access_keys.values();
        keys.map(|key| key.secret.clone()).collect()
    }

    /// The ids of every long-term key in the account, and whether each is active.
    #[must_use]
    pub fn key_states(&self) -> Vec<(String, bool)> {
        (self.records.access_keys.iter())
            .map(|(id, key)| (id.clone(), key.status == Status::Active))
            .collect()
    }

    /// The token code that a device shows now by its own clock. `None` if there is no such device.
    #[must_use]
    pub fn token_code(&self, serial: &SerialNumber, now: UtcDateTime) -> Option<TokenCode> {
        let device = self.records.devices.get(serial.as_str())?;
        TokenCode::new(&device.secret.code(device.step(now))).ok()
    }
}
