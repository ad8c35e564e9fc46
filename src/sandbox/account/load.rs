//! Builds the sandbox's account from the identities and policies of a real account.
//!
//! Everything that the document refers to must be in it: without a policy, the sandbox would decide differently than the real
//! account. Policies are loaded as they are, because the real account has stored them.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::StdRng;
use time::UtcDateTime;

use super::records::{
    Group, Identity, Kind, ManagedPolicy, PolicyVersion, Records, Role, Tags, User,
};
use super::setup::Setup;
use super::{Account, builtin};
use crate::account::{self, ReadError};
use crate::sandbox::seal::Seal;
use crate::sandbox::stored::whole_second;
use crate::storage::sha256_hex;

/// Why no account can be built from a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The document cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A reference to something that the document does not contain.
    #[error("`{holder}` refers to `{name}`, which is not in the document")]
    Missing {
        /// The ARN of the user, group or role that refers to it.
        holder: String,
        /// The ARN of a policy, or a group.
        name: String,
    },
}

impl Account {
    /// An account with every user, group, role and policy of the document, the first user beside them, and a key pair for each
    /// user.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn loaded(document: &str, setup: &Setup, now: UtcDateTime) -> Result<Self, LoadError> {
        let real = account::read(document)?;
        let (partition, account_id) = match &real.home {
            Some(home) => (home.partition.clone(), home.account_id.clone()),
            None => (setup.partition.clone(), setup.account_id.clone()),
        };
        let mut rng: StdRng = rand::make_rng();
        let mut records = Records::empty(&partition, &account_id, Seal::random(&mut rng));
        let loading = Loading {
            records: &mut records,
            now,
        };
        loading.load(real)?;
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
        account.add_owner(&setup, now);
        Ok(account)
    }

    /// Whether the account was loaded from this document.
    #[must_use]
    pub fn is_loaded_from(&self, document: &str) -> bool {
        self.records.loaded_from.as_deref() == Some(sha256_hex(document.as_bytes()).as_str())
    }

    /// Creates a key pair for each user, and names the profile that will contain it.
    fn give_keys(&mut self, now: UtcDateTime) {
        let users: Vec<(String, String)> = (self.records.identities(Kind::User))
            .map(|(id, user)| (id.to_owned(), user.name.clone()))
            .collect();
        for (id, name) in users {
            let Ok((key_id, _)) = self.create_access_key(&id, now) else {
                continue;
            };
            // The profile `default` is the first user's.
            let mut profile = name;
            while profile == "default" || self.records.profiles.contains_key(&profile) {
                profile = format!("user-{profile}");
            }
            self.records.profiles.insert(profile, key_id);
        }
    }

    /// The name, or one made from it that no user has.
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

struct Loading<'r> {
    records: &'r mut Records,
    now: UtcDateTime,
}

