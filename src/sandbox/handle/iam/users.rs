//! Users.

use super::super::super::account::Kind;
use super::super::super::response::Node;
use super::super::operation::{Operation, OperationCall};
use super::entities::{LONGEST_NAME, new, on_new};
use super::entry::{OperationResult, RequiredPermissions, no_content, operation};
use super::names::{named, optional_name, optional_path, path_prefix, user_or_caller};
use super::page::Page;
use super::permissions::{on_nothing, on_user, on_user_or_caller, permission};
use super::shapes::{self, Detail, item};

pub(super) const OPERATIONS: &[Operation] = &[
    operation("CreateUser", |call| on_new(call, Kind::User), create),
    operation("GetUser", on_user_or_caller, get),
    operation("ListUsers", on_nothing, list),
    operation("UpdateUser", on_old_and_new, update),
    operation("DeleteUser", on_user, delete),
];

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html>
fn create(call: &mut OperationCall<'_>) -> OperationResult {
    let new = new(call.params, Kind::User)?;
    let id = call.account.create_user(&new, call.now)?;
    describe(call, &id)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html>
fn get(call: &mut OperationCall<'_>) -> OperationResult {
    let id = user_or_caller(call)?.0.to_owned();
    describe(call, &id)
}

#[expect(clippy::unnecessary_wraps, reason = "the result of an operation")]
fn describe(call: &OperationCall<'_>, id: &str) -> OperationResult {
    let records = &call.account.records;
    let user = records.users.get(id);
    Ok(user
        .map(|user| Node::Tree("User", shapes::user(records, id, user, Detail::Whole)))
        .into_iter()
        .collect())
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html>
fn list(call: &mut OperationCall<'_>) -> OperationResult {
    let page = Page::of(call.params)?;
    let prefix = path_prefix(call.params)?;
    let records = &call.account.records;
    let mut users: Vec<_> = (records.users.iter())
        .filter(|(_, user)| user.identity.path.starts_with(prefix))
        .collect();
    users.sort_by_key(|(_, user)| user.identity.name.to_ascii_lowercase());
    let users = users
        .into_iter()
        .map(|(id, user)| item(shapes::user(records, id, user, Detail::Listed)))
        .collect();
    Ok(page.cut("Users", users))
}

/// Renaming or moving a user needs the permission on both the old and the new ARN.
fn on_old_and_new(call: &OperationCall<'_>) -> RequiredPermissions {
    let mut permissions = on_user(call)?;
    let new_name = optional_name(call.params, "NewUserName", LONGEST_NAME)?;
    let new_path = optional_path(call.params, "NewPath")?;
    if let Ok((_, user)) = named(call, Kind::User) {
        let arn = call.account.records.arn(
            Kind::User,
            new_path.unwrap_or(&user.path),
            new_name.unwrap_or(&user.name),
        );
        permissions.push(permission(call, arn));
    }
    Ok(permissions)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html>
fn update(call: &mut OperationCall<'_>) -> OperationResult {
    let id = named(call, Kind::User)?.0.to_owned();
    let new_name = optional_name(call.params, "NewUserName", LONGEST_NAME)?;
    let new_path = optional_path(call.params, "NewPath")?;
    call.account.rename(Kind::User, &id, new_name, new_path)?;
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html>
fn delete(call: &mut OperationCall<'_>) -> OperationResult {
    let id = named(call, Kind::User)?.0.to_owned();
    call.account.delete_user(&id)?;
    no_content()
}
