//! The long-term key whose secret is in the OS keychain.

use secrecy::ExposeSecret as _;

use crate::aws::types::{AccessKeyId, Keys, SecretAccessKey};
use crate::keychain::{self, Ended, KeychainError};

use super::LoginError;
use super::child::Noting;
use super::plan::Names;
use super::watch::{StopReason, Watch};

/// The key, with one call of the keychain, which may ask the person to unlock it.
///
/// # Errors
/// The keychain does not give the secret, or the caller stopped waiting.
pub(super) fn load(id: &AccessKeyId, names: &Names, watch: &Watch) -> Result<Keys, LoginError> {
    let failed = |error: KeychainError| LoginError::Keychain {
        profile: names.source.clone(),
        error,
    };
    let noted = Noting::begin();
    let ended = keychain::load(id.as_str(), &mut || noted.check(watch));
    if let Some(signal) = noted.end() {
        return Err(LoginError::stopped(names, StopReason::Signal(signal)));
    }
    let found = match ended.map_err(failed)? {
        Ended::Answer(found) => found,
        Ended::Left(StopReason::Deadline) => return Err(LoginError::no_keychain_in_time(names)),
        Ended::Left(reason) => return Err(LoginError::stopped(names, reason)),
    };
    let Some(secret) = found else {
        return Err(LoginError::NotInKeychain {
            profile: names.source.clone(),
            id: id.clone(),
        });
    };
    Ok(Keys {
        id: id.clone(),
        secret: SecretAccessKey::new(secret.expose_secret())
            .map_err(|_| failed(KeychainError::Unusable))?,
    })
}
