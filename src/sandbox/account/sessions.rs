//! Temporary credentials.
//!
//! Sessions are not stored. A session token contains its session, sealed with the account's key, so that a session survives a
//! restart, and no number of sessions uses up the memory.

use std::sync::Arc;

use secrecy::SecretString;
use time::UtcDateTime;

use super::records::Session;
use super::{Account, ids};

/// The credentials of a new session, which are returned to the caller once.
pub(in crate::sandbox) struct Issued {
    pub(in crate::sandbox) id: String,
    pub(in crate::sandbox) secret: SecretString,
    pub(in crate::sandbox) token: SecretString,
    pub(in crate::sandbox) expiration: UtcDateTime,
}

impl Account {
    /// Creates the credentials of a session.
    pub(in crate::sandbox) fn issue(&mut self, session: &Session) -> Issued {
        let id = ids::access_key_id(&mut self.rng, "ASIA", &self.records.account_id);
        // INVARIANT: a session contains only text, numbers and lists of them, so it can always be serialized.
        let payload = serde_json::to_vec(session).unwrap_or_default();
        Issued {
            secret: self.records.seal.secret_access_key(&id),
            token: self.records.seal.session_token(&id, &payload),
            expiration: session.expiration,
            id,
        }
    }

    /// A sign-in token of the console, for a caller whose credentials end then.
    pub(in crate::sandbox) fn sign_in_token(
        &mut self,
        arn: &str,
        credentials_end: UtcDateTime,
        now: UtcDateTime,
    ) -> SecretString {
        (self.sign_in).give(&mut self.rng, arn, credentials_end, now)
    }

    /// The sign-in tokens of the console that have been given out.
    #[must_use]
    pub fn sign_in_tokens(&self) -> Vec<SecretString> {
        self.sign_in.all()
    }

    /// The session in a token. `None` if this account did not create the token for this access key ID.
    pub(super) fn open_session(&self, key_id: &str, token: &str) -> Option<Arc<Session>> {
        let payload = self.records.seal.open_token(key_id, token)?;
        serde_json::from_slice(&payload).ok().map(Arc::new)
    }
}
