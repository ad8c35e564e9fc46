//! The account: its users, keys, devices and sessions, and what each call did to them.
//!
//! No I/O and no protocol here. Randomness comes from one generator, seeded by the system, so that a seeded account is
//! repeatable in tests. `Debug` shows no secret.

mod codes;
mod owner;
mod principal;
mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rand::RngExt as _;
use rand::rngs::StdRng;
use secrecy::{ExposeSecret as _, SecretString};
use time::{Duration, UtcDateTime};

pub(super) use codes::Refusal;
pub use owner::{OwnDevice, Owner, Setup};
pub use records::MfaContext;
pub(super) use records::{AccessKey, Assignment, Device, Records, Session, Status, User, VERSION};

use super::fault::Fault;
use super::seal::Seal;
use super::totp::DeviceSecret;

/// Calls kept for `Account::calls`; past it the older half is dropped.
const MOST_CALLS: usize = 100_000;
/// A session is remembered, to be called expired, for so long after its end.
const SESSION_MEMORY: Duration = Duration::days(7);

/// A sandbox account.
pub struct Account {
    pub(super) records: Records,
    rng: StdRng,
    calls: Vec<Call>,
    changed: bool,
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
}

impl SignedWith {
    /// For people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LongTermKey => "long-term key",
            Self::Session => "session without MFA",
            Self::MfaSession => "session with MFA",
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
    pub(super) user: String,
    pub(super) arn: String,
    pub(super) signed_with: SignedWith,
    /// Of temporary credentials.
    pub(super) session: Option<SessionFacts>,
}

/// What a session carries of its making.
#[derive(Debug, Clone)]
pub(super) struct SessionFacts {
    pub(super) issued: UtcDateTime,
    pub(super) mfa: Option<MfaContext>,
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
    records: Records,
    changed: bool,
}

/// A new session, to be handed to its user once.
pub(super) struct Issued {
    pub(super) id: String,
    pub(super) secret: SecretString,
    pub(super) token: SecretString,
    pub(super) expiration: UtcDateTime,
}

impl Account {
    /// A new account with one user, one long-term key and one virtual MFA device enabled for the user.
    #[must_use]
    pub fn new(setup: &Setup, now: UtcDateTime) -> Self {
        Self::with_rng(setup, now, rand::make_rng())
    }

    fn with_rng(setup: &Setup, now: UtcDateTime, mut rng: StdRng) -> Self {
        let records = Records {
            version: VERSION,
            partition: setup.partition.clone(),
            account_id: setup.account_id.clone(),
            owner: String::new(),
            seal: Seal::random(&mut rng),
            users: BTreeMap::new(),
            access_keys: BTreeMap::new(),
            devices: BTreeMap::new(),
            budgets: BTreeMap::new(),
            sessions: BTreeMap::new(),
        };
        let mut account = Self {
            records,
            rng,
            calls: Vec::new(),
            changed: true,
        };
        let owner = account.insert_user(&setup.user_name, "/", now);
        account.insert_access_key(&owner, now);
        let serial = account.insert_device(&setup.device_name);
        account.assign(&serial, &owner, now);
        account.records.owner = owner;
        account
    }

    /// An account as it was stored.
    pub(super) fn restored(records: Records) -> Self {
        Self {
            records,
            rng: rand::make_rng(),
            calls: Vec::new(),
            changed: false,
        }
    }

    /// Twelve digits.
    #[must_use]
    pub fn account_id(&self) -> &str {
        &self.records.account_id
    }

    /// The authenticated calls of this process in their order, refused ones included.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Whether it differs from what was stored last.
    pub(super) fn is_changed(&self) -> bool {
        self.changed
    }

    pub(super) fn mark_changed(&mut self) {
        self.changed = true;
    }

    pub(super) fn mark_stored(&mut self) {
        self.changed = false;
    }

