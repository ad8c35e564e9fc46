//! What users and roles have in common: their creation and their permissions boundaries.

use super::super::super::account::{Kind, NewIdentity};
use super::super::super::fault::Fault;
use super::super::operation::{Operation, OperationCall};
use super::super::params::Params;
use super::entry::{OperationResult, RequiredPermissions, no_content, operation};
use super::names::{arn, name, named, optional_boundary, path};
use super::permissions::{add, add_request_tags, on_role, on_user, permission};
use super::tags::tags;

pub(super) const OPERATIONS: &[Operation] = &[
    operation(
        "PutUserPermissionsBoundary",
        |call| on_boundary(call, on_user),
        |call| put_boundary(call, Kind::User),
    ),
    operation("DeleteUserPermissionsBoundary", on_user, |call| {
        set_boundary(call, Kind::User, None)
    }),
    operation(
        "PutRolePermissionsBoundary",
        |call| on_boundary(call, on_role),
        |call| put_boundary(call, Kind::Role),
    ),
    operation("DeleteRolePermissionsBoundary", on_role, |call| {
        set_boundary(call, Kind::Role, None)
    }),
];

/// The longest name of a new user or role.
pub(super) const LONGEST_NAME: usize = 64;

/// The user or role that a request creates.
pub(super) fn new(params: &Params, kind: Kind) -> Result<NewIdentity<'_>, Fault> {
    Ok(NewIdentity {
        name: name(params, &format!("{}Name", kind.title()), LONGEST_NAME)?,
        path: path(params)?,
        tags: tags(params)?,
        boundary: optional_boundary(params)?,
    })
}

/// A new user or role, with its tags and boundary as condition keys.
pub(super) fn on_new(call: &OperationCall<'_>, kind: Kind) -> RequiredPermissions {
    let new = new(call.params, kind)?;
    let mut permission = permission(call, call.account.records.arn(kind, new.path, new.name));
    add_request_tags(&mut permission, &new.tags);
    add(&mut permission, "iam:PermissionsBoundary", new.boundary);
    Ok(vec![permission])
}

fn boundary(params: &Params) -> Result<&str, Fault> {
    let parameter = "PermissionsBoundary";
    arn(parameter, params.required(parameter)?)
}

fn on_boundary(
    call: &OperationCall<'_>,
    on_owner: fn(&OperationCall<'_>) -> RequiredPermissions,
) -> RequiredPermissions {
    let mut permissions = on_owner(call)?;
    let boundary = boundary(call.params)?;
    for permission in &mut permissions {
        add(permission, "iam:PermissionsBoundary", Some(boundary));
    }
    Ok(permissions)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html>
fn put_boundary(call: &mut OperationCall<'_>, kind: Kind) -> OperationResult {
    named(call, kind)?;
    let boundary = boundary(call.params)?.to_owned();
    call.account.records.check_attachable(&boundary)?;
    set_boundary(call, kind, Some(boundary))
}

fn set_boundary(
    call: &mut OperationCall<'_>,
    kind: Kind,
    boundary: Option<String>,
) -> OperationResult {
    let id = named(call, kind)?.0.to_owned();
    if let Some(identity) = call.account.records.identity_mut(kind, &id) {
        identity.boundary = boundary;
    }
    no_content()
}
