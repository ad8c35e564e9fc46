//! How the rest of the program holds signals back, and learns which came.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::deadly::die;
use super::flags::{ARMED, CONT, DIES, ENDING, HOLDS, STOPS, TSTP, deadly_caught, ending, taken};
use super::handlers::{INSTALLED, arm, install_ending, install_waking};
use super::job_control::{may_stop, stop};
use super::signal::Signal;

/// The program's handling of signals.
#[derive(Debug)]
pub struct Signals;

impl Signals {
    /// From now on SIGINT, SIGTERM and SIGHUP end the program with exit code 130, 143 and 129. A second call does nothing.
    ///
    /// # Errors
    /// The system refuses a handler.
    pub fn install() -> io::Result<()> {
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        install_ending(&mut installed)
    }

    /// Only records SIGINT, SIGTERM and SIGHUP until [`Noted::finish`], so that a running child can be ended first.
    ///
    /// # Errors
    /// The system refuses a handler.
    pub fn note() -> io::Result<Noted> {
        Self::install()?;
        ARMED.store(false, Ordering::SeqCst);
        Ok(Noted(()))
    }

    /// Holds SIGINT, SIGTERM, SIGHUP and SIGTSTP back until [`Held::finish`], but not during a question that is asked meanwhile.
    /// Ctrl-\ still ends the program at once.
    ///
    /// # Errors
    /// The system refuses a handler.
    pub fn hold() -> io::Result<Held> {
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        install_ending(&mut installed)?;
        if installed.pipe.is_none() {
            installed.pipe = Some(install_waking()?);
        }
        // An earlier SIGTSTP has already acted by itself.
        TSTP.store(false, Ordering::SeqCst);
        ARMED.store(false, Ordering::SeqCst);
        STOPS.store(false, Ordering::SeqCst);
        HOLDS.fetch_add(1, Ordering::SeqCst);
        Ok(Held(()))
    }

    /// Stops the program, as SIGTSTP does by itself, and returns when it is continued.
    pub fn stop() {
        stop();
    }

    /// Holds the signals back during a question.
    pub(in crate::prompt) fn listen() -> io::Result<Listening> {
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        install_ending(&mut installed)?;
        let pipe = match &installed.pipe {
            Some(pipe) => pipe.try_clone()?,
            None => installed.pipe.insert(install_waking()?).try_clone()?,
        };
        // Earlier ones have already acted by themselves.
        TSTP.store(false, Ordering::SeqCst);
        CONT.store(false, Ordering::SeqCst);
        ARMED.store(false, Ordering::SeqCst);
        STOPS.store(false, Ordering::SeqCst);
        DIES.store(false, Ordering::SeqCst);
        Ok(Listening { pipe })
    }
}

/// What a question must do because of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::prompt) enum Caught {
    Ending(Signal),
    /// Another one that ends the program, by its number.
    Deadly(i32),
    Stop,
    Continued,
}

/// SIGINT, SIGTERM and SIGHUP are recorded. When this is dropped, they act by themselves again.
#[derive(Debug)]
pub struct Noted(());

impl Noted {
    /// The signal that came, if any.
    #[must_use]
    pub fn signal(&self) -> Option<Signal> {
        ENDING
            .into_iter()
            .find_map(|(_, signal, caught)| caught.load(Ordering::SeqCst).then_some(signal))
    }

    /// Lets the signals act by themselves again, and returns the one that came until then.
    #[must_use]
    pub fn finish(self) -> Option<Signal> {
        drop(self);
        ending()
    }
}

/// Signals are held back. When this is dropped, they act by themselves again.
#[derive(Debug)]
pub struct Held(());

/// What a program must do because of the signals that it held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferred {
    /// No signal came.
    Nothing,
    /// Ctrl-Z came: the caller releases its locks and calls [`Signals::stop`].
    Stop,
    /// A signal that ends the program came: the caller exits with [`Signal::exit_code`].
    End(Signal),
}

impl Held {
    /// Whether a signal waits to act.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        let mut ending = ENDING.into_iter();
        ending.any(|(_, _, caught)| caught.load(Ordering::SeqCst)) || TSTP.load(Ordering::SeqCst)
    }

    /// Lets the signals act by themselves again, and returns what those that came until then ask for.
    #[must_use]
    pub fn finish(self) -> Deferred {
        drop(self);
        match ending() {
            Some(signal) => Deferred::End(signal),
            None if may_stop() => Deferred::Stop,
            None => Deferred::Nothing,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HOLDS.fetch_sub(1, Ordering::SeqCst);
        arm();
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        arm();
    }
}

/// Signals are held back during a question. When this is dropped, they act by themselves again.
pub(in crate::prompt) struct Listening {
    pipe: UnixStream,
}

impl Listening {
    /// The end of a pipe that becomes readable when a signal comes.
    pub(in crate::prompt) fn wakes(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }

    /// The next signal that came; signals that end the program come first.
    pub(in crate::prompt) fn next(&mut self) -> Option<Caught> {
        // The pipe is emptied before the flags are read: a signal in between then wakes the reader once more, but is not missed.
        let mut wakes = [0; 64];
        while self.pipe.read(&mut wakes).is_ok_and(|n| n == wakes.len()) {}
        ending()
            .map(Caught::Ending)
            .or_else(|| deadly_caught().map(Caught::Deadly))
            .or_else(|| may_stop().then_some(Caught::Stop))
            .or_else(|| taken(&CONT).then_some(Caught::Continued))
    }

    /// Lets the signals act by themselves again, and returns the one that came until then.
    pub(in crate::prompt) fn finish(self) -> Option<Signal> {
        drop(self);
        let signal = ending();
        if signal.is_none() {
            if let Some(number) = deadly_caught() {
                die(number);
            }
            if may_stop() {
                stop();
            }
        }
        signal
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        arm();
    }
}
