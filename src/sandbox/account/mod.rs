//! The account: its users, keys, devices and sessions, and what each call did to them.
//!
//! No I/O and no protocol here. Randomness comes from one generator, seeded by the system, so that a seeded account is
//! repeatable in tests. `Debug` shows no secret.

mod attachments;
mod builtin;
mod call;
mod caller;
mod codes;
mod devices;
mod document_rules;
mod groups;
mod identities;
mod ids;
mod keys;
mod load;
mod owner;
mod policies;
mod principal;
mod propagation;
mod quotas;
mod records;
mod roles;
mod sessions;
mod setup;
mod shared;
mod users;

use std::collections::BTreeMap;
use std::fmt;

use rand::rngs::StdRng;
use time::Duration;

use super::fault::Fault;
use shared::Shared;

pub(super) use attachments::{Usage, inline_kind};
pub use call::{Call, SignedWith};
pub(super) use caller::{Caller, Credentials};
pub(super) use codes::{GoodCode, Refusal};
pub(super) use devices::no_such_device;
pub(super) use identities::NewIdentity;
pub(super) use ids::account_of;
pub(super) use keys::no_such_key;
pub use load::LoadError;
pub use owner::{OwnDevice, Owner, OwnerPolicy};
pub(super) use policies::{SetAsDefault, is_aws_managed, managed_document, no_such_version};
pub(super) use principal::Facts;
pub(super) use quotas::{
    ACCESS_KEYS_PER_USER, ATTACHED, GROUPS, GROUPS_PER_USER, POLICIES, ROLES, USERS,
    VERSIONS_PER_POLICY,
};
pub use records::MfaContext;
pub(super) use records::{
    AccessKey, Assignment, Device, Identity, Kind, ManagedPolicy, PolicyVersion, Records, Report,
    Role, Session, SessionOf, Status, StoredPolicy, Tags, Use, User, VERSION,
};
pub(super) use sessions::Issued;
pub use setup::Setup;

/// Calls kept for `Account::calls`; past it the older half is dropped.
const MOST_CALLS: usize = 20_000;

/// A sandbox account.
pub struct Account {
    pub(super) records: Shared<Records>,
    rng: StdRng,
    calls: Vec<Call>,
    /// Uses of long-term keys that are not in the records yet.
    uses: BTreeMap<String, Use>,
    /// How long STS takes to know what IAM knows.
    propagation: Duration,
}

/// The account as it was before a request.
pub(super) struct Checkpoint {
    records: Shared<Records>,
}

impl Account {
    /// An account as it was stored.
    pub(super) fn restored(records: Records) -> Self {
        Self::of_records(records, rand::make_rng(), false)
    }

    fn of_records(records: Records, rng: StdRng, changed: bool) -> Self {
        Self {
            records: Shared::new(records, changed),
            rng,
            calls: Vec::new(),
            uses: BTreeMap::new(),
            propagation: Duration::ZERO,
        }
    }

    /// Twelve digits.
    #[must_use]
    pub fn account_id(&self) -> &str {
        &self.records.account_id
    }

    /// Has STS learn of changes to devices so much later than IAM.
    pub fn delay_sts(&mut self, propagation: Duration) {
        self.propagation = propagation;
    }

    /// The authenticated calls of this process in their order, refused ones included.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Whether it differs from what was stored last.
    pub(super) fn is_changed(&self) -> bool {
        self.records.is_changed()
    }

    pub(super) fn mark_stored(&mut self) {
        self.records.settle();
    }

    /// What a request that cannot be stored goes back to.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            records: self.records.clone(),
        }
    }

    /// Undoes the last request, which could not be stored.
    pub(super) fn roll_back(&mut self, to: Checkpoint) {
        self.records = to.records;
        if let Some(call) = self.calls.last_mut() {
            Fault::internal().code.clone_into(&mut call.outcome);
        }
    }

    pub(super) fn record(&mut self, call: Call) {
        if self.calls.len() >= MOST_CALLS {
            self.calls.drain(..MOST_CALLS / 2);
        }
        self.calls.push(call);
    }

    /// A user by name, without regard to case: its id and record.
    pub(super) fn user_named(&self, name: &str) -> Option<(&str, &User)> {
        let (id, _) = self.records.named(Kind::User, name).ok()?;
        Some((id, self.records.users.get(id)?))
    }

    /// The devices enabled for a user, by serial number.
    pub(super) fn devices_of(
        &self,
        user_id: &str,
    ) -> impl Iterator<Item = (&str, &Device, &Assignment)> {
        self.records.devices_of(user_id)
    }

    /// A version 4 UUID, as AWS's request ids are.
    pub(super) fn request_id(&mut self) -> String {
        ids::request_id(&mut self.rng)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({}, …)", self.records.account_id)
    }
}
