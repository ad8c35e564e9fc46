//! The code loop: ask, call once, store; three codes at most.
//!
//! INVARIANT: a code is sent under the key's `call` lock, after a look at the cache, and the record is stored before the lock is
//! freed: two processes never spend two codes for one session. A session that cannot be stored is not thrown away: whoever
//! asked for it gets it. A code is remembered (hashed) as soon as it may have been used.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::time::Duration;

use secrecy::SecretString;
use time::UtcDateTime;

use crate::aws::endpoint::Service;
use crate::aws::partition::Partition;
use crate::aws::types::{AccessKeyId, Keys, SerialNumber, TokenCode};
use crate::aws::{CallError, RefusalKind, SessionRequest, Skew, Target};
use crate::context::Context;
use crate::process;
use crate::session::cache::CacheError;
use crate::session::record::Record;
use crate::storage::lock::{Lock, Waited};

use super::LoginError;
use super::ask::{Asked, Asker, wait_for_next_code};
use super::command_file;
use super::device;
use super::error::login_command;
use super::granted::{bounded, clock_warning};
use super::plan::{Names, Settings};
use super::scene::{Scene, Sought};
use super::watch::{Leave, Watch};

/// Codes that are sent at most.
const CODES: u32 = 3;
/// A step of the device, in seconds.
const STEP: i64 = 30;

/// Who is logging in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// A human typed a command.
    Human,
    /// A program calls the hook.
    Program,
}

/// One login: everything that is known before a code is asked for.
pub(super) struct Job<'a> {
    pub context: &'a Context,
    pub scene: &'a Scene,
    pub names: &'a Names,
    pub settings: &'a Settings,
    pub keys: &'a Keys,
    pub watch: &'a Watch,
    pub caller: Caller,
    /// From `--token-code`.
    pub token_code: Option<SecretString>,
    /// `--no-prompt`.
    pub never_ask: bool,
    /// The session there was at the start: another one is news.
    pub before: Option<AccessKeyId>,
    /// The device; changes if it is looked up again.
    pub serial: Cell<Option<SerialNumber>>,
    /// AWS's clock minus this machine's, as last heard.
    pub skew: Cell<i64>,
    /// Held by the leader of a herd while it asks.
    pub ask_lock: RefCell<Option<Lock>>,
    /// The session was made by another process meanwhile.
    pub by_another: Cell<bool>,
    /// Why the session is not in the cache. The code is spent, so it goes where it was meant to go all the same.
    pub unstored: Cell<Option<CacheError>>,
}

