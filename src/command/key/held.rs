//! What every change to a long-term key needs: its place, and the lock that keeps other changes out.

use std::ops::ControlFlow;

use crate::error::Error;
use crate::login::{LoginError, Unreplaceable, User};
use crate::process::shell_quote;
use crate::storage::lock::{Lock, Waited};

/// Waits until no other process changes this key. `None` means that there are no locks.
pub(super) fn lock(user: &User) -> Result<Option<Lock>, Error> {
    let state = &user.state;
    state.cache.prepare().map_err(LoginError::from)?;
    let key = state.memory_key(&user.names.source);
    let waited = state
        .cache
        .rotation_lock(&key)
        .acquire(&mut || ControlFlow::<std::convert::Infallible>::Continue(()))
        .map_err(LoginError::from)?;
    Ok(match waited {
        Waited::Held(lock) => Some(lock),
        Waited::Unsupported => None,
        Waited::Left(never) => match never {},
    })
}

/// The error for a key that cannot be changed where it is.
pub(super) fn unreplaceable(error: &Unreplaceable) -> Error {
    Error::Refused {
        hint: match error {
            Unreplaceable::Split { profile } => {
                format!(
                    "put both into one file: aws configure --profile {}",
                    shell_quote(profile)
                )
            }
            Unreplaceable::Copy { .. } => "remove the copy from one of the files".to_owned(),
        },
        message: error.to_string(),
    }
}
