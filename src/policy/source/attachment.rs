//! What policies are attached to.

/// What a policy is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attachment {
    /// An IAM user.
    User,
    /// A group of IAM users.
    Group,
    /// An IAM role.
    Role,
    /// A permission set of IAM Identity Center.
    PermissionSet,
    /// An organisation's root, unit or account: a service control policy.
    Scp,
    /// A role's trust policy.
    Trust,
    /// A bucket, a key, a queue or another resource, whose service stores the policy.
    Resource,
}
