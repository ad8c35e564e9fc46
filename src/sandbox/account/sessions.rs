//! Temporary credentials. A session is kept by nobody: its token carries what it is, sealed with the account's key, so that
//! it lives to its end whatever becomes of the process, and no number of sessions fills the memory.

use std::sync::Arc;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::{Duration, UtcDateTime};

use super::documents::StoredPolicy;
use super::identity::Tags;
use super::{Account, ids, whole_second};
use crate::sandbox::stored;

/// What a session is, as its token tells.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Session {
    pub(in crate::sandbox) of: SessionOf,
    pub(in crate::sandbox) mfa: Option<MfaContext>,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) issued: UtcDateTime,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) expiration: UtcDateTime,
    /// Session policies that came as documents.
    pub(in crate::sandbox) policies: Vec<StoredPolicy>,
    /// Session policies that came as ARNs.
    pub(in crate::sandbox) policy_arns: Vec<String>,
    /// Session tags.
    pub(in crate::sandbox) tags: Tags,
}

/// Whose session it is, by unique ids: names may change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) enum SessionOf {
    /// From sts:GetSessionToken.
    User { id: String },
    /// From sts:AssumeRole.
    Role { id: String, session: String },
    /// From sts:GetFederationToken, by this user.
    Federated { user: String, name: String },
}

/// What a session knows of the code that it was made with. It outlives the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MfaContext {
    /// The device.
    pub serial_number: String,
    /// When its code was taken: the start of `aws:MultiFactorAuthAge`.
    #[serde(with = "stored::moment")]
    pub authenticated: UtcDateTime,
}

/// A new session, to be handed to its caller once.
pub(in crate::sandbox) struct Issued {
    pub(in crate::sandbox) id: String,
    pub(in crate::sandbox) secret: SecretString,
    pub(in crate::sandbox) token: SecretString,
    pub(in crate::sandbox) expiration: UtcDateTime,
}

impl Session {
    /// One without policies and tags.
    pub(in crate::sandbox) fn new(
        of: SessionOf,
        mfa: Option<MfaContext>,
        duration: Duration,
        now: UtcDateTime,
    ) -> Self {
        let issued = whole_second(now);
        Self {
            of,
            mfa,
            issued,
            expiration: issued.saturating_add(duration),
            policies: Vec::new(),
            policy_arns: Vec::new(),
            tags: Tags::default(),
        }
    }
}

impl Account {
    /// Makes the credentials of a session.
    pub(in crate::sandbox) fn issue(&mut self, session: &Session) -> Issued {
        let id = ids::access_key_id(&mut self.rng, "ASIA", &self.records.account_id);
        // INVARIANT: a session is text, numbers and lists of them, which always become JSON.
        let payload = serde_json::to_vec(session).unwrap_or_default();
        Issued {
            secret: self.records.seal.secret_access_key(&id),
            token: self.records.seal.session_token(&id, &payload),
            expiration: session.expiration,
            id,
        }
    }

    /// The session that a token carries, if this account made it for this access key id.
    pub(super) fn opened(&self, key_id: &str, token: &str) -> Option<Arc<Session>> {
        let payload = self.records.seal.open_token(key_id, token)?;
        serde_json::from_slice(&payload).ok().map(Arc::new)
    }
}
