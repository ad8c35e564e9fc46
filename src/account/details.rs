//! The JSON of `get-account-authorization-details`
//! (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>), as the AWS CLI saves it.
//!
//! Unknown fields are ignored. Policy documents are borrowed from the text.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Details<'a> {
    #[serde(borrow, default)]
    pub(super) user_detail_list: Vec<Holder<'a>>,
    #[serde(borrow, default)]
    pub(super) group_detail_list: Vec<Holder<'a>>,
    #[serde(borrow, default)]
    pub(super) role_detail_list: Vec<Holder<'a>>,
    #[serde(borrow, default)]
    pub(super) policies: Vec<Managed<'a>>,
    #[serde(default)]
    is_truncated: bool,
    /// The AWS CLI writes it where `--max-items` has ended the list.
    #[serde(default)]
    next_token: Option<IgnoredAny>,
}

impl Details<'_> {
    /// Whether another page follows.
    pub(super) fn is_truncated(&self) -> bool {
        self.is_truncated || self.next_token.is_some()
    }
}

/// A user, group or role.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Holder<'a> {
    pub(super) arn: String,
    #[serde(default, alias = "UserId", alias = "GroupId", alias = "RoleId")]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) create_date: Option<String>,
    #[serde(
        borrow,
        default,
        alias = "UserPolicyList",
        alias = "GroupPolicyList",
        alias = "RolePolicyList"
    )]
    pub(super) inline: Vec<Inline<'a>>,
    #[serde(default)]
    pub(super) attached_managed_policies: Vec<Attached>,
    #[serde(default)]
    pub(super) group_list: Vec<String>,
    #[serde(default)]
    pub(super) permissions_boundary: Option<Boundary>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    #[serde(borrow, default)]
    pub(super) assume_role_policy_document: Option<&'a RawValue>,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) max_session_duration: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Inline<'a> {
    pub(super) policy_name: String,
    #[serde(borrow)]
    pub(super) policy_document: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attached {
    pub(super) policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Boundary {
    pub(super) permissions_boundary_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

/// A managed policy.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Managed<'a> {
    pub(super) policy_name: String,
    #[serde(default)]
    pub(super) policy_id: Option<String>,
    pub(super) arn: String,
    #[serde(default)]
    pub(super) path: Option<String>,
    pub(super) default_version_id: String,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) create_date: Option<String>,
    #[serde(default)]
    pub(super) update_date: Option<String>,
    #[serde(borrow)]
    pub(super) policy_version_list: Vec<Version<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names are AWS's")]
pub(super) struct Version<'a> {
    #[serde(borrow)]
    pub(super) document: &'a RawValue,
    pub(super) version_id: String,
    #[serde(default)]
    pub(super) create_date: Option<String>,
}
