//! The terminal of one login, with the lock that keeps other prompts off it.
//!
//! Knows nothing about codes or devices: it asks a question and returns what was typed.

use std::ops::ControlFlow;

use secrecy::SecretString;

use crate::prompt::{Answer, Echo, NotAllowed, Question, Signals, Terminal};
use crate::session::record::Record;
use crate::storage::lock::{Activity, Lock, Waited};
use crate::ui;

use super::LoginError;
use super::inputs::{Caller, Login};
use super::turn::Turn;
use super::watch::StopReason;

/// A terminal that no other mfa-session uses.
pub(super) struct LockedTerminal {
    terminal: Terminal,
    /// `None` where there are no locks.
    lock: Option<Lock>,
}

/// Why there is no terminal to ask at.
pub(super) enum Unavailable {
    /// There is none, or it must not be used.
    NotAllowed(NotAllowed),
    /// Waiting for it failed.
    Failed(Box<LoginError>),
}

/// How a question ended.
pub(super) enum Reply {
    /// With a typed line.
    Text(SecretString),
    /// With a session that another process has made meanwhile.
    Session(Box<Record>),
}

/// Why a question was interrupted.
enum Interruption {
    Stop(StopReason),
    Session(Box<Record>),
}

impl LockedTerminal {
    /// Opens the terminal. Its lock is taken before its mode is judged, because the holder of the lock has changed the mode.
    pub(super) fn open(login: &Login<'_>) -> Result<Self, Unavailable> {
        let terminal = Terminal::open().map_err(Unavailable::NotAllowed)?;
        let lock =
            lock_of(login, &terminal).map_err(|error| Unavailable::Failed(Box::new(error)))?;
        terminal.may_ask().map_err(Unavailable::NotAllowed)?;
        Ok(Self { terminal, lock })
    }

    /// Shows a message, broken between words.
    pub(super) fn say(&mut self, message: &str) {
        for line in ui::lines(message, self.terminal.columns()) {
            self.terminal.say(&line);
        }
    }

    /// Tells the processes that wait for the terminal what this one does from now on.
    pub(super) fn announce(&self, activity: Activity) {
        if let Some(lock) = &self.lock {
            lock.set_activity(activity);
        }
    }

    /// Asks a question, and asks it again after Ctrl-Z.
    ///
    /// # Errors
    /// A cancellation, the deadline, or a terminal that cannot be read.
    pub(super) fn ask(
        &mut self,
        login: &Login<'_>,
        turn: &mut Turn,
        text: &str,
        echo: Echo,
    ) -> Result<Reply, LoginError> {
        loop {
            if !login.watch.time_to_ask() {
                return Err(LoginError::stopped(login.names, StopReason::Deadline));
            }
            if let Some(reply) = self.ask_once(login, text, echo)? {
                return Ok(reply);
            }
            if let Some(record) = stop(login, turn, Some(self))? {
                return Ok(Reply::Session(record));
            }
        }
    }

    /// Asks a question. `None` means Ctrl-Z.
    fn ask_once(
        &mut self,
        login: &Login<'_>,
        text: &str,
        echo: Echo,
    ) -> Result<Option<Reply>, LoginError> {
        let question = Question {
            text,
            echo,
            deadline: login.watch.deadline(),
        };
        // A login elsewhere answers a program's question, but not that of a person who has typed `login`.
        let new_session = || match login.caller {
            Caller::Person => None,
            Caller::Program => login.new_session(),
        };
        let mut watch = || match login.watch.check() {
            ControlFlow::Break(reason) => ControlFlow::Break(Interruption::Stop(reason)),
            ControlFlow::Continue(()) => match new_session() {
                Some(record) => ControlFlow::Break(Interruption::Session(record)),
                None => ControlFlow::Continue(()),
            },
        };
        let stopped = |reason| LoginError::stopped(login.names, reason);
        match self.terminal.ask(&question, &mut watch) {
            Answer::Text(typed) => Ok(Some(Reply::Text(typed))),
            Answer::Stop => Ok(None),
            Answer::EndOfInput => Err(LoginError::Cancelled(130)),
            Answer::Signal(signal) => Err(LoginError::Cancelled(signal.exit_code())),
            Answer::Deadline => Err(stopped(StopReason::Deadline)),
            Answer::NotAllowed(why) => Err(login.cannot_ask(&why.to_string())),
            Answer::Left(Interruption::Stop(reason)) => Err(stopped(reason)),
            Answer::Left(Interruption::Session(record)) => Ok(Some(Reply::Session(record))),
            Answer::Failed(error) => Err(LoginError::Terminal(error)),
        }
    }
}

/// Stops this process without holding up others: releases the locks, and takes them back when it is continued. Returns the session
/// that another process has made meanwhile, if there is one.
///
/// # Errors
/// The locks cannot be taken back.
pub(super) fn stop(
    login: &Login<'_>,
    turn: &mut Turn,
    mut terminal: Option<&mut LockedTerminal>,
) -> Result<Option<Box<Record>>, LoginError> {
    if let Some(terminal) = &mut terminal {
        terminal.lock = None;
    }
    if let Some(record) = turn.give_up_during(login, Signals::stop)? {
        return Ok(Some(record));
    }
    if let Some(terminal) = terminal {
        terminal.lock = lock_of(login, &terminal.terminal)?;
    }
    Ok(None)
}

/// Waits for the terminal's lock. `None` means that there are no locks.
fn lock_of(login: &Login<'_>, terminal: &Terminal) -> Result<Option<Lock>, LoginError> {
    let Some(session) = terminal.session() else {
        return Ok(None);
    };
    let lock = login.state.cache.terminal_lock(session);
    match lock.acquire(&mut || login.watch.check()) {
        Ok(Waited::Held(lock)) => Ok(Some(lock)),
        Ok(Waited::Unsupported) => Ok(None),
        Ok(Waited::Left(reason)) => Err(LoginError::stopped_waiting(login.names, reason, &lock)),
        Err(error) => Err(LoginError::locked(login.names, error)),
    }
}
