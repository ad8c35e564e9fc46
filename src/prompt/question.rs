//! A question and the ways in which it can end.

use std::io;
use std::time::Instant;

use secrecy::SecretString;

use super::signals::Signal;

/// Whether the terminal shows what is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// Not shown, for token codes.
    Hidden,
    /// Shown by the terminal as usual, for names and choices.
    Visible,
}

/// One question.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The prompt: one line that ends with a space. Control characters are removed.
    pub text: &'a str,
    /// Whether the answer is shown as it is typed.
    pub echo: Echo,
    /// When to give up; `None` means never.
    pub deadline: Option<Instant>,
}

/// How a question ended.
#[derive(Debug)]
pub enum Answer<B> {
    /// A line without its line feed and without control characters, cut to 4,096 bytes. It may be empty; spaces are kept.
    Text(SecretString),
    /// The end of input (Ctrl-D). It cancels the question even if text was typed before it.
    EndOfInput,
    /// A signal that ends the program. The mode has been restored; the caller exits with [`Signal::exit_code`].
    Signal(Signal),
    /// Ctrl-Z. The mode has been restored; the caller releases its locks, calls [`Signals::stop`](super::Signals::stop) and asks again.
    Stop,
    /// The deadline passed.
    Deadline,
    /// Asking is not allowed, or not any more.
    NotAllowed(NotAllowed),
    /// The caller's watch ended the question.
    Left(B),
    /// The terminal failed.
    Failed(io::Error),
}

/// Why the user cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// There is no controlling terminal, or it has been closed.
    #[error("no terminal")]
    NoTerminal,
    /// Our process group is not in the terminal's foreground: reading would stop us.
    #[error("running in the background of the terminal")]
    Background,
    /// The terminal is not in ICANON and ECHO mode: another program, such as an editor, draws on it.
    #[error("the terminal is in use by another program")]
    BusyTerminal,
}
