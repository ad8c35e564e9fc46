//! How much an account may hold (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>). They bound the
//! sandbox's memory, too.

use crate::sandbox::fault::Fault;

pub(in crate::sandbox) const USERS: usize = 5_000;
pub(in crate::sandbox) const GROUPS: usize = 300;
pub(in crate::sandbox) const ROLES: usize = 1_000;
pub(in crate::sandbox) const POLICIES: usize = 1_500;
pub(in crate::sandbox) const ACCESS_KEYS_PER_USER: usize = 2;
pub(in crate::sandbox) const DEVICES_PER_USER: usize = 8;
/// Unassigned ones are not told of by AWS; here they must end somewhere.
pub(in crate::sandbox) const VIRTUAL_DEVICES: usize = 10_000;
pub(in crate::sandbox) const GROUPS_PER_USER: usize = 10;
pub(in crate::sandbox) const ATTACHED: usize = 10;
pub(in crate::sandbox) const VERSIONS_PER_POLICY: usize = 5;

/// Sees that one more fits.
///
/// # Errors
/// `LimitExceeded`.
pub(in crate::sandbox) fn check_room(there: usize, most: usize, quota: &str) -> Result<(), Fault> {
    if there < most {
        Ok(())
    } else {
        Err(Fault::limit_exceeded(format!(
            "Cannot exceed quota for {quota}: {most}"
        )))
    }
}
