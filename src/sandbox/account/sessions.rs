//! Temporary credentials. A session is kept by nobody: its token carries what it is, sealed with the account's key, so that
//! it lives to its end whatever becomes of the process, and no number of sessions fills the memory.

use std::sync::Arc;

use secrecy::SecretString;
use time::UtcDateTime;

use super::records::Session;
use super::{Account, ids};

/// A new session, to be handed to its caller once.
pub(in crate::sandbox) struct Issued {
    pub(in crate::sandbox) id: String,
    pub(in crate::sandbox) secret: SecretString,
    pub(in crate::sandbox) token: SecretString,
    pub(in crate::sandbox) expiration: UtcDateTime,
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
