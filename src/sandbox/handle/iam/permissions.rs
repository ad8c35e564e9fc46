//! The permissions that requests to IAM need: the action on the stored ARN of the resource.

use super::super::super::account::{Identity, Kind, Tags};
use super::super::super::fault::Fault;
use super::super::authorise::Permission;
use super::super::operation::OperationCall;
use super::entry::RequiredPermissions;
use super::names::{named, policy_arn, serial_number, user_or_caller};
use crate::policy::context::ContextValue;

/// The operation's action on this resource.
pub(super) fn permission(call: &OperationCall<'_>, resource: impl Into<String>) -> Permission {
    Permission::new(call.operation.action(), resource)
}

/// An action without a resource type is authorised on `*`.
#[expect(clippy::unnecessary_wraps, reason = "the signature of every operation")]
pub(super) fn on_nothing(call: &OperationCall<'_>) -> RequiredPermissions {
    Ok(vec![permission(call, "*")])
}

/// The user that the request names.
pub(super) fn on_user(call: &OperationCall<'_>) -> RequiredPermissions {
    Ok(vec![on_identity(
        call,
        Kind::User,
        named(call, Kind::User),
    )?])
}

/// The user that the request names, else the caller.
pub(super) fn on_user_or_caller(call: &OperationCall<'_>) -> RequiredPermissions {
    Ok(vec![on_identity(call, Kind::User, user_or_caller(call))?])
}

pub(super) fn on_group(call: &OperationCall<'_>) -> RequiredPermissions {
    Ok(vec![on_identity(
        call,
        Kind::Group,
        named(call, Kind::Group),
    )?])
}

pub(super) fn on_role(call: &OperationCall<'_>) -> RequiredPermissions {
    Ok(vec![on_identity(
        call,
        Kind::Role,
        named(call, Kind::Role),
    )?])
}

/// A user, group or role by its stored ARN. One that does not exist has the ARN that it would have under the path `/`.
pub(super) fn on_identity(
    call: &OperationCall<'_>,
    kind: Kind,
    found: Result<(&str, &Identity), Fault>,
) -> Result<Permission, Fault> {
    let records = &call.account.records;
    match found {
        Ok((_, identity)) => {
            let mut permission = permission(call, records.arn_of(kind, identity));
            add_resource_tags(&mut permission, &identity.tags);
            if let Some(boundary) = &identity.boundary {
                permission.context.push((
                    "iam:PermissionsBoundary".to_owned(),
                    boundary.as_str().into(),
                ));
            }
            Ok(permission)
        }
        Err(fault) if fault.code == "NoSuchEntity" => {
            let parameter = format!("{}Name", kind.title());
            let name = call.params.text(&parameter).unwrap_or_default();
            Ok(permission(call, records.arn(kind, "/", name)))
        }
        Err(fault) => Err(fault),
    }
}

/// The managed policy that the request names.
pub(super) fn on_policy(call: &OperationCall<'_>) -> RequiredPermissions {
    let arn = policy_arn(call.params)?;
    let mut permission = permission(call, arn);
    if let Ok(policy) = call.account.records.policy(arn) {
        add_resource_tags(&mut permission, &policy.tags);
    }
    Ok(vec![permission])
}

/// The virtual MFA device that the request names.
pub(super) fn on_device(call: &OperationCall<'_>) -> RequiredPermissions {
    let serial = serial_number(call.params)?;
    let mut permission = permission(call, serial);
    if let Some(device) = call.account.records.devices.get(serial) {
        add_resource_tags(&mut permission, &device.tags);
    }
    Ok(vec![permission])
}

/// Adds the tags of the resource as condition keys.
pub(in super::super) fn add_resource_tags<'a>(
    permission: &mut Permission,
    tags: impl Into<Option<&'a Tags>>,
) {
    for (key, value) in tags.into().into_iter().flat_map(Tags::iter) {
        for prefix in ["aws", "iam"] {
            permission
                .context
                .push((format!("{prefix}:ResourceTag/{key}"), value.into()));
        }
    }
}

/// Adds the tags in the request as condition keys.
pub(in super::super) fn add_request_tags(permission: &mut Permission, tags: &Tags) {
    for (key, value) in tags.iter() {
        permission
            .context
            .push((format!("aws:RequestTag/{key}"), value.into()));
    }
    add_tag_keys(
        permission,
        tags.iter().map(|(key, _)| key.to_owned()).collect(),
    );
}

/// Adds the keys of the tags that the request sets or removes.
pub(super) fn add_tag_keys(permission: &mut Permission, keys: Vec<String>) {
    if !keys.is_empty() {
        permission
            .context
            .push(("aws:TagKeys".to_owned(), ContextValue::List(keys)));
    }
}

/// Sets a condition key to one value.
pub(super) fn add(permission: &mut Permission, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        // The value in the request counts, not the one that is stored.
        permission.context.retain(|(existing, _)| existing != key);
        permission.context.push((key.to_owned(), value.into()));
    }
}
