//! Reads the model from the JSON that the AWS CLI saves.

use std::collections::{BTreeMap, HashSet};

use serde_json::value::RawValue;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcDateTime};

use super::details::{Details, Holder, Managed};
use super::model::{
    Account, Group, Home, Identity, IdentityKind, ManagedPolicy, PolicyVersion, Role, User,
};
use super::{PolicyDocument, is_aws_managed};

/// Why a document does not describe an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, or JSON of another shape.
    #[error("expected the output of `aws iam get-account-authorization-details`: {0}")]
    Shape(String),
    /// Another page follows, and it is not there.
    #[error("the document is one page of several")]
    Truncated,
    /// A policy document that the engine cannot read.
    #[error("{place}: {problem}")]
    Policy {
        /// E.g. ``policy `p` of `arn:aws:iam::111122223333:user/dev` ``.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// The document lacks a part of something that it describes.
    #[error("`{arn}`: `{part}` is not in the document")]
    Incomplete {
        /// What is described.
        arn: String,
        /// E.g. `AssumeRolePolicyDocument`.
        part: String,
    },
    /// An ARN that is not one of IAM's, or that belongs to another account than those before it.
    #[error("expected the ARNs of one account, found `{0}`")]
    Account(String),
    /// A name, id or ARN that appears twice.
    #[error("`{0}` appears twice in the document")]
    Twice(String),
}

/// Reads a complete document.
///
/// # Errors
/// [`ReadError`], also if the document is one page of several.
pub fn read(text: &str) -> Result<Account, ReadError> {
    read_pages([text])
}

/// Reads the pages of one account. All of them but the last say that another one follows.
///
/// # Errors
/// [`ReadError`].
pub fn read_pages<'a>(pages: impl IntoIterator<Item = &'a str>) -> Result<Account, ReadError> {
    let mut reader = Reader::default();
    let mut is_truncated = false;
    for text in pages {
        let details = details(text)?;
        is_truncated = details.is_truncated();
        reader.page(&details)?;
    }
    if is_truncated {
        return Err(ReadError::Truncated);
    }
    Ok(reader.account)
}

fn details(text: &str) -> Result<Details<'_>, ReadError> {
    let text = text.trim_start_matches('\u{feff}');
    // Serde would accept a list as the values of the fields in their order.
    if !text.trim_start().starts_with('{') {
        return Err(ReadError::Shape("not an object".to_owned()));
    }
    serde_json::from_str(text).map_err(|e| ReadError::Shape(e.to_string()))
}

#[derive(Default)]
struct Reader {
    account: Account,
    /// Names in lower case, which are unique among identities of a kind.
    names: HashSet<(IdentityKind, String)>,
    ids: HashSet<(IdentityKind, String)>,
}

impl Reader {
    fn page(&mut self, details: &Details<'_>) -> Result<(), ReadError> {
        for policy in &details.policies {
            self.policy(policy)?;
        }
        for group in &details.group_detail_list {
            let identity = self.identity(IdentityKind::Group, group)?;
            self.account.groups.push(Group { identity });
        }
        for user in &details.user_detail_list {
            let identity = self.identity(IdentityKind::User, user)?;
            let groups = user.group_list.clone();
            self.account.users.push(User { identity, groups });
        }
        for role in &details.role_detail_list {
            self.role(role)?;
        }
        Ok(())
    }

