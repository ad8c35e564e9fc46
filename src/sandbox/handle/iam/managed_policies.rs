//! Managed policies, their versions, and whom they are attached to.

use super::super::super::account::{
    Kind, ManagedPolicy, PolicyVersion, SetAsDefault, Usage, is_aws_managed, managed_document,
    no_such_version,
};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, Turn};
use super::super::params::{Constraints, Params};
use super::asks::{add, add_request_tags, ask, on_group, on_nothing, on_policy, on_role, on_user};
use super::entry::{Asked, Done, done, operation};
use super::names::{name, named, path, path_prefix, policy, policy_arn, policy_document};
use super::page::Page;
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
    operation("AttachUserPolicy", on_user_with, |turn| {
        attach(turn, Kind::User)
    }),
    operation("DetachUserPolicy", on_user_with, |turn| {
        detach(turn, Kind::User)
    }),
    operation("ListAttachedUserPolicies", on_user, |turn| {
        attached(turn, Kind::User)
    }),
    operation("AttachGroupPolicy", on_group_with, |turn| {
        attach(turn, Kind::Group)
    }),
    operation("DetachGroupPolicy", on_group_with, |turn| {
        detach(turn, Kind::Group)
    }),
    operation("ListAttachedGroupPolicies", on_group, |turn| {
        attached(turn, Kind::Group)
    }),
    operation("AttachRolePolicy", on_role_with, |turn| {
        attach(turn, Kind::Role)
    }),
    operation("DetachRolePolicy", on_role_with, |turn| {
        detach(turn, Kind::Role)
    }),
    operation("ListAttachedRolePolicies", on_role, |turn| {
        attached(turn, Kind::Role)
    }),
];

/// The longest name that a policy can be given.
const LONGEST_NAME: usize = 128;

fn on_new_policy(turn: &Turn<'_>) -> Asked {
    let name = name(turn.params, "PolicyName", LONGEST_NAME)?;
    let arn = (turn.account.records).policy_arn(path(turn.params)?, name);
    let mut ask = ask(turn, arn);
    add_request_tags(&mut ask, &tags(turn.params)?);
    Ok(vec![ask])
}

fn on_user_with(turn: &Turn<'_>) -> Asked {
    with_arn(turn, on_user)
}

fn on_group_with(turn: &Turn<'_>) -> Asked {
    with_arn(turn, on_group)
}

fn on_role_with(turn: &Turn<'_>) -> Asked {
    with_arn(turn, on_role)
}

