//! The types of the model.

use std::collections::BTreeMap;

use time::UtcDateTime;

use super::PolicyDocument;

/// The identities and managed policies of one account.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// Which account it is; `None` if the document contains no ARN of its own.
    pub home: Option<Home>,
    /// In the document's order.
    pub users: Vec<User>,
    /// In the document's order.
    pub groups: Vec<Group>,
    /// In the document's order.
    pub roles: Vec<Role>,
    /// Managed policies by ARN: those of the customer, and those of AWS that are attached to an identity.
    pub policies: BTreeMap<String, ManagedPolicy>,
}

/// The partition and number of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Home {
    /// E.g. `aws`.
    pub partition: String,
    /// Twelve digits.
    pub account_id: String,
}

/// The kinds of IAM identity, each of which can have policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityKind {
    /// An IAM user.
    User,
    /// A group of IAM users.
    Group,
    /// An IAM role.
    Role,
}

impl IdentityKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::User, Self::Group, Self::Role];

    /// `user`, as ARNs and messages spell it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }

    /// `User`, as parameter names begin.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::Role => "Role",
        }
    }
}

/// The common part of users, groups and roles.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The ARN.
    pub arn: String,
    /// The unique id, e.g. `AIDA…`; the ARN if the document has no id.
    pub id: String,
    /// The last part of the ARN.
    pub name: String,
    /// Begins and ends with `/`.
    pub path: String,
    /// `None` if it is missing or not RFC 3339.
    pub create_date: Option<UtcDateTime>,
    /// Keys and values in the document's order; groups have none.
    pub tags: Vec<(String, String)>,
    /// The ARN of the permissions boundary; groups have none.
    pub boundary: Option<String>,
    /// Inline policies by name.
    pub inline: BTreeMap<String, PolicyDocument>,
    /// The ARNs of attached managed policies, in the document's order.
    pub attached: Vec<String>,
}

/// An IAM user.
#[derive(Debug, Clone)]
pub struct User {
    /// What it has in common with groups and roles.
    pub identity: Identity,
    /// The names of the user's groups.
    pub groups: Vec<String>,
}

/// A group. Its members name it in [`User::groups`].
#[derive(Debug, Clone)]
pub struct Group {
    /// What it has in common with users and roles.
    pub identity: Identity,
}

/// An IAM role.
#[derive(Debug, Clone)]
pub struct Role {
    /// What it has in common with users and groups.
    pub identity: Identity,
    /// The trust policy.
    pub trust: PolicyDocument,
    /// What the role is for.
    pub description: Option<String>,
    /// The longest session in seconds. AWS does not include it; a document that was completed by hand may.
    pub max_session_seconds: Option<i32>,
}

/// A managed policy, AWS's or the customer's.
#[derive(Debug, Clone)]
pub struct ManagedPolicy {
    /// The unique id, e.g. `ANPA…`; empty if the document has none.
    pub id: String,
    /// The name.
    pub name: String,
    /// Begins and ends with `/`.
    pub path: String,
    /// What the policy is for.
    pub description: Option<String>,
    /// `None` if it is missing or not RFC 3339.
    pub create_date: Option<UtcDateTime>,
    /// `None` if it is missing or not RFC 3339.
    pub update_date: Option<UtcDateTime>,
    /// Versions by number: `v1` is 1. The default version is among them.
    pub versions: BTreeMap<u32, PolicyVersion>,
    /// The number of the version in effect.
    pub default_version: u32,
}

/// One version of a managed policy.
#[derive(Debug, Clone)]
pub struct PolicyVersion {
    /// The document.
    pub document: PolicyDocument,
    /// `None` if it is missing or not RFC 3339.
    pub create_date: Option<UtcDateTime>,
}

impl Account {
    /// All users, groups and roles, in this order.
    pub fn identities(&self) -> impl Iterator<Item = (IdentityKind, &Identity)> {
        let users = (self.users.iter()).map(|user| (IdentityKind::User, &user.identity));
        let groups = (self.groups.iter()).map(|group| (IdentityKind::Group, &group.identity));
        let roles = (self.roles.iter()).map(|role| (IdentityKind::Role, &role.identity));
        users.chain(groups).chain(roles)
    }

    /// The identities to which the managed policy with this ARN is attached.
    pub fn attached_to<'a>(
        &'a self,
        arn: &'a str,
    ) -> impl Iterator<Item = (IdentityKind, &'a Identity)> {
        self.identities()
            .filter(move |(_, identity)| identity.attached.iter().any(|a| a == arn))
    }
}

impl ManagedPolicy {
    /// The document in effect.
    #[must_use]
    pub fn document(&self) -> Option<&PolicyDocument> {
        let version = self.versions.get(&self.default_version)?;
        Some(&version.document)
    }
}

/// Whether this is the ARN of a managed policy that AWS maintains.
#[must_use]
pub fn is_aws_managed(arn: &str) -> bool {
    arn.split(':').nth(4) == Some("aws")
}
