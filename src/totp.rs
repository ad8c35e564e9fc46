//! The codes of a virtual MFA device: TOTP with SHA-1, six digits and steps of 30 s
//! (<https://www.rfc-editor.org/rfc/rfc6238>).

use std::fmt;

use rand::RngExt as _;
use rand::rngs::StdRng;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::UtcDateTime;
use totp_rs::{Algorithm, Builder, Secret, Totp};

use crate::aws::types::Invalid;

/// How many seconds a code is shown.
const STEP_SECONDS: i64 = 30;
/// RFC 4226 requires at least 128 bits and recommends 160, which new devices have.
const LEAST_BYTES: usize = 16;
const NEW_BYTES: usize = 20;

/// In how many seconds a device shows its next code, 1 to 30, at this time in seconds since 1970.
#[must_use]
pub fn seconds_to_next_code(now: i64) -> i64 {
    STEP_SECONDS - now.rem_euclid(STEP_SECONDS)
}

/// The step at this time, counted from the epoch.
pub(crate) fn step_of(now: UtcDateTime) -> i64 {
    now.unix_timestamp().div_euclid(STEP_SECONDS)
}

/// The secret that a virtual MFA device shares with the account.
pub struct DeviceSecret(SecretBox<[u8]>);

impl DeviceSecret {
    pub(crate) fn random(rng: &mut StdRng) -> Self {
        let bytes: [u8; NEW_BYTES] = rng.random();
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// Reads base32 as authenticator apps show it, in any letter case, with white space and padding.
    ///
    /// # Errors
    /// [`Invalid`] if the text is not base32 or has less than 128 bits. The error does not repeat the text.
    pub fn from_base32(text: &str) -> Result<Self, Invalid> {
        let plain: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '=')
            .collect();
        Secret::try_from_base32(plain.to_ascii_uppercase())
            .ok()
            .filter(|secret| secret.as_bytes().len() >= LEAST_BYTES)
            .map(|secret| Self(SecretBox::new(secret.as_bytes().into())))
            .ok_or(Invalid {
                what: "device secret",
                form: "at least 128 bits in base32",
            })
    }

    /// Base32 without padding, as `CreateVirtualMFADevice` returns it.
    #[must_use]
    pub fn base32(&self) -> SecretString {
        self.secret().to_base32().into()
    }

    /// The code that the device shows at this time.
    #[must_use]
    pub fn code_at(&self, now: UtcDateTime) -> SecretString {
        self.code(step_of(now)).into()
    }

    /// The code of one step. Steps before the epoch have the code of the first step.
    pub(crate) fn code(&self, step: i64) -> String {
        let seconds = step.saturating_mul(STEP_SECONDS);
        let totp = self.totp("", "");
        totp.generate(u64::try_from(seconds).unwrap_or(0))
            .to_string()
    }

    /// The `otpauth://totp/…` URI for a QR code. Colons in the names are removed. `None` if the account name is empty.
    #[must_use]
    pub fn uri(&self, issuer: &str, account_name: &str) -> Option<SecretString> {
        let issuer = issuer.replace(':', "");
        let account_name = account_name.replace(':', "");
        let uri = self.totp(&issuer, &account_name).to_url();
        uri.ok().map(SecretString::from)
    }

    fn totp(&self, issuer: &str, account_name: &str) -> Totp {
        // INVARIANT: the secret has at least 128 bits, and the other parameters are those of RFC 6238, so nothing can be invalid.
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(STEP_SECONDS.unsigned_abs())
            .with_secret(self.secret())
            .with_issuer(Some(issuer))
            .with_account_name(account_name)
            .build_noncompliant()
    }

    fn secret(&self) -> Secret {
        Secret::new(self.0.expose_secret().into())
    }
}

impl Clone for DeviceSecret {
    fn clone(&self) -> Self {
        Self(SecretBox::new(self.0.expose_secret().into()))
    }
}

impl fmt::Debug for DeviceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceSecret(…)")
    }
}

impl Serialize for DeviceSecret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.base32().expose_secret())
    }
}

impl<'de> Deserialize<'de> for DeviceSecret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::from_base32(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    /// The secret of RFC 6238's appendix B, whose eight-digit codes end in these six.
    const RFC_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = DeviceSecret::from_base32(RFC_SECRET).unwrap();
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let at = UtcDateTime::from_unix_timestamp(time).unwrap();
            assert_eq!(secret.code_at(at).expose_secret(), code);
        }
    }

    #[test]
    fn base32_is_read_in_any_case_and_with_spaces() {
        let secret = DeviceSecret::from_base32("gezd gnbv gy3t qojq gezd gnbv gy3t qojq ==\n");
        assert_eq!(secret.unwrap().base32().expose_secret(), RFC_SECRET);
        for bad in ["", "GEZDGNBV", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ!"] {
            assert!(DeviceSecret::from_base32(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_new_secret_has_160_bits_and_its_uri_names_issuer_and_account() {
        let secret = DeviceSecret::random(&mut StdRng::seed_from_u64(1));
        let base32 = secret.base32();
        assert_eq!(base32.expose_secret().len(), 32);
        let uri = secret.uri("Mfa: Session", "ad:min@1").unwrap();
        assert_eq!(
            uri.expose_secret(),
            format!(
                "otpauth://totp/Mfa%20Session:admin%401?secret={}&issuer=Mfa%20Session",
                base32.expose_secret()
            )
        );
        assert!(secret.uri("x", "").is_none());
        assert_eq!(format!("{secret:?}"), "DeviceSecret(…)");
    }

    #[test]
    fn steps_before_the_epoch_have_a_code() {
        let secret = DeviceSecret::from_base32(RFC_SECRET).unwrap();
        assert_eq!(secret.code(-5), secret.code(0));
    }
}
