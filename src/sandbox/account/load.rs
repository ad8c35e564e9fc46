//! A real account's permissions, read from what `aws iam get-account-authorization-details` prints
//! (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>).
//!
//! Whatever AWS may add to that document is passed over. What it refers to must be in it: an account that lacks a policy would
//! allow or deny other things than the real one. Policies are taken as they are, as the real account has stored them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::StdRng;
use serde::Deserialize;
use serde_json::value::RawValue;
use time::UtcDateTime;

use super::documents::StoredPolicy;
use super::identity::{Identity, Kind};
use super::policies::{ManagedPolicy, PolicyVersion};
use super::records::Records;
use super::roles::Role;
use super::users::User;
use super::{Account, Group, Setup, builtin, whole_second};
use crate::aws::types::parse_rfc3339;
use crate::sandbox::seal::Seal;
use crate::storage::sha256_hex;

/// A document that no account can be made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// Not JSON, or of another shape.
    #[error("expected what `aws iam get-account-authorization-details` prints: {0}")]
    Shape(String),
    /// One page of several.
    #[error("the document is one page of several")]
    Truncated,
    /// A policy document that the engine cannot read.
    #[error("the policy of {holder}: {problem}")]
    Policy {
        /// E.g. `user dev, policy p`.
        holder: String,
        /// What is wrong.
        problem: String,
    },
    /// A reference to something that the document does not hold.
    #[error("{holder} refers to `{name}`, which is not in the document")]
    Missing {
        /// Who refers.
        holder: String,
        /// To what.
        name: String,
    },
    /// ARNs of several accounts, or no ARN at all.
    #[error("the document is about no one account: `{0}`")]
    Account(String),
    /// The same thing twice.
    #[error("`{0}` stands in the document twice")]
    Twice(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Details<'a> {
    #[serde(borrow, default)]
    user_detail_list: Vec<Holder<'a>>,
    #[serde(borrow, default)]
    group_detail_list: Vec<Holder<'a>>,
    #[serde(borrow, default)]
    role_detail_list: Vec<Holder<'a>>,
    #[serde(borrow, default)]
    policies: Vec<Managed<'a>>,
    #[serde(default)]
    is_truncated: bool,
    /// Where the AWS CLI says that it has stopped.
    #[serde(default)]
    next_token: Option<serde::de::IgnoredAny>,
}

