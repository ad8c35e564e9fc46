//! Inline policies of users, groups and roles.

use super::super::super::account::{Kind, StoredPolicy, inline_kind};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, OperationCall};
use super::entry::{OperationResult, no_content, operation};
use super::names::{name, named, policy_document};
use super::page::Page;
use super::permissions::{on_group, on_role, on_user};
use super::shapes::{encoded, text_item};

pub(super) const OPERATIONS: &[Operation] = &[
    operation("PutUserPolicy", on_user, |call| put(call, Kind::User)),
    operation("GetUserPolicy", on_user, |call| get(call, Kind::User)),
    operation("DeleteUserPolicy", on_user, |call| delete(call, Kind::User)),
    operation("ListUserPolicies", on_user, |call| list(call, Kind::User)),
    operation("PutGroupPolicy", on_group, |call| put(call, Kind::Group)),
    operation("GetGroupPolicy", on_group, |call| get(call, Kind::Group)),
    operation("DeleteGroupPolicy", on_group, |call| {
        delete(call, Kind::Group)
    }),
    operation("ListGroupPolicies", on_group, |call| {
        list(call, Kind::Group)
    }),
    operation("PutRolePolicy", on_role, |call| put(call, Kind::Role)),
    operation("GetRolePolicy", on_role, |call| get(call, Kind::Role)),
    operation("DeleteRolePolicy", on_role, |call| delete(call, Kind::Role)),
    operation("ListRolePolicies", on_role, |call| list(call, Kind::Role)),
];

const LONGEST_NAME: usize = 128;

fn not_found(kind: Kind, name: &str) -> Fault {
    Fault::no_such_entity(format!(
        "The {} policy with name {name} cannot be found.",
        kind.word()
    ))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html>
fn put(call: &mut OperationCall<'_>, kind: Kind) -> OperationResult {
    let id = named(call, kind)?.0.to_owned();
    let name = name(call.params, "PolicyName", LONGEST_NAME)?;
    let text = policy_document(call.params, "PolicyDocument")?;
    let document = StoredPolicy::new(text, inline_kind(kind))?;
    (call.account.records).put_inline(kind, &id, name, document)?;
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html>
fn get(call: &mut OperationCall<'_>, kind: Kind) -> OperationResult {
    let (_, identity) = named(call, kind)?;
    let name = name(call.params, "PolicyName", LONGEST_NAME)?;
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
fn delete(call: &mut OperationCall<'_>, kind: Kind) -> OperationResult {
    let (id, identity) = named(call, kind)?;
    let name = name(call.params, "PolicyName", LONGEST_NAME)?;
    let (name, _) = (identity.inline_named(name)).ok_or_else(|| not_found(kind, name))?;
    let (id, name) = (id.to_owned(), name.to_owned());
    if let Some(identity) = call.account.records.identity_mut(kind, &id) {
        identity.inline.remove(&name);
    }
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html>
fn list(call: &mut OperationCall<'_>, kind: Kind) -> OperationResult {
    let page = Page::of(call.params)?;
    let (_, identity) = named(call, kind)?;
    let names = identity.inline.keys().map(|name| text_item(name)).collect();
    Ok(page.cut("PolicyNames", names))
}
