//! The account: its users, groups, roles, policies, keys, devices and sessions, and the changes that operations make to them.
//!
//! This module knows no protocol and does no I/O. All random values come from one generator, so that a test can repeat an account
//! from its seed. `Debug` shows no secret. `records` contains the stored data; the other files are built on it.

mod attachments;
mod builtin;
mod call;
mod caller;
mod codes;
mod devices;
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
mod sign_in;
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
pub(super) use codes::{Refusal, ValidCode};
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
pub(super) use sign_in::NotSignedIn;
use sign_in::SignInTokens;

/// The most calls that [`Account::calls`] keeps. When there are more, the older half is dropped.
const MOST_CALLS: usize = 20_000;

/// A sandbox account.
pub struct Account {
    pub(super) records: Shared<Records>,
    rng: StdRng,
    calls: Vec<Call>,
    /// The last uses of long-term keys that are not yet in the records.
    uses: BTreeMap<String, Use>,
    /// How much later than IAM STS learns of changes to MFA devices.
    propagation: Duration,
    /// The sign-in tokens of the console.
    pub(super) sign_in: SignInTokens,
}

/// The account before a request, for [`Account::roll_back`].
pub(super) struct Checkpoint {
    records: Shared<Records>,
}

impl Account {
    /// The account with these stored records.
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
            sign_in: SignInTokens::default(),
        }
    }

    /// The account ID: twelve digits.
    #[must_use]
    pub fn account_id(&self) -> &str {
        &self.records.account_id
    }

    /// Makes STS learn of changes to MFA devices this much later than IAM.
    pub fn delay_sts(&mut self, propagation: Duration) {
        self.propagation = propagation;
    }

    /// The authenticated calls since the program started, in their order, including refused ones.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Whether the account has changed since it was last stored.
    pub(super) fn is_changed(&self) -> bool {
        self.records.is_changed()
    }

    pub(super) fn mark_stored(&mut self) {
        self.records.mark_unchanged();
    }

    /// The state to which a request that cannot be stored is rolled back.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            records: self.records.clone(),
        }
    }

    /// Undoes the last request, because it could not be stored.
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

    /// A user by name, in any letter case: the unique ID and the record.
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
