//! Users.

use super::super::super::account::{Kind, New};
use super::super::super::response::Node;
use super::super::{Operation, Turn};
use super::asks::{add, add_request_tags, ask, on_nothing, on_user, on_user_or_caller};
use super::names::{
    arn, name, named, optional_boundary, optional_name, optional_path, path, path_prefix,
    user_or_caller,
};
use super::page::Page;
use super::shapes::{self, Detail, item};
use super::{Asked, Done, done, operation, tags};

pub(super) const OPERATIONS: &[Operation] = &[
    operation("CreateUser", on_new_user, create),
    operation("GetUser", on_user_or_caller, get),
    operation("ListUsers", on_nothing, list),
    operation("UpdateUser", on_both, update),
    operation("DeleteUser", on_user, delete),
    operation("PutUserPermissionsBoundary", on_boundary, put_boundary),
    operation("DeleteUserPermissionsBoundary", on_user, delete_boundary),
];

/// The longest name that a user can be given.
const LONGEST_NAME: usize = 64;

fn on_new_user(turn: &Turn<'_>) -> Asked {
    let name = name(turn.params, "UserName", LONGEST_NAME)?;
    let arn = turn
        .account
        .records
        .arn(Kind::User, path(turn.params)?, name);
    let mut ask = ask(turn, arn);
    add_request_tags(&mut ask, &tags(turn.params)?);
    add(
        &mut ask,
        "iam:PermissionsBoundary",
        optional_boundary(turn.params)?,
    );
    Ok(vec![ask])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html>
fn create(turn: &mut Turn<'_>) -> Done {
    let new = New {
        name: name(turn.params, "UserName", LONGEST_NAME)?,
        path: path(turn.params)?,
        tags: tags(turn.params)?,
        boundary: optional_boundary(turn.params)?,
    };
    let id = turn.account.create_user(&new, turn.now)?;
    tell(turn, &id)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html>
fn get(turn: &mut Turn<'_>) -> Done {
    let id = user_or_caller(turn)?.0.to_owned();
    tell(turn, &id)
}

#[expect(clippy::unnecessary_wraps, reason = "how operations end")]
fn tell(turn: &Turn<'_>, id: &str) -> Done {
    let records = &turn.account.records;
    let user = records.users.get(id);
    Ok(user
        .map(|user| Node::Tree("User", shapes::user(records, id, user, Detail::Whole)))
        .into_iter()
        .collect())
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html>
fn list(turn: &mut Turn<'_>) -> Done {
    let page = Page::of(turn.params)?;
    let prefix = path_prefix(turn.params)?;
    let records = &turn.account.records;
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

/// Who renames or moves a user needs the permission on both the old ARN and the new one.
fn on_both(turn: &Turn<'_>) -> Asked {
    let mut asks = on_user(turn)?;
    let new_name = optional_name(turn.params, "NewUserName", LONGEST_NAME)?;
    let new_path = optional_path(turn.params, "NewPath")?;
    if let Ok((_, user)) = named(turn, Kind::User) {
        let arn = turn.account.records.arn(
            Kind::User,
            new_path.unwrap_or(&user.path),
            new_name.unwrap_or(&user.name),
        );
        asks.push(ask(turn, arn));
    }
    Ok(asks)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html>
fn update(turn: &mut Turn<'_>) -> Done {
    let id = named(turn, Kind::User)?.0.to_owned();
    let new_name = optional_name(turn.params, "NewUserName", LONGEST_NAME)?;
    let new_path = optional_path(turn.params, "NewPath")?;
    turn.account.rename(Kind::User, &id, new_name, new_path)?;
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html>
fn delete(turn: &mut Turn<'_>) -> Done {
    let id = named(turn, Kind::User)?.0.to_owned();
    turn.account.delete_user(&id)?;
    done()
}

fn on_boundary(turn: &Turn<'_>) -> Asked {
    let mut asks = on_user(turn)?;
    let boundary = arn(
        "PermissionsBoundary",
        turn.params.required("PermissionsBoundary")?,
    )?;
    for ask in &mut asks {
        add(ask, "iam:PermissionsBoundary", Some(boundary));
    }
    Ok(asks)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html>
fn put_boundary(turn: &mut Turn<'_>) -> Done {
    let id = named(turn, Kind::User)?.0.to_owned();
    let boundary = arn(
        "PermissionsBoundary",
        turn.params.required("PermissionsBoundary")?,
    )?;
    turn.account.records.check_attachable(boundary)?;
    if let Some(user) = turn.account.records.identity_mut(Kind::User, &id) {
        user.boundary = Some(boundary.to_owned());
    }
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html>
fn delete_boundary(turn: &mut Turn<'_>) -> Done {
    let id = named(turn, Kind::User)?.0.to_owned();
    if let Some(user) = turn.account.records.identity_mut(Kind::User, &id) {
        user.boundary = None;
    }
    done()
}
