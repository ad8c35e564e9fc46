//! What the whole account looks like: summary, credential report, and everybody's permissions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::{Duration, UtcDateTime};

use super::super::super::account::{self, Identity, Kind, Records, Report, is_aws_managed};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, Turn};
use super::super::params::Constraints;
use super::asks::on_nothing;
use super::entry::{Done, operation};
use super::page::Page;
use super::shapes::{self, Detail, encoded, item, text_item};
use crate::aws::types::rfc3339;
use crate::policy::generate;

pub(super) const OPERATIONS: &[Operation] = &[
    operation("GetAccountSummary", on_nothing, summary),
    operation("GenerateCredentialReport", on_nothing, generate_report),
    operation("GetCredentialReport", on_nothing, report),
    operation("GetAccountAuthorizationDetails", on_nothing, details),
    operation("ListAccountAliases", on_nothing, aliases),
];

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>
#[expect(clippy::unnecessary_wraps, reason = "the signature of every operation")]
fn summary(turn: &mut Turn<'_>) -> Done {
    let records = &turn.account.records;
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

/// A report serves for so long before a new one is made.
const REPORT_LIFE: Duration = Duration::hours(4);

fn is_fresh(report: &Report, now: UtcDateTime) -> bool {
    now < report.generated.saturating_add(REPORT_LIFE)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html>
#[expect(clippy::unnecessary_wraps, reason = "the signature of every operation")]
fn generate_report(turn: &mut Turn<'_>) -> Done {
    let there = turn.account.records.report.as_ref();
    if there.is_some_and(|report| is_fresh(report, turn.now)) {
        return Ok(vec![Node::text("State", "COMPLETE")]);
    }
    let why = match there {
        None => "No report exists. Starting a new report generation task",
        Some(_) => "The report is older than four hours. Starting a new report generation task",
    };
    turn.account.settle_uses();
    let report = Report {
        generated: turn.now.replace_nanosecond(0).unwrap_or(turn.now),
        content: csv(&turn.account.records),
    };
    turn.account.records.report = Some(report);
    Ok(vec![
        Node::text("State", "STARTED"),
        Node::text("Description", why),
    ])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html>
fn report(turn: &mut Turn<'_>) -> Done {
    let report = turn.account.records.report.as_ref().ok_or_else(|| {
        Fault::new(
            410,
            "ReportNotPresent",
            "No report exists. To generate a new credential report, use GenerateCredentialReport",
        )
    })?;
    if !is_fresh(report, turn.now) {
        return Err(Fault::new(
            410,
            "ReportExpired",
            "The most recent credential report has expired. To generate a new credential report, use GenerateCredentialReport",
        ));
    }
    Ok(vec![
        Node::text("Content", STANDARD.encode(&report.content)),
        Node::text("ReportFormat", "text/csv"),
        Node::text("GeneratedTime", rfc3339(report.generated)),
    ])
}

const COLUMNS: [&str; 22] = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
];

const NOT_THERE: &str = "N/A";

/// One line for root and one for each user.
fn csv(records: &Records) -> String {
    let root = format!("arn:{}:iam::{}:root", records.partition, records.account_id);
    let created = (records.users.values())
        .map(|user| user.identity.create_date)
        .min()
        .map(moment);
    let mut root = vec![
        "<root_account>".to_owned(),
        root,
        created.unwrap_or_default(),
    ];
    root.extend(
        [
            "not_supported",
            "no_information",
            "not_supported",
            "not_supported",
            "false",
        ]
        .map(str::to_owned),
    );
    root.extend(no_key());
    root.extend(no_key());
    root.extend(no_certificates());
    let mut rows = vec![COLUMNS.map(str::to_owned).to_vec(), root];
    rows.extend(records.users.keys().filter_map(|id| row(records, id)));
    rows.iter()
        .map(|row| row.iter().map(|f| field(f)).collect::<Vec<_>>().join(","))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Names may hold commas.
fn field(text: &str) -> String {
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// As the report writes moments.
fn moment(at: UtcDateTime) -> String {
    rfc3339(at).replace('Z', "+00:00")
}

fn no_key() -> [String; 5] {
    ["false", NOT_THERE, NOT_THERE, NOT_THERE, NOT_THERE].map(str::to_owned)
}

fn no_certificates() -> [String; 4] {
    ["false", NOT_THERE, "false", NOT_THERE].map(str::to_owned)
}

fn row(records: &Records, id: &str) -> Option<Vec<String>> {
    let user = records.users.get(id)?;
    let identity = &user.identity;
    let mut row = vec![
        identity.name.clone(),
        records.arn_of(Kind::User, identity),
        moment(identity.create_date),
    ];
    row.extend(match &user.password {
        Some(password) => [
            "true".to_owned(),
            "no_information".to_owned(),
            moment(password.changed),
            NOT_THERE.to_owned(),
        ],
        None => ["false", NOT_THERE, NOT_THERE, NOT_THERE].map(str::to_owned),
    });
    row.push(records.devices_of(id).next().is_some().to_string());
    let mut keys = records.keys_of(id).map(|(_, key)| key);
    for _ in 0..account::ACCESS_KEYS_PER_USER {
        row.extend(keys.next().map_or_else(no_key, |key| {
            let last = key.last_used.as_ref();
            let told =
                |of: fn(&account::Use) -> String| last.map_or_else(|| NOT_THERE.to_owned(), of);
            [
                (key.status == account::Status::Active).to_string(),
                moment(key.create_date),
                told(|u| moment(u.date)),
                told(|u| u.region.clone()),
                told(|u| u.service.clone()),
            ]
        }));
    }
    row.extend(no_certificates());
    Some(row)
}

/// The kinds of entity that the details can be narrowed to.
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
fn details(turn: &mut Turn<'_>) -> Done {
    let page = Page::of(turn.params)?;
    let filter = turn.params.list("Filter");
    let mut constraints = Constraints::default();
    for (n, wanted) in filter.iter().enumerate() {
        constraints.one_of(&format!("filter.{}.member", n + 1), wanted, &FILTERS);
    }
    constraints.check()?;
    let records = &turn.account.records;
    let holders = Kind::ALL.into_iter().flat_map(|kind| {
        (records.identities(kind)).map(move |(id, identity)| Entity::Holder(kind, id, identity))
    });
    // Of AWS's own policies those that somebody has.
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

/// None can be made here (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html>).
fn aliases(turn: &mut Turn<'_>) -> Done {
    Ok(Page::of(turn.params)?.cut("AccountAliases", Vec::new()))
}
