//! Users.

use super::super::super::account::Kind;
use super::super::super::response::Node;
use super::super::operation::{Operation, Turn};
use super::asks::{ask, on_nothing, on_user, on_user_or_caller};
use super::entities::{LONGEST_NAME, new, on_new};
use super::entry::{Asked, Done, done, operation};
use super::names::{named, optional_name, optional_path, path_prefix, user_or_caller};
use super::page::Page;
use super::shapes::{self, Detail, item};

pub(super) const OPERATIONS: &[Operation] = &[
    operation("CreateUser", |turn| on_new(turn, Kind::User), create),
    operation("GetUser", on_user_or_caller, get),
    operation("ListUsers", on_nothing, list),
    operation("UpdateUser", on_both, update),
    operation("DeleteUser", on_user, delete),
];

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html>
fn create(turn: &mut Turn<'_>) -> Done {
    let new = new(turn.params, Kind::User)?;
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
