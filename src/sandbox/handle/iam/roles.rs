//! Roles.

use super::super::super::account::{Kind, Role};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, OperationCall};
use super::super::params::{Constraints, Params};
use super::entities::{new, on_new};
use super::entry::{OperationResult, no_content, operation};
use super::names::{named, path_prefix, policy_document};
use super::page::Page;
use super::permissions::{on_nothing, on_role};
use super::shapes::{self, Detail, item};

pub(super) const OPERATIONS: &[Operation] = &[
    operation("CreateRole", |call| on_new(call, Kind::Role), create),
    operation("GetRole", on_role, get),
    operation("ListRoles", on_nothing, list),
    operation("UpdateRole", on_role, update),
    operation("UpdateRoleDescription", on_role, update_description),
    operation("UpdateAssumeRolePolicy", on_role, update_trust),
    operation("DeleteRole", on_role, delete),
];

fn description(params: &Params) -> Result<Option<&str>, Fault> {
    let description = params.text("Description");
    let mut constraints = Constraints::default();
    constraints.length("description", description.unwrap_or_default(), 0, 1000);
    constraints.check()?;
    Ok(description)
}

fn max_session_seconds(params: &Params) -> Result<Option<i32>, Fault> {
    let seconds = params.integer("MaxSessionDuration")?;
    let mut constraints = Constraints::default();
    if let Some(seconds) = seconds {
        constraints.range("maxSessionDuration", seconds, 3_600, 43_200);
    }
    constraints.check()?;
    Ok(seconds)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
fn create(call: &mut OperationCall<'_>) -> OperationResult {
    let new = new(call.params, Kind::Role)?;
    let description = description(call.params)?;
    let seconds = max_session_seconds(call.params)?;
    let text = policy_document(call.params, "AssumeRolePolicyDocument")?;
    let trust = call.account.records.trust_policy(text)?;
    let id = call.account.create_role(
        &new,
        trust,
        description,
        seconds.unwrap_or(Role::DEFAULT_SESSION_SECONDS),
        call.now,
    )?;
    describe(call, &id)
}

fn describe(call: &OperationCall<'_>, id: &str) -> OperationResult {
    let records = &call.account.records;
    let role = records.roles.get(id).ok_or_else(Fault::internal)?;
    Ok(vec![Node::Tree(
        "Role",
        shapes::role(records, id, role, Detail::Whole),
    )])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>
fn get(call: &mut OperationCall<'_>) -> OperationResult {
    let id = named(call, Kind::Role)?.0;
    describe(call, id)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html>
fn list(call: &mut OperationCall<'_>) -> OperationResult {
    let page = Page::of(call.params)?;
    let prefix = path_prefix(call.params)?;
    let records = &call.account.records;
    let mut roles: Vec<_> = (records.roles.iter())
        .filter(|(_, role)| role.identity.path.starts_with(prefix))
        .collect();
    roles.sort_by_key(|(_, role)| role.identity.name.to_ascii_lowercase());
    let roles = roles
        .into_iter()
        .map(|(id, role)| item(shapes::role(records, id, role, Detail::Listed)))
        .collect();
    Ok(page.cut("Roles", roles))
}

fn role_mut<'t>(call: &'t mut OperationCall<'_>) -> Result<&'t mut Role, Fault> {
    let id = named(call, Kind::Role)?.0.to_owned();
    (call.account.records.roles.get_mut(&id)).ok_or_else(Fault::internal)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html>
fn update(call: &mut OperationCall<'_>) -> OperationResult {
    let description = description(call.params)?.map(str::to_owned);
    let seconds = max_session_seconds(call.params)?;
    let role = role_mut(call)?;
    if let Some(description) = description {
        role.description = Some(description);
    }
    if let Some(seconds) = seconds {
        role.max_session_seconds = seconds;
    }
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html>
fn update_description(call: &mut OperationCall<'_>) -> OperationResult {
    call.params.required("Description")?;
    let description = description(call.params)?.map(str::to_owned);
    role_mut(call)?.description = description;
    let id = named(call, Kind::Role)?.0;
    describe(call, id)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html>
fn update_trust(call: &mut OperationCall<'_>) -> OperationResult {
    named(call, Kind::Role)?;
    let text = policy_document(call.params, "PolicyDocument")?;
    let trust = call.account.records.trust_policy(text)?;
    role_mut(call)?.trust = trust;
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html>
fn delete(call: &mut OperationCall<'_>) -> OperationResult {
    let id = named(call, Kind::Role)?.0.to_owned();
    call.account.delete_role(&id)?;
    no_content()
}
