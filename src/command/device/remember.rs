//! `mfa_serial` of the source profile after an enrolment: what will happen is said before, and done after.

use crate::aws::EnabledDevice;
use crate::aws::types::SerialNumber;
use crate::login::{Remembering, check_section, remember_device, remembering};
use crate::process::shell_quote;
use crate::shared_config::FileKind;

use super::super::own_calls::OwnCalls;

/// What happens to `mfa_serial`.
pub(super) struct Memory {
    remembering: Remembering,
    profile: String,
}

impl Memory {
    /// Decides it. `devices` are the user's, if AWS has listed them. A file that cannot be written is reported, and left alone.
    pub(super) fn plan(
        calls: &OwnCalls<'_>,
        device: &SerialNumber,
        devices: Option<&[EnabledDevice]>,
    ) -> Self {
        let state = &calls.user.state;
        let source = &calls.user.names.source;
        let profile = state.profiles.profile(source);
        let is_gone =
            |serial: &str| devices.is_some_and(|all| all.iter().all(|d| d.serial_number != serial));
        let mut remembering = remembering(profile.as_ref(), device, &is_gone);
        if let Remembering::Set(file) = remembering
            && let Err(error) = check_section(state, file)
        {
            calls.context.ui.warn(&format!(
                "`mfa_serial` of profile {source} will not be set: {error}"
            ));
            remembering = Remembering::Same;
        }
        Self {
            remembering,
            profile: source.clone(),
        }
    }

    /// What will be done, as a sentence.
    pub(super) fn sentence(&self, calls: &OwnCalls<'_>) -> Option<String> {
        let Remembering::Set(file) = self.remembering else {
            return None;
        };
        Some(format!(
            "Then it sets `mfa_serial` of profile {} in {}.",
            self.profile,
            calls.user.state.locations.shared_file(file).display()
        ))
    }

    /// Does it. A device that cannot be remembered is enrolled all the same.
    pub(super) fn act(&self, calls: &OwnCalls<'_>, device: &SerialNumber) {
        let ui = calls.context.ui;
        match &self.remembering {
            Remembering::Set(file) => self.set(calls, *file, device),
            Remembering::Same => {}
            Remembering::Keep(other) => {
                ui.say(&format!(
                    "Profile {} keeps the device {other}. To log in with the new one:",
                    self.profile
                ));
                self.say_how(calls, device);
            }
        }
        if calls.context.env.get("AWS_MFA_SERIAL").is_some() {
            ui.warn("AWS_MFA_SERIAL is set and overrides `mfa_serial`");
        }
    }

    fn set(&self, calls: &OwnCalls<'_>, file: FileKind, device: &SerialNumber) {
        let state = &calls.user.state;
        let ui = calls.context.ui;
        match remember_device(calls.context, state, &self.profile, file, device) {
            Ok(()) => ui.say(&format!(
                "Profile {} has `mfa_serial = {device}` now.",
                self.profile
            )),
            Err(error) => {
                ui.warn(&format!("`mfa_serial` was not set: {error}"));
                self.say_how(calls, device);
            }
        }
    }

    fn say_how(&self, calls: &OwnCalls<'_>, device: &SerialNumber) {
        calls.context.ui.command(&format!(
            "  aws configure set mfa_serial {device} --profile {}",
            shell_quote(&self.profile)
        ));
    }
}
