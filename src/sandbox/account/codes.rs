//! How STS judges the code of a device.
//!
//! A code serves two steps either side of the device's clock, each once and in any order; a device ARN has nine verifications
//! in each window of three minutes, whatever they come to.

use time::UtcDateTime;

use super::records::{Budget, Device};
use super::{Account, MfaContext, whole_second};
use crate::sandbox::totp::step_of;

/// Steps either side of the device's clock.
const REACH: i64 = 2;
/// Verifications a device ARN has in a window.
const VERIFICATIONS: u32 = 9;
const WINDOW_SECONDS: i64 = 180;

/// Why a code was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Refusal {
    /// No such device, another user's, or nobody's.
    NotTheirs,
    /// The window's verifications are spent.
    Exhausted,
    /// Wrong, outside the steps that serve, or used before.
    BadCode,
}

impl Account {
    /// Judges a code and, if it is good, uses it up. Good and bad codes both spend the budget of the device's ARN; a device
    /// that is not the user's spends nothing, so that nobody can spend another's.
    pub(in crate::sandbox) fn use_code(
        &mut self,
        user_id: &str,
        serial: &str,
        code: &str,
        now: UtcDateTime,
    ) -> Result<MfaContext, Refusal> {
        let device = self
            .records
            .devices
            .get_mut(serial)
            .filter(|device| device.is_of(user_id))
            .ok_or(Refusal::NotTheirs)?;
        let window = now.unix_timestamp().div_euclid(WINDOW_SECONDS);
        let budget = self
            .records
            .budgets
            .entry(serial.to_owned())
            .or_insert(Budget { window, spent: 0 });
        if budget.window != window {
            *budget = Budget { window, spent: 0 };
        }
        if budget.spent >= VERIFICATIONS {
            return Err(Refusal::Exhausted);
        }
        budget.spent += 1;
        self.changed = true;
        device.take(code, now).ok_or(Refusal::BadCode)?;
        Ok(MfaContext {
            serial_number: serial.to_owned(),
            authenticated: whole_second(now),
        })
    }
}

impl Device {
    /// The step that the device's own clock is in.
    pub(super) fn step(&self, now: UtcDateTime) -> i64 {
        step_of(now).saturating_add(self.clock_offset)
    }

    fn is_of(&self, user_id: &str) -> bool {
        self.assignment.as_ref().is_some_and(|a| a.user == user_id)
    }

    fn take(&mut self, code: &str, now: UtcDateTime) -> Option<()> {
        let step = self.step(now);
        let found = (step - REACH..=step + REACH)
            .find(|step| !self.used_steps.contains(step) && self.secret.code(*step) == code)?;
        self.used_steps.insert(found);
        Some(())
    }
}
