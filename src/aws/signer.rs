//! The credentials that sign a call.

use super::types::{AccessKeyId, Keys, SecretAccessKey, SessionCredentials, SessionToken};

/// The credentials that sign a call.
#[derive(Debug, Clone)]
pub enum Signer {
    /// A long-term key.
    Key(Keys),
    /// Temporary credentials.
    Session(SessionCredentials),
}

impl Signer {
    /// The access key id, the secret and, for temporary credentials, the session token.
    pub(super) fn parts(&self) -> (&AccessKeyId, &SecretAccessKey, Option<&SessionToken>) {
        match self {
            Self::Key(keys) => (&keys.id, &keys.secret, None),
            Self::Session(session) => (&session.id, &session.secret, Some(&session.token)),
        }
    }
}
