//! Roles: who may assume them, and for how long.

use time::UtcDateTime;

use super::identities::NewIdentity;
use super::records::{Kind, Records, Role, StoredPolicy};
use super::{Account, ids, quotas};
use crate::policy::document::{Document, Principal, PrincipalKind, StatementElement};
use crate::policy::generate;
use crate::sandbox::fault::Fault;

impl Account {
    /// Creates a role, and returns its unique ID.
    ///
    /// # Errors
    /// `EntityAlreadyExists`, `NoSuchEntity` for the boundary, `LimitExceeded`.
    pub(in crate::sandbox) fn create_role(
        &mut self,
        new: &NewIdentity<'_>,
        trust: StoredPolicy,
        description: Option<&str>,
        max_session_seconds: i32,
        now: UtcDateTime,
    ) -> Result<String, Fault> {
        self.records
            .check_name_is_free(Kind::Role, new.name, None)?;
        self.records.check_boundary(new.boundary)?;
        quotas::check_quota(self.records.roles.len(), quotas::ROLES, "RolesPerAccount")?;
        self.records.check_total_size()?;
        let id = ids::unique_id(&mut self.rng, "AROA");
        let role = Role {
            identity: new.identity(now),
            trust,
            description: description.map(str::to_owned),
            max_session_seconds,
            last_used: None,
        };
        self.records.roles.insert(id.clone(), role);
        Ok(id)
    }

    /// Deletes a role that has no policies.
    ///
    /// # Errors
    /// `DeleteConflict`.
    pub(in crate::sandbox) fn delete_role(&mut self, id: &str) -> Result<(), Fault> {
        if let Some(role) = self.records.roles.get(id) {
            role.identity.check_no_policies()?;
        }
        self.records.roles.remove(id);
        Ok(())
    }
}

impl Records {
    /// A trust policy that IAM would store for a role of this account.
    ///
    /// # Errors
    /// `MalformedPolicyDocument`, also for a principal of this account that does not exist; `LimitExceeded`.
    pub(in crate::sandbox) fn trust_policy(&self, text: &str) -> Result<StoredPolicy, Fault> {
        let kind = generate::Kind::Trust;
        if kind.size(text) > kind.limit() {
            return Err(Fault::limit_exceeded(format!(
                "Cannot exceed quota for ACLSizePerRole: {}",
                kind.limit()
            )));
        }
        let policy = StoredPolicy::new(text, kind)?;
        for principal in aws_principals(policy.policy().document()) {
            if !self.may_be_principal(principal) {
                return Err(Fault::malformed_policy(format!(
                    "Invalid principal in policy: \"AWS\":\"{principal}\""
                )));
            }
        }
        Ok(policy)
    }

    /// Whether a trust policy can name this principal. Users and roles of this account must exist; those of other accounts are not
    /// checked.
    fn may_be_principal(&self, name: &str) -> bool {
        let is_account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        let parts: Vec<&str> = name.splitn(6, ':').collect();
        match parts.as_slice() {
            ["*"] => true,
            [one] => is_account(one) || is_unique_id(one),
            ["arn", _, "iam", "", account, resource] if *account == self.account_id => {
                let exists = |kind: Kind| {
                    (self.identities(kind)).any(|(_, identity)| self.arn_of(kind, identity) == name)
                };
                *resource == "root" || exists(Kind::User) || exists(Kind::Role)
            }
            ["arn", _, "iam" | "sts", "", account, resource] => {
                is_account(account) && !resource.contains('*')
            }
            _ => false,
        }
    }
}

/// Whether this is a unique ID, which IAM writes in place of a deleted user or role.
fn is_unique_id(text: &str) -> bool {
    text.starts_with('A') && text.len() >= 16 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The principals of kind `AWS` that a trust policy names.
fn aws_principals(document: &Document) -> impl Iterator<Item = &str> {
    (document.statements().iter())
        .flat_map(|statement| &statement.elements)
        .filter_map(|element| match element {
            StatementElement::Principal(Principal::Entries(entries))
            | StatementElement::NotPrincipal(Principal::Entries(entries)) => Some(entries),
            _ => None,
        })
        .flatten()
        .filter(|(kind, _)| *kind == PrincipalKind::Aws)
        .flat_map(|(_, names)| names.texts())
}
