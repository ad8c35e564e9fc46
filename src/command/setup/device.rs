//! The MFA device of the user: the one that is named, the one that AWS lists, or a new one.

use crate::aws::types::SerialNumber;
use crate::aws::{CallError, EnabledDevice, RefusalKind};
use crate::cli::{CallArgs, CodeArgs, Device, DeviceEnroll, Setup};
use crate::context::Context;
use crate::error::Error;
use crate::login::{LoginError, Purpose};
use crate::ui::one_line;

use super::super::device;
use super::super::own_calls::{OwnCalls, wanted};
use super::super::person::{Nobody, Person};
use super::super::refusal::explained;

/// Finds the user behind a profile, and the user's device. `None` is no device at all, in a dry run.
///
/// # Errors
/// The profile or its key, a device that cannot be found or used, or an enrolment that fails.
pub(super) fn look_up<'a>(
    context: &'a Context,
    source: Option<&str>,
    args: &Setup,
) -> Result<(OwnCalls<'a>, Option<SerialNumber>), Error> {
    let mut wanted = wanted(source, &args.call);
    wanted.serial_number.clone_from(&args.serial_number);
    let calls = OwnCalls::of(context, &wanted, Purpose::Change)?;
    // A profile without a key is refused before anything is asked.
    calls.user.key_source(context)?;
    if let Some(known) = calls.user.settings.serial_number.clone() {
        return Ok((calls, Some(known)));
    }
    let devices = list(&calls)?;
    if let Some(device) = choose(&calls, &devices)? {
        return Ok((calls, Some(device)));
    }
    let ui = context.ui;
    let profile = calls.user.names.source.clone();
    if args.dry_run {
        ui.say(&format!(
            "The user of profile {profile} has no MFA device. Without --dry-run, setup enrolls one first, as `mfa-session device enroll` does."
        ));
        return Ok((calls, None));
    }
    ui.say(&format!(
        "The user of profile {profile} has no MFA device, so setup enrolls one first."
    ));
    drop(calls);
    device::run(context, Some(&profile), enroll(args))?;
    let calls = OwnCalls::of(context, &wanted, Purpose::Change)?;
    let device = calls.user.settings.serial_number.clone();
    Ok((calls, device))
}

fn enroll(args: &Setup) -> Device {
    Device::Enroll(DeviceEnroll {
        name: None,
        secret: false,
        create_only: false,
        serial_number: None,
        yes: args.yes,
        codes: CodeArgs::default(),
        call: CallArgs {
            region: args.call.region.clone(),
            endpoint_url: args.call.endpoint_url.clone(),
        },
    })
}

fn list(calls: &OwnCalls<'_>) -> Result<Vec<EnabledDevice>, Error> {
    let signer = calls.user.signer(calls.context)?;
    match calls.call(|aws, to| aws.devices(to, &signer)) {
        Ok((devices, _)) => Ok(devices),
        Err(CallError::Refused { refusal, .. }) if refusal.kind == RefusalKind::Policy => {
            Err(Error::Aws {
                message: format!(
                    "iam:ListMFADevices is denied, so the device cannot be looked up: AWS says `{}`",
                    one_line(&refusal.message, 300)
                ),
                hint: calls.command("setup --serial-number SERIAL"),
            })
        }
        Err(error) => Err(explained(calls, &signer, error)),
    }
}

/// The device with token codes; `None` if the user has no device at all.
fn choose(calls: &OwnCalls<'_>, devices: &[EnabledDevice]) -> Result<Option<SerialNumber>, Error> {
    let usable: Vec<_> = devices
        .iter()
        .filter_map(|device| SerialNumber::new(&device.serial_number).ok())
        .filter(SerialNumber::has_token_code)
        .collect();
    match usable.as_slice() {
        [] if devices.is_empty() => Ok(None),
        [] => Err(LoginError::Device(
            "the user has only passkeys or security keys, which have no code for sts:GetSessionToken".to_owned(),
            Some(format!(
                "add an authenticator app as a second device ({}), or use `aws login`",
                calls.command("device enroll")
            )),
        )
        .into()),
        [only] => Ok(Some(only.clone())),
        [first, ..] => {
            let serials: Vec<_> = usable.iter().map(ToString::to_string).collect();
            match Person::open(&calls.user.state.cache) {
                Ok(mut person) => {
                    person.say("The user has several MFA devices:");
                    let n = person.choose("Which one", &serials)?;
                    Ok(usable.get(n).cloned())
                }
                Err(Nobody::Failed(error)) => Err(error),
                Err(Nobody::NotAllowed(why)) => Err(Error::Usage {
                    message: format!(
                        "the user has several MFA devices, and nobody can choose one: {why}; they are {}",
                        one_line(&serials.join(", "), 600)
                    ),
                    hint: calls.command(&format!("setup --serial-number {first}")),
                }),
            }
        }
    }
}
