//! How STS judges the code of a device.
//!
//! A code serves two steps either side of the device's clock, each once and in any order; a device ARN has nine verifications
//! in each window of three minutes, whatever they come to.

use time::UtcDateTime;

use super::Account;
use super::records::{Budget, MfaContext};
use crate::sandbox::stored::whole_second;
use crate::sandbox::totp::step_of;

/// Steps either side of the device's clock.
const REACH: i64 = 2;
/// Verifications a device ARN has in a window.
const VERIFICATIONS: u32 = 9;
const WINDOW_SECONDS: i64 = 180;
/// Used steps are remembered for so long: no pair can set a device's clock back so far in one go.
const MEMORY: i64 = 2_000;

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

/// A code that is good. It is used up by [`Account::use_up`] only, so that a request that fails afterwards costs no code.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct GoodCode {
    incarnation: u64,
    step: i64,
    device_step: i64,
    /// What the session made with it will know.
    pub(in crate::sandbox) mfa: MfaContext,
}

impl Account {
    /// Judges a code. Good and bad codes both spend the budget of the device's ARN; a device that is not the user's spends
    /// nothing, so that nobody can spend another's.
    pub(in crate::sandbox) fn judge_code(
        &mut self,
        user_id: &str,
        serial: &str,
        code: &str,
        now: UtcDateTime,
    ) -> Result<GoodCode, Refusal> {
        if self.binding_of(user_id, serial, now).is_none() {
            return Err(Refusal::NotTheirs);
        }
        self.spend(serial, now)?;
        let binding = (self.binding_of(user_id, serial, now)).ok_or(Refusal::NotTheirs)?;
        let here = step_of(now).saturating_add(binding.clock_offset);
        let used = self.records.used_steps.get(&binding.incarnation);
        let is_used = |step: &i64| used.is_some_and(|used| used.contains(step));
        let step = (here - REACH..=here + REACH)
            .find(|step| !is_used(step) && binding.secret.code(*step) == code)
            .ok_or(Refusal::BadCode)?;
        Ok(GoodCode {
            incarnation: binding.incarnation,
            step,
            device_step: here,
            mfa: MfaContext {
                serial_number: serial.to_owned(),
                authenticated: whole_second(now),
            },
        })
    }

    /// Uses a code up.
    pub(in crate::sandbox) fn use_up(&mut self, code: GoodCode) -> MfaContext {
        let used = self.records.used_steps.entry(code.incarnation).or_default();
        used.retain(|step| *step > code.device_step - MEMORY);
        used.insert(code.step);
        code.mfa
    }

    fn spend(&mut self, serial: &str, now: UtcDateTime) -> Result<(), Refusal> {
        let window = now.unix_timestamp().div_euclid(WINDOW_SECONDS);
        let there = self.records.budgets.get(serial);
        let spent = there.filter(|b| b.window == window).map_or(0, |b| b.spent);
        if spent >= VERIFICATIONS {
            return Err(Refusal::Exhausted);
        }
        let budgets = &mut self.records.budgets;
        budgets.retain(|_, budget| budget.window == window);
        budgets.insert(
            serial.to_owned(),
            Budget {
                window,
                spent: spent + 1,
            },
        );
        Ok(())
    }
}
