//! The sign-in tokens of the console.
//!
//! They are kept in memory only: a token is valid for 15 minutes, and a restart ends it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt as _;
use rand::rngs::StdRng;
use secrecy::{ExposeSecret as _, SecretString};
use time::{Duration, UtcDateTime};

/// How long a token is valid.
const VALID: Duration = Duration::minutes(15);
/// The most tokens that are remembered. The oldest is forgotten first.
const MOST: usize = 1_000;

/// The tokens that have been given out.
#[derive(Default)]
pub(in crate::sandbox) struct SignInTokens(Vec<Given>);

struct Given {
    token: SecretString,
    /// Who is signed in by it.
    arn: String,
    end: UtcDateTime,
    used: bool,
}

/// Why a token signs nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum NotSignedIn {
    Unknown,
    Used,
    Ended,
}

impl SignInTokens {
    /// A new token for a caller whose credentials end then.
    pub(super) fn give(
        &mut self,
        rng: &mut StdRng,
        arn: &str,
        credentials_end: UtcDateTime,
        now: UtcDateTime,
    ) -> SecretString {
        let bytes: [[u8; 32]; 3] = rng.random();
        let token: SecretString = URL_SAFE_NO_PAD.encode(bytes.concat()).into();
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push(Given {
            token: token.clone(),
            arn: arn.to_owned(),
            end: credentials_end.min(now.saturating_add(VALID)),
            used: false,
        });
        token
    }

    /// Signs in with a token, and returns the ARN of who is signed in. Each token works once.
    pub(in crate::sandbox) fn sign_in(
        &mut self,
        token: &str,
        now: UtcDateTime,
    ) -> Result<&str, NotSignedIn> {
        let mut given = self.0.iter_mut();
        let found = given
            .find(|given| given.token.expose_secret() == token)
            .ok_or(NotSignedIn::Unknown)?;
        if found.used {
            return Err(NotSignedIn::Used);
        }
        if now >= found.end {
            return Err(NotSignedIn::Ended);
        }
        found.used = true;
        Ok(&found.arn)
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<SecretString> {
        self.0.iter().map(|given| given.token.clone()).collect()
    }
}
