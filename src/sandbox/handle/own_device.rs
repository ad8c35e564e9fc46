//! AWS's own rule of 2023: who has an MFA device needs a session made with one to add or remove a device of their own.
//!
//! It comes on top of the policies and before the operation looks at pair, serial or duplicate. What counts is what is enabled
//! now for the caller's immutable id; another user's devices, and a resync, are left to the policies alone.

use super::super::account::SignedWith;
use super::super::fault::Fault;
use super::super::response::Service;
use super::operation::Turn;

const GUARDED: [&str; 2] = ["EnableMFADevice", "DeactivateMFADevice"];

/// Refuses what the rule forbids.
pub(super) fn guard(turn: &Turn<'_>) -> Result<(), Fault> {
    let operation = turn.operation;
    let by_key = !matches!(
        turn.caller.signed_with,
        SignedWith::MfaSession | SignedWith::RoleSession
    );
    let guarded = operation.service == Service::Iam && GUARDED.contains(&operation.name);
    if guarded && by_key && is_about_caller(turn) && has_device(turn) {
        return Err(Fault::need_mfa());
    }
    Ok(())
}

fn is_about_caller(turn: &Turn<'_>) -> bool {
    match turn.params.text("UserName") {
        None => true,
        Some(name) => turn
            .account
            .user_named(name)
            .is_some_and(|(id, _)| id == turn.caller.user),
    }
}

fn has_device(turn: &Turn<'_>) -> bool {
    turn.account.devices_of(&turn.caller.user).next().is_some()
}
