//! The quotas of an account (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>), which also limit the
//! sandbox's memory.

use super::records::{Kind, Records};
use crate::sandbox::fault::Fault;

pub(in crate::sandbox) const USERS: usize = 5_000;
pub(in crate::sandbox) const GROUPS: usize = 300;
pub(in crate::sandbox) const ROLES: usize = 1_000;
pub(in crate::sandbox) const POLICIES: usize = 1_500;
pub(in crate::sandbox) const ACCESS_KEYS_PER_USER: usize = 2;
pub(in crate::sandbox) const DEVICES_PER_USER: usize = 8;
/// AWS gives no quota for unassigned devices. The sandbox needs one to limit its memory.
pub(in crate::sandbox) const VIRTUAL_DEVICES: usize = 10_000;
pub(in crate::sandbox) const GROUPS_PER_USER: usize = 10;
pub(in crate::sandbox) const ATTACHED: usize = 10;
pub(in crate::sandbox) const VERSIONS_PER_POLICY: usize = 5;

/// Checks that one more would be within the quota.
///
/// # Errors
/// `LimitExceeded`.
pub(in crate::sandbox) fn check_quota(count: usize, most: usize, quota: &str) -> Result<(), Fault> {
    if count < most {
        Ok(())
    } else {
        Err(Fault::limit_exceeded(format!(
            "Cannot exceed quota for {quota}: {most}"
        )))
    }
}

/// The most bytes that all policies, trust policies and tags can have together. AWS has no such quota.
const MOST_BYTES: usize = 16 << 20;

impl Records {
    /// Checks that the account can store one more document or more tags, whatever the single quotas allow.
    ///
    /// # Errors
    /// `LimitExceeded`.
    pub(in crate::sandbox) fn check_total_size(&self) -> Result<(), Fault> {
        if self.total_size() < MOST_BYTES {
            return Ok(());
        }
        Err(Fault::limit_exceeded(
            "The policies and tags of this sandbox have reached their total size limit.",
        ))
    }

    fn total_size(&self) -> usize {
        let holders = Kind::ALL.into_iter().flat_map(|kind| {
            self.identities(kind).map(|(_, identity)| {
                let inline = identity.inline.values().map(|p| p.text().len());
                identity.tags.size() + inline.sum::<usize>()
            })
        });
        let trust = self.roles.values().map(|role| role.trust.text().len());
        let policies = self.policies.values().map(|policy| {
            let versions = policy.versions.values().map(|v| v.document.text().len());
            policy.tags.size() + versions.sum::<usize>()
        });
        let devices = self.devices.values().map(|device| device.tags.size());
        holders.chain(trust).chain(policies).chain(devices).sum()
    }
}

#[cfg(test)]
mod tests {
    use time::UtcDateTime;

    use super::super::{Account, StoredPolicy};

    #[test]
    fn large_policies_do_not_fill_the_memory() {
        let mut account = Account::seeded(1, UtcDateTime::UNIX_EPOCH);
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*"}}}}{}"#,
            " ".repeat(130_000)
        );
        let document = StoredPolicy::read(&text).unwrap();
        let refused = (0..1_000).find_map(|n| {
            account
                .create_policy(
                    "/",
                    &format!("p{n}"),
                    document.clone(),
                    UtcDateTime::UNIX_EPOCH,
                )
                .err()
                .map(|fault| (n, fault.code))
        });
        let (n, code) = refused.unwrap();
        assert_eq!(code, "LimitExceeded");
        assert!((120..140).contains(&n), "{n}");
    }
}
