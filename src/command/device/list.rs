//! `device list`: the MFA devices of the user, and whether a login can use them.

use serde::Serialize;

use crate::aws::EnabledDevice;
use crate::aws::types::rfc3339;
use crate::cli::{DeviceForm, DeviceList};
use crate::context::Context;
use crate::login::Purpose;
use crate::palette::{self, painted};
use crate::process::shell_quote;
use crate::ui::clean;

use super::super::outcome::Outcome;
use super::super::own_calls::{OwnCalls, wanted};
use super::super::refusal::explained;
use super::kind::{Kind, serves_login};

/// `device list --format json`, version 1. It is frozen: a new field or meaning needs a new version.
#[derive(Debug, Serialize)]
struct Report<'a> {
    version: u8,
    devices: Vec<Device<'a>>,
}

#[derive(Debug, Serialize)]
struct Device<'a> {
    /// `virtual`, `hardware`, `passkey`, `sms` or `other`.
    kind: &'static str,
    serial_number: &'a str,
    enable_date: String,
    /// Whether sts:GetSessionToken, and so `login`, accepts it.
    get_session_token: bool,
}

pub(super) fn run(context: &Context, profile: Option<&str>, args: &DeviceList) -> Outcome {
    let calls = OwnCalls::of(context, &wanted(profile, &args.call), Purpose::Answer)?;
    let signer = calls.user.signer(context)?;
    let (devices, _) = calls
        .call(|aws, to| aws.devices(to, &signer))
        .map_err(|error| explained(&calls, &signer, error))?;
    let ui = context.ui;
    match args.format {
        DeviceForm::Json => ui.data(&json(&devices))?,
        DeviceForm::Text => ui.show(&text(&devices))?,
    }
    if devices.is_empty() && args.format == DeviceForm::Text {
        ui.say(&format!(
            "The user has no MFA device. To enroll one: mfa-session device enroll --profile {}",
            shell_quote(&calls.user.names.source)
        ));
    }
    Ok(0)
}

fn json(devices: &[EnabledDevice]) -> String {
    let report = Report {
        version: 1,
        devices: devices
            .iter()
            .map(|device| Device {
                kind: Kind::of(&device.serial_number).name(),
                serial_number: &device.serial_number,
                enable_date: rfc3339(device.enabled),
                get_session_token: serves_login(&device.serial_number),
            })
            .collect(),
    };
    // Texts and numbers always have a form in JSON.
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    text
}

/// One line for each device, in columns.
fn text(devices: &[EnabledDevice]) -> String {
    let shown = |device: &EnabledDevice| clean(&device.serial_number).into_owned();
    let width = |n: usize, text: &str| n.max(text.chars().count());
    let widest = devices.iter().map(shown).fold(0, |n, s| width(n, &s));
    let lines: Vec<String> = devices
        .iter()
        .map(|device| {
            let login = if serves_login(&device.serial_number) {
                painted(palette::ALLOWED, "can be used to log in")
            } else {
                painted(
                    palette::DENIED,
                    "cannot be used to log in: it has no token codes",
                )
            };
            format!(
                "{:<8}  {:<widest$}  enrolled {}  {login}\n",
                Kind::of(&device.serial_number).name(),
                shown(device),
                device.enabled.date(),
            )
        })
        .collect();
    lines.concat()
}
