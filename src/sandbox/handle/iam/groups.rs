//! Groups and their members.

use super::super::super::account::{Kind, NewIdentity};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, Turn};
use super::asks::{ask, on_group, on_nothing, on_user};
use super::entry::{Asked, Done, done, operation};
use super::names::{name, named, optional_name, optional_path, path, path_prefix};
use super::page::Page;
use super::shapes::{self, Detail, item};

pub(super) const OPERATIONS: &[Operation] = &[
    operation("CreateGroup", on_new_group, create),
    operation("GetGroup", on_group, get),
    operation("ListGroups", on_nothing, list),
    operation("UpdateGroup", on_both, update),
    operation("DeleteGroup", on_group, delete),
    operation("AddUserToGroup", on_group, add_user),
    operation("RemoveUserFromGroup", on_group, remove_user),
    operation("ListGroupsForUser", on_user, of_user),
];

/// The longest name that a group can be given.
const LONGEST_NAME: usize = 128;

fn on_new_group(turn: &Turn<'_>) -> Asked {
    let name = name(turn.params, "GroupName", LONGEST_NAME)?;
    let path = path(turn.params)?;
    Ok(vec![ask(
        turn,
        turn.account.records.arn(Kind::Group, path, name),
    )])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html>
fn create(turn: &mut Turn<'_>) -> Done {
    let new = NewIdentity {
        path: path(turn.params)?,
        ..NewIdentity::named(name(turn.params, "GroupName", LONGEST_NAME)?)
    };
    let id = turn.account.create_group(&new, turn.now)?;
    Ok(vec![Node::Tree("Group", group(turn, &id)?)])
}

fn group(turn: &Turn<'_>, id: &str) -> Result<Vec<Node>, Fault> {
    let records = &turn.account.records;
    let group = (records.identity(Kind::Group, id)).ok_or_else(Fault::internal)?;
    Ok(shapes::identity(records, Kind::Group, id, group))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html>
fn get(turn: &mut Turn<'_>) -> Done {
    let page = Page::of(turn.params)?;
    let id = named(turn, Kind::Group)?.0;
    let records = &turn.account.records;
    let members = records.groups.get(id).map(|g| &g.members);
    let users = (members.into_iter().flatten())
        .filter_map(|id| {
            let user = records.users.get(id)?;
            Some(item(shapes::user(records, id, user, Detail::Listed)))
        })
        .collect();
    let mut nodes = vec![Node::Tree("Group", group(turn, id)?)];
    nodes.extend(page.cut("Users", users));
    Ok(nodes)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html>
fn list(turn: &mut Turn<'_>) -> Done {
    let page = Page::of(turn.params)?;
    let prefix = path_prefix(turn.params)?;
    let records = &turn.account.records;
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

/// Who renames or moves a group needs the permission on both the old ARN and the new one.
fn on_both(turn: &Turn<'_>) -> Asked {
    let mut asks = on_group(turn)?;
    let new_name = optional_name(turn.params, "NewGroupName", LONGEST_NAME)?;
    let new_path = optional_path(turn.params, "NewPath")?;
    if let Ok((_, group)) = named(turn, Kind::Group) {
        let arn = turn.account.records.arn(
            Kind::Group,
            new_path.unwrap_or(&group.path),
            new_name.unwrap_or(&group.name),
        );
        asks.push(ask(turn, arn));
    }
    Ok(asks)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html>
fn update(turn: &mut Turn<'_>) -> Done {
    let id = named(turn, Kind::Group)?.0.to_owned();
    let new_name = optional_name(turn.params, "NewGroupName", LONGEST_NAME)?;
    let new_path = optional_path(turn.params, "NewPath")?;
    turn.account.rename(Kind::Group, &id, new_name, new_path)?;
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html>
fn delete(turn: &mut Turn<'_>) -> Done {
    let id = named(turn, Kind::Group)?.0.to_owned();
    turn.account.delete_group(&id)?;
    done()
}

fn group_and_user(turn: &Turn<'_>) -> Result<(String, String), Fault> {
    let group = named(turn, Kind::Group)?.0.to_owned();
    let user = named(turn, Kind::User)?.0.to_owned();
    Ok((group, user))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html>
fn add_user(turn: &mut Turn<'_>) -> Done {
    let (group, user) = group_and_user(turn)?;
    turn.account.add_member(&group, &user)?;
    done()
}

/// Who is no member stays none
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html>).
fn remove_user(turn: &mut Turn<'_>) -> Done {
    let (group, user) = group_and_user(turn)?;
    if let Some(group) = turn.account.records.groups.get_mut(&group) {
        group.members.remove(&user);
    }
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html>
fn of_user(turn: &mut Turn<'_>) -> Done {
    let page = Page::of(turn.params)?;
    let id = named(turn, Kind::User)?.0;
    let records = &turn.account.records;
    let groups = (records.groups_of(id))
        .map(|(id, group)| item(shapes::identity(records, Kind::Group, id, &group.identity)))
        .collect();
    Ok(page.cut("Groups", groups))
}
