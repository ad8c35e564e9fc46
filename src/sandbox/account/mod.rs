//! The account: its users, keys, devices and sessions, and what each call did to them.
//!
//! No I/O and no protocol here. Randomness comes from one generator, seeded by the system, so that a seeded account is
//! repeatable in tests. `Debug` shows no secret.

mod builtin;
mod codes;
mod devices;
mod documents;
mod groups;
mod identity;
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
mod shared;
mod users;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use rand::rngs::StdRng;
use secrecy::SecretString;
use time::{Duration, UtcDateTime};

pub(super) use codes::{GoodCode, Refusal};
pub(super) use devices::{Assignment, Device, no_such_device};
pub(super) use documents::StoredPolicy;
pub(super) use groups::Group;
pub(super) use identity::{Identity, Kind, Tags};
pub(super) use ids::account_of;
pub(super) use keys::{AccessKey, Status, Use, no_such_key};
pub use load::LoadError;
pub use owner::{OwnDevice, Owner, OwnerPolicy, Setup};
pub(super) use policies::{
    ManagedPolicy, PolicyVersion, Standing, Usage, inline_kind, is_aws_managed, managed_document,
    no_such_version,
};
pub(super) use principal::Facts;
pub(super) use quotas::{
    ACCESS_KEYS_PER_USER, ATTACHED, GROUPS, GROUPS_PER_USER, POLICIES, ROLES, USERS,
    VERSIONS_PER_POLICY,
};
pub(super) use records::{Records, Report, VERSION};
pub(super) use roles::Role;
pub use sessions::MfaContext;
pub(super) use sessions::{Issued, Session, SessionOf};
pub(super) use users::{New, User};

use super::fault::Fault;
use super::seal::Seal;
use shared::Shared;

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

/// What a caller signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedWith {
    /// The key pair of an IAM user.
    LongTermKey,
    /// A session made without a code.
    Session,
    /// A session made with a code.
    MfaSession,
    /// A session of a role.
    RoleSession,
    /// A session of a federated user.
    FederatedSession,
}

impl SignedWith {
    /// For people: what it is, and what conditions see of MFA.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LongTermKey => "long-term key, MFA absent",
            Self::Session => "session, MFA false",
            Self::MfaSession => "session, MFA true",
            Self::RoleSession => "role session, MFA absent",
            Self::FederatedSession => "federated session, MFA absent",
        }
    }
}

/// One authenticated call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `iam:ListMFADevices`.
    pub action: String,
    /// The caller's ARN.
    pub caller: String,
    /// What the call was signed with, and so whether it carried MFA.
    pub signed_with: SignedWith,
    /// `Success` or the error's code.
    pub outcome: String,
}

/// Somebody who has proved to hold credentials of the account.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The id of the user; of a role session, that of the role.
    pub(super) user: String,
    pub(super) arn: String,
    pub(super) signed_with: SignedWith,
    /// Of temporary credentials.
    pub(super) session: Option<Arc<Session>>,
}

impl Caller {
    /// As sts:GetCallerIdentity tells it: for sessions that are not a user's own, with the session's name.
    pub(super) fn unique_id(&self, account_id: &str) -> String {
        match self.session.as_ref().map(|session| &session.of) {
            Some(SessionOf::Role { id, session }) => format!("{id}:{session}"),
            Some(SessionOf::Federated { name, .. }) => format!("{account_id}:{name}"),
            Some(SessionOf::User { .. }) | None => self.user.clone(),
        }
    }
}

/// Credentials of the account, with whom they stand for.
#[derive(Debug, Clone)]
pub(super) struct Credentials {
    pub(super) caller: Caller,
    pub(super) secret: SecretString,
    pub(super) token: Option<SecretString>,
    pub(super) expiration: Option<UtcDateTime>,
}

/// The account as it was before a request.
pub(super) struct Checkpoint {
    records: Shared<Records>,
}

impl Account {
    /// A new account with one user who may do everything, one long-term key and one virtual MFA device enabled for the user.
    #[must_use]
    pub fn new(setup: &Setup, now: UtcDateTime) -> Self {
        Self::with_rng(setup, now, rand::make_rng())
    }

    fn with_rng(setup: &Setup, now: UtcDateTime, mut rng: StdRng) -> Self {
        let seal = Seal::random(&mut rng);
        let mut records = Records::empty(&setup.partition, &setup.account_id, seal);
        builtin::add(&mut records, now);
        let mut account = Self::of_records(records, rng, true);
        account.move_in(setup, now);
        account
    }

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

    /// Whom an access key id, and the token sent with it, stand for.
    pub(super) fn credentials(
        &self,
        key_id: &str,
        token: Option<&str>,
    ) -> Result<Credentials, Fault> {
        let found = match token {
            None => self.long_term(key_id),
            Some(token) => self.temporary(key_id, token),
        };
        found.ok_or_else(Fault::unknown_token)
    }

