//! The code loop: ask, call once, store; three codes at most.
//!
//! INVARIANT: a code is sent under the key's `call` lock, after a look at the cache, and the record is stored before the lock is
//! freed: two processes never spend two codes for one session. A session that cannot be stored is not thrown away: whoever
//! asked for it gets it. A code is remembered (hashed) as soon as it may have been used.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use time::UtcDateTime;

use crate::aws::endpoint::Service;
use crate::aws::partition::Partition;
use crate::aws::types::{AccessKeyId, Keys, SerialNumber, SessionCredentials, TokenCode};
use crate::aws::{Answered, CallError, RefusalKind, SessionRequest, Skew, Target};
use crate::context::Context;
use crate::process;
use crate::prompt::{Deferred, Held, Signals};
use crate::session::cache::CacheError;
use crate::session::record::Record;
use crate::storage::lock::{Activity, Lock, LockError, LockPath, Waited};

use crate::test_hooks::step;

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
    /// Signals held back since the code was sent, until whoever waits for this process has been served.
    pub held: Cell<Option<Held>>,
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

    /// What ended the wait for a lock.
    pub(super) fn left_lock(&self, leave: Leave, lock: &LockPath) -> LoginError {
        LoginError::left_lock(self.names, leave, lock)
    }

    pub(super) fn locked(&self, error: LockError) -> LoginError {
        LoginError::locked(self.names, error)
    }

    /// Whether the session is in the cache.
    pub(super) fn is_stored(&self) -> bool {
        let unstored = self.unstored.take();
        let stored = unstored.is_none();
        self.unstored.set(unstored);
        stored
    }

    /// Lets the signals act that came since the code was sent.
    ///
    /// # Errors
    /// The cancellation that one of them is.
    pub(super) fn obey(&self) -> Result<(), LoginError> {
        match self.held.take().map(Held::finish) {
            Some(Deferred::End(signal)) => Err(self.left(Leave::Signal(signal))),
            Some(Deferred::Stop) => {
                Signals::stop();
                Ok(())
            }
            Some(Deferred::Nothing) | None => Ok(()),
        }
    }

    pub(super) fn call_failed(&self, error: CallError) -> LoginError {
        LoginError::Call {
            code_sent: code_may_be_used(),
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
        asker.tell_waiters(job, Activity::Calling);
        // The code is spent as soon as it is sent: a signal waits until what came for it is stored.
        let held = Signals::hold().ok();
        let answer = send(job, &code);
        drop(lock);
        let refused = match answer {
            Ok(Sent::Session(record)) => {
                job.held.set(held);
                return Ok(record);
            }
            Ok(Sent::Refused(refused)) => refused,
            Err(error) => {
                job.held.set(held);
                job.obey().inspect_err(|_| {
                    job.context.ui.warn(&error.to_string());
                })?;
                return Err(error);
            }
        };
        match held.map(Held::finish) {
            Some(Deferred::End(signal)) => return Err(job.left(Leave::Signal(signal))),
            Some(Deferred::Stop) => {
                if let Some(record) = asker.stop(job)? {
                    return Ok(record);
                }
            }
            Some(Deferred::Nothing) | None => {}
        }
        asker.tell_waiters(job, Activity::Asking);
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
    // Before it is sent: afterwards nothing may fail before the session is stored.
    cache.remember_code(job.keys, code, job.now());
    let in_flight = InFlight::begin();
    let answer = job
        .context
        .aws
        .session_token(&target, job.keys, &request, limit);
    let _ = step("call.answer");
    let sent = match answer {
        Ok(answered) => store(job, &target, &serial, answered).map(Sent::Session),
        Err(CallError::Refused { refusal, skew, .. })
            if matches!(refusal.kind, RefusalKind::Code | RefusalKind::Serial) =>
        {
            job.heard(skew, false);
            Ok(Sent::Refused(Refused {
                kind: refusal.kind,
                used_before,
            }))
        }
        Err(error) => {
            if matches!(
                error,
                CallError::NotSent { .. }
                    | CallError::Trust(_)
                    | CallError::Proxy(_)
                    | CallError::Local(_)
            ) {
                cache.forget_code(job.keys, code, job.now());
            }
            Err(job.call_failed(error))
        }
    };
    in_flight.end();
    sent
}

/// Stores what AWS granted, before anything is said of it.
///
/// # Errors
/// [`LoginError::Ended`]: nothing is stored.
fn store(
    job: &Job<'_>,
    target: &Target,
    serial: &SerialNumber,
    answered: Answered<SessionCredentials>,
) -> Result<Box<Record>, LoginError> {
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
    job.unstored.set(job.scene.cache.store(&record).err());
    job.heard(answered.skew, answered.corrected);
    Ok(record.into())
}

/// A code has been sent, and what came for it is not stored.
static IN_FLIGHT: AtomicBool = AtomicBool::new(false);

/// Whether a code was sent whose answer was neither stored nor reported: it may have been used.
#[must_use]
pub fn code_may_be_used() -> bool {
    IN_FLIGHT.load(Ordering::SeqCst)
}

/// From sending a code to the end of its business. A panic leaves it begun.
struct InFlight;

impl InFlight {
    fn begin() -> Self {
        IN_FLIGHT.store(true, Ordering::SeqCst);
        Self
    }

    fn end(self) {
        let Self = self;
        IN_FLIGHT.store(false, Ordering::SeqCst);
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
        Ok(Waited::Left(leave)) => Err(job.left_lock(leave, &lock)),
        Err(error) => Err(job.locked(error)),
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
