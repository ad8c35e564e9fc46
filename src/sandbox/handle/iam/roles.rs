//! Roles.

use super::super::super::account::{Kind, Role};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, Turn};
use super::super::params::{Constraints, Params};
use super::asks::{on_nothing, on_role};
use super::entities::{new, on_new};
use super::entry::{Done, done, operation};
use super::names::{named, path_prefix, policy_document};
use super::page::Page;
use super::shapes::{self, Detail, item};

pub(super) const OPERATIONS: &[Operation] = &[
    operation("CreateRole", |turn| on_new(turn, Kind::Role), create),
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
fn create(turn: &mut Turn<'_>) -> Done {
    let new = new(turn.params, Kind::Role)?;
    let description = description(turn.params)?;
    let seconds = max_session_seconds(turn.params)?;
    let text = policy_document(turn.params, "AssumeRolePolicyDocument")?;
    let trust = turn.account.records.trust_policy(text)?;
    let id = turn.account.create_role(
        &new,
        trust,
        description,
        seconds.unwrap_or(Role::DEFAULT_SESSION_SECONDS),
        turn.now,
    )?;
    tell(turn, &id)
}

fn tell(turn: &Turn<'_>, id: &str) -> Done {
    let records = &turn.account.records;
    let role = records.roles.get(id).ok_or_else(Fault::internal)?;
    Ok(vec![Node::Tree(
        "Role",
        shapes::role(records, id, role, Detail::Whole),
    )])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>
fn get(turn: &mut Turn<'_>) -> Done {
    let id = named(turn, Kind::Role)?.0;
    tell(turn, id)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html>
fn list(turn: &mut Turn<'_>) -> Done {
    let page = Page::of(turn.params)?;
    let prefix = path_prefix(turn.params)?;
    let records = &turn.account.records;
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

fn role_mut<'t>(turn: &'t mut Turn<'_>) -> Result<&'t mut Role, Fault> {
    let id = named(turn, Kind::Role)?.0.to_owned();
    (turn.account.records.roles.get_mut(&id)).ok_or_else(Fault::internal)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html>
fn update(turn: &mut Turn<'_>) -> Done {
    let description = description(turn.params)?.map(str::to_owned);
    let seconds = max_session_seconds(turn.params)?;
    let role = role_mut(turn)?;
    if let Some(description) = description {
        role.description = Some(description);
    }
    if let Some(seconds) = seconds {
        role.max_session_seconds = seconds;
    }
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html>
fn update_description(turn: &mut Turn<'_>) -> Done {
    turn.params.required("Description")?;
    let description = description(turn.params)?.map(str::to_owned);
    role_mut(turn)?.description = description;
    let id = named(turn, Kind::Role)?.0;
    tell(turn, id)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html>
fn update_trust(turn: &mut Turn<'_>) -> Done {
    named(turn, Kind::Role)?;
    let text = policy_document(turn.params, "PolicyDocument")?;
    let trust = turn.account.records.trust_policy(text)?;
    role_mut(turn)?.trust = trust;
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html>
fn delete(turn: &mut Turn<'_>) -> Done {
    let id = named(turn, Kind::Role)?.0.to_owned();
    turn.account.delete_role(&id)?;
    done()
}
