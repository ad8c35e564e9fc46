//! The program's two streams: data on stdout, all talk on stderr.
//!
//! Text that came from AWS or a file is cleaned of control characters here, so that nobody's name or message drives a terminal.
//! Never prints a secret: callers hand over what they mean to show.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// Stdout and stderr.
#[derive(Debug, Clone, Default)]
pub struct Ui {
    verbosity: Verbosity,
    /// What is to be told behind the line that comes first, while nobody knows which that is.
    held: Arc<Mutex<Option<Vec<String>>>>,
}

impl Ui {
    /// With this much talk.
    #[must_use]
    pub fn new(verbosity: Verbosity) -> Self {
        Self {
            verbosity,
            held: Arc::default(),
        }
    }

    /// Data, as it is; the caller ends its own lines.
    ///
    /// # Errors
    /// What the write met; a closed pipe included (`BrokenPipe`), which the program ends on with success.
    pub fn data(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// One line of talk.
    pub fn say(&self, line: &str) {
        match self.held().as_mut() {
            Some(held) => held.push(line.to_owned()),
            None => tell(line),
        }
    }

    /// Holds all talk back until [`Ui::release`]: callers of the hook show the first line of its stderr, and which that is comes
    /// out at the end.
    pub fn hold(&self) {
        self.held().get_or_insert_default();
    }

    /// Tells what was held back, and from here on everything at once.
    pub fn release(&self) {
        let held = self.held().take();
        for line in held.unwrap_or_default() {
            tell(&line);
        }
    }

    fn held(&self) -> MutexGuard<'_, Option<Vec<String>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The line that comes first, then what was held back.
    pub fn lead(&self, line: &str) {
        tell(line);
        self.release();
    }

    /// One line that the user should not miss.
    pub fn warn(&self, line: &str) {
        self.say(&format!("warning: {line}"));
    }

    /// A command to type, or a thing to know.
    pub fn hint(&self, line: &str) {
        self.say(&format!("hint: {line}"));
    }

    /// A step, for `-v`.
    pub fn info(&self, line: &str) {
        if self.verbosity >= Verbosity::Info {
            self.say(&format!("info: {line}"));
        }
    }

    /// A detail, for `-vv`.
    pub fn debug(&self, line: &str) {
        if self.verbosity >= Verbosity::Debug {
            self.say(&format!("debug: {line}"));
        }
    }

    /// Whether stdout is a terminal.
    #[must_use]
    pub fn stdout_is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }
}

/// `text` without control characters (C0, DEL, C1) and without the marks that reorder text; line feeds and tabs stay.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(drives_terminal) {
        Cow::Owned(text.chars().filter(|c| !drives_terminal(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// `text` cleaned and on one line, cut to `most` characters: for names and messages of others.
#[must_use]
pub fn one_line(text: &str, most: usize) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let line = clean(&words.join(" ")).into_owned();
    if line.chars().count() <= most {
        line
    } else {
        line.chars().take(most).chain(['…']).collect()
    }
}

fn tell(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", clean(line));
}

fn drives_terminal(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drives_a_terminal_is_dropped() {
        assert_eq!(clean("a\u{1b}[31mb\u{9b}c\u{202e}d\re"), "a[31mbcde");
        assert_eq!(clean("plain\nlines\tstay ü"), "plain\nlines\tstay ü");
    }

    #[test]
    fn one_line_is_cut_by_characters() {
        assert_eq!(one_line(" ä\nb\u{7}  c ", 9), "ä b c");
        assert_eq!(one_line("ääää", 2), "ää…");
    }
}
