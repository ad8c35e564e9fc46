//! What a file says about a policy, from the names of members and the types of resources around it.

use super::attachment::Attachment;
use crate::policy::document::Step;
use crate::policy::generate::Kind;

/// What a file says about a policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// What it is attached to; empty if the file does not say.
    pub attachments: Vec<Attachment>,
    /// The kind whose limits apply to it.
    pub kind: Option<Kind>,
    /// The ARNs, or the names within the file, by which attachments refer to a managed policy.
    pub(super) identities: Vec<String>,
    /// Whether it may be a copy of another policy in the file.
    pub(super) is_copy: bool,
}

impl Known {
    pub(super) fn new(attachment: Option<Attachment>, kind: Option<Kind>) -> Self {
        Self {
            attachments: attachment.into_iter().collect(),
            kind,
            ..Self::default()
        }
    }

    pub(super) fn user() -> Self {
        Self::new(Some(Attachment::User), Some(Kind::InlineUser))
    }

    pub(super) fn group() -> Self {
        Self::new(Some(Attachment::Group), Some(Kind::InlineGroup))
    }

    pub(super) fn role() -> Self {
        Self::new(Some(Attachment::Role), Some(Kind::InlineRole))
    }

    pub(super) fn trust() -> Self {
        Self::new(Some(Attachment::Trust), Some(Kind::Trust))
    }

    pub(super) fn managed() -> Self {
        Self::new(None, Some(Kind::Managed))
    }

    /// A permission set has the size limit of the role that is created from it.
    pub(super) fn permission_set() -> Self {
        Self::new(Some(Attachment::PermissionSet), Some(Kind::InlineRole))
    }

    pub(super) fn scp() -> Self {
        Self::new(Some(Attachment::Scp), Some(Kind::Scp))
    }

    pub(super) fn rcp() -> Self {
        Self::new(None, Some(Kind::Rcp))
    }

    /// The policy of a bucket, a key or another resource.
    pub(super) fn resource() -> Self {
        Self::new(Some(Attachment::Resource), None)
    }

    /// For a resource of unknown type.
    pub(super) fn copy() -> Self {
        Self {
            is_copy: true,
            ..Self::default()
        }
    }

    /// By the type of an organisation's policy; `None` for types that are not IAM policies.
    pub(super) fn of_organization(kind: &str) -> Option<Self> {
        match kind {
            "SERVICE_CONTROL_POLICY" => Some(Self::scp()),
            "RESOURCE_CONTROL_POLICY" => Some(Self::rcp()),
            _ => None,
        }
    }

    /// By the `Type` of a resource in a template, or of an organisation's policy.
    pub(super) fn of_type(kind: &str) -> Option<Self> {
        match kind {
            "AWS::IAM::User" | "AWS::IAM::UserPolicy" => Some(Self::user()),
            "AWS::IAM::Group" | "AWS::IAM::GroupPolicy" => Some(Self::group()),
            "AWS::IAM::Role" | "AWS::IAM::RolePolicy" | "AWS::Serverless::Function" => {
                Some(Self::role())
            }
            "AWS::IAM::ManagedPolicy" => Some(Self::managed()),
            "AWS::SSO::PermissionSet" => Some(Self::permission_set()),
            other if is_of_a_resource(other) => Some(Self::resource()),
            other => Self::of_organization(other),
        }
    }

    /// By the type of a resource of Terraform and the name of an argument, if the policy in it is the resource's own.
    pub(super) fn of_terraform(kind: &str, argument: &str) -> Option<Self> {
        const ARGUMENTS: [&str; 5] = [
            "policy",
            "access_policy",
            "access_policies",
            "policy_document",
            "resource_policy",
        ];
        // Their policies are attached to somebody, or are not in IAM's language.
        const OTHERS: [&str; 6] = [
            "aws_iam_",
            "aws_iot_",
            "aws_organizations_",
            "aws_ssoadmin_",
            "aws_transfer_",
            "aws_dlm_",
        ];
        let is_own = kind.starts_with("aws_")
            && !OTHERS.iter().any(|other| kind.starts_with(other))
            && ARGUMENTS.contains(&argument);
        is_own.then(Self::resource)
    }

    /// With the name by which attachments refer to it.
    pub(super) fn named(mut self, name: &str) -> Self {
        self.identities = vec![name.to_owned()];
        self
    }

    /// With the name by which a template's resources refer to each other.
    pub(super) fn called(mut self, name: Option<&Step>) -> Self {
        if let (Some(Kind::Managed), Some(Step::Key(name))) = (self.kind, name) {
            self.identities = vec![name.clone()];
        }
        self
    }

    /// Adds the attachments of `other`.
    pub(super) fn also(&mut self, other: &Self) {
        for attachment in &other.attachments {
            if !self.attachments.contains(attachment) {
                self.attachments.push(*attachment);
            }
        }
        for name in &other.identities {
            if !self.identities.contains(name) {
                self.identities.push(name.clone());
            }
        }
        self.kind = self.kind.or(other.kind);
    }

    /// Refined by the name of a member that contains the policy, directly or not.
    pub(super) fn under(&self, key: &str) -> Self {
        let refined = match key.to_ascii_lowercase().as_str() {
            "assumerolepolicydocument" | "assume_role_policy_document" | "assume_role_policy" => {
                Self::trust()
            }
            "userpolicylist" => Self::user(),
            "grouppolicylist" => Self::group(),
            "rolepolicylist" => Self::role(),
            "policyversion" | "policyversionlist" => Self::managed(),
            "inlinepolicy" => Self::permission_set(),
            // Terraform shows a role's inline policies in the role, too, whatever resource they come from.
            "inline_policy" if self.attachments == [Attachment::Role] => {
                return Self {
                    is_copy: true,
                    ..self.clone()
                };
            }
            _ => return self.clone(),
        };
        Self {
            identities: self.identities.clone(),
            is_copy: self.is_copy,
            ..refined
        }
    }

    /// What the member of this name may contain.
    pub(super) fn expects(&self, key: &str, is_version: bool) -> Expected {
        match key.to_ascii_lowercase().as_str() {
            "policydocument"
            | "policy_document"
            | "assumerolepolicydocument"
            | "assume_role_policy_document"
            | "assume_role_policy" => Expected::Policy,
            "document" if is_version => Expected::Policy,
            "policy" | "inline_policy" | "inlinepolicy" | "content" if self.kind.is_some() => {
                Expected::PolicyText
            }
            _ => Expected::Anything,
        }
    }
}

/// Whether a resource of this type in a template has a policy of its own.
fn is_of_a_resource(kind: &str) -> bool {
    const SERVICES: [&str; 22] = [
        "ApiGateway",
        "Backup",
        "CodeArtifact",
        "CodeBuild",
        "DynamoDB",
        "EC2",
        "ECR",
        "EFS",
        "Elasticsearch",
        "EventSchemas",
        "Events",
        "Glue",
        "KMS",
        "Logs",
        "OpenSearchService",
        "S3",
        "S3ObjectLambda",
        "S3Outposts",
        "SES",
        "SNS",
        "SQS",
        "SecretsManager",
    ];
    let mut parts = kind.split("::");
    parts.next() == Some("AWS") && parts.next().is_some_and(|name| SERVICES.contains(&name))
}

/// What a member should contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// A value that looks like a policy is one.
    Anything,
    /// A string is a policy.
    PolicyText,
    /// Anything is a policy.
    Policy,
}
