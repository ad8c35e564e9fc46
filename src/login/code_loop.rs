//! The loop over codes: ask for one, try it, and ask for another if AWS refuses it; three codes at most.

use std::time::Duration;

use crate::aws::types::SerialNumber;
use crate::aws::{RefusalKind, Skew};
use crate::process;
use crate::session::cache::CacheError;
use crate::session::record::Record;
use crate::storage::lock::Activity;
use crate::totp::seconds_to_next_code;

use super::LoginError;
use super::attempt::{Attempt, Granted, HeldSignals, Refused, Released, attempt};
use super::code_source::{CodeSource, Next, wait_for_next_code};
use super::device::{self, Found};
use super::error::login_command;
use super::inputs::Login;

/// How many codes are sent at most.
const MAX_CODES: u32 = 3;

/// A session, and where it came from.
pub(super) struct Obtained {
    pub record: Box<Record>,
    pub origin: Origin,
    /// Why the session is not in the cache.
    pub unstored: Option<CacheError>,
    /// The signals that came since the code was sent.
    pub signals: HeldSignals,
}

/// Where a session came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// AWS granted it to this process.
    Granted,
    /// Another process made it meanwhile.
    OtherProcess,
}

impl Obtained {
    /// A session that another process made.
    pub(super) fn elsewhere(record: Box<Record>) -> Self {
        Self {
            record,
            origin: Origin::OtherProcess,
            unstored: None,
            signals: HeldSignals::none(),
        }
    }
}

impl From<Granted> for Obtained {
    fn from(granted: Granted) -> Self {
        Self {
            record: granted.record,
            origin: Origin::Granted,
            unstored: granted.unstored,
            signals: granted.signals,
        }
    }
}

/// What changes while codes are tried.
struct Progress {
    device: SerialNumber,
    /// What AWS's last answer said about the clocks.
    skew: Skew,
    codes_sent: u32,
}

/// Logs in: finds the device if it is not known, and asks for codes until AWS accepts one.
///
/// # Errors
/// [`LoginError`]; what was stored before stays as it is.
pub(super) fn obtain(
    login: &Login<'_>,
    source: &mut CodeSource<'_>,
) -> Result<Obtained, LoginError> {
    let (device, skew) = match &login.settings.serial_number {
        Some(serial) => (serial.clone(), Skew::Unknown),
        None => match device::find(login, source)? {
            Found::Device(serial, skew) => (serial, skew),
            Found::Session(record) => return Ok(Obtained::elsewhere(record)),
        },
    };
    let mut progress = Progress {
        device,
        skew,
        codes_sent: 0,
    };
    loop {
        let code = match source.next(login, &progress.device)? {
            Next::Code(code) => code,
            Next::Session(record) => return Ok(Obtained::elsewhere(record)),
        };
        let refused = match attempt(login, source, &progress.device, &code)? {
            Attempt::Session(record) => return Ok(Obtained::elsewhere(record)),
            Attempt::Granted(granted) => return Ok(granted.into()),
            Attempt::Refused(refused) => refused,
        };
        progress.codes_sent += 1;
        progress.skew = refused.skew;
        if let Some(record) = after_refusal(login, source, &mut progress, refused)? {
            return Ok(Obtained::elsewhere(record));
        }
    }
}

/// Prepares for another code. Returns the session that another process has made meanwhile, if there is one.
///
/// # Errors
/// [`LoginError::CodeRefused`] if no other code is due, or a cancellation.
fn after_refusal(
    login: &Login<'_>,
    source: &mut CodeSource<'_>,
    progress: &mut Progress,
    refused: Refused,
) -> Result<Option<Box<Record>>, LoginError> {
    let Refused {
        kind,
        used_before,
        signals,
        ..
    } = refused;
    if signals.release(login.names)? == Released::Stop
        && let Some(record) = source.stop(login)?
    {
        return Ok(Some(record));
    }
    source.announce(Activity::Asking);
    let explained = Explained::new(login, progress, kind, used_before);
    if progress.codes_sent >= MAX_CODES || !source.has_more() {
        return Err(explained.into());
    }
    if kind == RefusalKind::Serial {
        source.say(login, &explained.sentence());
        if !source.confirm(
            login,
            "Look the device up again with iam:ListMFADevices? [Y/n] ",
        )? {
            return Err(explained.into());
        }
        match device::find_another(login, source, &progress.device)? {
            None => return Err(explained.into()),
            Some(Found::Session(record)) => return Ok(Some(record)),
            Some(Found::Device(serial, skew)) => {
                progress.device = serial;
                progress.skew = skew;
            }
        }
    } else if source.is_command() {
        let seconds = progress.seconds_to_next_code(login) + 1;
        let pause = Duration::from_secs(seconds.unsigned_abs());
        if progress.codes_sent > 1 || !login.watch.time_to_ask_in(pause) {
            return Err(explained.into());
        }
        wait_for_next_code(login, seconds)?;
    } else if login.watch.time_to_ask() {
        source.say(login, &explained.sentence());
    } else {
        return Err(explained.into());
    }
    Ok(None)
}

impl Progress {
    fn seconds_to_next_code(&self, login: &Login<'_>) -> i64 {
        seconds_to_next_code(login.now().unix_timestamp() + self.skew.seconds())
    }

    /// When the device shows its next code: in how many seconds, and at which second of this machine's clock.
    fn next_code(&self, login: &Login<'_>) -> String {
        let left = self.seconds_to_next_code(login);
        let second = (login.now().unix_timestamp() + left).rem_euclid(60);
        format!("the next code comes in {left} s, at second {second:02}")
    }
}

/// Why AWS refused a code, and what the user can do about it.
struct Explained {
    message: String,
    hint: String,
}

impl Explained {
    fn new(login: &Login<'_>, progress: &Progress, kind: RefusalKind, used_before: bool) -> Self {
        if kind == RefusalKind::Serial {
            return Self {
                message: format!(
                    "AWS could not validate the code: `{}` may not be this user's device, or was tried too often \
                     (nine tries in three minutes exhaust it)",
                    progress.device
                ),
                hint: format!(
                    "aws iam list-mfa-devices --profile {}; or wait three minutes",
                    process::shell_quote(&login.names.source)
                ),
            };
        }
        let next = progress.next_code(login);
        let message = if used_before {
            format!("AWS refused the code: it was used before; {next}")
        } else {
            format!("AWS refused the code: it is wrong, out of time or already used; {next}")
        };
        Self {
            message,
            hint: format!(
                "wait for the next code, then: {}",
                login_command(login.names)
            ),
        }
    }

    /// The message as a sentence, for the terminal.
    fn sentence(&self) -> String {
        let mut chars = self.message.chars();
        let first: String = chars
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .collect();
        format!("{first}{}.", chars.as_str())
    }
}

impl From<Explained> for LoginError {
    fn from(explained: Explained) -> Self {
        Self::CodeRefused {
            message: explained.message,
            hint: explained.hint,
        }
    }
}