/// A user, group or role.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Holder<'a> {
    arn: String,
    #[serde(default, alias = "UserId", alias = "GroupId", alias = "RoleId")]
    id: Option<String>,
    #[serde(default)]
    create_date: Option<String>,
    #[serde(
        borrow,
        default,
        alias = "UserPolicyList",
        alias = "GroupPolicyList",
        alias = "RolePolicyList"
    )]
    inline: Vec<Inline<'a>>,
    #[serde(default)]
    attached_managed_policies: Vec<Attached>,
    #[serde(default)]
    group_list: Vec<String>,
    #[serde(default)]
    permissions_boundary: Option<Boundary>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(borrow, default)]
    assume_role_policy_document: Option<&'a RawValue>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    max_session_duration: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inline<'a> {
    policy_name: String,
    #[serde(borrow)]
    policy_document: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attached {
    policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Boundary {
    permissions_boundary_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Managed<'a> {
    policy_name: String,
    #[serde(default)]
    policy_id: Option<String>,
    arn: String,
    #[serde(default)]
    path: Option<String>,
    default_version_id: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    create_date: Option<String>,
    #[serde(default)]
    update_date: Option<String>,
    #[serde(borrow)]
    policy_version_list: Vec<Version<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names are the document's")]
struct Version<'a> {
    #[serde(borrow)]
    document: &'a RawValue,
    version_id: String,
    #[serde(default)]
    create_date: Option<String>,
}

impl Account {
    /// An account with everybody of the document, the first user beside them, and a key pair for each.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn loaded(document: &str, setup: &Setup, now: UtcDateTime) -> Result<Self, LoadError> {
        let text = document.trim_start_matches('\u{feff}');
        // A list would be taken for the fields in their order.
        if !text.trim_start().starts_with('{') {
            return Err(LoadError::Shape("not an object".to_owned()));
        }
        let details: Details<'_> =
            serde_json::from_str(text).map_err(|e| LoadError::Shape(e.to_string()))?;
        if details.is_truncated || details.next_token.is_some() {
            return Err(LoadError::Truncated);
        }
        let (partition, account_id) = whose(&details, setup)?;
        let mut rng: StdRng = rand::make_rng();
        let mut records = Records::empty(&partition, &account_id, Seal::random(&mut rng));
        let mut loading = Loading {
            records: &mut records,
            now,
        };
        loading.policies(&details.policies)?;
        builtin::add(loading.records, now);
        for group in &details.group_detail_list {
            loading.group(group)?;
        }
        for user in &details.user_detail_list {
            loading.user(user)?;
        }
        for role in &details.role_detail_list {
            loading.role(role)?;
        }
        records.loaded_from = Some(sha256_hex(document.as_bytes()));
        let mut account = Self::of_records(records, rng, true);
        account.give_keys(now);
        let user_name = account.free_user_name(&setup.user_name);
        let setup = Setup {
            partition,
            account_id,
            user_name,
            ..setup.clone()
        };
        account.move_in(&setup, now);
        Ok(account)
    }

    /// Whether the account was loaded from this document.
    #[must_use]
    pub fn is_loaded_from(&self, document: &str) -> bool {
        self.records.loaded_from.as_deref() == Some(sha256_hex(document.as_bytes()).as_str())
    }

    /// A key pair for everybody, and the name of the profile that it stands in.
    fn give_keys(&mut self, now: UtcDateTime) {
        let users: Vec<(String, String)> = (self.records.identities(Kind::User))
            .map(|(id, user)| (id.to_owned(), user.name.clone()))
            .collect();
        for (id, name) in users {
            let Ok((key_id, _)) = self.create_access_key(&id, now) else {
                continue;
            };
            // `default` is the first user's.
            let mut profile = name;
            while profile == "default" || self.records.profiles.contains_key(&profile) {
                profile = format!("user-{profile}");
            }
            self.records.profiles.insert(profile, key_id);
        }
    }

    /// The name, or another that nobody has.
    fn free_user_name(&self, name: &str) -> String {
        let is_free = |name: &String| self.records.named(Kind::User, name).is_err();
        let others = (1..).map(|n| match n {
            1 => format!("sandbox-{name}"),
            n => format!("sandbox-{name}-{n}"),
        });
        std::iter::once(name.to_owned())
            .chain(others)
            .find(is_free)
            .unwrap_or_default()
    }
}

/// Partition and account of the document, which all of its own ARNs name; the setup's if there are none.
fn whose(details: &Details<'_>, setup: &Setup) -> Result<(String, String), LoadError> {
    let holders = [
        &details.user_detail_list,
        &details.group_detail_list,
        &details.role_detail_list,
    ];
    let arns = (holders.into_iter().flatten().map(|h| &h.arn))
        .chain(details.policies.iter().map(|p| &p.arn));
    let mut found: Option<(&str, &str)> = None;
    for arn in arns {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, _] = parts.as_slice() else {
            return Err(LoadError::Account(arn.clone()));
        };
        if *account == "aws" {
            continue;
        }
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        if !is_account || found.is_some_and(|known| known != (partition, account)) {
            return Err(LoadError::Account(arn.clone()));
        }
        found = Some((partition, account));
    }
    let (partition, account) = found.unwrap_or((&setup.partition, &setup.account_id));
    Ok((partition.to_owned(), account.to_owned()))
}

struct Loading<'r> {
    records: &'r mut Records,
    now: UtcDateTime,
}