impl Loading<'_> {
    fn load(mut self, real: account::Account) -> Result<(), LoadError> {
        for (arn, policy) in real.policies {
            let policy = self.policy(policy);
            self.records.policies.insert(arn, policy);
        }
        builtin::add(self.records, self.now);
        for group in real.groups {
            let (id, identity) = self.identity(group.identity)?;
            let group = Group {
                identity,
                members: BTreeSet::new(),
            };
            self.records.groups.insert(id, group);
        }
        for user in real.users {
            self.user(user)?;
        }
        for role in real.roles {
            self.role(role)?;
        }
        Ok(())
    }

    fn policy(&self, policy: account::ManagedPolicy) -> ManagedPolicy {
        let create_date = self.moment(policy.create_date);
        let versions = policy.versions.into_iter().map(|(number, version)| {
            let version = PolicyVersion {
                document: version.document.into(),
                create_date: self.moment(version.create_date),
            };
            (number, version)
        });
        let versions: BTreeMap<_, _> = versions.collect();
        ManagedPolicy {
            id: policy.id,
            name: policy.name,
            path: policy.path,
            description: policy.description,
            create_date,
            update_date: policy.update_date.map_or(create_date, whole_second),
            tags: Tags::default(),
            last_version: versions.keys().next_back().copied().unwrap_or_default(),
            versions,
            default_version: policy.default_version,
        }
    }

    fn user(&mut self, user: account::User) -> Result<(), LoadError> {
        let holder = user.identity.arn.clone();
        let (id, identity) = self.identity(user.identity)?;
        for name in &user.groups {
            let found = self.records.named(Kind::Group, name);
            let group = found.map(|(group, _)| group.to_owned()).ok();
            let group = group.and_then(|group| self.records.groups.get_mut(&group));
            let group = group.ok_or_else(|| LoadError::Missing {
                holder: holder.clone(),
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

    fn role(&mut self, role: account::Role) -> Result<(), LoadError> {
        let (id, identity) = self.identity(role.identity)?;
        let role = Role {
            identity,
            trust: role.trust.into(),
            description: role.description,
            max_session_seconds: role
                .max_session_seconds
                .unwrap_or(Role::DEFAULT_SESSION_SECONDS),
            last_used: None,
        };
        self.records.roles.insert(id, role);
        Ok(())
    }

    fn identity(&self, real: account::Identity) -> Result<(String, Identity), LoadError> {
        for arn in real.attached.iter().chain(&real.boundary) {
            if !self.records.policies.contains_key(arn) {
                return Err(LoadError::Missing {
                    holder: real.arn,
                    name: arn.clone(),
                });
            }
        }
        let inline = real.inline.into_iter();
        let identity = Identity {
            name: real.name,
            path: real.path,
            create_date: self.moment(real.create_date),
            tags: real.tags.into(),
            boundary: real.boundary,
            inline: inline.map(|(name, policy)| (name, policy.into())).collect(),
            attached: real.attached,
        };
        Ok((real.id, identity))
    }

    /// A date that is unknown becomes the present time. It does not affect permissions.
    fn moment(&self, date: Option<UtcDateTime>) -> UtcDateTime {
        whole_second(date.unwrap_or(self.now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(1_795_500_000).unwrap()
    }

    /// As the AWS CLI prints it, with one document percent-encoded and unknown fields.
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
    fn every_user_is_loaded_beside_the_first_user() {
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
    fn the_first_user_gets_another_name_if_its_name_is_taken() {
        let account = load(&DETAILS.replace("/team/dev", "/Admin")).unwrap();
        assert_eq!(account.owner().unwrap().user_name, "sandbox-admin");
        let account = load(&DETAILS.replace("/team/dev", "/default")).unwrap();
        let (profile, _) = account.profiles().pop().unwrap();
        assert_eq!(profile, "user-default");
    }

    #[test]
    fn an_error_names_its_place_in_the_document() {
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
                "`arn:aws-cn:iam::210987654321:user/team/dev` refers to `group x`, which is not in the document",
            ),
            (
                "policy/AdministratorAccess\"",
                "policy/Nothing\"",
                "`arn:aws-cn:iam::210987654321:user/team/dev` refers to `arn:aws-cn:iam::aws:policy/Nothing`, which is not in the document",
            ),
            (
                "210987654321:group",
                "111122223333:group",
                "expected the ARNs of one account, found `arn:aws-cn:iam::111122223333:group/admins`",
            ),
            (
                "\"DefaultVersionId\": \"v3\"",
                "\"DefaultVersionId\": \"v2\"",
                "`arn:aws-cn:iam::210987654321:policy/limit`: `v2` is not in the document",
            ),
            (
                "%7B%22Version",
                "%5B%22Version",
                "trust policy of `arn:aws-cn:iam::210987654321:role/r`: ",
            ),
        ] {
            let changed = DETAILS.replacen(from, to, 1);
            assert_ne!(changed, DETAILS, "{from}");
            let message = load(&changed).unwrap_err().to_string();
            assert!(message.starts_with(error), "{message}");
        }
        for text in ["", "[]", "{\"UserDetailList\":[{}]}"] {
            let error = load(text).unwrap_err().to_string();
            assert!(
                error.starts_with("expected the output of `aws iam get-account"),
                "{error}"
            );
        }
        assert_eq!(load("{}").unwrap().account_id(), "111122223333");
    }
}
