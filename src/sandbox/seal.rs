//! What makes session credentials unguessable without keeping them.
//!
//! The account holds one random key. The secret access key and the session token of a session are derived from it and the
//! session's id, so that a stored account gives a session's secrets to nobody who only reads its sessions, and none of them
//! stands in a file.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::RngExt as _;
use rand::rngs::StdRng;
use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;

/// One block of SHA-256, so that any key has the right length.
const KEY_BYTES: usize = 64;

/// The account's own key.
#[derive(Clone)]
pub(super) struct Seal([u8; KEY_BYTES]);

impl Seal {
    pub(super) fn random(rng: &mut StdRng) -> Self {
        Self(rng.random())
    }

    /// The secret access key of a session: 40 characters, as AWS's are.
    pub(super) fn secret_access_key(&self, session_id: &str) -> SecretString {
        let bytes = self.block("secret access key", session_id, 0);
        let first = bytes.get(..30).unwrap_or(&bytes);
        STANDARD.encode(first).into()
    }

    /// The session token of a session.
    pub(super) fn session_token(&self, session_id: &str) -> SecretString {
        let bytes: Vec<u8> = (0..6)
            .flat_map(|n| self.block("session token", session_id, n))
            .collect();
        // AWS's own tokens begin like this; scanners for leaked secrets look for it.
        format!("FwoGZXIvYXdz{}", STANDARD.encode(bytes)).into()
    }

    fn block(&self, purpose: &str, session_id: &str, n: u8) -> [u8; 32] {
        Hmac::<Sha256>::new(&self.0.into())
            .chain_update(purpose)
            .chain_update([0])
            .chain_update(session_id)
            .chain_update([0, n])
            .finalize()
            .into_bytes()
            .into()
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(…)")
    }
}

impl Serialize for Seal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Seal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD
            .decode(text)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| D::Error::custom("not a key of 64 bytes in base64"))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn derived_secrets_differ_by_session_and_purpose_and_survive_storage() {
        let seal = Seal::random(&mut StdRng::seed_from_u64(1));
        let secret = seal.secret_access_key("ASIAONE");
        let token = seal.session_token("ASIAONE");
        assert_eq!(secret.expose_secret().len(), 40);
        assert_eq!(token.expose_secret().len(), 12 + 256);
        assert_ne!(
            secret.expose_secret(),
            seal.secret_access_key("ASIATWO").expose_secret()
        );
        assert_ne!(
            token.expose_secret(),
            seal.session_token("ASIATWO").expose_secret()
        );
        let text = serde_json::to_string(&seal).unwrap();
        let back: Seal = serde_json::from_str(&text).unwrap();
        assert_eq!(
            back.session_token("ASIAONE").expose_secret(),
            token.expose_secret()
        );
        assert!(serde_json::from_str::<Seal>("\"c2hvcnQ=\"").is_err());
    }
}
