//! What all connections of a server share, and how a request is answered with it.

use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::Clock;
use super::host::Hosts;
use crate::aws::types::rfc3339;
use crate::sandbox::account::Account;
use crate::sandbox::handle::{handle, internal_failure};
use crate::sandbox::message::{Request, Response};
use crate::sandbox::state::AccountFile;

pub(super) struct Shared {
    pub(super) locked: Mutex<AccountAndLog>,
    pub(super) persist: Option<AccountFile>,
    pub(super) clock: Clock,
    /// The port on which the server listens, and which requests must name.
    pub(super) port: u16,
    pub(super) hosts: Hosts,
    /// How long a request may take to arrive.
    pub(super) within: Duration,
    /// The bytes of all bodies that are being read or answered.
    pub(super) bodies: AtomicUsize,
}

/// The account and the log. They share a lock, so that the lines of the log are in the order of the requests.
pub(super) struct AccountAndLog {
    pub(super) account: Account,
    pub(super) log: Box<dyn Fn(&str) + Send>,
}

impl Shared {
    /// Locks the account and the log. A request that panicked has left the account consistent, so a poisoned lock is used.
    pub(super) fn lock(&self) -> MutexGuard<'_, AccountAndLog> {
        self.locked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request and stores its change. If the change cannot be stored, it is undone.
    pub(super) fn answer(&self, request: &Request) -> Response {
        let clocks = self.clock.now();
        let mut locked = self.lock();
        let before = self.persist.as_ref().map(|_| locked.account.checkpoint());
        let mut response = handle(&mut locked.account, request, clocks);
        if let (Some(file), Some(before)) = (&self.persist, before)
            && locked.account.is_changed()
            && let Err(error) = file.save(&mut locked.account)
        {
            locked.account.roll_back(before);
            let now = rfc3339(clocks.account);
            locked.log_line(&format!("{now} {error}: {}", source_of(&error)));
            response = internal_failure(&mut locked.account, response.entry);
        }
        locked.log_line(&response.entry.to_string());
        response
    }

    pub(super) fn note(&self, what: &str) {
        let now = rfc3339(self.clock.now().account);
        self.lock().log_line(&format!("{now} {what}"));
    }
}

impl AccountAndLog {
    pub(super) fn log_line(&self, line: &str) {
        let line: String = line.chars().filter(|c| !c.is_control()).collect();
        (self.log)(&line);
    }
}

fn source_of(error: &dyn std::error::Error) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}
