//! Virtual MFA devices, and how IAM verifies pairs of codes.
//!
//! A pair is two consecutive codes; its step is that of the second code. IAM searches for a pair around the device's own clock,
//! accepts it if it is newer than the last accepted pair, and sets the device's clock by it. Pairs and the codes of sessions are
//! recorded separately. Only deletion ends a device's history.

use std::ops::RangeInclusive;

use time::UtcDateTime;

use super::records::{Assignment, Device, Records, Tags};
use super::{Account, quotas};
use crate::sandbox::fault::Fault;
use crate::sandbox::stored::whole_second;
use crate::totp::{DeviceSecret, step_of};

/// How far the second code of a pair may be from the device's clock, in steps.
const SEARCHED: RangeInclusive<i64> = -998..=1000;
/// The codes of a pair. A pair must not overlap the last one.
const PAIR: i64 = 2;

impl Device {
    /// The current step of the device's own clock.
    pub(super) fn step(&self, now: UtcDateTime) -> i64 {
        step_of(now).saturating_add(self.clock_offset)
    }

    fn is_of(&self, user_id: &str) -> bool {
        self.assignment.as_ref().is_some_and(|a| a.user == user_id)
    }

    /// Accepts a pair and sets the device's clock by it. A pair that is not valid changes nothing.
    fn take_pair(&mut self, [first, second]: [&str; 2], now: UtcDateTime) -> Result<(), Fault> {
        let here = self.step(now);
        let newer_than = self.last_pair.map_or(i64::MIN, |last| last + PAIR - 1);
        let found = SEARCHED
            .map(|k| here.saturating_add(k))
            .filter(|n| *n > newer_than)
            .find(|n| self.secret.code(*n) == second && self.secret.code(n - 1) == first)
            .ok_or_else(bad_pair)?;
        self.clock_offset = found - step_of(now);
        self.last_pair = Some(found);
        Ok(())
    }
}

fn bad_pair() -> Fault {
    Fault::new(
        403,
        "InvalidAuthenticationCode",
        "Authentication code for device is not valid.",
    )
}

fn not_the_users() -> Fault {
    Fault::no_such_entity("MFA Device invalid for user.")
}

/// `NoSuchEntity` for the serial number of a device that does not exist.
pub(in crate::sandbox) fn no_such_device(serial: &str) -> Fault {
    Fault::no_such_entity(format!(
        "VirtualMFADevice with serial number {serial} doesn't exist."
    ))
}

impl Account {
    /// Creates a device that is not enabled for a user, and returns its serial number.
    ///
    /// # Errors
    /// `EntityAlreadyExists`, `LimitExceeded`.
    pub(in crate::sandbox) fn create_device(
        &mut self,
        path: &str,
        name: &str,
        tags: Tags,
    ) -> Result<String, Fault> {
        let serial = self.records.serial_number(path, name);
        if self.records.devices.contains_key(&serial) {
            return Err(Fault::already_exists("MFA device already exists."));
        }
        quotas::check_quota(
            self.records.devices.len(),
            quotas::VIRTUAL_DEVICES,
            "VirtualMFADevicesPerAccount",
        )?;

        self.records.check_total_size()?;
        let secret = DeviceSecret::random(&mut self.rng);
        self.records.last_incarnation += 1;
        let device = Device {
            incarnation: self.records.last_incarnation,
            secret,
            tags,
            assignment: None,
            clock_offset: 0,
            last_pair: None,
        };
        self.records.devices.insert(serial.clone(), device);
        Ok(serial)
    }

    /// Deletes a device that is not enabled for a user. The verifications of its serial number stay counted.
    ///
    /// # Errors
    /// `NoSuchEntity`, `DeleteConflict`.
    pub(in crate::sandbox) fn delete_device(
        &mut self,
        serial: &str,
        now: UtcDateTime,
    ) -> Result<(), Fault> {
        match self.records.devices.get(serial) {
            None => return Err(no_such_device(serial)),
            Some(device) if device.assignment.is_some() => {
                return Err(Fault::delete_conflict(
                    "MFA VirtualDevice in use. Must deactivate first.",
                ));
            }
            Some(_) => {}
        }
        self.records.devices.remove(serial);
        self.update_sts(serial, now);
        Ok(())
    }

