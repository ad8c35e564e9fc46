//! Whose turn it is to ask for a code: of many processes that need the same session, one asks and the others wait.
//!
//! INVARIANT: the key's `ask` lock is held while anybody is asked, except while this process is stopped.

use std::ops::ControlFlow;

use crate::session::record::Record;
use crate::storage::lock::{Activity, Lock, Waited};

use super::LoginError;
use super::inputs::Login;

/// The right to ask for a code, until it is dropped.
pub(super) struct Turn {
    /// The key's `ask` lock; `None` for a login that a person typed, and on file systems without locks.
    lock: Option<Lock>,
}

/// How waiting for a turn ended.
pub(super) enum Waiting {
    /// This process is to ask.
    Over(Turn),
    /// Another process has logged in.
    Session(Box<Record>),
}

impl Turn {
    /// The turn of a login that a person typed, which asks whatever other processes do.
    pub(super) fn unshared() -> Self {
        Self { lock: None }
    }

    /// Waits until no other process asks.
    ///
    /// # Errors
    /// The lock cannot be taken, the time is over, or the calling program has ended.
    pub(super) fn wait(login: &Login<'_>) -> Result<Waiting, LoginError> {
        enum Stop {
            Error(LoginError),
            Session(Box<Record>),
        }
        let lock = login.state.cache.ask_lock(&login.keys.id);
        let waited = lock.acquire(&mut || {
            if let ControlFlow::Break(reason) = login.watch.check() {
                let error = LoginError::stopped_waiting(login.names, reason, &lock);
                ControlFlow::Break(Stop::Error(error))
            } else if let Some(record) = login.new_session() {
                ControlFlow::Break(Stop::Session(record))
            } else {
                ControlFlow::Continue(())
            }
        })?;
        match waited {
            Waited::Held(lock) => Ok(Waiting::Over(Self { lock: Some(lock) })),
            Waited::Unsupported => {
                login
                    .context
                    .ui
                    .warn("this file system has no locks: several processes may ask at once");
                Ok(Waiting::Over(Self::unshared()))
            }
            Waited::Left(Stop::Error(error)) => Err(error),
            Waited::Left(Stop::Session(record)) => Ok(Waiting::Session(record)),
        }
    }

    /// Tells the processes that wait for this one what it does from now on.
    pub(super) fn announce(&self, activity: Activity) {
        if let Some(lock) = &self.lock {
            lock.set_activity(activity);
        }
    }

    /// Gives the turn up while `pause` lasts, and then waits for it again: a process that is stopped, perhaps for ever, must not
    /// hold up others. Returns the session that another process made meanwhile, if there is one.
    ///
    /// # Errors
    /// As [`Turn::wait`].
    pub(super) fn give_up_during(
        &mut self,
        login: &Login<'_>,
        pause: impl FnOnce(),
    ) -> Result<Option<Box<Record>>, LoginError> {
        let was_held = self.lock.take().is_some();
        pause();
        if was_held {
            match Self::wait(login)? {
                Waiting::Over(turn) => *self = turn,
                Waiting::Session(record) => return Ok(Some(record)),
            }
        }
        Ok(None)
    }
}