/// The holder, with the policy that is to be attached or detached.
fn with_arn(turn: &Turn<'_>, on: fn(&Turn<'_>) -> Asked) -> Asked {
    let mut asks = on(turn)?;
    let arn = policy_arn(turn.params)?;
    for ask in &mut asks {
        add(ask, "iam:PolicyARN", Some(arn));
    }
    Ok(asks)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>
fn create(turn: &mut Turn<'_>) -> Done {
    let name = name(turn.params, "PolicyName", LONGEST_NAME)?;
    let description = turn.params.text("Description");
    let mut constraints = Constraints::default();
    constraints.length("description", description.unwrap_or_default(), 0, 1000);
    constraints.check()?;
    let tags = tags(turn.params)?;
    let document = managed_document(policy_document(turn.params, "PolicyDocument")?)?;
    let arn = (turn.account).create_policy(path(turn.params)?, name, document, turn.now)?;
    let policy = turn.account.records.own_policy_mut(&arn)?;
    policy.description = description.map(str::to_owned);
    policy.tags = tags;
    tell(turn, &arn)
}

fn tell(turn: &Turn<'_>, arn: &str) -> Done {
    let records = &turn.account.records;
    let policy = records.policy(arn)?;
    Ok(vec![Node::Tree(
        "Policy",
        shapes::policy(records, arn, policy, Detail::Whole),
    )])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html>
fn get(turn: &mut Turn<'_>) -> Done {
    let arn = policy(turn)?.0;
    tell(turn, arn)
}

/// Which uses of a policy count.
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
fn list(turn: &mut Turn<'_>) -> Done {
    let page = Page::of(turn.params)?;
    let prefix = path_prefix(turn.params)?;
    let scope = turn.params.text("Scope").unwrap_or("All");
    let mut constraints = Constraints::default();
    constraints.one_of("scope", scope, &["All", "AWS", "Local"]);
    constraints.check()?;
    let usages = usages(turn.params)?;
    let only_used =
        turn.params.boolean("OnlyAttached")? || turn.params.text("PolicyUsageFilter").is_some();
    let records = &turn.account.records;
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
fn delete(turn: &mut Turn<'_>) -> Done {
    let arn = policy_arn(turn.params)?;
    turn.account.records.delete_policy(arn)?;
    done()
}

/// How much of a version a call tells: lists leave the document out.
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

/// The number of `v3`.
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
fn create_version(turn: &mut Turn<'_>) -> Done {
    let arn = policy(turn)?.0;
    let standing = if turn.params.boolean("SetAsDefault")? {
        SetAsDefault::Yes
    } else {
        SetAsDefault::No
    };
    let document = managed_document(policy_document(turn.params, "PolicyDocument")?)?;
    let arn = arn.to_owned();
    let number = (turn.account.records).add_version(&arn, document, standing, turn.now)?;
    let policy = turn.account.records.policy(&arn)?;
    let made = policy.versions.get(&number).ok_or_else(Fault::internal)?;
    Ok(vec![Node::Tree(
        "PolicyVersion",
        version(policy, number, made, Detail::Listed),
    )])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html>
fn get_version(turn: &mut Turn<'_>) -> Done {
    let (arn, policy) = policy(turn)?;
    let number = version_number(turn.params)?;
    let there = policy.versions.get(&number);
    let there = there.ok_or_else(|| no_such_version(arn, number))?;
    Ok(vec![Node::Tree(
        "PolicyVersion",
        version(policy, number, there, Detail::Whole),
    )])
}

/// The newest first (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html>).
fn list_versions(turn: &mut Turn<'_>) -> Done {
    let page = Page::of(turn.params)?;
    let (_, policy) = policy(turn)?;
    let versions = (policy.versions.iter().rev())
        .map(|(number, there)| item(version(policy, *number, there, Detail::Listed)))
        .collect();
    Ok(page.cut("Versions", versions))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html>
fn delete_version(turn: &mut Turn<'_>) -> Done {
    let (arn, number) = (policy_arn(turn.params)?, version_number(turn.params)?);
    turn.account.records.delete_version(arn, number)?;
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html>
fn set_default_version(turn: &mut Turn<'_>) -> Done {
    let (arn, number) = (policy_arn(turn.params)?, version_number(turn.params)?);
    (turn.account.records).set_default_version(arn, number, turn.now)?;
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html>
fn entities(turn: &mut Turn<'_>) -> Done {
    let page = Page::of(turn.params)?;
    let (arn, _) = policy(turn)?;
    let prefix = path_prefix(turn.params)?;
    let wanted = turn.params.text("EntityFilter");
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
    let records = &turn.account.records;
    let holders = (usages(turn.params)?.iter())
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
                let identity: &super::super::super::account::Identity = identity;
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
fn attach(turn: &mut Turn<'_>, kind: Kind) -> Done {
    let id = named(turn, kind)?.0.to_owned();
    let arn = policy_arn(turn.params)?;
    turn.account.records.attach(kind, &id, arn)?;
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html>
fn detach(turn: &mut Turn<'_>, kind: Kind) -> Done {
    let id = named(turn, kind)?.0.to_owned();
    let arn = policy_arn(turn.params)?;
    turn.account.records.detach(kind, &id, arn)?;
    done()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html>
fn attached(turn: &mut Turn<'_>, kind: Kind) -> Done {
    let page = Page::of(turn.params)?;
    let prefix = path_prefix(turn.params)?;
    let (_, identity) = named(turn, kind)?;
    let records = &turn.account.records;
    let policies = (identity.attached.iter())
        .filter(|arn| {
            let policy = records.policies.get(*arn);
            policy.is_some_and(|policy| policy.path.starts_with(prefix))
        })
        .map(|arn| shapes::attached(records, arn))
        .collect();
    Ok(page.cut("AttachedPolicies", policies))
}
