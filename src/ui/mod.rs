//! The program's two streams: data goes to stdout, messages go to stderr.
//!
//! Control characters are removed from messages here, so that no name in a file and no answer from AWS can control the terminal.
//! Secrets are never printed: callers pass only what they mean to show.

mod clean;
pub mod local_time;
mod wrap;

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use anstyle::Style;

use crate::palette::{self, painted};

pub use clean::{clean, one_line};
use wrap::wrapped;

/// How many messages are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// What a user needs.
    #[default]
    Normal,
    /// Each step and why (`-v`).
    Info,
    /// Each decision in detail (`-vv`).
    Debug,
}

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Data.
    Stdout,
    /// Messages.
    Stderr,
}

/// Messages that are held back: if the first line of stderr must be the command to type, no message may come before it.
static HELD: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Stdout and stderr.
///
/// Messages are wrapped at word boundaries if stderr is a terminal. `anstream` shows colours or removes them, as for clap's own
/// messages: by whether the stream is a terminal, and by `NO_COLOR`, `CLICOLOR` and `CLICOLOR_FORCE`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ui {
    verbosity: Verbosity,
}

impl Ui {
    /// Prints this many messages.
    #[must_use]
    pub fn new(verbosity: Verbosity) -> Self {
        Self { verbosity }
    }

    /// Writes data to stdout unchanged. The caller ends each line.
    ///
    /// # Errors
    /// The write failed. A closed pipe (`BrokenPipe`) is among the errors, and ends the program with success.
    pub fn data(self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Writes text for people to stdout, with its colours where they are wanted. The caller has removed control characters.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn show(self, text: &str) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Prints a message. Lines that begin with a space are pictures or commands, and are never wrapped.
    pub fn say(self, line: &str) {
        print(clean(line).into_owned());
    }

    /// Prints a command to type, on a line of its own that is never wrapped.
    pub fn command(self, line: &str) {
        print_unwrapped(clean(line).into_owned());
    }

    /// Holds all messages back until [`Ui::release`].
    pub fn hold(self) {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        held.get_or_insert_default();
    }

    /// Prints `first` if there is one, and then the messages that were held back.
    pub fn release(self, first: Option<&str>) {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = held.take().unwrap_or_default();
        drop(held);
        if let Some(first) = first {
            self.command(first);
        }
        for line in lines {
            write_line(&line);
        }
    }

    /// Prints the headline of an error.
    pub fn error(self, line: &str) {
        print(labelled(palette::ERROR, "error", line));
    }

    /// Prints the cause of the error above it.
    pub fn cause(self, line: &str) {
        print(format!("  because: {}", clean(line)));
    }

    /// Prints a message that the user should not miss.
    pub fn warn(self, line: &str) {
        print(labelled(palette::WARNING, "warning", line));
    }

    /// Prints a fact that qualifies what was printed as data.
    pub fn note(self, line: &str) {
        print(labelled(palette::NOTE, "note", line));
    }

    /// Prints a command to type, or advice.
    pub fn hint(self, line: &str) {
        let text = labelled(palette::NOTE, "hint", line);
        if line.starts_with("mfa-session ") {
            print_unwrapped(text);
        } else {
            print(text);
        }
    }

    /// Prints a step, with `-v`.
    pub fn info(self, line: &str) {
        if self.verbosity >= Verbosity::Info {
            print(labelled(palette::NOTE, "info", line));
        }
    }

    /// Prints a detail, with `-vv`.
    pub fn debug(self, line: &str) {
        if self.verbosity >= Verbosity::Debug {
            print(labelled(palette::NOTE, "debug", line));
        }
    }

    /// Writes a report to stderr, with its colours where they are wanted. The caller has removed control characters.
    pub fn aside(self, text: &str) {
        let _ = anstream::stderr().lock().write_all(text.as_bytes());
    }

    /// The width of the terminal that a stream goes to; `None` if it is not a terminal.
    #[must_use]
    pub fn columns(self, stream: Stream) -> Option<usize> {
        columns(stream)
    }

    /// Whether stdout is a terminal.
    #[must_use]
    pub fn stdout_is_terminal(self) -> bool {
        io::stdout().is_terminal()
    }
}

/// A message as lines of at most `columns` columns, broken between words.
#[must_use]
pub fn lines(text: &str, columns: usize) -> Vec<String> {
    wrapped(text, columns).lines().map(str::to_owned).collect()
}

/// A cleaned message after its label, e.g. `error: …`.
fn labelled(style: Style, label: &str, line: &str) -> String {
    let label = painted(style, &format!("{label}:"));
    format!("{label} {}", clean(line))
}

/// Prints a cleaned message, wrapped at the width of the terminal if there is one.
fn print(text: String) {
    print_unwrapped(match columns(Stream::Stderr) {
        Some(columns) => wrapped(&text, columns),
        None => text,
    });
}

/// Prints a cleaned message, or holds it back.
fn print_unwrapped(text: String) {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    match held.as_mut() {
        Some(lines) => lines.push(text),
        None => write_line(&text),
    }
}

fn write_line(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

fn columns(stream: Stream) -> Option<usize> {
    /// The width of a terminal that does not report one.
    const USUAL: usize = 80;
    let size = match stream {
        Stream::Stdout if io::stdout().is_terminal() => rustix::termios::tcgetwinsize(io::stdout()),
        Stream::Stderr if io::stderr().is_terminal() => rustix::termios::tcgetwinsize(io::stderr()),
        _ => return None,
    };
    let columns = size.map_or(0, |size| usize::from(size.ws_col));
    Some(if columns == 0 { USUAL } else { columns })
}
