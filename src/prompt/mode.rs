//! The terminal's mode, changed for a question and restored after it.

use std::fs::File;
use std::io;

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use rustix::termios::{LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios};

use super::output::write_now;
use super::question::Echo;

/// Whether our process group is in the foreground of the terminal. This is unknown, and so `false`, for a group outside our PID
/// namespace.
pub(super) fn in_foreground(tty: &File) -> bool {
    // Not rustix's getpgrp, which does not accept the 0 of such a group.
    rustix::termios::tcgetpgrp(tty)
        .is_ok_and(|group| group.as_raw_pid() == nix::unistd::getpgrp().as_raw())
}

/// The mode that `tcgetattr` returns.
#[derive(Clone)]
pub(super) struct Mode(Termios);

impl Mode {
    pub(super) fn of(tty: &File) -> io::Result<Self> {
        Ok(Self(rustix::termios::tcgetattr(tty)?))
    }

    /// Whether the kernel edits lines and shows them, which means that no program draws on the terminal.
    pub(super) fn is_ordinary(&self) -> bool {
        self.0
            .local_modes
            .contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// Whether the kernel edits lines.
    pub(super) fn reads_lines(&self) -> bool {
        self.0.local_modes.contains(LocalModes::ICANON)
    }

    fn without_echo(&self) -> Self {
        let mut hidden = self.clone();
        hidden.0.local_modes.remove(LocalModes::ECHO);
        hidden
    }

    fn shows_line_ends(&self) -> bool {
        self.0
            .local_modes
            .intersects(LocalModes::ECHO | LocalModes::ECHONL)
    }

    fn set(&self, tty: &File) -> io::Result<()> {
        // Not TCSADRAIN or TCSAFLUSH: both wait for output, and never return on a terminal that Ctrl-S has stopped.
        Ok(rustix::termios::tcsetattr(
            tty,
            OptionalActions::Now,
            &self.0,
        )?)
    }
}

impl PartialEq for Mode {
    fn eq(&self, other: &Self) -> bool {
        const CODES: [SpecialCodeIndex; 16] = [
            SpecialCodeIndex::VINTR,
            SpecialCodeIndex::VQUIT,
            SpecialCodeIndex::VERASE,
            SpecialCodeIndex::VKILL,
            SpecialCodeIndex::VEOF,
            SpecialCodeIndex::VMIN,
            SpecialCodeIndex::VTIME,
            SpecialCodeIndex::VSTART,
            SpecialCodeIndex::VSTOP,
            SpecialCodeIndex::VSUSP,
            SpecialCodeIndex::VEOL,
            SpecialCodeIndex::VREPRINT,
            SpecialCodeIndex::VDISCARD,
            SpecialCodeIndex::VWERASE,
            SpecialCodeIndex::VLNEXT,
            SpecialCodeIndex::VEOL2,
        ];
        let (a, b) = (&self.0, &other.0);
        a.input_modes == b.input_modes
            && a.output_modes == b.output_modes
            && a.control_modes == b.control_modes
            && a.local_modes == b.local_modes
            && a.input_speed() == b.input_speed()
            && a.output_speed() == b.output_speed()
            && CODES
                .into_iter()
                .all(|code| a.special_codes[code] == b.special_codes[code])
    }
}

/// Blocks SIGTTIN and SIGTTOU on this thread, so that using the terminal from the background succeeds or fails, but never stops
/// the program while the terminal's mode is changed.
pub(super) struct JobStopsHeld {
    before: Option<SigSet>,
}

impl JobStopsHeld {
    pub(super) fn on_this_thread() -> Self {
        let mut stops = SigSet::empty();
        stops.add(Signal::SIGTTIN);
        stops.add(Signal::SIGTTOU);
        Self {
            before: stops.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok(),
        }
    }
}

impl Drop for JobStopsHeld {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = before.thread_set_mask();
        }
    }
}

/// How much has been typed when the mode is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typed {
    /// A whole line, and it has been read. What follows belongs to the next program.
    Line,
    /// Perhaps a part of a token code, which the shell must not read.
    Half,
    /// As `Half`, but no line feed is needed: a shell that reports a stopped job begins a new line itself.
    Stopped,
}

/// The terminal while a question is asked. When it is dropped, the mode is restored as after half an answer.
pub(super) struct Borrowed<'t> {
    tty: &'t File,
    before: Mode,
    ours: Mode,
    typed: Typed,
    _held: &'t JobStopsHeld,
}

impl<'t> Borrowed<'t> {
    /// Clears ECHO for a hidden answer, and discards what was typed until now.
    pub(super) fn from(tty: &'t File, echo: Echo, held: &'t JobStopsHeld) -> io::Result<Self> {
        let before = Mode::of(tty)?;
        let ours = match echo {
            Echo::Hidden => before.without_echo(),
            Echo::Visible => before.clone(),
        };
        if ours != before {
            ours.set(tty)?;
        }
        let borrowed = Self {
            tty,
            before,
            ours,
            typed: Typed::Half,
            _held: held,
        };
        // tcsetattr succeeds even if it could make only some of the changes.
        if echo == Echo::Hidden && Mode::of(tty)?.0.local_modes.contains(LocalModes::ECHO) {
            return Err(io::Error::other(
                "the terminal's echo cannot be switched off",
            ));
        }
        rustix::termios::tcflush(tty, QueueSelector::IFlush)?;
        Ok(borrowed)
    }

    pub(super) fn give_back(mut self, typed: Typed) {
        self.typed = typed;
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        let front = in_foreground(self.tty);
        if front && self.typed != Typed::Line {
            let _ = rustix::termios::tcflush(self.tty, QueueSelector::IFlush);
        }
        // A program that has changed the mode meanwhile relies on its own mode.
        if self.ours != self.before && Mode::of(self.tty).is_ok_and(|now| now == self.ours) {
            let _ = self.before.set(self.tty);
        }
        let line_is_open = match self.typed {
            Typed::Line => !self.ours.shows_line_ends(),
            Typed::Half => true,
            Typed::Stopped => false,
        };
        if front && line_is_open {
            write_now(self.tty, b"\n");
        }
    }
}
