//! The controlling terminal: whether the user may be asked there, and asking.

use std::fs::File;
use std::ops::ControlFlow;
use std::time::Duration;

use rustix::fs::{Mode as FileMode, OFlags};

use super::mode::{self, Borrowed, JobStopsHeld, Mode, Typed};
use super::output::{printable, write_now, write_patiently};
use super::question::{Answer, NotAllowed, Question};
use super::signals::{self, Listening, Signals};
use super::wait::{self, Event};

/// How long a text may take to be shown.
const SHOWING: Duration = Duration::from_secs(2);

/// The controlling terminal.
#[derive(Debug)]
pub struct Terminal {
    // Opened with O_NONBLOCK: otherwise a read would block past every deadline if another reader takes the line first or if
    // Ctrl-S has stopped the terminal. The flag belongs to this open file only; other users of the terminal do not see it.
    tty: File,
}

impl Terminal {
    /// Opens the controlling terminal.
    ///
    /// # Errors
    /// [`NotAllowed::NoTerminal`] if there is none.
    pub fn open() -> Result<Self, NotAllowed> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let tty = rustix::fs::open("/dev/tty", flags, FileMode::empty())
            .map_err(|_| NotAllowed::NoTerminal)?;
        Ok(Self { tty: tty.into() })
    }

    /// Whether it reads whole lines and shows them.
    #[must_use]
    pub fn is_ordinary(&self) -> bool {
        Mode::of(&self.tty).is_ok_and(|mode| mode.is_ordinary())
    }

    /// The id of the terminal's session, which is the same for every process on it. It names the lock that keeps two processes
    /// from asking at the same time. Take that lock before calling [`Terminal::may_ask`], because a prompt changes the mode that
    /// `may_ask` looks at.
    ///
    /// 0 means a session that began outside our PID namespace.
    #[must_use]
    pub fn session(&self) -> Option<i32> {
        // The session of the controlling terminal is our own. rustix's tcgetsid does not accept 0.
        nix::unistd::getsid(None).ok().map(nix::unistd::Pid::as_raw)
    }

    /// Checks that the user may be asked now.
    ///
    /// # Errors
    /// The reason why not.
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

    /// The width of the terminal in columns; 80 if it does not report one.
    #[must_use]
    pub fn columns(&self) -> usize {
        match rustix::termios::tcgetwinsize(&self.tty) {
            Ok(size) if size.ws_col > 0 => usize::from(size.ws_col),
            Ok(_) | Err(_) => 80,
        }
    }

    /// Writes one line without its control characters, for the user to read between two questions. Nothing is written from the
    /// background, and what the terminal does not accept at once is dropped.
    pub fn say(&mut self, text: &str) {
        let held = JobStopsHeld::on_this_thread();
        if mode::in_foreground(&self.tty) {
            let mut line = printable(text);
            line.push('\n');
            write_now(&self.tty, line.as_bytes());
        }
        drop(held);
    }

    /// Writes lines without their control characters, all of them: what the terminal does not accept at once is waited for, for two
    /// seconds in all. Nothing is written from the background. Returns whether everything was written.
    pub fn show(&mut self, text: &str) -> bool {
        let held = JobStopsHeld::on_this_thread();
        let lines: String = text.lines().map(|line| printable(line) + "\n").collect();
        let shown =
            mode::in_foreground(&self.tty) && write_patiently(&self.tty, lines.as_bytes(), SHOWING);
        drop(held);
        shown
    }

    /// Asks one question and waits for its answer.
    ///
    /// `watch` is called at once, then each second, and when the reader of our standard output closes it. It ends the question by
    /// returning [`ControlFlow::Break`]. What was typed before the prompt appeared is never used as an answer, and what was half
    /// typed when the question ends is discarded. Only one question may be open at a time, because signals belong to the process.
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
        // INVARIANT: the mode is restored before signals end the program by themselves again. A signal that came until then is not
        // lost: it takes precedence over the answer.
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
                // The program that continued us may have changed the terminal's mode, so the question starts again.
                Event::Continued => {}
            }
        }
    }
}