    /// Enables a device for a user with a pair of codes.
    ///
    /// # Errors
    /// `EntityAlreadyExists`, `NoSuchEntity`, `LimitExceeded`, `InvalidAuthenticationCode`, checked in this order.
    pub(in crate::sandbox) fn enable_device(
        &mut self,
        user_id: &str,
        serial: &str,
        pair: [&str; 2],
        now: UtcDateTime,
    ) -> Result<(), Fault> {
        let device = (self.records.devices.get(serial)).ok_or_else(|| no_such_device(serial))?;
        if device.is_of(user_id) {
            let name = (self.records.users.get(user_id)).map_or("", |u| u.identity.name.as_str());
            return Err(Fault::already_exists(format!(
                "MFA Device for user {name} already exists."
            )));
        }
        if device.assignment.is_some() {
            return Err(Fault::already_exists("MFA Device is already in use."));
        }
        quotas::check_quota(
            self.records.devices_of(user_id).count(),
            quotas::DEVICES_PER_USER,
            "MFADevicesPerUser",
        )?;
        let device =
            (self.records.devices.get_mut(serial)).ok_or_else(|| no_such_device(serial))?;
        device.take_pair(pair, now)?;
        self.assign(serial, user_id, now);
        Ok(())
    }

    /// Enables a device for a user without codes.
    pub(super) fn assign(&mut self, serial: &str, user_id: &str, now: UtcDateTime) {
        if let Some(device) = self.records.devices.get_mut(serial) {
            device.assignment = Some(Assignment {
                user: user_id.to_owned(),
                enable_date: whole_second(now),
            });
            self.update_sts(serial, now);
        }
    }

    /// Deactivates a device. Its seed, its clock and its last pair stay.
    ///
    /// # Errors
    /// `NoSuchEntity` if the device is not this user's.
    pub(in crate::sandbox) fn deactivate_device(
        &mut self,
        user_id: &str,
        serial: &str,
        now: UtcDateTime,
    ) -> Result<(), Fault> {
        self.device_of_mut(user_id, serial)?.assignment = None;
        self.update_sts(serial, now);
        Ok(())
    }

    /// Sets a device's clock by a pair of codes. Its enable date stays.
    ///
    /// # Errors
    /// `NoSuchEntity` if the device is not this user's, `InvalidAuthenticationCode`.
    pub(in crate::sandbox) fn resync_device(
        &mut self,
        user_id: &str,
        serial: &str,
        pair: [&str; 2],
        now: UtcDateTime,
    ) -> Result<(), Fault> {
        self.device_of_mut(user_id, serial)?.take_pair(pair, now)?;
        self.update_sts(serial, now);
        Ok(())
    }

    fn device_of_mut(&mut self, user_id: &str, serial: &str) -> Result<&mut Device, Fault> {
        if !(self.records.devices.get(serial)).is_some_and(|device| device.is_of(user_id)) {
            return Err(not_the_users());
        }
        (self.records.devices.get_mut(serial)).ok_or_else(not_the_users)
    }
}

impl Records {
    /// The serial number of a virtual device with this path and name, whether it exists or not.
    pub(in crate::sandbox) fn serial_number(&self, path: &str, name: &str) -> String {
        let Self {
            partition,
            account_id,
            ..
        } = self;
        format!("arn:{partition}:iam::{account_id}:mfa{path}{name}")
    }

    /// The devices enabled for a user, by serial number.
    pub(in crate::sandbox) fn devices_of(
        &self,
        user_id: &str,
    ) -> impl Iterator<Item = (&str, &Device, &Assignment)> {
        self.devices.iter().filter_map(move |(serial, device)| {
            let assignment = device.assignment.as_ref()?;
            (assignment.user == user_id).then_some((serial.as_str(), device, assignment))
        })
    }
}
