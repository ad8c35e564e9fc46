//! Managed policies with their versions, and who they are attached to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::documents::StoredPolicy;
use super::identity::{Identity, Kind, Tags};
use super::records::Records;
use super::{Account, ids, quotas, whole_second};
pub(in crate::sandbox) use crate::account::is_aws_managed;
use crate::policy::generate;
use crate::sandbox::fault::Fault;
use crate::sandbox::stored;

/// A managed policy, AWS's or the customer's.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct ManagedPolicy {
    pub(in crate::sandbox) id: String,
    pub(in crate::sandbox) name: String,
    /// Begins and ends with `/`.
    pub(in crate::sandbox) path: String,
    pub(in crate::sandbox) description: Option<String>,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) create_date: UtcDateTime,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) update_date: UtcDateTime,
    pub(in crate::sandbox) tags: Tags,
    /// By number: `v1` is 1.
    pub(in crate::sandbox) versions: BTreeMap<u32, PolicyVersion>,
    pub(in crate::sandbox) default_version: u32,
    /// Numbers are never given twice.
    pub(in crate::sandbox) last_version: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct PolicyVersion {
    pub(in crate::sandbox) document: StoredPolicy,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) create_date: UtcDateTime,
}

/// Where a policy is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Usage {
    Attached,
    Boundary,
}

impl ManagedPolicy {
    /// One with a single version.
    pub(super) fn new(id: String, name: &str, document: StoredPolicy, now: UtcDateTime) -> Self {
        let create_date = whole_second(now);
        let first = PolicyVersion {
            document,
            create_date,
        };
        Self {
            id,
            name: name.to_owned(),
            path: "/".to_owned(),
            description: None,
            create_date,
            update_date: create_date,
            tags: Tags::default(),
            versions: BTreeMap::from([(1, first)]),
            default_version: 1,
            last_version: 1,
        }
    }

    /// Has one version only, with a new number unless the text is the same.
    pub(super) fn replace(&mut self, document: StoredPolicy, now: UtcDateTime) {
        let same = self.document().is_some_and(|d| d.text() == document.text());
        if same && self.versions.len() == 1 {
            return;
        }
        let create_date = whole_second(now);
        self.last_version += 1;
        self.default_version = self.last_version;
        self.update_date = create_date;
        let only = PolicyVersion {
            document,
            create_date,
        };
        self.versions = BTreeMap::from([(self.last_version, only)]);
    }

    /// The document in force.
    pub(in crate::sandbox) fn document(&self) -> Option<&StoredPolicy> {
        let version = self.versions.get(&self.default_version)?;
        Some(&version.document)
    }
}

