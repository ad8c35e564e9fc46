//! Managed policies and their versions: made, changed and deleted.

use time::UtcDateTime;

use super::attachments::{Usage, not_found};
use super::records::{ManagedPolicy, PolicyVersion, Records, StoredPolicy};
use super::{Account, ids, quotas};
pub(in crate::sandbox) use crate::account::is_aws_managed;
use crate::policy::generate;
use crate::sandbox::fault::Fault;
use crate::sandbox::stored::whole_second;

/// A document that can be stored in a managed policy.
///
/// # Errors
/// `LimitExceeded`, `MalformedPolicyDocument`.
pub(in crate::sandbox) fn managed_document(text: &str) -> Result<StoredPolicy, Fault> {
    let kind = generate::Kind::Managed;
    if kind.size(text) > kind.limit() {
        return Err(Fault::limit_exceeded(format!(
            "Cannot exceed quota for PolicySize: {}",
            kind.limit()
        )));
    }
    StoredPolicy::new(text, kind)
}

impl Account {
    /// Creates a managed policy, and returns its ARN.
    ///
    /// # Errors
    /// `EntityAlreadyExists`, `LimitExceeded`.
    pub(in crate::sandbox) fn create_policy(
        &mut self,
        path: &str,
        name: &str,
        document: StoredPolicy,
        now: UtcDateTime,
    ) -> Result<String, Fault> {
        let own = || {
            (self.records.policies.iter())
                .filter(|(arn, _)| !is_aws_managed(arn))
                .map(|(_, policy)| policy)
        };
        if own().any(|policy| policy.name.eq_ignore_ascii_case(name)) {
            return Err(Fault::already_exists(format!(
                "A policy called {name} already exists. Duplicate names are not allowed."
            )));
        }
        quotas::check_quota(own().count(), quotas::POLICIES, "PoliciesPerAccount")?;
        self.records.check_total_size()?;
        let arn = self.records.policy_arn(path, name);
        let id = ids::unique_id(&mut self.rng, "ANPA");
        let policy = ManagedPolicy {
            path: path.to_owned(),
            ..ManagedPolicy::new(id, name, document, now)
        };
        self.records.policies.insert(arn.clone(), policy);
        Ok(arn)
    }
}

impl Records {
    /// The ARN of a customer managed policy with this path and name, whether it exists or not.
    pub(in crate::sandbox) fn policy_arn(&self, path: &str, name: &str) -> String {
        let Self {
            partition,
            account_id,
            ..
        } = self;
        format!("arn:{partition}:iam::{account_id}:policy{path}{name}")
    }

    /// The managed policy with this ARN.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub(in crate::sandbox) fn policy(&self, arn: &str) -> Result<&ManagedPolicy, Fault> {
        self.policies.get(arn).ok_or_else(|| not_found(arn))
    }

    /// A customer managed policy, which can be changed.
    ///
    /// # Errors
    /// `NoSuchEntity`, `AccessDenied`.
    pub(in crate::sandbox) fn own_policy_mut(
        &mut self,
        arn: &str,
    ) -> Result<&mut ManagedPolicy, Fault> {
        if is_aws_managed(arn) && self.policies.contains_key(arn) {
            return Err(Fault::access_denied(
                "Cannot perform the operation on an AWS managed policy.",
            ));
        }
        self.policies.get_mut(arn).ok_or_else(|| not_found(arn))
    }

    /// Adds a version, and returns its number.
    ///
    /// # Errors
    /// `NoSuchEntity`, `AccessDenied`, `LimitExceeded` if there are five versions already.
    pub(in crate::sandbox) fn add_version(
        &mut self,
        arn: &str,
        document: StoredPolicy,
        set_as_default: SetAsDefault,
        now: UtcDateTime,
    ) -> Result<u32, Fault> {
        let now = whole_second(now);
        self.check_total_size()?;
        let policy = self.own_policy_mut(arn)?;
        if policy.versions.len() >= quotas::VERSIONS_PER_POLICY {
            return Err(Fault::limit_exceeded(
                "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
            ));
        }
        policy.last_version += 1;
        let version = PolicyVersion {
            document,
            create_date: now,
        };
        policy.versions.insert(policy.last_version, version);
        policy.update_date = now;
        if set_as_default == SetAsDefault::Yes {
            policy.default_version = policy.last_version;
        }
        Ok(policy.last_version)
    }

    /// Deletes a version that is not the default.
    ///
    /// # Errors
    /// `NoSuchEntity`, `AccessDenied`, `DeleteConflict`.
    pub(in crate::sandbox) fn delete_version(
        &mut self,
        arn: &str,
        version: u32,
    ) -> Result<(), Fault> {
        let policy = self.own_policy_mut(arn)?;
        if !policy.versions.contains_key(&version) {
            return Err(no_such_version(arn, version));
        }
        if version == policy.default_version {
            return Err(Fault::delete_conflict(
                "Cannot delete the default version of a policy.",
            ));
        }
        policy.versions.remove(&version);
        Ok(())
    }

    /// Makes a version the default version.
    ///
    /// # Errors
    /// `NoSuchEntity`, `AccessDenied`.
    pub(in crate::sandbox) fn set_default_version(
        &mut self,
        arn: &str,
        version: u32,
        now: UtcDateTime,
    ) -> Result<(), Fault> {
        let policy = self.own_policy_mut(arn)?;
        if !policy.versions.contains_key(&version) {
            return Err(no_such_version(arn, version));
        }
        policy.default_version = version;
        policy.update_date = whole_second(now);
        Ok(())
    }

    /// Deletes a policy that is not in use and has only one version.
    ///
    /// # Errors
    /// `NoSuchEntity`, `AccessDenied`, `DeleteConflict`.
    pub(in crate::sandbox) fn delete_policy(&mut self, arn: &str) -> Result<(), Fault> {
        let versions = self.own_policy_mut(arn)?.versions.len();
        let is_used = [Usage::Attached, Usage::Boundary]
            .into_iter()
            .any(|usage| self.holders(arn, usage).next().is_some());
        if is_used {
            return Err(Fault::delete_conflict(
                "Cannot delete a policy attached to entities.",
            ));
        }
        if versions > 1 {
            return Err(Fault::delete_conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. \
                 The default version is deleted with the policy.",
            ));
        }
        self.policies.remove(arn);
        Ok(())
    }
}

/// Whether a new version becomes the default version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum SetAsDefault {
    Yes,
    No,
}

/// `NoSuchEntity` for a version of a policy.
pub(in crate::sandbox) fn no_such_version(arn: &str, version: u32) -> Fault {
    Fault::no_such_entity(format!(
        "Policy {arn} version v{version} does not exist or is not attachable."
    ))
}
