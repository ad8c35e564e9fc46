//! Groups and their members.

use super::super::super::account::{Kind, NewIdentity};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, OperationCall};
use super::entry::{OperationResult, RequiredPermissions, no_content, operation};
use super::names::{name, named, optional_name, optional_path, path, path_prefix};
use super::page::Page;
use super::permissions::{on_group, on_nothing, on_user, permission};
use super::shapes::{self, Detail, item};

pub(super) const OPERATIONS: &[Operation] = &[
    operation("CreateGroup", on_new_group, create),
    operation("GetGroup", on_group, get),
    operation("ListGroups", on_nothing, list),
    operation("UpdateGroup", on_old_and_new, update),
    operation("DeleteGroup", on_group, delete),
    operation("AddUserToGroup", on_group, add_user),
    operation("RemoveUserFromGroup", on_group, remove_user),
    operation("ListGroupsForUser", on_user, list_for_user),
];

/// The longest name of a new group.
const LONGEST_NAME: usize = 128;

fn on_new_group(call: &OperationCall<'_>) -> RequiredPermissions {
    let name = name(call.params, "GroupName", LONGEST_NAME)?;
    let path = path(call.params)?;
    Ok(vec![permission(
        call,
        call.account.records.arn(Kind::Group, path, name),
    )])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html>
fn create(call: &mut OperationCall<'_>) -> OperationResult {
    let new = NewIdentity {
        path: path(call.params)?,
        ..NewIdentity::named(name(call.params, "GroupName", LONGEST_NAME)?)
    };
    let id = call.account.create_group(&new, call.now)?;
    Ok(vec![Node::Tree("Group", group(call, &id)?)])
}

fn group(call: &OperationCall<'_>, id: &str) -> Result<Vec<Node>, Fault> {
    let records = &call.account.records;
    let group = (records.identity(Kind::Group, id)).ok_or_else(Fault::internal)?;
    Ok(shapes::identity(records, Kind::Group, id, group))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html>
fn get(call: &mut OperationCall<'_>) -> OperationResult {
    let page = Page::of(call.params)?;
    let id = named(call, Kind::Group)?.0;
    let records = &call.account.records;
    let members = records.groups.get(id).map(|g| &g.members);
    let users = (members.into_iter().flatten())
        .filter_map(|id| {
            let user = records.users.get(id)?;
            Some(item(shapes::user(records, id, user, Detail::Listed)))
        })
        .collect();
    let mut nodes = vec![Node::Tree("Group", group(call, id)?)];
    nodes.extend(page.cut("Users", users));
    Ok(nodes)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html>
fn list(call: &mut OperationCall<'_>) -> OperationResult {
    let page = Page::of(call.params)?;
    let prefix = path_prefix(call.params)?;
    let records = &call.account.records;
    let mut groups: Vec<_> = records
        .identities(Kind::Group)
        .filter(|(_, group)| group.path.starts_with(prefix))
        .collect();
    groups.sort_by_key(|(_, group)| group.name.to_ascii_lowercase());
    let groups = groups
        .into_iter()
        .map(|(id, group)| item(shapes::identity(records, Kind::Group, id, group)))
        .collect();
    Ok(page.cut("Groups", groups))
}

/// Renaming or moving a group needs the permission on both the old and the new ARN.
fn on_old_and_new(call: &OperationCall<'_>) -> RequiredPermissions {
    let mut permissions = on_group(call)?;
    let new_name = optional_name(call.params, "NewGroupName", LONGEST_NAME)?;
    let new_path = optional_path(call.params, "NewPath")?;
    if let Ok((_, group)) = named(call, Kind::Group) {
        let arn = call.account.records.arn(
            Kind::Group,
            new_path.unwrap_or(&group.path),
            new_name.unwrap_or(&group.name),
        );
        permissions.push(permission(call, arn));
    }
    Ok(permissions)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html>
fn update(call: &mut OperationCall<'_>) -> OperationResult {
    let id = named(call, Kind::Group)?.0.to_owned();
    let new_name = optional_name(call.params, "NewGroupName", LONGEST_NAME)?;
    let new_path = optional_path(call.params, "NewPath")?;
    call.account.rename(Kind::Group, &id, new_name, new_path)?;
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html>
fn delete(call: &mut OperationCall<'_>) -> OperationResult {
    let id = named(call, Kind::Group)?.0.to_owned();
    call.account.delete_group(&id)?;
    no_content()
}

fn group_and_user(call: &OperationCall<'_>) -> Result<(String, String), Fault> {
    let group = named(call, Kind::Group)?.0.to_owned();
    let user = named(call, Kind::User)?.0.to_owned();
    Ok((group, user))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html>
fn add_user(call: &mut OperationCall<'_>) -> OperationResult {
    let (group, user) = group_and_user(call)?;
    call.account.add_member(&group, &user)?;
    no_content()
}

/// Removing a user who is not a member changes nothing
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html>).
fn remove_user(call: &mut OperationCall<'_>) -> OperationResult {
    let (group, user) = group_and_user(call)?;
    if let Some(group) = call.account.records.groups.get_mut(&group) {
        group.members.remove(&user);
    }
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html>
fn list_for_user(call: &mut OperationCall<'_>) -> OperationResult {
    let page = Page::of(call.params)?;
    let id = named(call, Kind::User)?.0;
    let records = &call.account.records;
    let groups = (records.groups_of(id))
        .map(|(id, group)| item(shapes::identity(records, Kind::Group, id, &group.identity)))
        .collect();
    Ok(page.cut("Groups", groups))
}
