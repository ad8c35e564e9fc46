//! The OS keychain, which keeps the secret of a long-term key: the Secret Service, the Keychain of macOS, or the Credential Manager.
//!
//! An entry is found by the id of the access key. Every operation has a deadline, because a keychain may ask the person to unlock it,
//! and may never answer. A hit of the hook never comes here.

mod error;
mod system;

use std::ops::ControlFlow;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};

pub use error::KeychainError;

use crate::test_hooks::{self, KeychainRequest};

/// How long a keychain may take, with the question to the person.
const LIMIT: Duration = Duration::from_mins(1);
/// How often the caller's tick is called.
const TICK: Duration = Duration::from_millis(250);

/// How an operation ended.
#[derive(Debug)]
pub enum Ended<T, R> {
    /// The keychain answered.
    Answer(T),
    /// The caller's tick broke off.
    Left(R),
}

/// The secret of an access key; `None` if the keychain has none.
///
/// # Errors
/// [`KeychainError`].
pub fn load<R>(
    id: &str,
    tick: &mut dyn FnMut() -> ControlFlow<R>,
) -> Result<Ended<Option<SecretString>, R>, KeychainError> {
    let id = id.to_owned();
    within(tick, move || {
        if let Some(answer) = test_hooks::keychain(&KeychainRequest::Load(&id)) {
            return answer
                .map_err(KeychainError::from)
                .map(|found| found.map(Into::into));
        }
        system::load(&id)
    })
}

/// Keeps the secret of an access key, and reads it back.
///
/// # Errors
/// [`KeychainError`], also if the keychain gives something else back.
pub fn keep<R>(
    id: &str,
    secret: &SecretString,
    tick: &mut dyn FnMut() -> ControlFlow<R>,
) -> Result<Ended<(), R>, KeychainError> {
    let (owned, kept) = (id.to_owned(), secret.clone());
    let ended = within(tick, move || {
        let request = KeychainRequest::Keep(&owned, kept.expose_secret());
        if let Some(answer) = test_hooks::keychain(&request) {
            return answer.map_err(KeychainError::from).map(drop);
        }
        system::keep(&owned, &kept)
    })?;
    if let Ended::Left(reason) = ended {
        return Ok(Ended::Left(reason));
    }
    match load(id, tick)? {
        Ended::Left(reason) => Ok(Ended::Left(reason)),
        Ended::Answer(Some(found)) if found.expose_secret() == secret.expose_secret() => {
            Ok(Ended::Answer(()))
        }
        Ended::Answer(_) => Err(KeychainError::NotKept),
    }
}

/// Removes the secret of an access key. It is not an error if there is none.
///
/// # Errors
/// [`KeychainError`].
pub fn remove<R>(
    id: &str,
    tick: &mut dyn FnMut() -> ControlFlow<R>,
) -> Result<Ended<(), R>, KeychainError> {
    let id = id.to_owned();
    within(tick, move || {
        if let Some(answer) = test_hooks::keychain(&KeychainRequest::Remove(&id)) {
            return answer.map_err(KeychainError::from).map(drop);
        }
        system::remove(&id)
    })
}

/// Runs an operation on a thread of its own, which is left behind if it takes too long.
fn within<T: Send + 'static, R>(
    tick: &mut dyn FnMut() -> ControlFlow<R>,
    operation: impl FnOnce() -> Result<T, KeychainError> + Send + 'static,
) -> Result<Ended<T, R>, KeychainError> {
    let limit = test_hooks::call_limit().unwrap_or(LIMIT);
    let (done, answer) = channel();
    let failed = |error: std::io::Error| KeychainError::Failed(error.to_string());
    std::thread::Builder::new()
        .name("keychain".to_owned())
        .spawn(move || {
            // Nobody listens any more if it took too long.
            let _ = done.send(operation());
        })
        .map_err(failed)?;
    let began = Instant::now();
    loop {
        match answer.recv_timeout(TICK) {
            Ok(result) => return result.map(Ended::Answer),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(KeychainError::Failed("it ended with a panic".to_owned()));
            }
            Err(RecvTimeoutError::Timeout) if began.elapsed() >= limit => {
                return Err(KeychainError::TimedOut(limit));
            }
            Err(RecvTimeoutError::Timeout) => {
                if let ControlFlow::Break(reason) = tick() {
                    return Ok(Ended::Left(reason));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_that_hangs_or_panics_is_left() {
        let mut ticks = 0;
        let ended = within(
            &mut || {
                ticks += 1;
                ControlFlow::Break("enough")
            },
            || {
                std::thread::sleep(Duration::from_secs(1000));
                Ok(())
            },
        );
        assert!(matches!(ended, Ok(Ended::Left("enough"))), "{ended:?}");
        let ended = within(
            &mut || ControlFlow::<()>::Continue(()),
            || -> Result<(), _> { panic!("a test") },
        );
        assert!(matches!(ended, Err(KeychainError::Failed(_))), "{ended:?}");
        assert_eq!(ticks, 1);
    }
}
