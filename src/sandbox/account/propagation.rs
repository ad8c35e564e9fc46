//! What STS knows of the MFA devices. IAM shows each change at once, and STS knows it after a delay, which is zero by default.

use time::UtcDateTime;

use super::Account;
use super::records::{Binding, Change};
use crate::sandbox::stored::whole_second;

impl Account {
    /// Makes the present state of a device known to STS, after the delay.
    pub(super) fn update_sts(&mut self, serial: &str, now: UtcDateTime) {
        let records = &mut *self.records;
        let binding = records.devices.get(serial).and_then(|device| {
            device.assignment.as_ref().map(|assignment| Binding {
                user: assignment.user.clone(),
                incarnation: device.incarnation,
                secret: device.secret.clone(),
                clock_offset: device.clock_offset,
            })
        });
        let known = records.sts.entry(serial.to_owned()).or_default();
        known.settle(now);
        if self.propagation.is_zero() {
            known.coming.clear();
            known.binding = binding;
        } else {
            let at = whole_second(now).saturating_add(self.propagation);
            known.coming.push(Change { at, binding });
        }
        if known.binding.is_none() && known.coming.is_empty() {
            records.sts.remove(serial);
        }
        let (devices, sts) = (&records.devices, &records.sts);
        records.used_steps.retain(|incarnation, _| {
            devices.values().any(|d| d.incarnation == *incarnation)
                || sts.values().any(|known| known.mentions(*incarnation))
        });
    }

    /// The device with this serial number as STS knows it, if it is enabled for this user.
    pub(super) fn binding_of(
        &self,
        user_id: &str,
        serial: &str,
        now: UtcDateTime,
    ) -> Option<&Binding> {
        self.records
            .sts
            .get(serial)?
            .at(now)
            .filter(|binding| binding.user == user_id)
    }
}
