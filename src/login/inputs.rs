//! What one login knows before it asks for a code. Nothing in it changes while the login runs.

use std::time::Duration;

use secrecy::SecretString;
use time::UtcDateTime;

use crate::aws::endpoint::{Endpoint, Service};
use crate::aws::types::{AccessKeyId, Keys, SerialNumber};
use crate::aws::{CallError, Skew, Target};
use crate::context::Context;
use crate::session::record::Record;

use super::LoginError;
use super::clocks::clock_warning;
use super::command_file;
use super::elsewhere::Elsewhere;
use super::local_state::{CachedSession, LocalState};
use super::plan::{self, Names, Settings, Wanted};
use super::reach;
use super::watch::Watch;

/// Who wants the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// A person who typed a command.
    Person,
    /// A program that calls the hook.
    Program,
}

/// The inputs of one login.
pub(super) struct Login<'a> {
    pub context: &'a Context,
    pub state: &'a LocalState,
    pub names: &'a Names,
    pub settings: &'a Settings,
    pub keys: &'a Keys,
    pub watch: &'a Watch,
    pub caller: Caller,
    /// The value of `--token-code`.
    pub token_code: Option<SecretString>,
    /// Whether `--no-prompt` was given.
    pub never_ask: bool,
    /// The session that was in the cache at the start, if there was one.
    pub session_before: Option<AccessKeyId>,
}

impl Login<'_> {
    /// The time on this machine's clock.
    pub(super) fn now(&self) -> UtcDateTime {
        self.context.clock.now()
    }

    /// Where calls go. The region may depend on the device, because its ARN names the partition.
    pub(super) fn target(&self, device: Option<&SerialNumber>) -> Target {
        reach::target(&self.state.locations, self.names, self.settings, device)
    }

    /// How long a call may take. A call that is due is made even if the time is nearly over.
    pub(super) fn call_limit(&self) -> Duration {
        self.watch.time_left().max(Duration::from_secs(1))
    }

    /// Checks the proxies, the CA bundle and the file that `mfa_process` comes from, before anything is run or sent.
    ///
    /// # Errors
    /// [`LoginError::UntrustedCommand`] or [`LoginError::Call`].
    pub(super) fn check_trust(&self) -> Result<(), LoginError> {
        if let (Some(file), None) = (self.settings.mfa_process_file, &self.token_code) {
            command_file::check(self.context, &self.state.locations, "mfa_process", file)?;
        }
        let device = self.settings.serial_number.as_ref();
        reach::check(self.context, &self.target(device))
            .map_err(|error| self.call_failed(error, device))
    }

    /// Warns if an answer shows that the clocks are far apart.
    pub(super) fn warn_about_clock(&self, skew: Skew, corrected: bool) {
        if let Some(warning) = clock_warning(skew, corrected, self.now()) {
            self.context.ui.warn(&warning);
        }
    }

    /// A live session that is not the one from the start: another process has logged in.
    pub(super) fn new_session(&self) -> Option<Box<Record>> {
        let endpoint = self.settings.foreign_endpoint();
        match self
            .state
            .session(self.context, &self.keys.id, endpoint.as_ref(), self.now())
        {
            CachedSession::Live(record)
                if self.session_before.as_ref() != Some(&record.credentials.id) =>
            {
                Some(record)
            }
            _ => None,
        }
    }

    /// A live session that is not used, because it is from another endpoint.
    pub(super) fn elsewhere(&self) -> Option<Elsewhere> {
        let here = self.settings.foreign_endpoint();
        self.state.elsewhere(&self.keys.id, here, self.now())
    }

    /// Adds to an error of this login what the endpoints have to do with it, here or in the shell where the user types the command.
    pub(super) fn located(&self, error: LoginError, wanted: &Wanted) -> LoginError {
        let elsewhere = self.elsewhere();
        let here = self.settings.foreign_endpoint();
        let of_files = plan::sts_endpoint(
            &Wanted::default(),
            &|_| None,
            &self.state.profiles,
            &self.names.source,
        );
        let is_of_files = wanted.endpoint_url.is_none()
            && of_files.is_ok_and(|e| e.as_ref().and_then(Endpoint::foreign) == here);
        if elsewhere.is_none() && is_of_files {
            return error;
        }
        let here = self.settings.sts_endpoint.as_ref();
        error.at(here.filter(|here| !here.is_aws()), elsewhere)
    }

    /// The error for a code that cannot be asked for.
    pub(super) fn cannot_ask(&self, why: &str) -> LoginError {
        LoginError::cannot_ask(self.names, why)
    }

    /// The error for a call that failed before any code was sent.
    pub(super) fn call_failed(
        &self,
        error: CallError,
        device: Option<&SerialNumber>,
    ) -> LoginError {
        self.failed(error, device, false)
    }

    /// The error for a call that failed and that carried a code.
    pub(super) fn code_call_failed(&self, error: CallError, device: &SerialNumber) -> LoginError {
        self.failed(error, Some(device), true)
    }

    fn failed(
        &self,
        error: CallError,
        device: Option<&SerialNumber>,
        code_sent: bool,
    ) -> LoginError {
        LoginError::Call {
            code_sent,
            error,
            profile: self.names.source.clone(),
            host: self.target(device).host(Service::Sts),
        }
    }
}