    /// What a request that cannot be stored goes back to.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            records: self.records.clone(),
            changed: self.changed,
        }
    }

    /// Undoes the last request, which could not be stored.
    pub(super) fn roll_back(&mut self, to: Checkpoint) {
        self.records = to.records;
        self.changed = to.changed;
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
        Some(Credentials {
            caller: self.caller(&key.user, None)?,
            secret: key.secret.clone(),
            token: None,
            expiration: None,
        })
    }

    fn temporary(&self, key_id: &str, token: &str) -> Option<Credentials> {
        let session = self.records.sessions.get(key_id)?;
        let own_token = self.records.seal.session_token(key_id);
        (own_token.expose_secret() == token).then_some(())?;
        Some(Credentials {
            caller: self.caller(&session.user, Some(session))?,
            secret: self.records.seal.secret_access_key(key_id),
            token: Some(own_token),
            expiration: Some(session.expiration),
        })
    }

    fn caller(&self, user_id: &str, session: Option<&Session>) -> Option<Caller> {
        let user = self.records.users.get(user_id)?;
        let signed_with = match session.map(|s| &s.mfa) {
            None => SignedWith::LongTermKey,
            Some(None) => SignedWith::Session,
            Some(Some(_)) => SignedWith::MfaSession,
        };
        Some(Caller {
            user: user_id.to_owned(),
            arn: self.user_arn(user),
            signed_with,
            session: session.map(|s| SessionFacts {
                issued: s.issued,
                mfa: s.mfa.clone(),
            }),
        })
    }

    /// Makes a session and forgets those that ended long ago.
    pub(super) fn issue_session(
        &mut self,
        user: &str,
        mfa: Option<MfaContext>,
        duration: Duration,
        now: UtcDateTime,
    ) -> Issued {
        let issued = whole_second(now);
        let expiration = issued.saturating_add(duration);
        self.records
            .sessions
            .retain(|_, session| now < session.expiration.saturating_add(SESSION_MEMORY));
        let id = self.random_id("ASIA", 16);
        let session = Session {
            user: user.to_owned(),
            mfa,
            issued,
            expiration,
        };
        self.records.sessions.insert(id.clone(), session);
        self.mark_changed();
        Issued {
            secret: self.records.seal.secret_access_key(&id),
            token: self.records.seal.session_token(&id),
            id,
            expiration,
        }
    }

    /// A user by name, without regard to case: its id and record.
    pub(super) fn user_named(&self, name: &str) -> Option<(&str, &User)> {
        self.records
            .users
            .iter()
            .find(|(_, user)| user.name.eq_ignore_ascii_case(name))
            .map(|(id, user)| (id.as_str(), user))
    }

    pub(super) fn user_arn(&self, user: &User) -> String {
        self.arn_of_user(&user.path, &user.name)
    }

    /// The ARN of a user, there or to be.
    pub(super) fn arn_of_user(&self, path: &str, name: &str) -> String {
        let Records {
            partition,
            account_id,
            ..
        } = &self.records;
        format!("arn:{partition}:iam::{account_id}:user{path}{name}")
    }

    /// The devices enabled for a user, by serial number.
    pub(super) fn devices_of(
        &self,
        user_id: &str,
    ) -> impl Iterator<Item = (&str, &Device, &Assignment)> {
        self.records
            .devices
            .iter()
            .filter_map(move |(serial, device)| {
                let assignment = device.assignment.as_ref()?;
                (assignment.user == user_id).then_some((serial.as_str(), device, assignment))
            })
    }

    fn insert_user(&mut self, name: &str, path: &str, now: UtcDateTime) -> String {
        let id = self.random_id("AIDA", 17);
        let user = User {
            name: name.to_owned(),
            path: path.to_owned(),
            create_date: whole_second(now),
        };
        self.records.users.insert(id.clone(), user);
        self.mark_changed();
        id
    }

    fn insert_access_key(&mut self, user: &str, now: UtcDateTime) -> (String, SecretString) {
        let id = self.random_id("AKIA", 16);
        let secret = SecretString::from(self.random_text(SECRET_ALPHABET, 40));
        let key = AccessKey {
            user: user.to_owned(),
            secret: secret.clone(),
            status: Status::Active,
            create_date: whole_second(now),
        };
        self.records.access_keys.insert(id.clone(), key);
        self.mark_changed();
        (id, secret)
    }

    fn device_serial(&self, name: &str) -> String {
        let Records {
            partition,
            account_id,
            ..
        } = &self.records;
        format!("arn:{partition}:iam::{account_id}:mfa/{name}")
    }

    fn insert_device(&mut self, name: &str) -> String {
        let serial = self.device_serial(name);
        let device = Device {
            secret: DeviceSecret::random(&mut self.rng),
            assignment: None,
            clock_offset: 0,
            used_steps: BTreeSet::new(),
        };
        self.records.devices.insert(serial.clone(), device);
        self.mark_changed();
        serial
    }

    fn assign(&mut self, serial: &str, user: &str, now: UtcDateTime) {
        if let Some(device) = self.records.devices.get_mut(serial) {
            device.assignment = Some(Assignment {
                user: user.to_owned(),
                enable_date: whole_second(now),
            });
            self.changed = true;
        }
    }

    /// A version 4 UUID, as AWS's request ids are.
    pub(super) fn request_id(&mut self) -> String {
        let n: u128 = self.rng.random();
        let n = (n & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            n >> 96,
            (n >> 80) & 0xffff,
            (n >> 64) & 0xffff,
            (n >> 48) & 0xffff,
            n & 0xffff_ffff_ffff
        )
    }

    fn random_id(&mut self, prefix: &str, length: usize) -> String {
        format!("{prefix}{}", self.random_text(ID_ALPHABET, length))
    }

    fn random_text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length)
            .filter_map(|_| alphabet.get(self.rng.random_range(0..alphabet.len())))
            .map(|b| char::from(*b))
            .collect()
    }
}

/// Of the unique ids of AWS.
const ID_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Of the secret access keys of AWS.
const SECRET_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

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
        let mut account = Account::seeded(1, at(0));
        account.issue_session("x", None, Duration::hours(1), at(0));
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

    #[test]
    fn old_sessions_are_forgotten_only_long_after_their_end() {
        let mut account = Account::seeded(1, at(0));
        let owner = account.records.owner.clone();
        let first = account.issue_session(&owner, None, Duration::seconds(900), at(0));
        account.issue_session(&owner, None, Duration::seconds(900), at(86_400));
        assert!(account.records.sessions.contains_key(&first.id));
        account.issue_session(&owner, None, Duration::seconds(900), at(8 * 86_400));
        assert!(!account.records.sessions.contains_key(&first.id));
    }

    #[test]
    fn request_ids_are_uuids_of_version_4() {
        let mut account = Account::seeded(1, at(0));
        let id = account.request_id();
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
