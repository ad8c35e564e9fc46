//! A virtual device that was created and is not enabled yet.

use crate::aws::types::SerialNumber;
use crate::aws::{CallError, Signer};
use crate::process::shell_quote;

use super::super::own_calls::OwnCalls;

/// Deletes a device that could not be enabled, or says how to.
pub(super) fn abandon(calls: &OwnCalls<'_>, by: &Signer, device: &SerialNumber) {
    let ui = calls.context.ui;
    match calls.call(|aws, to| aws.delete_device(to, by, device.as_str())) {
        Ok(_) => ui.say(&format!("The unfinished MFA device {device} was deleted.")),
        Err(CallError::Refused { refusal, .. }) if refusal.code == "NoSuchEntity" => {}
        Err(error) => {
            ui.warn(&format!(
                "the unfinished MFA device {device} may still be there, and was not deleted: {error}"
            ));
            say_how_to_delete(calls, device);
        }
    }
}

/// Says how to enable a device that was only created, and how to delete it.
pub(super) fn say_how_to_finish(calls: &OwnCalls<'_>, device: &SerialNumber) {
    let ui = calls.context.ui;
    ui.say(&format!(
        "The MFA device {device} was created. To enable it, with two consecutive codes:"
    ));
    let finish = format!(
        "device enroll --serial-number {device} --authentication-code1 CODE --authentication-code2 CODE"
    );
    ui.command(&format!("  {}", calls.command(&finish)));
    say_how_to_delete(calls, device);
}

/// Says how to delete a device that is nobody's.
pub(super) fn say_how_to_delete(calls: &OwnCalls<'_>, device: &SerialNumber) {
    let ui = calls.context.ui;
    ui.say("To delete it:");
    ui.command(&format!(
        "  aws iam delete-virtual-mfa-device --serial-number {device} --profile {}",
        shell_quote(&calls.user.names.source)
    ));
}
