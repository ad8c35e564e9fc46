//! How STS verifies the token code of a device.
//!
//! STS accepts the codes of the device's current step and of two steps on either side, each once and in any order. It verifies at
//! most nine codes for a device ARN in each window of three minutes, whether they are right or wrong.

use time::UtcDateTime;

use super::Account;
use super::records::{Budget, MfaContext};
use crate::sandbox::stored::whole_second;
use crate::totp::step_of;

/// How many steps before and after the device's current step are accepted.
const TOLERANCE: i64 = 2;
/// The verifications that a device ARN has in each window.
const VERIFICATIONS: u32 = 9;
const WINDOW_SECONDS: i64 = 180;
/// How many used steps are remembered. No pair of codes can set a device's clock back this far at once.
const REMEMBERED: i64 = 2_000;

/// Why a code was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Refusal {
    /// The device does not exist or is not enabled for this user.
    NotTheUsers,
    /// All verifications of the window are used up.
    Exhausted,
    /// The code is wrong, out of time, or already used.
    BadCode,
}

/// A valid code. Only [`Account::use_up`] uses it up, so that a request that fails later does not cost a code.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct ValidCode {
    incarnation: u64,
    step: i64,
    device_step: i64,
    /// The MFA context of a session that is created with the code.
    pub(in crate::sandbox) mfa: MfaContext,
}

impl Account {
    /// Verifies a code. Right and wrong codes both count as verifications of the device's ARN. If the device is not the user's,
    /// nothing is counted, so that no user can use up the verifications of another.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(in crate::sandbox) fn verify_code(
        &mut self,
        user_id: &str,
        serial: &str,
        code: &str,
        now: UtcDateTime,
    ) -> Result<ValidCode, Refusal> {
        if self.binding_of(user_id, serial, now).is_none() {
            return Err(Refusal::NotTheUsers);
        }
        self.spend(serial, now)?;
        let binding = (self.binding_of(user_id, serial, now)).ok_or(Refusal::NotTheUsers)?;
        let here = step_of(now).saturating_add(binding.clock_offset);
        let used = self.records.used_steps.get(&binding.incarnation);
        let is_used = |step: &i64| used.is_some_and(|used| used.contains(step));
        let step = (here - TOLERANCE..=here + TOLERANCE)
            .find(|step| !is_used(step) && binding.secret.code(*step) == code)
            .ok_or(Refusal::BadCode)?;
        Ok(ValidCode {
            incarnation: binding.incarnation,
            step,
            device_step: here,
            mfa: MfaContext {
                serial_number: serial.to_owned(),
                authenticated: whole_second(now),
            },
        })
    }

    /// Uses a code up, and returns the MFA context for its session.
    pub(in crate::sandbox) fn use_up(&mut self, code: ValidCode) -> MfaContext {
        let used = self.records.used_steps.entry(code.incarnation).or_default();
        used.retain(|step| *step > code.device_step - REMEMBERED);
        used.insert(code.step);
        code.mfa
    }

    fn spend(&mut self, serial: &str, now: UtcDateTime) -> Result<(), Refusal> {
        let window = now.unix_timestamp().div_euclid(WINDOW_SECONDS);
        let existing = self.records.budgets.get(serial);
        let spent = existing
            .filter(|b| b.window == window)
            .map_or(0, |b| b.spent);
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
