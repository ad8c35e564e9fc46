//! What the account is made of, as it is stored.
//!
//! Users, groups and roles are known by their immutable ids, never by name: names are found without regard to case and may
//! change.

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

/// The version of the stored form.
pub(in crate::sandbox) const VERSION: u32 = 2;

/// Everything that outlives the process.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Records {
    pub(in crate::sandbox) version: u32,
    pub(in crate::sandbox) partition: String,
    /// Twelve digits.
    pub(in crate::sandbox) account_id: String,
    /// The user whose key pair and device the sandbox hands out.
    pub(in crate::sandbox) owner: String,
    /// SHA-256 of the document that the account was loaded from.
    pub(in crate::sandbox) loaded_from: Option<String>,
    /// Profiles of the shared credentials file for the loaded users' keys: access key ids by profile.
    pub(in crate::sandbox) profiles: BTreeMap<String, String>,
    pub(in crate::sandbox) seal: Seal,
    /// By user id.
    pub(in crate::sandbox) users: BTreeMap<String, User>,
    /// By group id.
    pub(in crate::sandbox) groups: BTreeMap<String, Group>,
    /// By role id.
    pub(in crate::sandbox) roles: BTreeMap<String, Role>,
    /// Managed policies by ARN.
    pub(in crate::sandbox) policies: BTreeMap<String, ManagedPolicy>,
    /// Long-term keys by access key id.
    pub(in crate::sandbox) access_keys: BTreeMap<String, AccessKey>,
    /// By serial number, as IAM shows them.
    pub(in crate::sandbox) devices: BTreeMap<String, Device>,
    pub(in crate::sandbox) last_incarnation: u64,
    /// By serial number, as STS knows them.
    pub(in crate::sandbox) sts: BTreeMap<String, Known>,
    /// The steps whose codes STS has taken, by the device's incarnation.
    pub(in crate::sandbox) used_steps: BTreeMap<u64, BTreeSet<i64>>,
    /// By serial number, and apart from the devices: deleting and recreating one does not refresh it.
    pub(in crate::sandbox) budgets: BTreeMap<String, Budget>,
    pub(in crate::sandbox) report: Option<Report>,
}

impl Records {
    /// An account with nobody in it.
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
    /// CSV.
    pub(in crate::sandbox) content: String,
}
