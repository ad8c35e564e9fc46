//! Virtual MFA devices.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;

use super::super::super::account::{Device, Kind};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, OperationCall};
use super::super::params::{Constraints, Params};
use super::entry::{OperationResult, RequiredPermissions, no_content, operation};
use super::names::{check_name, named, path, serial_number, user_or_caller};
use super::page::Page;
use super::permissions::{
    add_request_tags, on_device, on_nothing, on_user, on_user_or_caller, permission,
};
use super::shapes::{self, Detail, item};
use super::tags::tags;
use crate::aws::types::rfc3339;
use crate::qr;

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

/// The longest name of a new device, whose serial number can have 256 characters.
const LONGEST_NAME: usize = 226;

fn device_name(params: &Params) -> Result<&str, Fault> {
    let parameter = "VirtualMFADeviceName";
    check_name(parameter, params.required(parameter)?, LONGEST_NAME)
}

fn on_new_device(call: &OperationCall<'_>) -> RequiredPermissions {
    let name = device_name(call.params)?;
    let serial = (call.account.records).serial_number(path(call.params)?, name);
    let mut permission = permission(call, serial);
    add_request_tags(&mut permission, &tags(call.params)?);
    Ok(vec![permission])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html>
fn create(call: &mut OperationCall<'_>) -> OperationResult {
    let name = device_name(call.params)?;
    let serial = (call.account).create_device(path(call.params)?, name, tags(call.params)?)?;
    let device = call.account.records.devices.get(&serial);
    let device = device.ok_or_else(Fault::internal)?;
    let mut nodes = vec![Node::text("SerialNumber", serial)];
    let seed = device.secret.base32();
    nodes.push(Node::text(
        "Base32StringSeed",
        STANDARD.encode(seed.expose_secret()),
    ));
    let account_name = format!("{name}@{}", call.account.account_id());
    let uri = device.secret.uri("mfa-session sandbox", &account_name);
    let png = uri.and_then(|uri| qr::png(uri.expose_secret()));
    nodes.extend(png.map(|png| Node::text("QRCodePNG", STANDARD.encode(png))));
    nodes.extend(shapes::tags(&device.tags));
    Ok(vec![Node::Tree("VirtualMFADevice", nodes)])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteVirtualMFADevice.html>
fn delete(call: &mut OperationCall<'_>) -> OperationResult {
    let serial = serial_number(call.params)?;
    call.account.delete_device(serial, call.now)?;
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html>
fn list_virtual(call: &mut OperationCall<'_>) -> OperationResult {
    let page = Page::of(call.params)?;
    let wanted = call.params.text("AssignmentStatus").unwrap_or("Any");
    let mut constraints = Constraints::default();
    constraints.one_of(
        "assignmentStatus",
        wanted,
        &["Assigned", "Unassigned", "Any"],
    );
    constraints.check()?;
    let records = &call.account.records;
    let devices = (records.devices.iter())
        .filter(|(_, device)| match wanted {
            "Assigned" => device.assignment.is_some(),
            "Unassigned" => device.assignment.is_none(),
            _ => true,
        })
        .map(|(serial, device)| item(listed(call, serial, device)))
        .collect();
    Ok(page.cut("VirtualMFADevices", devices))
}

/// A device in a list, without its seed, QR code and tags.
fn listed(call: &OperationCall<'_>, serial: &str, device: &Device) -> Vec<Node> {
    let records = &call.account.records;
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
fn enable(call: &mut OperationCall<'_>) -> OperationResult {
    let (serial, pair) = (serial_number(call.params)?, pair(call.params)?);
    let user = named(call, Kind::User)?.0.to_owned();
    (call.account).enable_device(&user, serial, pair, call.now)?;
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeactivateMFADevice.html>
fn deactivate(call: &mut OperationCall<'_>) -> OperationResult {
    let serial = serial_number(call.params)?;
    let user = user_or_caller(call)?.0.to_owned();
    (call.account).deactivate_device(&user, serial, call.now)?;
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResyncMFADevice.html>
fn resync(call: &mut OperationCall<'_>) -> OperationResult {
    let (serial, pair) = (serial_number(call.params)?, pair(call.params)?);
    let user = named(call, Kind::User)?.0.to_owned();
    (call.account).resync_device(&user, serial, pair, call.now)?;
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html>
fn list(call: &mut OperationCall<'_>) -> OperationResult {
    let page = Page::of(call.params)?;
    let (id, user) = user_or_caller(call)?;
    let devices = (call.account.records.devices_of(id))
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

/// AWS answers this only for hardware FIDO keys, which the sandbox does not have
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetMFADevice.html>).
fn get(call: &mut OperationCall<'_>) -> OperationResult {
    serial_number(call.params)?;
    user_or_caller(call)?;
    Err(Fault::validation(
        "The MFA device serial number sent in the request is invalid or not supported by this API. Currently, only hardware \
         FIDO security keys are supported. Please use the compatible device or API.",
    ))
}
