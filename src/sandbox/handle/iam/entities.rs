//! What users and roles have in common: how they begin, and their permissions boundaries.

use super::super::super::account::{Kind, NewIdentity};
use super::super::super::fault::Fault;
use super::super::operation::{Operation, Turn};
use super::super::params::Params;
use super::asks::{add, add_request_tags, ask, on_role, on_user};
use super::entry::{Asked, Done, done, operation};
use super::names::{arn, name, named, optional_boundary, path};
use super::tags::tags;

pub(super) const OPERATIONS: &[Operation] = &[
    operation(
        "PutUserPermissionsBoundary",
        |turn| on_boundary(turn, on_user),
        |turn| put_boundary(turn, Kind::User),
    ),
    operation("DeleteUserPermissionsBoundary", on_user, |turn| {
        set_boundary(turn, Kind::User, None)
    }),
    operation(
        "PutRolePermissionsBoundary",
        |turn| on_boundary(turn, on_role),
        |turn| put_boundary(turn, Kind::Role),
    ),
    operation("DeleteRolePermissionsBoundary", on_role, |turn| {
        set_boundary(turn, Kind::Role, None)
    }),
];

/// The longest name that a user or a role can be given.
pub(super) const LONGEST_NAME: usize = 64;

/// Who is to be.
pub(super) fn new(params: &Params, kind: Kind) -> Result<NewIdentity<'_>, Fault> {
    Ok(NewIdentity {
        name: name(params, &format!("{}Name", kind.title()), LONGEST_NAME)?,
        path: path(params)?,
        tags: tags(params)?,
        boundary: optional_boundary(params)?,
    })
}

/// The ARN that it will have, with its tags and boundary.
pub(super) fn on_new(turn: &Turn<'_>, kind: Kind) -> Asked {
    let new = new(turn.params, kind)?;
    let mut ask = ask(turn, turn.account.records.arn(kind, new.path, new.name));
    add_request_tags(&mut ask, &new.tags);
    add(&mut ask, "iam:PermissionsBoundary", new.boundary);
    Ok(vec![ask])
}

fn boundary(params: &Params) -> Result<&str, Fault> {
    let parameter = "PermissionsBoundary";
    arn(parameter, params.required(parameter)?)
}

fn on_boundary(turn: &Turn<'_>, on_owner: fn(&Turn<'_>) -> Asked) -> Asked {
    let mut asks = on_owner(turn)?;
    let boundary = boundary(turn.params)?;
    for ask in &mut asks {
        add(ask, "iam:PermissionsBoundary", Some(boundary));
    }
    Ok(asks)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html>
fn put_boundary(turn: &mut Turn<'_>, kind: Kind) -> Done {
    named(turn, kind)?;
    let boundary = boundary(turn.params)?.to_owned();
    turn.account.records.check_attachable(&boundary)?;
    set_boundary(turn, kind, Some(boundary))
}

fn set_boundary(turn: &mut Turn<'_>, kind: Kind, boundary: Option<String>) -> Done {
    let id = named(turn, kind)?.0.to_owned();
    if let Some(identity) = turn.account.records.identity_mut(kind, &id) {
        identity.boundary = boundary;
    }
    done()
}
