//! Managed policies, their versions, and the entities that they are attached to.

use super::super::super::account::{
    Identity, Kind, ManagedPolicy, PolicyVersion, SetAsDefault, Usage, is_aws_managed,
    managed_document, no_such_version,
};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, OperationCall};
use super::super::params::{Constraints, Params};
use super::entry::{OperationResult, RequiredPermissions, no_content, operation};
use super::names::{name, named, path, path_prefix, policy, policy_arn, policy_document};
use super::page::Page;
use super::permissions::{
    add, add_request_tags, on_group, on_nothing, on_policy, on_role, on_user, permission,
};
use super::shapes::{self, Detail, encoded, item};
use super::tags::tags;
use crate::aws::types::rfc3339;

pub(super) const OPERATIONS: &[Operation] = &[
    operation("CreatePolicy", on_new_policy, create),
    operation("GetPolicy", on_policy, get),
    operation("ListPolicies", on_nothing, list),
    operation("DeletePolicy", on_policy, delete),
    operation("CreatePolicyVersion", on_policy, create_version),
    operation("GetPolicyVersion", on_policy, get_version),
    operation("ListPolicyVersions", on_policy, list_versions),
    operation("DeletePolicyVersion", on_policy, delete_version),
    operation("SetDefaultPolicyVersion", on_policy, set_default_version),
    operation("ListEntitiesForPolicy", on_policy, entities),
    operation("AttachUserPolicy", on_user_with, |call| {
        attach(call, Kind::User)
    }),
    operation("DetachUserPolicy", on_user_with, |call| {
        detach(call, Kind::User)
    }),
    operation("ListAttachedUserPolicies", on_user, |call| {
        attached(call, Kind::User)
    }),
    operation("AttachGroupPolicy", on_group_with, |call| {
        attach(call, Kind::Group)
    }),
    operation("DetachGroupPolicy", on_group_with, |call| {
        detach(call, Kind::Group)
    }),
    operation("ListAttachedGroupPolicies", on_group, |call| {
        attached(call, Kind::Group)
    }),
    operation("AttachRolePolicy", on_role_with, |call| {
        attach(call, Kind::Role)
    }),
    operation("DetachRolePolicy", on_role_with, |call| {
        detach(call, Kind::Role)
    }),
    operation("ListAttachedRolePolicies", on_role, |call| {
        attached(call, Kind::Role)
    }),
];

/// The longest name of a new policy.
const LONGEST_NAME: usize = 128;

fn on_new_policy(call: &OperationCall<'_>) -> RequiredPermissions {
    let name = name(call.params, "PolicyName", LONGEST_NAME)?;
    let arn = (call.account.records).policy_arn(path(call.params)?, name);
    let mut permission = permission(call, arn);
    add_request_tags(&mut permission, &tags(call.params)?);
    Ok(vec![permission])
}

fn on_user_with(call: &OperationCall<'_>) -> RequiredPermissions {
    with_arn(call, on_user)
}

fn on_group_with(call: &OperationCall<'_>) -> RequiredPermissions {
    with_arn(call, on_group)
}

fn on_role_with(call: &OperationCall<'_>) -> RequiredPermissions {
    with_arn(call, on_role)
}