impl Loading<'_> {
    fn policies(&mut self, policies: &[Managed<'_>]) -> Result<(), LoadError> {
        for policy in policies {
            let mut versions = BTreeMap::new();
            for version in &policy.policy_version_list {
                let holder = format!("{} {}", policy.arn, version.version_id);
                let number = number(&version.version_id)?;
                let made = PolicyVersion {
                    document: stored(version.document, &holder)?,
                    create_date: self.moment(version.create_date.as_deref()),
                };
                versions.insert(number, made);
            }
            let default_version = number(&policy.default_version_id)?;
            if !versions.contains_key(&default_version) {
                return Err(LoadError::Missing {
                    holder: policy.arn.clone(),
                    name: policy.default_version_id.clone(),
                });
            }
            let last_version = versions.keys().next_back().copied().unwrap_or_default();
            let create_date = self.moment(policy.create_date.as_deref());
            let loaded = ManagedPolicy {
                id: policy.policy_id.clone().unwrap_or_default(),
                name: policy.policy_name.clone(),
                path: policy.path.clone().unwrap_or_else(|| "/".to_owned()),
                description: policy.description.clone(),
                create_date,
                update_date: (policy.update_date.as_deref())
                    .map_or(create_date, |date| self.moment(Some(date))),
                tags: super::Tags::default(),
                versions,
                default_version,
                last_version,
            };
            let old = self.records.policies.insert(policy.arn.clone(), loaded);
            if old.is_some() {
                return Err(LoadError::Twice(policy.arn.clone()));
            }
        }
        Ok(())
    }

    fn group(&mut self, group: &Holder<'_>) -> Result<(), LoadError> {
        let (id, identity) = self.identity(Kind::Group, group)?;
        let group = Group {
            identity,
            members: BTreeSet::new(),
        };
        self.records.groups.insert(id, group);
        Ok(())
    }

    fn user(&mut self, user: &Holder<'_>) -> Result<(), LoadError> {
        let (id, identity) = self.identity(Kind::User, user)?;
        for name in &user.group_list {
            let found = self.records.named(Kind::Group, name);
            let group = found.map(|(group, _)| group.to_owned()).ok();
            let group = group.and_then(|group| self.records.groups.get_mut(&group));
            let group = group.ok_or_else(|| LoadError::Missing {
                holder: user.arn.clone(),
                name: format!("group {name}"),
            })?;
            group.members.insert(id.clone());
        }
        let user = User {
            identity,
            password: None,
        };
        self.records.users.insert(id, user);
        Ok(())
    }

    fn role(&mut self, role: &Holder<'_>) -> Result<(), LoadError> {
        let (id, identity) = self.identity(Kind::Role, role)?;
        let trust = role.assume_role_policy_document;
        let trust = trust.ok_or_else(|| LoadError::Missing {
            holder: role.arn.clone(),
            name: "AssumeRolePolicyDocument".to_owned(),
        })?;
        let holder = format!("{}, AssumeRolePolicyDocument", role.arn);
        let role = Role {
            identity,
            trust: stored(trust, &holder)?,
            description: role.description.clone(),
            // The details do not tell it.
            max_session_seconds: role
                .max_session_duration
                .unwrap_or(Role::DEFAULT_SESSION_SECONDS),
            last_used: None,
        };
        self.records.roles.insert(id, role);
        Ok(())
    }

    fn identity(&self, kind: Kind, holder: &Holder<'_>) -> Result<(String, Identity), LoadError> {
        let bad = || LoadError::Account(holder.arn.clone());
        let resource = holder.arn.splitn(6, ':').nth(5).ok_or_else(bad)?;
        let whole_path = resource.strip_prefix(kind.word()).ok_or_else(bad)?;
        let (folders, name) = whole_path.rsplit_once('/').ok_or_else(bad)?;
        if name.is_empty() {
            return Err(bad());
        }
        if self.records.named(kind, name).is_ok() {
            return Err(LoadError::Twice(holder.arn.clone()));
        }
        let id = holder.id.clone().unwrap_or_else(|| holder.arn.clone());
        if self.records.identity(kind, &id).is_some() {
            return Err(LoadError::Twice(id));
        }
        let create_date = self.moment(holder.create_date.as_deref());
        let mut identity = Identity::new(name, &format!("{folders}/"), create_date);
        for policy in &holder.inline {
            let name = format!("{}, policy {}", holder.arn, policy.policy_name);
            let document = stored(policy.policy_document, &name)?;
            identity.inline.insert(policy.policy_name.clone(), document);
        }
        for attached in &holder.attached_managed_policies {
            self.check_policy(holder, &attached.policy_arn)?;
            identity.attached.push(attached.policy_arn.clone());
        }
        if let Some(boundary) = &holder.permissions_boundary {
            self.check_policy(holder, &boundary.permissions_boundary_arn)?;
            identity.boundary = Some(boundary.permissions_boundary_arn.clone());
        }
        let tags = holder.tags.iter();
        let tags: Vec<_> = tags.map(|t| (t.key.clone(), t.value.clone())).collect();
        identity.tags = tags.into();
        Ok((id, identity))
    }

    fn check_policy(&self, holder: &Holder<'_>, arn: &str) -> Result<(), LoadError> {
        if self.records.policies.contains_key(arn) {
            return Ok(());
        }
        Err(LoadError::Missing {
            holder: holder.arn.clone(),
            name: arn.to_owned(),
        })
    }

    /// Dates matter to nobody's permissions: one that is missing or odd becomes now.
    fn moment(&self, text: Option<&str>) -> UtcDateTime {
        let read = |text: &str| {
            parse_rfc3339(text).or_else(|| parse_rfc3339(&text.replace("+00:00", "Z")))
        };
        whole_second(text.and_then(read).unwrap_or(self.now))
    }
}

