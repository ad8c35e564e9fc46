//! Policies that are part of a user, group or role.

use super::super::super::account::{Kind, StoredPolicy, inline_kind};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, Turn};
use super::asks::{on_group, on_role, on_user};
use super::entry::{Done, done, operation};
use super::names::{name, named, policy_document};
use super::page::Page;
use super::shapes::{encoded, text_item};

pub(super) const OPERATIONS: &[Operation] = &[
    operation("PutUserPolicy", on_user, |turn| put(turn, Kind::User)),
    operation("GetUserPolicy", on_user, |turn| get(turn, Kind::User)),
    operation("DeleteUserPolicy", on_user, |turn| delete(turn, Kind::User)),
    operation("ListUserPolicies", on_user, |turn| list(turn, Kind::User)),
    operation("PutGroupPolicy", on_group, |turn| put(turn, Kind::Group)),
    operation("GetGroupPolicy", on_group, |turn| get(turn, Kind::Group)),
    operation("DeleteGroupPolicy", on_group, |turn| {
        delete(turn, Kind::Group)
    }),
    operation("ListGroupPolicies", on_group, |turn| {
        list(turn, Kind::Group)
    }),
    operation("PutRolePolicy", on_role, |turn| put(turn, Kind::Role)),
    operation("GetRolePolicy", on_role, |turn| get(turn, Kind::Role)),
    operation("DeleteRolePolicy", on_role, |turn| delete(turn, Kind::Role)),
    operation("ListRolePolicies", on_role, |turn| list(turn, Kind::Role)),
];

const LONGEST_NAME: usize = 128;

fn not_found(kind: Kind, name: &str) -> Fault {
    Fault::no_such_entity(format!(
        "The {} policy with name {name} cannot be found.",
        kind.word()
    ))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html>
fn put(turn: &mut Turn<'_>, kind: Kind) -> Done {
    let id = named(turn, kind)?.0.to_owned();
    let name = name(turn.params, "PolicyName", LONGEST_NAME)?;
    let text = policy_document(turn.params, "PolicyDocument")?;
    let document = StoredPolicy::new(text, inline_kind(kind))?;
    (turn.account.records).put_inline(kind, &id, name, document)?;
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html>
fn get(turn: &mut Turn<'_>, kind: Kind) -> Done {
    let (_, identity) = named(turn, kind)?;
    let name = name(turn.params, "PolicyName", LONGEST_NAME)?;
    let (name, policy) = (identity.inline_named(name)).ok_or_else(|| not_found(kind, name))?;
    let holder = match kind {
        Kind::User => "UserName",
        Kind::Group => "GroupName",
        Kind::Role => "RoleName",
    };
    Ok(vec![
        Node::text(holder, identity.name.as_str()),
        Node::text("PolicyName", name),
        Node::text("PolicyDocument", encoded(policy.text())),
    ])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html>
fn delete(turn: &mut Turn<'_>, kind: Kind) -> Done {
    let (id, identity) = named(turn, kind)?;
    let name = name(turn.params, "PolicyName", LONGEST_NAME)?;
    let (name, _) = (identity.inline_named(name)).ok_or_else(|| not_found(kind, name))?;
    let (id, name) = (id.to_owned(), name.to_owned());
    if let Some(identity) = turn.account.records.identity_mut(kind, &id) {
        identity.inline.remove(&name);
    }
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html>
fn list(turn: &mut Turn<'_>, kind: Kind) -> Done {
    let page = Page::of(turn.params)?;
    let (_, identity) = named(turn, kind)?;
    let names = identity.inline.keys().map(|name| text_item(name)).collect();
    Ok(page.cut("PolicyNames", names))
}
