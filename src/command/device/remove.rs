//! `device remove`: takes a device from the user, and deletes it if it is a virtual one. AWS requires an MFA session for that.

use crate::aws::Signer;
use crate::cli::DeviceRemove;
use crate::context::Context;
use crate::login::Purpose;
use crate::prompt::{Held, Signals};
use crate::test_hooks::step;

use super::super::consent::{self, Consent};
use super::super::outcome::Outcome;
use super::super::own_calls::{OwnCalls, obey, wanted};
use super::super::person::Enter;
use super::super::refusal::explained;
use super::choice::choose;
use super::kind::Kind;

pub(super) fn run(context: &Context, profile: Option<&str>, args: &DeviceRemove) -> Outcome {
    let calls = OwnCalls::of(context, &wanted(profile, &args.call), Purpose::Answer)?;
    let why = "AWS removes a user's own MFA device only with an MFA session.";
    let signer = Signer::Session(calls.mfa_session(&args.call, why)?.credentials);
    let (_, user) = calls.identity(&signer)?;
    let explain = |error| explained(&calls, &signer, error);
    let (devices, _) = calls
        .call(|aws, to| aws.devices(to, &signer))
        .map_err(explain)?;
    let all: Vec<_> = devices.iter().collect();
    let named = args.serial_number.as_deref();
    let serial = &choose(&calls, &all, named, "device remove")?.serial_number;
    let is_virtual = Kind::of(serial) == Kind::Virtual;
    let mut plan = vec![format!(
        "This takes the MFA device {serial} from user {user}."
    )];
    if is_virtual {
        plan.push("Then it deletes the device. An authenticator app keeps an entry that is of no more use.".to_owned());
    }
    let is_last = devices.len() == 1;
    if is_last {
        context.ui.warn(
            "this is the user's last MFA device: without one there is no MFA session, and a policy that requires MFA denies nearly everything",
        );
    }
    let consent = Consent {
        plan: &plan,
        enter: if is_last { Enter::No } else { Enter::Yes },
        yes: args.yes,
        command: &calls.command(&format!("device remove --serial-number {serial}")),
    };
    consent::obtain(context, &calls.user.state.cache, &consent)?;
    // A device that was taken from the user is deleted as well, whatever signal comes meanwhile.
    let held = Signals::hold().ok();
    let removed = remove(&calls, &signer, &user, serial, is_virtual);
    let signal = held.map(Held::finish);
    removed?;
    forget(&calls, serial);
    obey(signal)
}

fn remove(
    calls: &OwnCalls<'_>,
    by: &Signer,
    user: &str,
    serial: &str,
    is_virtual: bool,
) -> Result<(), crate::error::Error> {
    let ui = calls.context.ui;
    calls
        .call(|aws, to| aws.deactivate_device(to, by, user, serial))
        .map_err(|error| explained(calls, by, error))?;
    let _ = step("device.deactivated");
    if !is_virtual {
        ui.say(&format!(
            "The MFA device {serial} is no longer user {user}'s."
        ));
        return Ok(());
    }
    match calls.call(|aws, to| aws.delete_device(to, by, serial)) {
        Ok(_) => ui.say(&format!("The MFA device {serial} was removed.")),
        Err(error) => {
            ui.say(&format!(
                "The MFA device {serial} is no longer user {user}'s."
            ));
            ui.warn(&format!("it was not deleted: {error}"));
            ui.say("To delete it:");
            ui.command(&format!(
                "  aws iam delete-virtual-mfa-device --serial-number {serial}"
            ));
        }
    }
    Ok(())
}

/// Says what still names the device.
fn forget(calls: &OwnCalls<'_>, serial: &str) {
    let source = &calls.user.names.source;
    let profile = calls.user.state.profiles.profile(source);
    let named = profile.and_then(|profile| profile.get("mfa_serial"));
    if named == Some(serial) {
        calls.context.ui.say(&format!(
            "`mfa_serial` of profile {source} still names it. To enroll another device, which replaces it there:"
        ));
        calls.context.ui.command(&calls.command("device enroll"));
    }
}