fn number(version_id: &str) -> Result<u32, LoadError> {
    version_id
        .strip_prefix('v')
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| {
            LoadError::Shape(format!("`{version_id}` is not the id of a policy version"))
        })
}

/// A document as an object, or percent-encoded or bare in a string.
fn stored(raw: &RawValue, holder: &str) -> Result<StoredPolicy, LoadError> {
    let failed = |problem: String| LoadError::Policy {
        holder: holder.to_owned(),
        problem,
    };
    if !raw.get().starts_with('"') {
        return StoredPolicy::read(raw.get()).map_err(failed);
    }
    let text: String = serde_json::from_str(raw.get()).map_err(|e| failed(e.to_string()))?;
    let text = if text.trim_start().starts_with('{') {
        text
    } else {
        // What the form's decoder takes for a blank is a plus sign here.
        let form = format!("d={}", text.replace('+', "%2B"));
        form_urlencoded::parse(form.as_bytes())
            .next()
            .map_or(Cow::Borrowed(""), |(_, value)| value)
            .into_owned()
    };
    StoredPolicy::read(&text).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(1_795_500_000).unwrap()
    }

    /// As the AWS CLI prints it, with one document percent-encoded and fields that nobody knows.
    const DETAILS: &str = r#"{
      "UserDetailList": [{
        "Path": "/team/", "UserName": "dev", "UserId": "AIDADEV234567ABCDEFGH", "New": 1,
        "Arn": "arn:aws-cn:iam::210987654321:user/team/dev", "CreateDate": "2020-01-02T03:04:05+00:00",
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": {"Version":"2012-10-17","Statement":[]}}],
        "GroupList": ["admins"],
        "AttachedManagedPolicies": [{"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws-cn:iam::aws:policy/AdministratorAccess"}],
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws-cn:iam::210987654321:policy/limit"},
        "Tags": [{"Key": "Team", "Value": "x"}]
      }],
      "GroupDetailList": [{"Path": "/", "GroupName": "admins", "GroupId": "AGPA2345", "Arn": "arn:aws-cn:iam::210987654321:group/admins",
        "GroupPolicyList": [], "AttachedManagedPolicies": []}],
      "RoleDetailList": [{"Path": "/", "RoleName": "r", "RoleId": "AROA2345", "Arn": "arn:aws-cn:iam::210987654321:role/r",
        "AssumeRolePolicyDocument": "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D",
        "InstanceProfileList": [], "RolePolicyList": [], "AttachedManagedPolicies": [], "Tags": []}],
      "Policies": [{"PolicyName": "limit", "PolicyId": "ANPA2345", "Arn": "arn:aws-cn:iam::210987654321:policy/limit", "Path": "/",
        "DefaultVersionId": "v3", "AttachmentCount": 0, "IsAttachable": true,
        "PolicyVersionList": [
          {"Document": {"Version":"2012-10-17","Statement":[]}, "VersionId": "v3", "IsDefaultVersion": true},
          {"Document": {"Version":"2012-10-17","Statement":[]}, "VersionId": "v1", "IsDefaultVersion": false}]}],
      "IsTruncated": false
    }"#;

    fn load(document: &str) -> Result<Account, LoadError> {
        Account::loaded(document, &Setup::default(), now())
    }

    #[test]
    fn everybody_is_there_and_the_first_user_beside_them() {
        let account = load(DETAILS).unwrap();
        assert_eq!(account.account_id(), "210987654321");
        let owner = account.owner().unwrap();
        assert_eq!(owner.arn, "arn:aws-cn:iam::210987654321:user/admin");
        let records = &account.records;
        let (id, dev) = records.named(Kind::User, "DEV").unwrap();
        assert_eq!(id, "AIDADEV234567ABCDEFGH");
        assert_eq!(
            (dev.path.as_str(), dev.create_date.year()),
            ("/team/", 2020)
        );
        assert_eq!(dev.tags.iter().next(), Some(("Team", "x")));
        assert_eq!(
            dev.boundary.as_deref(),
            Some("arn:aws-cn:iam::210987654321:policy/limit")
        );
        assert_eq!(records.groups_of(id).count(), 1);
        assert_eq!(records.keys_of(id).count(), 1);
        let limit = &records.policies["arn:aws-cn:iam::210987654321:policy/limit"];
        assert_eq!((limit.default_version, limit.last_version), (3, 3));
        let profiles: Vec<_> = account
            .profiles()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(profiles, ["dev"]);
        assert!(account.is_loaded_from(DETAILS) && !account.is_loaded_from("{}"));
    }

    #[test]
    fn a_name_that_is_taken_is_not_the_first_users() {
        let account = load(&DETAILS.replace("/team/dev", "/Admin")).unwrap();
        assert_eq!(account.owner().unwrap().user_name, "sandbox-admin");
        let account = load(&DETAILS.replace("/team/dev", "/default")).unwrap();
        let (profile, _) = account.profiles().pop().unwrap();
        assert_eq!(profile, "user-default");
    }

    #[test]
    fn what_makes_no_account_is_named() {
        for (from, to, error) in [
            (
                "\"IsTruncated\": false",
                "\"IsTruncated\": true",
                "the document is one page of several",
            ),
            (
                "\"IsTruncated\": false",
                "\"NextToken\": \"x\"",
                "the document is one page of several",
            ),
            (
                "\"GroupList\": [\"admins\"]",
                "\"GroupList\": [\"x\"]",
                "arn:aws-cn:iam::210987654321:user/team/dev refers to `group x`, which is not in the document",
            ),
            (
                "policy/AdministratorAccess\"",
                "policy/Nothing\"",
                "arn:aws-cn:iam::210987654321:user/team/dev refers to `arn:aws-cn:iam::aws:policy/Nothing`, which is not in the document",
            ),
            (
                "210987654321:group",
                "111122223333:group",
                "the document is about no one account: `arn:aws-cn:iam::111122223333:group/admins`",
            ),
            (
                "\"DefaultVersionId\": \"v3\"",
                "\"DefaultVersionId\": \"v2\"",
                "arn:aws-cn:iam::210987654321:policy/limit refers to `v2`, which is not in the document",
            ),
            (
                "%7B%22Version",
                "%5B%22Version",
                "the policy of arn:aws-cn:iam::210987654321:role/r, AssumeRolePolicyDocument: ",
            ),
        ] {
            let changed = DETAILS.replacen(from, to, 1);
            assert_ne!(changed, DETAILS, "{from}");
            let told = load(&changed).unwrap_err().to_string();
            assert!(told.starts_with(error), "{told}");
        }
        for text in ["", "[]", "{\"UserDetailList\":[{}]}"] {
            let error = load(text).unwrap_err().to_string();
            assert!(
                error.starts_with("expected what `aws iam get-account"),
                "{error}"
            );
        }
        assert_eq!(load("{}").unwrap().account_id(), "111122223333");
    }
}
