//! The record of what STS knows of a device.

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use crate::sandbox::stored;
use crate::totp::DeviceSecret;

/// What STS knows of one serial number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Known {
    /// The user for whom the device is enabled. `None` if it was deactivated or deleted.
    pub(in crate::sandbox::account) binding: Option<Binding>,
    /// Changes that STS does not know yet, the earliest first.
    pub(in crate::sandbox::account) coming: Vec<Change>,
}

/// A device that is enabled for a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Binding {
    /// The unique ID of the user.
    pub(in crate::sandbox::account) user: String,
    pub(in crate::sandbox::account) incarnation: u64,
    pub(in crate::sandbox::account) secret: DeviceSecret,
    /// How many steps the device's clock is ahead of the account's.
    pub(in crate::sandbox::account) clock_offset: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Change {
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox::account) at: UtcDateTime,
    pub(in crate::sandbox::account) binding: Option<Binding>,
}

impl Known {
    /// Applies the changes whose time has come.
    pub(in crate::sandbox::account) fn settle(&mut self, now: UtcDateTime) {
        let arrived = self.coming.iter().take_while(|c| c.at <= now).count();
        if let Some(last) = self.coming.drain(..arrived).next_back() {
            self.binding = last.binding;
        }
    }

    pub(in crate::sandbox::account) fn at(&self, now: UtcDateTime) -> Option<&Binding> {
        let arrived = self.coming.iter().take_while(|c| c.at <= now).last();
        arrived.map_or(self.binding.as_ref(), |change| change.binding.as_ref())
    }

    /// Whether STS knows, or will know, a device of this incarnation.
    pub(in crate::sandbox::account) fn mentions(&self, incarnation: u64) -> bool {
        let coming = self.coming.iter().map(|c| &c.binding);
        std::iter::once(&self.binding)
            .chain(coming)
            .flatten()
            .any(|b| b.incarnation == incarnation)
    }
}
