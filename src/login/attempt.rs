//! One attempt with one code: take the lock, look at the cache, send the code, store the session.
//!
//! INVARIANT: a code is sent under the key's `call` lock and after a look at the cache, and the record is stored before the lock is
//! released: two processes never spend two codes on one session. A session that cannot be stored is returned all the same. A code is
//! remembered (as a hash) before it is sent.
//!
//! INVARIANT: signals that come after the code was sent wait until the session is stored.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::aws::partition::Partition;
use crate::aws::types::{SerialNumber, SessionCredentials, TokenCode};
use crate::aws::{Answered, CallError, RefusalKind, SessionRequest, Skew, Target};
use crate::prompt::{Deferred, Held, Signals};
use crate::session::cache::CacheError;
use crate::session::record::Record;
use crate::storage::lock::{Activity, Lock, Waited};
use crate::test_hooks::step;

use super::LoginError;
use super::code_source::CodeSource;
use super::error::login_command;
use super::granted::bounded;
use super::inputs::Login;
use super::plan::Names;
use super::watch::StopReason;

/// How often a waiting call is checked for signals that wait.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What came of an attempt.
pub(super) enum Attempt {
    /// Another process has logged in meanwhile. The code was not sent.
    Session(Box<Record>),
    /// AWS granted a session.
    Granted(Granted),
    /// AWS refused the code.
    Refused(Refused),
}

/// A session that AWS granted.
pub(super) struct Granted {
    pub record: Box<Record>,
    /// Why the session is not in the cache. Its code is spent, so it is delivered all the same.
    pub unstored: Option<CacheError>,
    /// The signals that came since the code was sent.
    pub signals: HeldSignals,
}

/// A code that AWS refused.
pub(super) struct Refused {
    pub kind: RefusalKind,
    /// Whether this program has sent the same code before.
    pub used_before: bool,
    /// What the answer said about the clocks.
    pub skew: Skew,
    /// The signals that came since the code was sent.
    pub signals: HeldSignals,
}

/// Signals that wait until a session is stored or delivered.
pub(super) struct HeldSignals(Option<Held>);

/// What the signals ask for that do not end the program.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Released {
    /// Nothing.
    Nothing,
    /// To stop this process (Ctrl-Z).
    Stop,
}

impl HeldSignals {
    /// Holds no signals.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// Holds all signals from now on.
    fn hold() -> Self {
        // Where no handlers can be installed, signals act at once.
        Self(Signals::hold().ok())
    }

    /// Runs `call`. If a signal comes meanwhile, a line says once why nothing happens yet.
    fn explain_while<T>(&self, login: &Login<'_>, call: impl FnOnce() -> T) -> T {
        let Some(held) = &self.0 else {
            return call();
        };
        let ui = login.context.ui;
        let (running, ended) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let explain = move || {
                while ended.recv_timeout(LOOK_AGAIN) == Err(RecvTimeoutError::Timeout) {
                    if held.is_pending() {
                        ui.say("The code has been sent. Waiting for AWS's answer, so that the code is not wasted.");
                        return;
                    }
                }
            };
            // Without a thread there is no explanation.
            let _ = thread::Builder::new().spawn_scoped(scope, explain);
            let answer = call();
            drop(running);
            answer
        })
    }

    /// Lets signals act again, and says what those that came ask for.
    ///
    /// # Errors
    /// [`LoginError::Cancelled`] if one of them ends the program.
    pub(super) fn release(self, names: &Names) -> Result<Released, LoginError> {
        match self.0.map(Held::finish) {
            Some(Deferred::End(signal)) => {
                Err(LoginError::stopped(names, StopReason::Signal(signal)))
            }
            Some(Deferred::Stop) => Ok(Released::Stop),
            Some(Deferred::Nothing) | None => Ok(Released::Nothing),
        }
    }

    /// Lets signals act again, and obeys those that came.
    ///
    /// # Errors
    /// As [`HeldSignals::release`].
    pub(super) fn obey(self, names: &Names) -> Result<(), LoginError> {
        if self.release(names)? == Released::Stop {
            Signals::stop();
        }
        Ok(())
    }
}

/// Sends one code, unless another process has logged in meanwhile.
///
/// # Errors
/// The `call` lock cannot be taken, or the call fails for another reason than the code; [`LoginError::Ended`].
pub(super) fn attempt(
    login: &Login<'_>,
    source: &CodeSource<'_>,
    device: &SerialNumber,
    code: &TokenCode,
) -> Result<Attempt, LoginError> {
    let lock = call_lock(login)?;
    if let Some(record) = login.new_session() {
        return Ok(Attempt::Session(record));
    }
    source.announce(Activity::Calling);
    let signals = HeldSignals::hold();
    let answer = signals.explain_while(login, || send(login, device, code));
    drop(lock);
    match answer {
        Ok(Sent::Granted { record, unstored }) => Ok(Attempt::Granted(Granted {
            record,
            unstored,
            signals,
        })),
        Ok(Sent::Refused {
            kind,
            used_before,
            skew,
        }) => Ok(Attempt::Refused(Refused {
            kind,
            used_before,
            skew,
            signals,
        })),
        Err(error) => {
            // A cancellation wins over the error, which must not be lost.
            signals.obey(login.names).inspect_err(|_| {
                login.context.ui.warn(&error.to_string());
            })?;
            Err(error)
        }
    }
}