    /// Checks that an ARN belongs to the same account as those before it, and returns its last part.
    fn resource<'a>(&mut self, arn: &'a str) -> Result<&'a str, ReadError> {
        let bad = || ReadError::Account(arn.to_owned());
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account_id, resource] = *parts.as_slice() else {
            return Err(bad());
        };
        if is_aws_managed(arn) {
            return Ok(resource);
        }
        if account_id.len() != 12 || !account_id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let home = self.account.home.get_or_insert_with(|| Home {
            partition: partition.to_owned(),
            account_id: account_id.to_owned(),
        });
        if home.partition != partition || home.account_id != account_id {
            return Err(bad());
        }
        Ok(resource)
    }

    fn policy(&mut self, policy: &Managed<'_>) -> Result<(), ReadError> {
        self.resource(&policy.arn)?;
        let mut versions = BTreeMap::new();
        for version in &policy.policy_version_list {
            let place = || format!("version `{}` of `{}`", version.version_id, policy.arn);
            let read = PolicyVersion {
                document: document(version.document, place)?,
                create_date: moment(version.create_date.as_deref()),
            };
            versions.insert(number(&version.version_id)?, read);
        }
        let default_version = number(&policy.default_version_id)?;
        if !versions.contains_key(&default_version) {
            return Err(ReadError::Incomplete {
                arn: policy.arn.clone(),
                part: policy.default_version_id.clone(),
            });
        }
        let read = ManagedPolicy {
            id: policy.policy_id.clone().unwrap_or_default(),
            name: policy.policy_name.clone(),
            path: policy.path.clone().unwrap_or_else(|| "/".to_owned()),
            description: policy.description.clone(),
            create_date: moment(policy.create_date.as_deref()),
            update_date: moment(policy.update_date.as_deref()),
            versions,
            default_version,
        };
        match self.account.policies.insert(policy.arn.clone(), read) {
            None => Ok(()),
            Some(_) => Err(ReadError::Twice(policy.arn.clone())),
        }
    }

    fn role(&mut self, role: &Holder<'_>) -> Result<(), ReadError> {
        let identity = self.identity(IdentityKind::Role, role)?;
        let trust = role
            .assume_role_policy_document
            .ok_or_else(|| ReadError::Incomplete {
                arn: role.arn.clone(),
                part: "AssumeRolePolicyDocument".to_owned(),
            })?;
        self.account.roles.push(Role {
            identity,
            trust: document(trust, || format!("trust policy of `{}`", role.arn))?,
            description: role.description.clone(),
            max_session_seconds: role.max_session_duration,
        });
        Ok(())
    }

    fn identity(&mut self, kind: IdentityKind, holder: &Holder<'_>) -> Result<Identity, ReadError> {
        let resource = self.resource(&holder.arn)?;
        let bad = || ReadError::Account(holder.arn.clone());
        let whole_path = resource.strip_prefix(kind.word()).ok_or_else(bad)?;
        let (folders, name) = whole_path.rsplit_once('/').ok_or_else(bad)?;
        if name.is_empty() || is_aws_managed(&holder.arn) {
            return Err(bad());
        }
        if !self.names.insert((kind, name.to_ascii_lowercase())) {
            return Err(ReadError::Twice(holder.arn.clone()));
        }
        let id = holder.id.clone().unwrap_or_else(|| holder.arn.clone());
        if !self.ids.insert((kind, id.clone())) {
            return Err(ReadError::Twice(id));
        }
        let mut inline = BTreeMap::new();
        for policy in &holder.inline {
            let place = || format!("policy `{}` of `{}`", policy.policy_name, holder.arn);
            let document = document(policy.policy_document, place)?;
            inline.insert(policy.policy_name.clone(), document);
        }
        let attached = holder.attached_managed_policies.iter();
        let boundary = holder.permissions_boundary.as_ref();
        let tags = holder.tags.iter();
        Ok(Identity {
            arn: holder.arn.clone(),
            id,
            name: name.to_owned(),
            path: format!("{folders}/"),
            create_date: moment(holder.create_date.as_deref()),
            tags: tags.map(|t| (t.key.clone(), t.value.clone())).collect(),
            boundary: boundary.map(|b| b.permissions_boundary_arn.clone()),
            inline,
            attached: attached.map(|a| a.policy_arn.clone()).collect(),
        })
    }
}

fn document(raw: &RawValue, place: impl Fn() -> String) -> Result<PolicyDocument, ReadError> {
    PolicyDocument::from_json(raw).map_err(|problem| ReadError::Policy {
        place: place(),
        problem,
    })
}

fn number(version_id: &str) -> Result<u32, ReadError> {
    version_id
        .strip_prefix('v')
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| {
            ReadError::Shape(format!("`{version_id}` is not the id of a policy version"))
        })
}

/// Dates do not change anybody's permissions, so an odd one is not an error.
fn moment(text: Option<&str>) -> Option<UtcDateTime> {
    let moment = OffsetDateTime::parse(text?, &Rfc3339).ok()?;
    Some(moment.to_utc())
}

#[cfg(test)]
mod tests;
