//! Access keys.

use secrecy::ExposeSecret as _;

use super::super::super::account::{AccessKey, Kind, Records, Status, no_such_key};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, OperationCall};
use super::super::params::{Constraints, Params};
use super::entry::{OperationResult, RequiredPermissions, no_content, operation};
use super::names::user_or_caller;
use super::page::Page;
use super::permissions::{on_identity, on_user_or_caller, permission};
use super::shapes::item;
use crate::aws::types::rfc3339;

pub(super) const OPERATIONS: &[Operation] = &[
    operation("CreateAccessKey", on_user_or_caller, create),
    operation("ListAccessKeys", on_user_or_caller, list),
    operation("UpdateAccessKey", on_user_or_caller, update),
    operation("DeleteAccessKey", on_user_or_caller, delete),
    operation("GetAccessKeyLastUsed", on_owner, last_used),
];

fn key_id(params: &Params) -> Result<&str, Fault> {
    let id = params.required("AccessKeyId")?;
    let mut constraints = Constraints::default();
    constraints.length("accessKeyId", id, 16, 128);
    constraints.pattern("accessKeyId", id, r"[\w]+", |c| {
        c.is_ascii_alphanumeric() || c == '_'
    });
    constraints.check()?;
    Ok(id)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html>
fn create(call: &mut OperationCall<'_>) -> OperationResult {
    let (id, user) = user_or_caller(call)?;
    let (id, name) = (id.to_owned(), user.name.clone());
    let (key_id, secret) = call.account.create_access_key(&id, call.now)?;
    let records = &call.account.records;
    let key = records.access_keys.get(&key_id);
    let created = key.map(|key| rfc3339(key.create_date));
    Ok(vec![Node::Tree(
        "AccessKey",
        vec![
            Node::text("UserName", name),
            Node::text("AccessKeyId", key_id),
            Node::text("Status", Status::Active.as_str()),
            Node::text("SecretAccessKey", secret.expose_secret()),
            Node::text("CreateDate", created.unwrap_or_default()),
        ],
    )])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html>
fn list(call: &mut OperationCall<'_>) -> OperationResult {
    let page = Page::of(call.params)?;
    let (id, user) = user_or_caller(call)?;
    let keys = (call.account.records.keys_of(id))
        .map(|(key_id, key)| {
            item(vec![
                Node::text("UserName", user.name.as_str()),
                Node::text("AccessKeyId", key_id),
                Node::text("Status", key.status.as_str()),
                Node::text("CreateDate", rfc3339(key.create_date)),
            ])
        })
        .collect();
    Ok(page.cut("AccessKeyMetadata", keys))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html>
fn update(call: &mut OperationCall<'_>) -> OperationResult {
    let user = user_or_caller(call)?.0.to_owned();
    let key_id = key_id(call.params)?;
    let text = call.params.required("Status")?;
    let status = match text {
        "Active" => Status::Active,
        "Inactive" => Status::Inactive,
        _ => {
            let mut constraints = Constraints::default();
            constraints.one_of("status", text, &["Active", "Inactive"]);
            return constraints.check().map(|()| Vec::new());
        }
    };
    call.account.records.key_of_mut(&user, key_id)?.status = status;
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html>
fn delete(call: &mut OperationCall<'_>) -> OperationResult {
    let user = user_or_caller(call)?.0.to_owned();
    let key_id = key_id(call.params)?;
    call.account.records.key_of_mut(&user, key_id)?;
    call.account.records.access_keys.remove(key_id);
    no_content()
}

fn key<'r>(records: &'r Records, key_id: &str) -> Result<&'r AccessKey, Fault> {
    (records.access_keys.get(key_id)).ok_or_else(|| no_such_key(key_id))
}

/// The owner of the key, whatever user the request names. The resource is `*` if the key does not exist.
fn on_owner(call: &OperationCall<'_>) -> RequiredPermissions {
    let records = &call.account.records;
    let Ok(key) = key(records, key_id(call.params)?) else {
        return Ok(vec![permission(call, "*")]);
    };
    let owner = (records.identity(Kind::User, &key.user))
        .map(|user| (key.user.as_str(), user))
        .ok_or_else(Fault::internal);
    Ok(vec![on_identity(call, Kind::User, owner)?])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html>
fn last_used(call: &mut OperationCall<'_>) -> OperationResult {
    call.account.record_uses();
    let records = &call.account.records;
    let key = key(records, key_id(call.params)?)?;
    let owner = records.identity(Kind::User, &key.user);
    let used = match &key.last_used {
        Some(used) => vec![
            Node::text("LastUsedDate", rfc3339(used.date)),
            Node::text("ServiceName", used.service.as_str()),
            Node::text("Region", used.region.as_str()),
        ],
        None => vec![
            Node::text("ServiceName", "N/A"),
            Node::text("Region", "N/A"),
        ],
    };
    Ok(vec![
        Node::text("UserName", owner.map_or("", |user| user.name.as_str())),
        Node::Tree("AccessKeyLastUsed", used),
    ])
}
