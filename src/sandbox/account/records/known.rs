//! The record of what STS knows of a device.

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use crate::sandbox::stored;
use crate::sandbox::totp::DeviceSecret;

/// What STS knows of one serial number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Known {
    /// Whom it serves now; nobody if it was deactivated or deleted.
    pub(in crate::sandbox::account) binding: Option<Binding>,
    /// Changes on their way, the earliest first.
    pub(in crate::sandbox::account) coming: Vec<Change>,
}

/// A device that serves a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Binding {
    /// The user's id.
    pub(in crate::sandbox::account) user: String,
    pub(in crate::sandbox::account) incarnation: u64,
    pub(in crate::sandbox::account) secret: DeviceSecret,
    /// Steps.
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
    /// Lets arrive what has arrived by now.
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

    /// Whether some device of this incarnation may still serve.
    pub(in crate::sandbox::account) fn tells_of(&self, incarnation: u64) -> bool {
        let coming = self.coming.iter().map(|c| &c.binding);
        std::iter::once(&self.binding)
            .chain(coming)
            .flatten()
            .any(|b| b.incarnation == incarnation)
    }
}
