//! The data of the account, in the form in which it is stored.
//!
//! Users, groups and roles are stored under their unique IDs, because names can change.

mod access_key;
mod budget;
mod device;
mod group;
mod identity;
mod known;
mod managed_policy;
mod role;
mod session;
mod stored_policy;
mod user;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use crate::sandbox::seal::Seal;
use crate::sandbox::stored;

pub(in crate::sandbox) use access_key::{AccessKey, Status, Use};
pub(in crate::sandbox) use budget::Budget;
pub(in crate::sandbox) use device::{Assignment, Device};
pub(in crate::sandbox) use group::Group;
pub(in crate::sandbox) use identity::{Identity, Kind, Tags};
pub(in crate::sandbox) use known::{Binding, Change, Known};
pub(in crate::sandbox) use managed_policy::{ManagedPolicy, PolicyVersion};
pub(in crate::sandbox) use role::Role;
pub use session::MfaContext;
pub(in crate::sandbox) use session::{Session, SessionOf};
pub(in crate::sandbox) use stored_policy::StoredPolicy;
pub(in crate::sandbox) use user::{Password, User};

/// The version of the stored format.
pub(in crate::sandbox) const VERSION: u32 = 2;

/// All data of the account that is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Records {
    pub(in crate::sandbox) version: u32,
    pub(in crate::sandbox) partition: String,
    /// Twelve digits.
    pub(in crate::sandbox) account_id: String,
    /// The unique ID of the first user, whose key pair and device are given to the person who runs the sandbox.
    pub(in crate::sandbox) owner: String,
    /// The SHA-256 of the document from which the account was loaded.
    pub(in crate::sandbox) loaded_from: Option<String>,
    /// The access key IDs of the loaded users, by the names of their profiles in the shared credentials file.
    pub(in crate::sandbox) profiles: BTreeMap<String, String>,
    pub(in crate::sandbox) seal: Seal,
    /// Users by unique ID.
    pub(in crate::sandbox) users: BTreeMap<String, User>,
    /// Groups by unique ID.
    pub(in crate::sandbox) groups: BTreeMap<String, Group>,
    /// Roles by unique ID.
    pub(in crate::sandbox) roles: BTreeMap<String, Role>,
    /// Managed policies by ARN.
    pub(in crate::sandbox) policies: BTreeMap<String, ManagedPolicy>,
    /// Long-term keys by access key ID.
    pub(in crate::sandbox) access_keys: BTreeMap<String, AccessKey>,
    /// MFA devices by serial number, as IAM shows them.
    pub(in crate::sandbox) devices: BTreeMap<String, Device>,
    pub(in crate::sandbox) last_incarnation: u64,
    /// MFA devices by serial number, as STS knows them.
    pub(in crate::sandbox) sts: BTreeMap<String, Known>,
    /// The steps whose codes STS has accepted, by the incarnation of the device.
    pub(in crate::sandbox) used_steps: BTreeMap<u64, BTreeSet<i64>>,
    /// Used verifications by serial number. They are not part of the devices, so that recreating a device does not reset them.
    pub(in crate::sandbox) budgets: BTreeMap<String, Budget>,
    pub(in crate::sandbox) report: Option<Report>,
}

impl Records {
    /// An account without users.
    pub(in crate::sandbox::account) fn empty(
        partition: &str,
        account_id: &str,
        seal: Seal,
    ) -> Self {
        Self {
            version: VERSION,
            partition: partition.to_owned(),
            account_id: account_id.to_owned(),
            owner: String::new(),
            loaded_from: None,
            profiles: BTreeMap::new(),
            seal,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            roles: BTreeMap::new(),
            policies: BTreeMap::new(),
            access_keys: BTreeMap::new(),
            devices: BTreeMap::new(),
            last_incarnation: 0,
            sts: BTreeMap::new(),
            used_steps: BTreeMap::new(),
            budgets: BTreeMap::new(),
            report: None,
        }
    }
}

/// A credential report.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Report {
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) generated: UtcDateTime,
    /// The report as CSV.
    pub(in crate::sandbox) content: String,
}