    fn long_term(&self, key_id: &str) -> Option<Credentials> {
        let key = self.records.access_keys.get(key_id)?;
        (key.status == Status::Active).then_some(())?;
        let user = self.records.identity(Kind::User, &key.user)?;
        Some(Credentials {
            caller: Caller {
                user: key.user.clone(),
                arn: self.records.arn_of(Kind::User, user),
                signed_with: SignedWith::LongTermKey,
                session: None,
            },
            secret: key.secret.clone(),
            token: None,
            expiration: None,
        })
    }

    fn temporary(&self, key_id: &str, token: &str) -> Option<Credentials> {
        let session = self.opened(key_id, token)?;
        Some(Credentials {
            secret: self.records.seal.secret_access_key(key_id),
            token: Some(token.to_owned().into()),
            expiration: Some(session.expiration),
            caller: self.caller(session)?,
        })
    }

    /// Whoever is behind a session, if the user or role is still there.
    fn caller(&self, session: Arc<Session>) -> Option<Caller> {
        let records = &self.records;
        let (user, arn, signed_with) = match &session.of {
            SessionOf::User { id } => {
                let user = records.identity(Kind::User, id)?;
                let signed_with = match session.mfa {
                    Some(_) => SignedWith::MfaSession,
                    None => SignedWith::Session,
                };
                (id, records.arn_of(Kind::User, user), signed_with)
            }
            SessionOf::Role { id, session } => {
                let role = records.identity(Kind::Role, id)?;
                let arn = records.sts_arn(&format!("assumed-role/{}/{session}", role.name));
                (id, arn, SignedWith::RoleSession)
            }
            SessionOf::Federated { user, name } => {
                records.identity(Kind::User, user)?;
                let arn = records.sts_arn(&format!("federated-user/{name}"));
                (user, arn, SignedWith::FederatedSession)
            }
        };
        Some(Caller {
            user: user.clone(),
            arn,
            signed_with,
            session: Some(session),
        })
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

impl Records {
    /// An ARN of STS in this account.
    pub(in crate::sandbox) fn sts_arn(&self, resource: &str) -> String {
        format!("arn:{}:sts::{}:{resource}", self.partition, self.account_id)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({}, …)", self.records.account_id)
    }
}

/// AWS gives moments to the second.
fn whole_second(at: UtcDateTime) -> UtcDateTime {
    at.replace_nanosecond(0).unwrap_or(at)
}

#[cfg(test)]
impl Account {
    /// An account whose every random choice follows from `seed`.
    pub(super) fn seeded(seed: u64, now: UtcDateTime) -> Self {
        let rng = rand::SeedableRng::seed_from_u64(seed);
        Self::with_rng(&Setup::default(), now, rng)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use secrecy::ExposeSecret as _;

    use super::*;

    fn at(seconds: i64) -> UtcDateTime {
        UtcDateTime::from_unix_timestamp(seconds).unwrap()
    }

    #[test]
    fn a_new_account_has_what_a_user_needs() {
        let account = Account::new(&Setup::default(), at(1_795_000_000));
        let owner = account.owner().unwrap();
        let keys = owner.keys.unwrap();
        assert!(keys.id.is_akia());
        assert_eq!(keys.id.as_str().len(), 20);
        assert_eq!(keys.secret.expose_secret().len(), 40);
        assert_eq!(owner.arn, "arn:aws:iam::111122223333:user/admin");
        let device = owner.device.unwrap();
        assert_eq!(
            device.serial_number.as_str(),
            "arn:aws:iam::111122223333:mfa/admin-phone"
        );
        assert!(
            device
                .uri
                .expose_secret()
                .starts_with("otpauth://totp/mfa-session%20sandbox:admin%40111122223333?secret=")
        );
        assert!(account.is_changed());
    }

    #[test]
    fn two_accounts_share_no_secret() {
        let secrets: HashSet<String> = (0..4)
            .map(|_| Account::new(&Setup::default(), at(0)).owner().unwrap())
            .flat_map(|owner| {
                let keys = owner.keys.unwrap();
                let device = owner.device.unwrap();
                [
                    keys.id.to_string(),
                    keys.secret.expose_secret().to_owned(),
                    device.secret.base32().expose_secret().to_owned(),
                ]
            })
            .collect();
        assert_eq!(secrets.len(), 12);
    }

    #[test]
    fn nothing_secret_is_in_debug() {
        let account = Account::seeded(1, at(0));
        let owner = account.owner().unwrap();
        let shown = format!("{account:?} {:?} {owner:?}", account.records);
        let secret = owner.keys.unwrap().secret;
        assert!(!shown.contains(secret.expose_secret()));
        assert!(!shown.contains(owner.device.unwrap().secret.base32().expose_secret()));
    }

    #[test]
    fn names_are_taken_once_in_any_case() {
        let mut account = Account::seeded(1, at(0));
        assert!(account.add_user("Other", at(0)).is_some());
        assert!(account.add_user("OTHER", at(0)).is_none());
        assert!(account.add_device("other", "tablet", at(0)).is_some());
        assert!(account.add_device("other", "tablet", at(0)).is_none());
        assert!(account.add_device("nobody", "x", at(0)).is_none());
    }
}