impl Job<'_> {
    pub(super) fn now(&self) -> UtcDateTime {
        self.context.clock.now()
    }

    pub(super) fn target(&self, serial: Option<&SerialNumber>) -> Target {
        Target {
            profile: self.names.source.clone(),
            region: self.settings.call_region(serial),
            files: [
                self.scene.locations.config.clone(),
                self.scene.locations.credentials.clone(),
            ],
            sts_endpoint: self.settings.sts_endpoint.clone(),
            iam_endpoint: self.settings.iam_endpoint.clone(),
            ca_bundle: self.settings.ca_bundle.clone(),
        }
    }

    /// What can be known of the way to AWS, and of the command that prints codes, before anything is run or sent.
    pub(super) fn check_trust(&self) -> Result<(), LoginError> {
        if let (Some(file), None) = (self.settings.mfa_process_file, &self.token_code) {
            command_file::check(self.context, &self.scene.locations, "mfa_process", file)?;
        }
        let target = self.target(self.serial().as_ref());
        let variable = |name: &str| self.context.env.get(name).map(str::to_owned);
        target
            .check_proxies(&variable)
            .map_err(CallError::from)
            .and_then(|()| target.check_trust().map_err(CallError::from))
            .map_err(|error| self.call_failed(error))
    }

    /// Keeps what an answer says about this machine's clock, and warns where the clocks are far apart.
    pub(super) fn heard(&self, skew: Skew, corrected: bool) {
        self.skew.set(skew.seconds());
        if let Some(warning) = clock_warning(skew, corrected, self.now()) {
            self.context.ui.warn(&warning);
        }
    }

    pub(super) fn serial(&self) -> Option<SerialNumber> {
        let serial = self.serial.take();
        self.serial.set(serial.clone());
        serial
    }

    pub(super) fn cannot_ask(&self, why: &str) -> LoginError {
        LoginError::cannot_ask(self.names, why)
    }

    pub(super) fn left(&self, leave: Leave) -> LoginError {
        LoginError::left(self.names, leave)
    }

    pub(super) fn call_failed(&self, error: CallError) -> LoginError {
        LoginError::Call {
            error,
            profile: self.names.source.clone(),
            host: self.target(self.serial().as_ref()).host(Service::Sts),
        }
    }

    /// What the human reads.
    pub(super) fn prompt(&self) -> String {
        let serial = self.serial();
        let device = serial.as_ref().map_or("", SerialNumber::as_str);
        let profile = &self.names.named;
        match self.caller {
            Caller::Human => format!("MFA code for profile {profile} ({device}): "),
            Caller::Program => match process::caller() {
                Some(program) => {
                    format!(
                        "{program} wants credentials of profile {profile}. MFA code ({device}): "
                    )
                }
                None => {
                    format!("Credentials of profile {profile} are wanted. MFA code ({device}): ")
                }
            },
        }
    }

    /// A live session that was not there at the start.
    pub(super) fn news(&self) -> Option<Box<Record>> {
        match self.scene.seek(
            self.context,
            &self.keys.id,
            self.settings.foreign_endpoint(),
            self.now(),
        ) {
            Sought::Live(record) if self.before.as_ref() != Some(&record.credentials.id) => {
                self.by_another.set(true);
                Some(record)
            }
            _ => None,
        }
    }

    /// While a program's question stands, a login elsewhere answers it.
    pub(super) fn found_meanwhile(&self) -> Option<Box<Record>> {
        match self.caller {
            Caller::Human => None,
            Caller::Program => self.news(),
        }
    }

    pub(super) fn seconds_to_next_code(&self) -> i64 {
        STEP - (self.now().unix_timestamp() + self.skew.get()).rem_euclid(STEP)
    }

    /// When the next code comes: in seconds, and at which second of this machine's clock.
    fn next_code(&self) -> String {
        let left = self.seconds_to_next_code();
        let second = (self.now().unix_timestamp() + left).rem_euclid(60);
        format!("the next code comes in {left} s, at second {second:02}")
    }
}

/// Logs in: asks for codes until one is taken.
///
/// # Errors
/// [`LoginError`]; whatever was stored stays whole.
pub(super) fn attempt(job: &Job<'_>, asker: &mut Asker) -> Result<Box<Record>, LoginError> {
    let mut sent = 0;
    loop {
        let code = match asker.next(job)? {
            Asked::Found(record) => return Ok(record),
            Asked::Code(code) => code,
        };
        let lock = call_lock(job)?;
        if let Some(record) = job.news() {
            return Ok(record);
        }
        sent += 1;
        let refused = match send(job, &code)? {
            Sent::Session(record) => {
                drop(lock);
                return Ok(record);
            }
            Sent::Refused(refused) => refused,
        };
        drop(lock);
        let (message, hint) = explain(job, &refused);
        let give_up = LoginError::CodeRefused {
            message: message.clone(),
            hint,
        };
        if sent >= CODES || !asker.can_go_on() {
            return Err(give_up);
        }
        match refused.kind {
            RefusalKind::Serial => {
                asker.tell(job, &capitalised(&message));
                if !asker.confirm(
                    job,
                    "Look the device up again with iam:ListMFADevices? [Y/n] ",
                )? || !device::look_up_again(job, asker)?
                {
                    return Err(give_up);
                }
            }
            _ if matches!(asker, Asker::Command { .. }) => {
                let next = Duration::from_secs(job.seconds_to_next_code().unsigned_abs() + 1);
                if sent > 1 || !job.watch.time_to_ask_in(next) {
                    return Err(give_up);
                }
                wait_for_next_code(job)?;
            }
            _ => {
                if !job.watch.time_to_ask() {
                    return Err(give_up);
                }
                asker.tell(job, &capitalised(&message));
            }
        }
    }
}

enum Sent {
    Session(Box<Record>),
    Refused(Refused),
}

struct Refused {
    kind: RefusalKind,
    used_before: bool,
}

