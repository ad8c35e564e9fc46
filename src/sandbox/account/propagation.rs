//! What STS knows of the devices. IAM shows each change at once, STS follows after a delay, which is none by default.

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::{Account, whole_second};
use crate::sandbox::stored;
use crate::sandbox::totp::DeviceSecret;

/// What STS knows of one serial number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Known {
    /// Whom it serves now; nobody if it was deactivated or deleted.
    binding: Option<Binding>,
    /// Changes on their way, the earliest first.
    coming: Vec<Change>,
}

/// A device that serves a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Binding {
    /// The user's id.
    pub(super) user: String,
    pub(super) incarnation: u64,
    pub(super) secret: DeviceSecret,
    /// Steps.
    pub(super) clock_offset: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(with = "stored::moment")]
    at: UtcDateTime,
    binding: Option<Binding>,
}

impl Known {
    /// Lets arrive what has arrived by now.
    fn settle(&mut self, now: UtcDateTime) {
        let arrived = self.coming.iter().take_while(|c| c.at <= now).count();
        if let Some(last) = self.coming.drain(..arrived).next_back() {
            self.binding = last.binding;
        }
    }

    fn at(&self, now: UtcDateTime) -> Option<&Binding> {
        let arrived = self.coming.iter().take_while(|c| c.at <= now).last();
        arrived.map_or(self.binding.as_ref(), |change| change.binding.as_ref())
    }

    /// Whether some device of this incarnation may still serve.
    fn tells_of(&self, incarnation: u64) -> bool {
        let coming = self.coming.iter().map(|c| &c.binding);
        std::iter::once(&self.binding)
            .chain(coming)
            .flatten()
            .any(|b| b.incarnation == incarnation)
    }
}

impl Account {
    /// Tells STS how a device stands now; it will know after the delay.
    pub(super) fn tell_sts(&mut self, serial: &str, now: UtcDateTime) {
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
                || sts.values().any(|known| known.tells_of(*incarnation))
        });
    }

    /// The device of this serial number as STS knows it, if it serves this user.
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
