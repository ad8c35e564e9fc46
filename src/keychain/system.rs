//! The keychain of this system, through the `keyring` crate.
//!
//! On Linux that is the Secret Service over D-Bus, in Rust alone. Secrets cross the bus encrypted.

use keyring_core::{Entry, Error};
use secrecy::{ExposeSecret as _, SecretString};

use super::error::KeychainError;

/// The name of all entries; the user of an entry is the id of its access key.
const SERVICE: &str = "mfa-session";

pub(super) fn load(id: &str) -> Result<Option<SecretString>, KeychainError> {
    match entry(id)?.get_password() {
        Ok(secret) => Ok(Some(secret.into())),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(judged(error)),
    }
}

pub(super) fn keep(id: &str, secret: &SecretString) -> Result<(), KeychainError> {
    entry(id)?
        .set_password(secret.expose_secret())
        .map_err(judged)
}

pub(super) fn remove(id: &str) -> Result<(), KeychainError> {
    match entry(id)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(judged(error)),
    }
}

fn entry(id: &str) -> Result<Entry, KeychainError> {
    // The first use connects to the system's keychain, unless a test has put another in its place.
    if keyring_core::get_default_store().is_none()
        && let Err(error) = keyring::Entry::store_status()
    {
        return Err(KeychainError::Missing(reason(error)));
    }
    Entry::new(SERVICE, id).map_err(judged)
}

fn judged(error: Error) -> KeychainError {
    match error {
        Error::NoStorageAccess(_) => KeychainError::Locked,
        Error::NoDefaultStore => KeychainError::Missing(reason(&error)),
        Error::Ambiguous(_) => KeychainError::Ambiguous,
        // These hold what was found, which their messages must not repeat.
        Error::BadEncoding(_) | Error::BadDataFormat(..) => KeychainError::Unusable,
        other => KeychainError::Failed(reason(&other)),
    }
}

/// The message on one line.
fn reason(error: &Error) -> String {
    let text = match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => cause.to_string(),
        other => other.to_string(),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_kept_found_and_removed() {
        keyring_core::set_default_store(keyring_core::mock::Store::new().unwrap());
        let id = "AKIAIOSFODNN7EXAMPLE";
        assert!(load(id).unwrap().is_none());
        remove(id).unwrap();
        keep(id, &"a secret".into()).unwrap();
        let found = load(id).unwrap().unwrap();
        assert_eq!(found.expose_secret(), "a secret");
        assert!(load("AKIAI44QH8DHBEXAMPLE").unwrap().is_none());
        keep(id, &"another".into()).unwrap();
        assert_eq!(load(id).unwrap().unwrap().expose_secret(), "another");
        remove(id).unwrap();
        assert!(load(id).unwrap().is_none());
    }

    #[test]
    fn no_error_repeats_what_the_keychain_holds() {
        for error in [
            Error::BadEncoding(b"secret".to_vec()),
            Error::BadDataFormat(b"secret".to_vec(), "secret".into()),
        ] {
            let error = judged(error);
            assert!(!format!("{error} {error:?} {}", error.hint()).contains("secret\""));
            assert!(matches!(error, KeychainError::Unusable));
        }
        let locked = judged(Error::NoStorageAccess("dismissed".into()));
        assert!(matches!(locked, KeychainError::Locked));
    }
}
