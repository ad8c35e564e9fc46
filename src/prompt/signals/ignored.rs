//! The signals that were ignored when the program started.

use super::proc_status::{field, status_of};

/// The signals that this process ignores. It is empty on systems that have no safe way to read them.
pub(super) struct Ignored(u64);

impl Ignored {
    pub(super) fn now() -> Self {
        let mask = status_of("self")
            .as_deref()
            .and_then(|status| field(status, "SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask, 16).ok());
        Self(mask.unwrap_or(0))
    }

    pub(super) fn contains(&self, number: i32) -> bool {
        u32::try_from(number - 1)
            .ok()
            .and_then(|bit| self.0.checked_shr(bit))
            .is_some_and(|rest| rest & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    use super::*;

    #[test]
    fn a_mask_contains_its_signals() {
        let ignored = Ignored(0x1003);
        assert!(ignored.contains(SIGHUP) && ignored.contains(SIGINT) && ignored.contains(13));
        assert!(!ignored.contains(SIGTERM) && !ignored.contains(0) && !ignored.contains(65));
    }
}
