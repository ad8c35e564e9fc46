//! Session credentials that cannot be guessed and need not be stored.
//!
//! The account has one random key. The secret access key of a session is derived from this key and the session's access key ID.
//! The session token contains the session itself, with a message authentication code that only this key can produce.

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

/// One block of SHA-256, so that the key is used as it is.
const KEY_BYTES: usize = 64;
const MAC_BYTES: usize = 32;
/// The beginning of AWS's own tokens, by which scanners find leaked ones.
const TOKEN: &str = "FwoGZXIvYXdz";

/// The key of the account.
#[derive(Clone)]
pub(super) struct Seal([u8; KEY_BYTES]);

impl Seal {
    pub(super) fn random(rng: &mut StdRng) -> Self {
        Self(rng.random())
    }

    /// The secret access key of a session: 40 characters, as AWS's are.
    pub(super) fn secret_access_key(&self, session_id: &str) -> SecretString {
        let bytes = self
            .mac("secret access key", session_id)
            .finalize()
            .into_bytes();
        let first = bytes.get(..30).unwrap_or(&bytes);
        STANDARD.encode(first).into()
    }

    /// A session token: the payload, sealed for this session's access key ID. The payload is signed but not encrypted.
    pub(super) fn session_token(&self, session_id: &str, payload: &[u8]) -> SecretString {
        let mut bytes = self
            .stamp(session_id, payload)
            .finalize()
            .into_bytes()
            .to_vec();
        bytes.extend_from_slice(payload);
        format!("{TOKEN}{}", STANDARD.encode(bytes)).into()
    }

    /// The payload of a token. `None` if this account did not create the token for this session's access key ID.
    pub(super) fn open_token(&self, session_id: &str, token: &str) -> Option<Vec<u8>> {
        let bytes = STANDARD.decode(token.strip_prefix(TOKEN)?).ok()?;
        let (mac, payload) = bytes.split_at_checked(MAC_BYTES)?;
        self.stamp(session_id, payload).verify_slice(mac).ok()?;
        Some(payload.to_vec())
    }

    /// The keyed hash of a password, which is stored instead of it.
    pub(super) fn password(&self, user_id: &str, password: &str) -> String {
        let hash = self.mac("password", user_id).chain_update(password);
        STANDARD.encode(hash.finalize().into_bytes())
    }

    fn stamp(&self, session_id: &str, payload: &[u8]) -> Hmac<Sha256> {
        self.mac("session token", session_id).chain_update(payload)
    }

    /// A message authentication code for this purpose and subject, neither of which contains a zero byte.
    fn mac(&self, purpose: &str, subject: &str) -> Hmac<Sha256> {
        Hmac::<Sha256>::new(&self.0.into())
            .chain_update(purpose)
            .chain_update([0])
            .chain_update(subject)
            .chain_update([0])
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
        let token = seal.session_token("ASIAONE", b"payload");
        assert_eq!(secret.expose_secret().len(), 40);
        assert_ne!(
            secret.expose_secret(),
            seal.secret_access_key("ASIATWO").expose_secret()
        );
        assert!(
            seal.open_token("ASIATWO", token.expose_secret()).is_none(),
            "another session's"
        );
        let text = serde_json::to_string(&seal).unwrap();
        let back: Seal = serde_json::from_str(&text).unwrap();
        assert_eq!(
            back.open_token("ASIAONE", token.expose_secret()).unwrap(),
            b"payload"
        );
        let other = Seal::random(&mut StdRng::seed_from_u64(2));
        assert!(other.open_token("ASIAONE", token.expose_secret()).is_none());
        assert_ne!(seal.password("a", "p"), seal.password("b", "p"));
        assert!(serde_json::from_str::<Seal>("\"c2hvcnQ=\"").is_err());
    }
}
