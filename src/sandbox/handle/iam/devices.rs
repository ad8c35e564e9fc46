//! Virtual MFA devices.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;

use super::super::super::account::{Device, Kind};
use super::super::super::fault::Fault;
use super::super::super::qr;
use super::super::super::response::Node;
use super::super::operation::{Operation, Turn};
use super::super::params::{Constraints, Params};
use super::asks::{add_request_tags, ask, on_device, on_nothing, on_user, on_user_or_caller};
use super::entry::{Asked, Done, done, operation};
use super::names::{check_name, named, path, serial_number, user_or_caller};
use super::page::Page;
use super::shapes::{self, Detail, item};
use super::tags::tags;
use crate::aws::types::rfc3339;

pub(super) const OPERATIONS: &[Operation] = &[
    operation("CreateVirtualMFADevice", on_new_device, create),
    operation("DeleteVirtualMFADevice", on_device, delete),
    operation("ListVirtualMFADevices", on_nothing, list_virtual),
    operation("EnableMFADevice", on_user, enable),
    operation("DeactivateMFADevice", on_user_or_caller, deactivate),
    operation("ResyncMFADevice", on_user, resync),
    operation("ListMFADevices", on_user_or_caller, list),
    operation("GetMFADevice", on_user_or_caller, get),
];

/// The longest name that a device can be given: its serial number has at most 256 characters.
const LONGEST_NAME: usize = 226;

fn device_name(params: &Params) -> Result<&str, Fault> {
    let parameter = "VirtualMFADeviceName";
    check_name(parameter, params.required(parameter)?, LONGEST_NAME)
}

fn on_new_device(turn: &Turn<'_>) -> Asked {
    let name = device_name(turn.params)?;
    let serial = (turn.account.records).serial_number(path(turn.params)?, name);
    let mut ask = ask(turn, serial);
    add_request_tags(&mut ask, &tags(turn.params)?);
    Ok(vec![ask])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html>
fn create(turn: &mut Turn<'_>) -> Done {
    let name = device_name(turn.params)?;
    let serial = (turn.account).create_device(path(turn.params)?, name, tags(turn.params)?)?;
    let device = turn.account.records.devices.get(&serial);
    let device = device.ok_or_else(Fault::internal)?;
    let mut nodes = vec![Node::text("SerialNumber", serial)];
    let seed = device.secret.base32();
    nodes.push(Node::text(
        "Base32StringSeed",
        STANDARD.encode(seed.expose_secret()),
    ));
    let account_name = format!("{name}@{}", turn.account.account_id());
    let uri = device.secret.uri("mfa-session sandbox", &account_name);
    let png = uri.and_then(|uri| qr::png(uri.expose_secret()));
    nodes.extend(png.map(|png| Node::text("QRCodePNG", STANDARD.encode(png))));
    nodes.extend(shapes::tags(&device.tags));
    Ok(vec![Node::Tree("VirtualMFADevice", nodes)])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteVirtualMFADevice.html>
fn delete(turn: &mut Turn<'_>) -> Done {
    let serial = serial_number(turn.params)?;
    turn.account.delete_device(serial, turn.now)?;
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html>
fn list_virtual(turn: &mut Turn<'_>) -> Done {
    let page = Page::of(turn.params)?;
    let wanted = turn.params.text("AssignmentStatus").unwrap_or("Any");
    let mut constraints = Constraints::default();
    constraints.one_of(
        "assignmentStatus",
        wanted,
        &["Assigned", "Unassigned", "Any"],
    );
    constraints.check()?;
    let records = &turn.account.records;
    let devices = (records.devices.iter())
        .filter(|(_, device)| match wanted {
            "Assigned" => device.assignment.is_some(),
            "Unassigned" => device.assignment.is_none(),
            _ => true,
        })
        .map(|(serial, device)| item(listed(turn, serial, device)))
        .collect();
    Ok(page.cut("VirtualMFADevices", devices))
}

/// Never seed, QR code or tags.
fn listed(turn: &Turn<'_>, serial: &str, device: &Device) -> Vec<Node> {
    let records = &turn.account.records;
    let mut nodes = vec![Node::text("SerialNumber", serial)];
    let Some(assignment) = &device.assignment else {
        return nodes;
    };
    if let Some(user) = records.users.get(&assignment.user) {
        let user = shapes::user(records, &assignment.user, user, Detail::Listed);
        nodes.push(Node::Tree("User", user));
    }
    nodes.push(Node::text("EnableDate", rfc3339(assignment.enable_date)));
    nodes
}

fn pair(params: &Params) -> Result<[&str; 2], Fault> {
    let names = ["AuthenticationCode1", "AuthenticationCode2"];
    let [first, second] = names.map(|name| params.required(name));
    let pair = [first?, second?];
    let mut constraints = Constraints::default();
    for (member, code) in ["authenticationCode1", "authenticationCode2"]
        .into_iter()
        .zip(pair)
    {
        constraints.pattern(member, code, r"[\d]+", |c| c.is_ascii_digit());
        constraints.length(member, code, 6, 6);
    }
    constraints.check()?;
    Ok(pair)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html>
fn enable(turn: &mut Turn<'_>) -> Done {
    let (serial, pair) = (serial_number(turn.params)?, pair(turn.params)?);
    let user = named(turn, Kind::User)?.0.to_owned();
    (turn.account).enable_device(&user, serial, pair, turn.now)?;
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeactivateMFADevice.html>
fn deactivate(turn: &mut Turn<'_>) -> Done {
    let serial = serial_number(turn.params)?;
    let user = user_or_caller(turn)?.0.to_owned();
    (turn.account).deactivate_device(&user, serial, turn.now)?;
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResyncMFADevice.html>
fn resync(turn: &mut Turn<'_>) -> Done {
    let (serial, pair) = (serial_number(turn.params)?, pair(turn.params)?);
    let user = named(turn, Kind::User)?.0.to_owned();
    (turn.account).resync_device(&user, serial, pair, turn.now)?;
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html>
fn list(turn: &mut Turn<'_>) -> Done {
    let page = Page::of(turn.params)?;
    let (id, user) = user_or_caller(turn)?;
    let devices = (turn.account.records.devices_of(id))
        .map(|(serial, _, assignment)| {
            item(vec![
                Node::text("UserName", user.name.as_str()),
                Node::text("SerialNumber", serial),
                Node::text("EnableDate", rfc3339(assignment.enable_date)),
            ])
        })
        .collect();
    Ok(page.cut("MFADevices", devices))
}

/// It tells of hardware FIDO keys only, and nobody has one here
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetMFADevice.html>).
fn get(turn: &mut Turn<'_>) -> Done {
    serial_number(turn.params)?;
    user_or_caller(turn)?;
    Err(Fault::validation(
        "The MFA device serial number sent in the request is invalid or not supported by this API. Currently, only hardware \
         FIDO security keys are supported. Please use the compatible device or API.",
    ))
}
