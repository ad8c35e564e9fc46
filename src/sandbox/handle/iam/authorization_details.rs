//! The permissions of every user, group and role, as `GetAccountAuthorizationDetails` returns them.

use super::super::super::account::{self, Identity, Kind, Records, is_aws_managed};
use super::super::super::response::Node;
use super::super::operation::{Operation, OperationCall};
use super::super::params::Constraints;
use super::entry::{OperationResult, operation};
use super::page::Page;
use super::permissions::on_nothing;
use super::shapes::{self, Detail, encoded, item, text_item};
use crate::aws::types::rfc3339;

pub(super) const OPERATIONS: &[Operation] = &[operation(
    "GetAccountAuthorizationDetails",
    on_nothing,
    details,
)];

/// The kinds of entity that a request can filter by.
const FILTERS: [&str; 5] = [
    "User",
    "Role",
    "Group",
    "LocalManagedPolicy",
    "AWSManagedPolicy",
];

/// One entity of the details.
enum Entity<'a> {
    Holder(Kind, &'a str, &'a Identity),
    Policy(&'a str),
}

impl Entity<'_> {
    fn filter(&self) -> &'static str {
        match self {
            Self::Holder(kind, ..) => kind.title(),
            Self::Policy(arn) if is_aws_managed(arn) => "AWSManagedPolicy",
            Self::Policy(_) => "LocalManagedPolicy",
        }
    }

    fn list(&self) -> &'static str {
        match self {
            Self::Holder(Kind::User, ..) => "UserDetailList",
            Self::Holder(Kind::Group, ..) => "GroupDetailList",
            Self::Holder(Kind::Role, ..) => "RoleDetailList",
            Self::Policy(_) => "Policies",
        }
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
fn details(call: &mut OperationCall<'_>) -> OperationResult {
    let page = Page::of(call.params)?;
    let filter = call.params.list("Filter");
    let mut constraints = Constraints::default();
    for (n, wanted) in filter.iter().enumerate() {
        constraints.one_of(&format!("filter.{}.member", n + 1), wanted, &FILTERS);
    }
    constraints.check()?;
    let records = &call.account.records;
    let holders = Kind::ALL.into_iter().flat_map(|kind| {
        (records.identities(kind)).map(move |(id, identity)| Entity::Holder(kind, id, identity))
    });
    // AWS managed policies are included only if they are in use.
    let policies = (records.policies.keys())
        .filter(|arn| {
            let usages = [account::Usage::Attached, account::Usage::Boundary];
            let is_used = |usage| records.holders(arn, usage).next().is_some();
            !is_aws_managed(arn) || usages.into_iter().any(is_used)
        })
        .map(|arn| Entity::Policy(arn));
    let all = holders
        .chain(policies)
        .filter(|entity| filter.is_empty() || filter.contains(&entity.filter()))
        .collect();
    let (part, rest) = page.part(all);
    let mut nodes: Vec<Node> = [
        "UserDetailList",
        "GroupDetailList",
        "RoleDetailList",
        "Policies",
    ]
    .into_iter()
    .map(|list| {
        let of_list = part.iter().filter(|entity| entity.list() == list);
        Node::Tree(
            list,
            of_list
                .map(|entity| item(detail(records, entity)))
                .collect(),
        )
    })
    .collect();
    nodes.extend(rest);
    Ok(nodes)
}

fn detail(records: &Records, entity: &Entity<'_>) -> Vec<Node> {
    match entity {
        Entity::Policy(arn) => policy_detail(records, arn),
        Entity::Holder(kind, id, identity) => {
            let mut nodes = shapes::identity(records, *kind, id, identity);
            let inline = match kind {
                Kind::User => "UserPolicyList",
                Kind::Group => "GroupPolicyList",
                Kind::Role => "RolePolicyList",
            };
            nodes.push(Node::Tree(inline, inline_policies(identity)));
            let attached = identity.attached.iter();
            nodes.push(Node::Tree(
                "AttachedManagedPolicies",
                attached.map(|arn| shapes::attached(records, arn)).collect(),
            ));
            match kind {
                Kind::User => {
                    let groups = records.groups_of(id);
                    let names = groups.map(|(_, group)| text_item(&group.identity.name));
                    nodes.push(Node::Tree("GroupList", names.collect()));
                }
                Kind::Role => {
                    nodes.push(Node::Tree("InstanceProfileList", Vec::new()));
                    nodes.extend(records.roles.get(*id).into_iter().flat_map(|role| {
                        let trust = encoded(role.trust.text());
                        [
                            Node::text("AssumeRolePolicyDocument", trust),
                            shapes::role_last_used(role),
                        ]
                    }));
                }
                Kind::Group => {}
            }
            nodes.extend(shapes::boundary(identity));
            nodes.extend(shapes::tags(&identity.tags));
            nodes
        }
    }
}

fn inline_policies(identity: &Identity) -> Vec<Node> {
    (identity.inline.iter())
        .map(|(name, policy)| {
            item(vec![
                Node::text("PolicyName", name.as_str()),
                Node::text("PolicyDocument", encoded(policy.text())),
            ])
        })
        .collect()
}

fn policy_detail(records: &Records, arn: &str) -> Vec<Node> {
    let Some(policy) = records.policies.get(arn) else {
        return Vec::new();
    };
    let mut nodes = shapes::policy(records, arn, policy, Detail::Listed);
    let versions = policy.versions.iter().rev().map(|(number, version)| {
        item(vec![
            Node::text("Document", encoded(version.document.text())),
            Node::text("VersionId", format!("v{number}")),
            Node::text(
                "IsDefaultVersion",
                (*number == policy.default_version).to_string(),
            ),
            Node::text("CreateDate", rfc3339(version.create_date)),
        ])
    });
    nodes.push(Node::Tree("PolicyVersionList", versions.collect()));
    nodes
}
