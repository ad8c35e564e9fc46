//! The program's two streams: data goes to stdout, messages go to stderr.
//!
//! Control characters are removed from messages here, so that no name in a file and no answer from AWS can control the terminal.
//! Secrets are never printed: callers pass only what they mean to show.

mod clean;
pub mod local_time;

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

pub use clean::{clean, one_line};

/// How much talk is wanted.
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

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Data.
    Stdout,
    /// Talk.
    Stderr,
}

/// Talk that waits: where the first line of stderr is the command to type, nothing may come before it.
static HELD: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Stdout and stderr.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ui {
    verbosity: Verbosity,
}

impl Ui {
    /// With this much talk.
    #[must_use]
    pub fn new(verbosity: Verbosity) -> Self {
        Self { verbosity }
    }

    /// Data, as it is; the caller ends its own lines.
    ///
    /// # Errors
    /// What the write met; a closed pipe included (`BrokenPipe`), which the program ends on with success.
    pub fn data(self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// One line of talk.
    pub fn say(self, line: &str) {
        let line = clean(line);
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        match held.as_mut() {
            Some(lines) => lines.push(line.into_owned()),
            None => {
                let _ = writeln!(io::stderr().lock(), "{line}");
            }
        }
    }

    /// Keeps talk back from here on, until [`Ui::release`].
    pub fn hold(self) {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        held.get_or_insert_default();
    }

    /// Says `first`, then what was kept back.
    pub fn release(self, first: Option<&str>) {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = held.take().unwrap_or_default();
        drop(held);
        for line in first.into_iter().map(str::to_owned).chain(lines) {
            self.say(&line);
        }
    }

    /// One line that the user should not miss.
    pub fn warn(self, line: &str) {
        self.say(&format!("warning: {line}"));
    }

    /// A command to type, or a thing to know.
    pub fn hint(self, line: &str) {
        self.say(&format!("hint: {line}"));
    }

    /// A step, for `-v`.
    pub fn info(self, line: &str) {
        if self.verbosity >= Verbosity::Info {
            self.say(&format!("info: {line}"));
        }
    }

    /// A detail, for `-vv`.
    pub fn debug(self, line: &str) {
        if self.verbosity >= Verbosity::Debug {
            self.say(&format!("debug: {line}"));
        }
    }

    /// Text for stderr that its maker has cleaned: a report, colours included.
    pub fn aside(self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// The columns of the terminal that a stream goes to; `None` if it goes elsewhere.
    #[must_use]
    pub fn columns(self, stream: Stream) -> Option<usize> {
        const ORDINARY: usize = 80;
        let size = match stream {
            Stream::Stdout if io::stdout().is_terminal() => {
                rustix::termios::tcgetwinsize(io::stdout())
            }
            Stream::Stderr if io::stderr().is_terminal() => {
                rustix::termios::tcgetwinsize(io::stderr())
            }
            _ => return None,
        };
        let columns = size.map_or(0, |size| usize::from(size.ws_col));
        Some(if columns == 0 { ORDINARY } else { columns })
    }

    /// Whether stdout is a terminal.
    #[must_use]
    pub fn stdout_is_terminal(self) -> bool {
        io::stdout().is_terminal()
    }
}
