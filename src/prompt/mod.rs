//! The human at the terminal: when asking is allowed, and asking.
//!
//! Callers of the hook capture our standard error and own our standard input, so the only way to a human is the terminal device
//! itself. What is written here goes there and what is read comes from there: never standard input, output or error.
//!
//! The terminal is borrowed. It is used only while our process group is in its foreground and it is in its ordinary mode, and
//! its mode is put back on every way out, a panic included, unless somebody else has changed it meanwhile. Of the mode only
//! ECHO is ever cleared: the kernel goes on editing the line, and Ctrl-C, Ctrl-\ and Ctrl-Z stay signals, which are held up just
//! long enough to put the mode back.

mod line;
mod mode;
mod signals;
#[cfg(test)]
mod tests;
mod wait;

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::time::Instant;

use rustix::fs::{Mode as FileMode, OFlags};
use secrecy::SecretString;

use mode::{Borrowed, JobStopsHeld, Mode, Typed};
use signals::Listening;
pub use signals::{Deferred, Held, Noted, Signal, Signals};
use wait::Event;

/// Whether what is typed can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// Not shown: codes.
    Hidden,
    /// Shown as the terminal does by itself: names, choices.
    Visible,
}

/// One question.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The prompt, in one line, with its closing blank. Control characters are dropped.
    pub text: &'a str,
    /// Whether the answer is shown as it is typed.
    pub echo: Echo,
    /// When to give up; never, if `None`.
    pub deadline: Option<Instant>,
}

/// How a question ended.
#[derive(Debug)]
pub enum Answer<B> {
    /// A line, without its end, without control characters and at most 4,096 bytes of it. It may be empty; blanks are kept.
    Text(SecretString),
    /// The end of input: Ctrl-D. A cancellation, also behind text.
    EndOfInput,
    /// A signal that ends the program. The mode has been put back; the caller exits with [`Signal::exit_code`].
    Signal(Signal),
    /// Ctrl-Z. The mode has been put back; the caller lets go of what others wait for, calls [`Signals::stop`] and asks again.
    Stop,
    /// The deadline passed.
    Deadline,
    /// Asking is not, or no longer, allowed.
    NotAllowed(NotAllowed),
    /// The watch broke off.
    Left(B),
    /// The terminal failed.
    Failed(io::Error),
}

/// Why a human cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// There is no controlling terminal, or it has gone.
    #[error("no terminal")]
    NoTerminal,
    /// Our process group is not in the terminal's foreground: reading would stop us.
    #[error("running in the background of the terminal")]
    Background,
    /// The terminal is not in ICANON and ECHO mode: another program, such as an editor, draws on it.
    #[error("the terminal is in use by another program")]
    BusyTerminal,
}

/// The controlling terminal.
#[derive(Debug)]
pub struct Terminal {
    // Without O_NONBLOCK a line that another reader takes first, or a terminal stopped by Ctrl-S, would hold us past every
    // deadline. The flag belongs to this opening alone; other users of the terminal do not see it.
    tty: File,
}

impl Terminal {
    /// Opens the controlling terminal.
    ///
    /// # Errors
    /// [`NotAllowed::NoTerminal`] where there is none.
    pub fn open() -> Result<Self, NotAllowed> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let tty = rustix::fs::open("/dev/tty", flags, FileMode::empty())
            .map_err(|_| NotAllowed::NoTerminal)?;
        Ok(Self { tty: tty.into() })
    }

    /// The id of the terminal's session, the same for every process on it: names the lock that keeps two of us from asking at
    /// once. Take that lock first and call [`Terminal::may_ask`] under it, because a prompt changes the mode that is judged.
    ///
    /// 0 is a session that began outside our PID namespace.
    #[must_use]
    pub fn session(&self) -> Option<i32> {
        // The session of the controlling terminal is our own. rustix's tcgetsid takes 0 for impossible.
        nix::unistd::getsid(None).ok().map(nix::unistd::Pid::as_raw)
    }

    /// Whether a human may be asked now.
    ///
    /// # Errors
    /// Why not: [`NotAllowed`].
    pub fn may_ask(&self) -> Result<(), NotAllowed> {
        let mode = Mode::of(&self.tty).map_err(|_| NotAllowed::NoTerminal)?;
        if !mode::in_foreground(&self.tty) {
            Err(NotAllowed::Background)
        } else if !mode.is_ordinary() {
            Err(NotAllowed::BusyTerminal)
        } else {
            Ok(())
        }
    }

    /// Writes one line, without its control characters, for the human to read between two questions. Nothing is written from
    /// the background, and what the terminal does not take at once is dropped.
    pub fn say(&mut self, text: &str) {
        let held = JobStopsHeld::on_this_thread();
        if mode::in_foreground(&self.tty) {
            let mut line = line::printable(text);
            line.push('\n');
            wait::write_now(&self.tty, line.as_bytes());
        }
        drop(held);
    }

    /// Asks one question and waits for its answer.
    ///
    /// `watch` is called at once, then each second, and when the reader of our standard output closes it; it breaks off by
    /// returning [`ControlFlow::Break`]. Nothing that was typed
    /// before the prompt appeared is taken for an answer, and what was half typed when the question ends is thrown away. One
    /// question at a time: signals belong to the process.
    pub fn ask<B>(
        &mut self,
        question: &Question<'_>,
        watch: &mut dyn FnMut() -> ControlFlow<B>,
    ) -> Answer<B> {
        let mut signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(error) => return Answer::Failed(error),
        };
        let held = JobStopsHeld::on_this_thread();
        let answer = self.converse(question, watch, &mut signals, &held);
        drop(held);
        // INVARIANT: the mode has been put back before signals end the program by themselves again, and one that came until
        // then is not lost: it outweighs the answer.
        match signals.finish() {
            Some(signal) => Answer::Signal(signal),
            None => answer,
        }
    }

    fn converse<B>(
        &self,
        question: &Question<'_>,
        watch: &mut dyn FnMut() -> ControlFlow<B>,
        signals: &mut Listening,
        held: &JobStopsHeld,
    ) -> Answer<B> {
        loop {
            if let Err(reason) = self.may_ask() {
                return Answer::NotAllowed(reason);
            }
            let borrowed = match Borrowed::from(&self.tty, question.echo, held) {
                Ok(borrowed) => borrowed,
                Err(error) => return Answer::Failed(error),
            };
            let event = wait::for_line(&self.tty, question, signals, watch);
            borrowed.give_back(match event {
                Event::Line(_) => Typed::Line,
                Event::Stop => Typed::Stopped,
                _ => Typed::Half,
            });
            match event {
                Event::Line(line) => {
                    return line.edited().map_or_else(Answer::Failed, Answer::Text);
                }
                Event::EndOfInput => return Answer::EndOfInput,
                Event::Signal(signal) => return Answer::Signal(signal),
                Event::Deadline => return Answer::Deadline,
                Event::NotAllowed(reason) => return Answer::NotAllowed(reason),
                Event::Left(value) => return Answer::Left(value),
                Event::Failed(error) => return Answer::Failed(error),
                Event::Deadly(number) => signals::die(number),
                Event::Stop => return Answer::Stop,
                // Whoever continued us may have set the terminal's mode: judge, hide and prompt anew.
                Event::Continued => {}
            }
        }
    }
}