/// The user, group or role, with the policy to attach or detach as a condition key.
fn with_arn(
    call: &OperationCall<'_>,
    on: fn(&OperationCall<'_>) -> RequiredPermissions,
) -> RequiredPermissions {
    let mut permissions = on(call)?;
    let arn = policy_arn(call.params)?;
    for permission in &mut permissions {
        add(permission, "iam:PolicyARN", Some(arn));
    }
    Ok(permissions)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>
fn create(call: &mut OperationCall<'_>) -> OperationResult {
    let name = name(call.params, "PolicyName", LONGEST_NAME)?;
    let description = call.params.text("Description");
    let mut constraints = Constraints::default();
    constraints.length("description", description.unwrap_or_default(), 0, 1000);
    constraints.check()?;
    let tags = tags(call.params)?;
    let document = managed_document(policy_document(call.params, "PolicyDocument")?)?;
    let arn = (call.account).create_policy(path(call.params)?, name, document, call.now)?;
    let policy = call.account.records.own_policy_mut(&arn)?;
    policy.description = description.map(str::to_owned);
    policy.tags = tags;
    describe(call, &arn)
}

fn describe(call: &OperationCall<'_>, arn: &str) -> OperationResult {
    let records = &call.account.records;
    let policy = records.policy(arn)?;
    Ok(vec![Node::Tree(
        "Policy",
        shapes::policy(records, arn, policy, Detail::Whole),
    )])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html>
fn get(call: &mut OperationCall<'_>) -> OperationResult {
    let arn = policy(call)?.0;
    describe(call, arn)
}

/// The uses of a policy that a request filters by.
fn usages(params: &Params) -> Result<&'static [Usage], Fault> {
    match params.text("PolicyUsageFilter") {
        None => Ok(&[Usage::Attached, Usage::Boundary]),
        Some("PermissionsPolicy") => Ok(&[Usage::Attached]),
        Some("PermissionsBoundary") => Ok(&[Usage::Boundary]),
        Some(other) => {
            let mut constraints = Constraints::default();
            constraints.one_of(
                "policyUsageFilter",
                other,
                &["PermissionsPolicy", "PermissionsBoundary"],
            );
            constraints.check().map(|()| -> &[Usage] { &[] })
        }
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html>
fn list(call: &mut OperationCall<'_>) -> OperationResult {
    let page = Page::of(call.params)?;
    let prefix = path_prefix(call.params)?;
    let scope = call.params.text("Scope").unwrap_or("All");
    let mut constraints = Constraints::default();
    constraints.one_of("scope", scope, &["All", "AWS", "Local"]);
    constraints.check()?;
    let usages = usages(call.params)?;
    let only_used =
        call.params.boolean("OnlyAttached")? || call.params.text("PolicyUsageFilter").is_some();
    let records = &call.account.records;
    let is_used =
        |arn: &str| (usages.iter()).any(|usage| records.holders(arn, *usage).next().is_some());
    let policies = (records.policies.iter())
        .filter(|(arn, policy)| {
            let in_scope = match scope {
                "AWS" => is_aws_managed(arn),
                "Local" => !is_aws_managed(arn),
                _ => true,
            };
            in_scope && policy.path.starts_with(prefix) && (!only_used || is_used(arn))
        })
        .collect();
    let (policies, rest): (Vec<(&String, &ManagedPolicy)>, _) = page.part(policies);
    let policies = policies
        .into_iter()
        .map(|(arn, policy)| item(shapes::policy(records, arn, policy, Detail::Listed)))
        .collect();
    let mut nodes = vec![Node::Tree("Policies", policies)];
    nodes.extend(rest);
    Ok(nodes)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html>
fn delete(call: &mut OperationCall<'_>) -> OperationResult {
    let arn = policy_arn(call.params)?;
    call.account.records.delete_policy(arn)?;
    no_content()
}

/// The elements of a version. Only [`Detail::Whole`] includes the document.
fn version(
    policy: &ManagedPolicy,
    number: u32,
    version: &PolicyVersion,
    detail: Detail,
) -> Vec<Node> {
    let mut nodes = Vec::new();
    if detail == Detail::Whole {
        nodes.push(Node::text("Document", encoded(version.document.text())));
    }
    let is_default = number == policy.default_version;
    nodes.extend([
        Node::text("VersionId", format!("v{number}")),
        Node::text("IsDefaultVersion", is_default.to_string()),
        Node::text("CreateDate", rfc3339(version.create_date)),
    ]);
    nodes
}

/// The number of a version, e.g. 3 for `v3`.
fn version_number(params: &Params) -> Result<u32, Fault> {
    let text = params.required("VersionId")?;
    let number = text
        .strip_prefix('v')
        .filter(|digits| !digits.starts_with(['0', '+']))
        .and_then(|digits| digits.parse().ok());
    let mut constraints = Constraints::default();
    constraints.require(
        number.is_some(),
        "versionId",
        text,
        r"satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?",
    );
    constraints.check()?;
    Ok(number.unwrap_or_default())
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html>
fn create_version(call: &mut OperationCall<'_>) -> OperationResult {
    let arn = policy(call)?.0;
    let set_as_default = if call.params.boolean("SetAsDefault")? {
        SetAsDefault::Yes
    } else {
        SetAsDefault::No
    };
    let document = managed_document(policy_document(call.params, "PolicyDocument")?)?;
    let arn = arn.to_owned();
    let number = (call.account.records).add_version(&arn, document, set_as_default, call.now)?;
    let policy = call.account.records.policy(&arn)?;
    let made = policy.versions.get(&number).ok_or_else(Fault::internal)?;
    Ok(vec![Node::Tree(
        "PolicyVersion",
        version(policy, number, made, Detail::Listed),
    )])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html>
fn get_version(call: &mut OperationCall<'_>) -> OperationResult {
    let (arn, policy) = policy(call)?;
    let number = version_number(call.params)?;
    let existing = policy.versions.get(&number);
    let existing = existing.ok_or_else(|| no_such_version(arn, number))?;
    Ok(vec![Node::Tree(
        "PolicyVersion",
        version(policy, number, existing, Detail::Whole),
    )])
}

/// Lists the newest version first
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html>).
fn list_versions(call: &mut OperationCall<'_>) -> OperationResult {
    let page = Page::of(call.params)?;
    let (_, policy) = policy(call)?;
    let versions = (policy.versions.iter().rev())
        .map(|(number, existing)| item(version(policy, *number, existing, Detail::Listed)))
        .collect();
    Ok(page.cut("Versions", versions))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html>
fn delete_version(call: &mut OperationCall<'_>) -> OperationResult {
    let (arn, number) = (policy_arn(call.params)?, version_number(call.params)?);
    call.account.records.delete_version(arn, number)?;
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html>
fn set_default_version(call: &mut OperationCall<'_>) -> OperationResult {
    let (arn, number) = (policy_arn(call.params)?, version_number(call.params)?);
    (call.account.records).set_default_version(arn, number, call.now)?;
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html>
fn entities(call: &mut OperationCall<'_>) -> OperationResult {
    let page = Page::of(call.params)?;
    let (arn, _) = policy(call)?;
    let prefix = path_prefix(call.params)?;
    let wanted = call.params.text("EntityFilter");
    let mut constraints = Constraints::default();
    if let Some(wanted) = wanted {
        let values = [
            "User",
            "Role",
            "Group",
            "LocalManagedPolicy",
            "AWSManagedPolicy",
        ];
        constraints.one_of("entityFilter", wanted, &values);
    }
    constraints.check()?;
    let records = &call.account.records;
    let holders = (usages(call.params)?.iter())
        .flat_map(|usage| records.holders(arn, *usage))
        .filter(|(kind, _, identity)| {
            wanted.is_none_or(|wanted| wanted == kind.title()) && identity.path.starts_with(prefix)
        })
        .collect();
    let (holders, rest): (Vec<(Kind, &str, _)>, _) = page.part(holders);
    let of = |wanted: Kind, name, id_name| {
        (holders.iter())
            .filter(|(kind, ..)| *kind == wanted)
            .map(|(_, id, identity)| {
                let identity: &Identity = identity;
                item(vec![
                    Node::text(name, identity.name.as_str()),
                    Node::text(id_name, *id),
                ])
            })
            .collect()
    };
    let mut nodes = vec![
        Node::Tree("PolicyGroups", of(Kind::Group, "GroupName", "GroupId")),
        Node::Tree("PolicyUsers", of(Kind::User, "UserName", "UserId")),
        Node::Tree("PolicyRoles", of(Kind::Role, "RoleName", "RoleId")),
    ];
    nodes.extend(rest);
    Ok(nodes)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html>
fn attach(call: &mut OperationCall<'_>, kind: Kind) -> OperationResult {
    let id = named(call, kind)?.0.to_owned();
    let arn = policy_arn(call.params)?;
    call.account.records.attach(kind, &id, arn)?;
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html>
fn detach(call: &mut OperationCall<'_>, kind: Kind) -> OperationResult {
    let id = named(call, kind)?.0.to_owned();
    let arn = policy_arn(call.params)?;
    call.account.records.detach(kind, &id, arn)?;
    no_content()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html>
fn attached(call: &mut OperationCall<'_>, kind: Kind) -> OperationResult {
    let page = Page::of(call.params)?;
    let prefix = path_prefix(call.params)?;
    let (_, identity) = named(call, kind)?;
    let records = &call.account.records;
    let policies = (identity.attached.iter())
        .filter(|arn| {
            let policy = records.policies.get(*arn);
            policy.is_some_and(|policy| policy.path.starts_with(prefix))
        })
        .map(|arn| shapes::attached(records, arn))
        .collect();
    Ok(page.cut("AttachedPolicies", policies))
}
