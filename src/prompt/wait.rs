//! Waits for a line. The wait also ends at a signal, at the deadline, and when the caller or the terminal has gone.

use std::fs::File;
use std::io::{self, Read, Stdout};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use secrecy::zeroize::Zeroizing;

use super::line::Line;
use super::mode::{Mode, in_foreground};
use super::output::{printable, write_now};
use super::question::{NotAllowed, Question};
use super::signals::{Caught, Listening, Signal};

/// How often the caller's watch and the terminal are checked while nothing happens.
const WATCH: Duration = Duration::from_secs(1);
/// How often the terminal is read where it cannot be polled, as on macOS.
const TRY: Duration = Duration::from_millis(50);
/// How long SIGHUP may take to arrive after the terminal has been closed.
const HANGUP: Duration = Duration::from_millis(100);

/// What ended the wait.
pub(super) enum Event<B> {
    Line(Line),
    EndOfInput,
    Signal(Signal),
    /// The number of a signal that ends the program by default.
    Deadly(i32),
    Stop,
    Continued,
    Deadline,
    NotAllowed(NotAllowed),
    Left(B),
    Failed(io::Error),
}

impl<B> From<Caught> for Event<B> {
    fn from(caught: Caught) -> Self {
        match caught {
            Caught::Ending(signal) => Self::Signal(signal),
            Caught::Deadly(number) => Self::Deadly(number),
            Caught::Stop => Self::Stop,
            Caught::Continued => Self::Continued,
        }
    }
}

/// Writes the prompt and waits for a line.
pub(super) fn for_line<B>(
    tty: &File,
    question: &Question<'_>,
    signals: &mut Listening,
    watch: &mut dyn FnMut() -> ControlFlow<B>,
) -> Event<B> {
    let text = printable(question.text);
    let mut unwritten = text.as_bytes();
    let mut line = Line::new();
    let mut pollable = true;
    // A caller that gives up closes its end of our output just before it exits. A shell then takes over the terminal in the mode
    // that it finds, so this must be noticed at once and not at the next check.
    let mut reader = Some(io::stdout());
    let mut next_watch = Instant::now();
    loop {
        if let Some(caught) = signals.next() {
            return caught.into();
        }
        let now = Instant::now();
        if question.deadline.is_some_and(|deadline| now >= deadline) {
            return Event::Deadline;
        }
        if now >= next_watch {
            if let ControlFlow::Break(value) = watch() {
                return Event::Left(value);
            }
            if let Err(reason) = still_ours(tty) {
                return Event::NotAllowed(reason);
            }
            next_watch = now + WATCH;
        }
        let until = question.deadline.map_or(next_watch, |d| d.min(next_watch));
        let until = if pollable {
            until
        } else {
            until.min(now + TRY)
        };
        let ready = match wait(tty, signals, reader.as_ref(), !unwritten.is_empty(), until) {
            Ok(ready) => ready,
            Err(Errno::INTR) => continue,
            Err(error) => return Event::Failed(error.into()),
        };
        if !ready.reader.is_empty() {
            next_watch = now;
            reader = None;
        }
        pollable &= !ready.tty.contains(PollFlags::NVAL);
        let written = write_now(tty, unwritten);
        unwritten = unwritten.get(written..).unwrap_or_default();
        if ready.tty.is_empty() && pollable {
            continue;
        }
        match read_into(&mut line, tty) {
            Ok(Some(end)) => return end,
            Ok(None) if line.has_ended() => return Event::Line(line),
            Ok(None) => {}
            Err(error) => return unreadable(tty, signals, error),
        }
    }
}

/// What poll returned.
struct Ready {
    tty: PollFlags,
    /// Set when the reader of our standard output has closed it.
    reader: PollFlags,
}

/// Waits for any event, until `until` at most.
fn wait(
    tty: &File,
    signals: &Listening,
    reader: Option<&Stdout>,
    writing: bool,
    until: Instant,
) -> Result<Ready, Errno> {
    let wanted = if writing {
        PollFlags::IN | PollFlags::OUT
    } else {
        PollFlags::IN
    };
    let mut fds = Vec::with_capacity(3);
    fds.push(PollFd::new(tty, wanted));
    fds.push(PollFd::from_borrowed_fd(signals.wakes(), PollFlags::IN));
    fds.extend(reader.map(|reader| PollFd::new(reader, PollFlags::empty())));
    let left = until.saturating_duration_since(Instant::now());
    poll(&mut fds, Timespec::try_from(left).ok().as_ref())?;
    let returned = |at: usize| fds.get(at).map_or(PollFlags::empty(), PollFd::revents);
    Ok(Ready {
        tty: returned(0),
        reader: returned(2),
    })
}

/// Reads once. `Some` is the end of input.
fn read_into<B>(line: &mut Line, tty: &File) -> io::Result<Option<Event<B>>> {
    let mut buffer = Zeroizing::new([0; 256]);
    let mut tty = tty;
    match tty.read(buffer.as_mut()) {
        // The kernel also returns 0 when the terminal has been closed.
        Ok(0) => Mode::of(tty).map(|_| Some(Event::EndOfInput)),
        Ok(read) => {
            line.push(buffer.get(..read).unwrap_or_default());
            Ok(None)
        }
        Err(error) if is_temporary(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn unreadable<B>(tty: &File, signals: &mut Listening, error: io::Error) -> Event<B> {
    // The kernel returns EIO to a reader in the background that blocks SIGTTIN, and when the terminal has been closed.
    match still_ours(tty) {
        Err(reason @ (NotAllowed::Background | NotAllowed::BusyTerminal)) => {
            return Event::NotAllowed(reason);
        }
        Ok(()) if error.raw_os_error() != Some(Errno::IO.raw_os_error()) => {
            return Event::Failed(error);
        }
        Ok(()) | Err(NotAllowed::NoTerminal) => {}
    }
    // The terminal has been closed: SIGHUP is about to arrive.
    let mut wakes = [PollFd::from_borrowed_fd(signals.wakes(), PollFlags::IN)];
    let _ = poll(&mut wakes, Timespec::try_from(HANGUP).ok().as_ref());
    match signals.next() {
        Some(Caught::Ending(signal)) => Event::Signal(signal),
        _ => Event::NotAllowed(NotAllowed::NoTerminal),
    }
}

/// Checks that the question can go on: the terminal is open, we are in its foreground, and no other program draws on it.
fn still_ours(tty: &File) -> Result<(), NotAllowed> {
    let mode = Mode::of(tty).map_err(|_| NotAllowed::NoTerminal)?;
    if !in_foreground(tty) {
        Err(NotAllowed::Background)
    } else if !mode.reads_lines() {
        Err(NotAllowed::BusyTerminal)
    } else {
        Ok(())
    }
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
