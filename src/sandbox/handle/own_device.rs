//! AWS's rule of 2023 on own MFA devices: a user who has an MFA device needs an MFA session to add or remove a device.
//!
//! The rule applies after the policies and before the operation checks codes, serial number or duplicates. It counts the devices
//! that are enabled now for the caller's unique ID. It does not apply to the devices of other users, nor to a resync.

use super::super::account::SignedWith;
use super::super::fault::Fault;
use super::super::response::Service;
use super::operation::OperationCall;

const GUARDED: [&str; 2] = ["EnableMFADevice", "DeactivateMFADevice"];

/// Refuses a call that the rule forbids.
pub(super) fn guard(call: &OperationCall<'_>) -> Result<(), Fault> {
    let operation = call.operation;
    let by_key = !matches!(
        call.caller.signed_with,
        SignedWith::MfaSession | SignedWith::RoleSession
    );
    let guarded = operation.service == Service::Iam && GUARDED.contains(&operation.name);
    if guarded && by_key && is_about_caller(call) && has_device(call) {
        return Err(Fault::need_mfa());
    }
    Ok(())
}

fn is_about_caller(call: &OperationCall<'_>) -> bool {
    match call.params.text("UserName") {
        None => true,
        Some(name) => call
            .account
            .user_named(name)
            .is_some_and(|(id, _)| id == call.caller.user),
    }
}

fn has_device(call: &OperationCall<'_>) -> bool {
    call.account.devices_of(&call.caller.user).next().is_some()
}