/// One code to AWS, under the lock.
fn send(job: &Job<'_>, code: &TokenCode) -> Result<Sent, LoginError> {
    let serial = job
        .serial()
        .ok_or_else(|| LoginError::Device("no MFA device is known".to_owned(), None))?;
    let target = job.target(Some(&serial));
    let cache = &job.scene.cache;
    let used_before = cache.was_submitted(job.keys, code, job.now());
    let request = SessionRequest {
        serial_number: &serial,
        token_code: code,
        duration_seconds: job.settings.duration_seconds,
    };
    let limit = job.watch.left().max(Duration::from_secs(1));
    let answer = job
        .context
        .aws
        .session_token(&target, job.keys, &request, limit);
    if !matches!(
        answer,
        Err(CallError::NotSent { .. }
            | CallError::Trust(_)
            | CallError::Proxy(_)
            | CallError::Local(_))
    ) {
        cache.remember_code(job.keys, code, job.now());
    }
    match answer {
        Ok(answered) => {
            job.heard(answered.skew, answered.corrected);
            let (now, skew_seconds) = (job.now(), answered.skew.seconds());
            let credentials = bounded(
                answered.value,
                job.settings.duration_seconds,
                answered.skew,
                now,
                job.names,
            )?;
            let server_now = now.unix_timestamp().saturating_add(skew_seconds);
            let granted = credentials.expiration.unix_timestamp() - server_now;
            let record = Record {
                source_access_key_id: job.keys.id.clone(),
                granted_seconds: u32::try_from(granted)
                    .unwrap_or(0)
                    .min(job.settings.duration_seconds),
                partition: serial
                    .partition()
                    .unwrap_or_else(|| Partition::of_region(&target.region).name)
                    .to_owned(),
                serial_number: serial.clone(),
                skew_seconds,
                endpoint_url: job.settings.foreign_endpoint().map(str::to_owned),
                region: job.settings.region.clone(),
                source_profile: job.names.source.clone(),
                session_profile: job.names.session.clone(),
                credentials,
            };
            job.unstored.set(cache.store(&record).err());
            Ok(Sent::Session(record.into()))
        }
        Err(CallError::Refused { refusal, skew, .. })
            if matches!(refusal.kind, RefusalKind::Code | RefusalKind::Serial) =>
        {
            job.heard(skew, false);
            Ok(Sent::Refused(Refused {
                kind: refusal.kind,
                used_before,
            }))
        }
        Err(error) => Err(job.call_failed(error)),
    }
}

fn explain(job: &Job<'_>, refused: &Refused) -> (String, String) {
    let next = job.next_code();
    if refused.kind == RefusalKind::Serial {
        let serial = job.serial();
        return (
            format!(
                "AWS could not validate the code: `{}` may not be this user's device, or was tried too often \
                 (nine tries in three minutes exhaust it)",
                serial.as_ref().map_or("", SerialNumber::as_str)
            ),
            format!(
                "aws iam list-mfa-devices --profile {}; or wait three minutes",
                process::shell_quote(&job.names.source)
            ),
        );
    }
    let message = if refused.used_before {
        format!("AWS refused the code: it was used before; {next}")
    } else {
        format!("AWS refused the code: it is wrong, out of time or already used; {next}")
    };
    (
        message,
        format!("wait for the next code, then: {}", login_command(job.names)),
    )
}

/// Waits for the right to call. Where there are no locks it goes on: the cache's own warning was given.
fn call_lock(job: &Job<'_>) -> Result<Option<Lock>, LoginError> {
    let lock = job.scene.cache.call_lock(&job.keys.id);
    match lock.acquire(&mut || job.watch.look()) {
        Ok(Waited::Held(lock)) => Ok(Some(lock)),
        Ok(Waited::Unsupported) => Ok(None),
        Ok(Waited::Left(leave)) => Err(job.left(leave)),
        Err(error) => Err(error.into()),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// What ended a wait, as a flow for those who only wait.
pub(super) fn broken<T>(job: &Job<'_>, flow: ControlFlow<Leave, T>) -> Result<T, LoginError> {
    match flow {
        ControlFlow::Break(leave) => Err(job.left(leave)),
        ControlFlow::Continue(value) => Ok(value),
    }
}