/// A document as it may be stored in a managed policy.
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
    /// Makes a managed policy; its ARN.
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
        quotas::check_room(own().count(), quotas::POLICIES, "PoliciesPerAccount")?;
        self.records.check_weight()?;
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
    /// The ARN of a managed policy of the customer's, there or to be.
    pub(in crate::sandbox) fn policy_arn(&self, path: &str, name: &str) -> String {
        let Self {
            partition,
            account_id,
            ..
        } = self;
        format!("arn:{partition}:iam::{account_id}:policy{path}{name}")
    }

    /// # Errors
    /// `NoSuchEntity`.
    pub(in crate::sandbox) fn policy(&self, arn: &str) -> Result<&ManagedPolicy, Fault> {
        self.policies.get(arn).ok_or_else(|| not_found(arn))
    }

    /// A policy that may be changed: none of AWS's.
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

    /// A policy that is to be attached or to be a boundary.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub(in crate::sandbox) fn check_attachable(&self, arn: &str) -> Result<(), Fault> {
        if self.policies.contains_key(arn) {
            Ok(())
        } else {
            Err(not_attachable(arn))
        }
    }

    /// # Errors
    /// `NoSuchEntity`.
    pub(in crate::sandbox) fn check_boundary(&self, arn: Option<&str>) -> Result<(), Fault> {
        arn.map_or(Ok(()), |arn| self.check_attachable(arn))
    }

    /// Adds a version; its number.
    ///
    /// # Errors
    /// `NoSuchEntity`, `AccessDenied`, `LimitExceeded` past five.
    pub(in crate::sandbox) fn add_version(
        &mut self,
        arn: &str,
        document: StoredPolicy,
        standing: Standing,
        now: UtcDateTime,
    ) -> Result<u32, Fault> {
        let now = whole_second(now);
        self.check_weight()?;
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
        if standing == Standing::Default {
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

    /// Puts a version in force.
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

    /// Deletes a policy that nobody uses and that has one version.
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

    /// Whoever has the policy attached, or as the boundary.
    pub(in crate::sandbox) fn holders(
        &self,
        arn: &str,
        usage: Usage,
    ) -> impl Iterator<Item = (Kind, &str, &Identity)> {
        Kind::ALL
            .into_iter()
            .flat_map(|kind| {
                self.identities(kind)
                    .map(move |(id, identity)| (kind, id, identity))
            })
            .filter(move |(_, _, identity)| match usage {
                Usage::Attached => identity.attached.iter().any(|a| a == arn),
                Usage::Boundary => identity.boundary.as_deref() == Some(arn),
            })
    }

    /// Attaches a policy; one that is attached already stays so.
    ///
    /// # Errors
    /// `NoSuchEntity`, `LimitExceeded` past ten.
    pub(in crate::sandbox) fn attach(
        &mut self,
        kind: Kind,
        id: &str,
        arn: &str,
    ) -> Result<(), Fault> {
        self.check_attachable(arn)?;
        let Some(identity) = self.identity(kind, id) else {
            return Ok(());
        };
        if identity.attached.iter().any(|a| a == arn) {
            return Ok(());
        }
        quotas::check_room(
            identity.attached.len(),
            quotas::ATTACHED,
            &format!("PoliciesPer{}", kind.title()),
        )?;
        if let Some(identity) = self.identity_mut(kind, id) {
            identity.attached.push(arn.to_owned());
        }
        Ok(())
    }

    /// Detaches a policy.
    ///
    /// # Errors
    /// `NoSuchEntity` when it is not attached.
    pub(in crate::sandbox) fn detach(
        &mut self,
        kind: Kind,
        id: &str,
        arn: &str,
    ) -> Result<(), Fault> {
        let attached = |identity: &Identity| identity.attached.iter().any(|a| a == arn);
        if !self.identity(kind, id).is_some_and(attached) {
            return Err(not_found(arn));
        }
        if let Some(identity) = self.identity_mut(kind, id) {
            identity.attached.retain(|a| a != arn);
        }
        Ok(())
    }

    /// Stores an inline policy over one of the same name.
    ///
    /// # Errors
    /// `LimitExceeded` when the holder's inline policies become too large together.
    pub(in crate::sandbox) fn put_inline(
        &mut self,
        kind: Kind,
        id: &str,
        name: &str,
        document: StoredPolicy,
    ) -> Result<(), Fault> {
        self.check_weight()?;
        let size = inline_kind(kind);
        let Some(identity) = self.identity_mut(kind, id) else {
            return Ok(());
        };
        let others = (identity.inline.iter())
            .filter(|(there, _)| !there.eq_ignore_ascii_case(name))
            .map(|(_, policy)| size.size(policy.text()));
        if others.sum::<usize>() + size.size(document.text()) > size.limit() {
            return Err(Fault::limit_exceeded(format!(
                "Maximum policy size of {} bytes exceeded for {} {}",
                size.limit(),
                kind.word(),
                identity.name
            )));
        }
        identity
            .inline
            .retain(|there, _| there == name || !there.eq_ignore_ascii_case(name));
        identity.inline.insert(name.to_owned(), document);
        Ok(())
    }
}

/// Whether a new version is put in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Standing {
    Default,
    Beside,
}

/// The kind of a holder's inline policies, for their size.
pub(in crate::sandbox) fn inline_kind(kind: Kind) -> generate::Kind {
    match kind {
        Kind::User => generate::Kind::InlineUser,
        Kind::Group => generate::Kind::InlineGroup,
        Kind::Role => generate::Kind::InlineRole,
    }
}

fn not_found(arn: &str) -> Fault {
    Fault::no_such_entity(format!("Policy {arn} was not found."))
}

fn not_attachable(arn: &str) -> Fault {
    Fault::no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
}

/// `NoSuchEntity` for a version.
pub(in crate::sandbox) fn no_such_version(arn: &str, version: u32) -> Fault {
    Fault::no_such_entity(format!(
        "Policy {arn} version v{version} does not exist or is not attachable."
    ))
}
