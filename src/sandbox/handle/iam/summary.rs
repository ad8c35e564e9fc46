//! The account at a glance: its summary and its aliases.

use super::super::super::account::{self, is_aws_managed};
use super::super::super::response::Node;
use super::super::operation::{Operation, OperationCall};
use super::entry::{OperationResult, operation};
use super::page::Page;
use super::permissions::on_nothing;
use crate::policy::generate;

pub(super) const OPERATIONS: &[Operation] = &[
    operation("GetAccountSummary", on_nothing, summary),
    operation("ListAccountAliases", on_nothing, aliases),
];

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>
#[expect(clippy::unnecessary_wraps, reason = "the signature of every operation")]
fn summary(call: &mut OperationCall<'_>) -> OperationResult {
    let records = &call.account.records;
    let own = || {
        (records.policies.iter())
            .filter(|(arn, _)| !is_aws_managed(arn))
            .map(|(_, policy)| policy)
    };
    let in_use = (records.devices.values()).filter(|d| d.assignment.is_some());
    let entries = [
        ("AccessKeysPerUserQuota", account::ACCESS_KEYS_PER_USER),
        ("AccountAccessKeysPresent", 0),
        ("AccountMFAEnabled", 0),
        ("AccountPasswordPresent", 1),
        ("AccountSigningCertificatesPresent", 0),
        ("AssumeRolePolicySizeQuota", generate::Kind::Trust.limit()),
        ("AttachedPoliciesPerGroupQuota", account::ATTACHED),
        ("AttachedPoliciesPerRoleQuota", account::ATTACHED),
        ("AttachedPoliciesPerUserQuota", account::ATTACHED),
        ("GlobalEndpointTokenVersion", 1),
        ("GroupPolicySizeQuota", generate::Kind::InlineGroup.limit()),
        ("Groups", records.groups.len()),
        ("GroupsPerUserQuota", account::GROUPS_PER_USER),
        ("GroupsQuota", account::GROUPS),
        ("InstanceProfiles", 0),
        ("InstanceProfilesQuota", 1_000),
        ("MFADevices", records.devices.len()),
        ("MFADevicesInUse", in_use.count()),
        ("Policies", own().count()),
        ("PoliciesQuota", account::POLICIES),
        ("PolicySizeQuota", generate::Kind::Managed.limit()),
        (
            "PolicyVersionsInUse",
            own().map(|policy| policy.versions.len()).sum(),
        ),
        ("PolicyVersionsInUseQuota", 10_000),
        ("Providers", 0),
        ("RolePolicySizeQuota", generate::Kind::InlineRole.limit()),
        ("Roles", records.roles.len()),
        ("RolesQuota", account::ROLES),
        ("ServerCertificates", 0),
        ("ServerCertificatesQuota", 20),
        ("SigningCertificatesPerUserQuota", 2),
        ("UserPolicySizeQuota", generate::Kind::InlineUser.limit()),
        ("Users", records.users.len()),
        ("UsersQuota", account::USERS),
        ("VersionsPerPolicyQuota", account::VERSIONS_PER_POLICY),
    ];
    let entries = entries.into_iter().map(|(key, value)| {
        Node::Tree(
            "entry",
            vec![
                Node::text("key", key),
                Node::text("value", value.to_string()),
            ],
        )
    });
    Ok(vec![Node::Tree("SummaryMap", entries.collect())])
}

/// There are none, because the sandbox cannot create one
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html>).
fn aliases(call: &mut OperationCall<'_>) -> OperationResult {
    Ok(Page::of(call.params)?.cut("AccountAliases", Vec::new()))
}