/// What AWS answered to a code.
enum Sent {
    Granted {
        record: Box<Record>,
        unstored: Option<CacheError>,
    },
    Refused {
        kind: RefusalKind,
        used_before: bool,
        skew: Skew,
    },
}

/// Sends a code and stores what AWS grants. The caller holds the `call` lock.
fn send(login: &Login<'_>, device: &SerialNumber, code: &TokenCode) -> Result<Sent, LoginError> {
    let target = login.target(Some(device));
    let cache = &login.state.cache;
    let used_before = cache.was_submitted(login.keys, code, login.now());
    let request = SessionRequest {
        serial_number: device,
        token_code: code,
        duration_seconds: login.settings.duration_seconds,
    };
    // Before it is sent: afterwards nothing may fail before the session is stored.
    cache.remember_code(login.keys, code, login.now());
    let in_flight = InFlight::begin();
    let limit = login.call_limit();
    let answer = (login.context.aws).session_token(&target, login.keys, &request, limit);
    let _ = step("call.answer");
    let sent = match answer {
        Ok(answered) => store(login, &target, device, answered),
        Err(CallError::Refused { refusal, skew, .. })
            if matches!(refusal.kind, RefusalKind::Code | RefusalKind::Serial) =>
        {
            login.warn_about_clock(skew, false);
            Ok(Sent::Refused {
                kind: refusal.kind,
                used_before,
                skew,
            })
        }
        Err(error) => {
            if matches!(
                error,
                CallError::NotSent { .. }
                    | CallError::Trust(_)
                    | CallError::Proxy(_)
                    | CallError::Local(_)
            ) {
                cache.forget_code(login.keys, code, login.now());
            }
            Err(login.code_call_failed(error, device))
        }
    };
    in_flight.end();
    sent
}

/// Stores what AWS granted, before anything is said about it.
///
/// # Errors
/// [`LoginError::Ended`]: nothing is stored.
fn store(
    login: &Login<'_>,
    target: &Target,
    device: &SerialNumber,
    answered: Answered<SessionCredentials>,
) -> Result<Sent, LoginError> {
    let (now, skew_seconds) = (login.now(), answered.skew.seconds());
    let credentials = bounded(
        answered.value,
        login.settings.duration_seconds,
        answered.skew,
        now,
    )
    .map_err(|ended| LoginError::Ended {
        expiration: ended.expiration,
        clocks: ended.clocks,
        command: login_command(login.names),
    })?;
    let server_now = now.unix_timestamp().saturating_add(skew_seconds);
    let granted = credentials.expiration.unix_timestamp() - server_now;
    let record = Record {
        source_access_key_id: login.keys.id.clone(),
        granted_seconds: u32::try_from(granted)
            .unwrap_or(0)
            .min(login.settings.duration_seconds),
        partition: device
            .partition()
            .unwrap_or_else(|| Partition::of_region(&target.region).name)
            .to_owned(),
        serial_number: device.clone(),
        skew_seconds,
        endpoint: login.settings.foreign_endpoint(),
        region: login.settings.region.clone(),
        source_profile: login.names.source.clone(),
        session_profile: login.names.session.clone(),
        credentials,
    };
    let unstored = login.state.cache.store(&record).err();
    login.state.cache.forget_ended(&login.keys.id, now);
    login.warn_about_clock(answered.skew, answered.corrected);
    Ok(Sent::Granted {
        record: record.into(),
        unstored,
    })
}

/// Waits for the right to send a code. Where there are no locks the call is made without one: the cache has warned already.
fn call_lock(login: &Login<'_>) -> Result<Option<Lock>, LoginError> {
    let lock = login.state.cache.call_lock(&login.keys.id);
    match lock.acquire(&mut || login.watch.check()) {
        Ok(Waited::Held(lock)) => Ok(Some(lock)),
        Ok(Waited::Unsupported) => Ok(None),
        Ok(Waited::Left(reason)) => Err(LoginError::stopped_waiting(login.names, reason, &lock)),
        Err(error) => Err(LoginError::locked(login.names, error)),
    }
}

/// Whether a code has been sent whose answer is not stored yet.
static IN_FLIGHT: AtomicBool = AtomicBool::new(false);

/// Whether a code was sent whose answer was neither stored nor reported: it may have been used.
#[must_use]
pub fn code_may_be_used() -> bool {
    IN_FLIGHT.load(Ordering::SeqCst)
}

/// The time from sending a code to storing or reporting its answer. A panic in between never ends it.
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
