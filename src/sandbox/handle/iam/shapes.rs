//! The entities of the account in the form of AWS's XML.

use super::super::super::account::{
    Identity, Kind, ManagedPolicy, Records, Role, Tags, Usage, User,
};
use super::super::super::response::Node;
use crate::aws::types::rfc3339;

/// One member of a list.
pub(super) fn item(nodes: Vec<Node>) -> Node {
    Node::Tree("member", nodes)
}

/// One member of a list of texts.
pub(super) fn text_item(text: &str) -> Node {
    Node::text("member", text)
}

/// A policy document in percent-encoding, as IAM returns it.
pub(super) fn encoded(document: &str) -> String {
    let plus: String = form_urlencoded::byte_serialize(document.as_bytes()).collect();
    plus.replace('+', "%20")
}

/// The element of the tags. `None` if there are none.
pub(super) fn tags(tags: &Tags) -> Option<Node> {
    (!tags.is_empty()).then(|| Node::Tree("Tags", tag_items(tags)))
}

pub(super) fn tag_items(tags: &Tags) -> Vec<Node> {
    tags.iter()
        .map(|(key, value)| item(vec![Node::text("Key", key), Node::text("Value", value)]))
        .collect()
}

/// The element of the permissions boundary, if there is one.
pub(super) fn boundary(identity: &Identity) -> Option<Node> {
    identity.boundary.as_deref().map(|arn| {
        Node::Tree(
            "PermissionsBoundary",
            vec![
                Node::text("PermissionsBoundaryType", "Policy"),
                Node::text("PermissionsBoundaryArn", arn),
            ],
        )
    })
}

/// The elements that users, groups and roles have in common.
pub(super) fn identity(records: &Records, kind: Kind, id: &str, identity: &Identity) -> Vec<Node> {
    let (name, unique_id) = match kind {
        Kind::User => ("UserName", "UserId"),
        Kind::Group => ("GroupName", "GroupId"),
        Kind::Role => ("RoleName", "RoleId"),
    };
    vec![
        Node::text("Path", identity.path.as_str()),
        Node::text(name, identity.name.as_str()),
        Node::text(unique_id, id),
        Node::text("Arn", records.arn_of(kind, identity)),
        Node::text("CreateDate", rfc3339(identity.create_date)),
    ]
}

/// Whether an answer contains the permissions boundary and the tags. Lists do not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    Listed,
    Whole,
}

pub(super) fn user(records: &Records, id: &str, user: &User, detail: Detail) -> Vec<Node> {
    let mut nodes = identity(records, Kind::User, id, &user.identity);
    if detail == Detail::Whole {
        nodes.extend(boundary(&user.identity));
        nodes.extend(tags(&user.identity.tags));
    }
    nodes
}

pub(super) fn role(records: &Records, id: &str, role: &Role, detail: Detail) -> Vec<Node> {
    let mut nodes = identity(records, Kind::Role, id, &role.identity);
    nodes.push(Node::text(
        "AssumeRolePolicyDocument",
        encoded(role.trust.text()),
    ));
    if let Some(description) = &role.description {
        nodes.push(Node::text("Description", description.as_str()));
    }
    nodes.push(Node::text(
        "MaxSessionDuration",
        role.max_session_seconds.to_string(),
    ));
    if detail == Detail::Whole {
        nodes.extend(boundary(&role.identity));
        nodes.extend(tags(&role.identity.tags));
        nodes.push(role_last_used(role));
    }
    nodes
}

pub(super) fn role_last_used(role: &Role) -> Node {
    let last_used = role.last_used.as_ref().map(|used| {
        [
            Node::text("LastUsedDate", rfc3339(used.date)),
            Node::text("Region", used.region.as_str()),
        ]
    });
    Node::Tree("RoleLastUsed", last_used.into_iter().flatten().collect())
}

pub(super) fn policy(
    records: &Records,
    arn: &str,
    policy: &ManagedPolicy,
    detail: Detail,
) -> Vec<Node> {
    let count = |usage| records.holders(arn, usage).count().to_string();
    let mut nodes = vec![
        Node::text("PolicyName", policy.name.as_str()),
        Node::text("PolicyId", policy.id.as_str()),
        Node::text("Arn", arn),
        Node::text("Path", policy.path.as_str()),
        Node::text("DefaultVersionId", format!("v{}", policy.default_version)),
        Node::text("AttachmentCount", count(Usage::Attached)),
        Node::text("PermissionsBoundaryUsageCount", count(Usage::Boundary)),
        Node::text("IsAttachable", "true"),
        Node::text("CreateDate", rfc3339(policy.create_date)),
        Node::text("UpdateDate", rfc3339(policy.update_date)),
    ];
    if detail == Detail::Whole {
        let description = policy.description.as_deref();
        nodes.extend(description.map(|text| Node::text("Description", text)));
        nodes.extend(tags(&policy.tags));
    }
    nodes
}

/// A managed policy in a list of attached policies.
pub(super) fn attached(records: &Records, arn: &str) -> Node {
    let name = records.policies.get(arn).map(|policy| policy.name.as_str());
    item(vec![
        Node::text("PolicyName", name.unwrap_or_default()),
        Node::text("PolicyArn", arn),
    ])
}
