//! `device resync`: tells AWS how far the clock of a device is off, with two consecutive codes. It needs no MFA session.

use crate::aws::types::SerialNumber;
use crate::cli::DeviceResync;
use crate::context::Context;
use crate::error::Error;
use crate::login::Purpose;

use super::super::consent::{self, Consent};
use super::super::outcome::Outcome;
use super::super::own_calls::{OwnCalls, wanted};
use super::super::person::Enter;
use super::super::refusal::explained;
use super::choice::choose;
use super::codes;
use super::kind::serves_login;

/// What a script types.
const SCRIPT: &str = "device resync --yes --authentication-code1 CODE --authentication-code2 CODE";

pub(super) fn run(context: &Context, profile: Option<&str>, args: DeviceResync) -> Outcome {
    let given = codes::given(args.codes)?;
    let calls = OwnCalls::of(context, &wanted(profile, &args.call), Purpose::Answer)?;
    let signer = calls.user.signer(context)?;
    let (_, user) = calls.identity(&signer)?;
    let explain = |error| explained(&calls, &signer, error);
    let (devices, skew) = calls
        .call(|aws, to| aws.devices(to, &signer))
        .map_err(explain)?;
    let with_codes: Vec<_> = (devices.iter())
        .filter(|device| serves_login(&device.serial_number))
        .collect();
    let named = args.serial_number.as_deref();
    let chosen = choose(&calls, &with_codes, named, "device resync")?;
    let device = SerialNumber::new(&chosen.serial_number).map_err(|error| Error::Refused {
        message: error.to_string(),
        hint: calls.command("device list"),
    })?;
    if given.is_none() {
        // Seen before a question is asked.
        drop(codes::person(&calls, SCRIPT)?);
    }
    let consent = Consent {
        plan: &[format!(
            "This resynchronises the MFA device {device} of user {user} with AWS's clock, with two token codes."
        )],
        enter: Enter::Yes,
        yes: args.yes,
        command: &calls.command("device resync"),
    };
    consent::obtain(context, &calls.user.state.cache, &consent)?;
    let send = |pair: &_| {
        calls
            .call(|aws, to| aws.resync_device(to, &signer, &user, &device, pair))
            .map(drop)
    };
    if let Some(pair) = given {
        send(&pair).map_err(explain)?;
    } else {
        let mut person = codes::person(&calls, SCRIPT)?;
        codes::until_accepted(context, &mut person, skew, &send, &explain)?;
    }
    context.ui.say(&format!(
        "The MFA device {device} is resynchronised. STS may need some seconds to learn of it. Then log in with a new code:"
    ));
    context.ui.command(&calls.command("login"));
    Ok(0)
}
