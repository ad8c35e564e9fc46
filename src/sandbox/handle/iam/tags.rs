//! Tags of users, roles, policies and devices.

use super::super::super::account::{Kind, Tags, no_such_device};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, OperationCall};
use super::super::params::{Constraints, Params};
use super::entry::{OperationResult, RequiredPermissions, no_content, operation};
use super::names::{named, policy, serial_number};
use super::page::Page;
use super::permissions::{add_request_tags, add_tag_keys, on_device, on_policy, on_role, on_user};
use super::shapes::tag_items;

pub(super) const OPERATIONS: &[Operation] = &[
    operation("TagUser", |call| with_tags(call, on_user), tag),
    operation("UntagUser", |call| with_keys(call, on_user), untag),
    operation("ListUserTags", on_user, list),
    operation("TagRole", |call| with_tags(call, on_role), tag),
    operation("UntagRole", |call| with_keys(call, on_role), untag),
    operation("ListRoleTags", on_role, list),
    operation("TagPolicy", |call| with_tags(call, on_policy), tag),
    operation("UntagPolicy", |call| with_keys(call, on_policy), untag),
    operation("ListPolicyTags", on_policy, list),
    operation("TagMFADevice", |call| with_tags(call, on_device), tag),
    operation("UntagMFADevice", |call| with_keys(call, on_device), untag),
    operation("ListMFADeviceTags", on_device, list),
];

/// The tags in a request.
pub(in super::super) fn tags(params: &Params) -> Result<Tags, Fault> {
    let pairs = params.pairs("Tags", ["Key", "Value"]);
    let mut constraints = Constraints::default();
    for (n, (key, value)) in pairs.iter().enumerate() {
        let n = n + 1;
        check_key(&mut constraints, &format!("tags.{n}.member.key"), key);
        let member = format!("tags.{n}.member.value");
        let value = value.unwrap_or_default();
        constraints.length(&member, value, 0, 256);
        constraints.pattern(&member, value, r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", is_of_tag);
    }
    constraints.require(
        pairs.len() <= Tags::MOST,
        "tags",
        "[…]",
        "have length less than or equal to 50",
    );
    constraints.check()?;
    let mut tags = Tags::default();
    for (key, value) in pairs {
        if tags
            .iter()
            .any(|(existing, _)| existing.eq_ignore_ascii_case(key))
        {
            return Err(Fault::invalid_input(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        tags.set(&[(key.to_owned(), value.unwrap_or_default().to_owned())])?;
    }
    Ok(tags)
}

fn check_key(constraints: &mut Constraints, member: &str, key: &str) {
    constraints.length(member, key, 1, 128);
    constraints.pattern(member, key, r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", is_of_tag);
}

fn is_of_tag(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)
}

fn keys(params: &Params) -> Result<Vec<String>, Fault> {
    let keys = params.list("TagKeys");
    let mut constraints = Constraints::default();
    for (n, key) in keys.iter().enumerate() {
        check_key(&mut constraints, &format!("tagKeys.{}.member", n + 1), key);
    }
    constraints.check()?;
    Ok(keys.into_iter().map(str::to_owned).collect())
}

fn with_tags(
    call: &OperationCall<'_>,
    on: fn(&OperationCall<'_>) -> RequiredPermissions,
) -> RequiredPermissions {
    let mut permissions = on(call)?;
    let tags = tags(call.params)?;
    for permission in &mut permissions {
        add_request_tags(permission, &tags);
    }
    Ok(permissions)
}

fn with_keys(
    call: &OperationCall<'_>,
    on: fn(&OperationCall<'_>) -> RequiredPermissions,
) -> RequiredPermissions {
    let mut permissions = on(call)?;
    for permission in &mut permissions {
        add_tag_keys(permission, keys(call.params)?);
    }
    Ok(permissions)
}

/// The resource that has the tags. Its kind is part of the operation's name.
enum Subject {
    Holder(Kind, String),
    Policy(String),
    Device(String),
}

fn subject(call: &OperationCall<'_>) -> Result<Subject, Fault> {
    let is_about = |what: &str| call.operation.name.contains(what);
    if is_about("Policy") {
        return Ok(Subject::Policy(policy(call)?.0.to_owned()));
    }
    if is_about("MFADevice") {
        return Ok(Subject::Device(serial_number(call.params)?.to_owned()));
    }
    let kind = if is_about("Role") {
        Kind::Role
    } else {
        Kind::User
    };
    Ok(Subject::Holder(kind, named(call, kind)?.0.to_owned()))
}

fn tags_mut<'t>(call: &'t mut OperationCall<'_>) -> Result<&'t mut Tags, Fault> {
    let subject = subject(call)?;
    call.account.records.check_total_size()?;
    let records = &mut call.account.records;
    match subject {
        Subject::Holder(kind, id) => (records.identity_mut(kind, &id))
            .map(|identity| &mut identity.tags)
            .ok_or_else(Fault::internal),
        Subject::Policy(arn) => Ok(&mut records.own_policy_mut(&arn)?.tags),
        Subject::Device(serial) => (records.devices.get_mut(&serial))
            .map(|device| &mut device.tags)
            .ok_or_else(|| no_such_device(&serial)),
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html>
fn tag(call: &mut OperationCall<'_>) -> OperationResult {
    let new = tags(call.params)?;
    let new: Vec<_> = (new.iter())
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    tags_mut(call)?.set(&new)?;
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html>
fn untag(call: &mut OperationCall<'_>) -> OperationResult {
    let keys = keys(call.params)?;
    tags_mut(call)?.remove(&keys);
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html>
fn list(call: &mut OperationCall<'_>) -> OperationResult {
    let page = Page::of(call.params)?;
    let records = &call.account.records;
    let tags: Option<&Tags> = match subject(call)? {
        Subject::Holder(kind, id) => records.identity(kind, &id).map(|i| &i.tags),
        Subject::Policy(arn) => records.policies.get(&arn).map(|p| &p.tags),
        Subject::Device(serial) => {
            let device = records.devices.get(&serial);
            Some(&device.ok_or_else(|| no_such_device(&serial))?.tags)
        }
    };
    let items: Vec<Node> = tags.map(tag_items).unwrap_or_default();
    Ok(page.cut("Tags", items))
}
