//! A person at the terminal, who answers the questions of a command.
//!
//! The terminal's lock is held as long as this exists: drop it before a login, which asks at the same terminal.

use std::convert::Infallible;
use std::ops::ControlFlow;

use secrecy::{ExposeSecret as _, SecretString};

use crate::aws::types::TokenCode;
use crate::error::Error;
use crate::login::LoginError;
use crate::prompt::{Answer, Echo, NotAllowed, Question, Signals, Terminal};
use crate::session::cache::Cache;
use crate::storage::lock::{Lock, Waited};
use crate::ui;

/// A person at the terminal.
pub(super) struct Person<'a> {
    terminal: Terminal,
    cache: &'a Cache,
    /// `None` where there are no locks.
    lock: Option<Lock>,
}

/// Why nobody can be asked.
pub(super) enum Nobody {
    /// There is no terminal, or it must not be used.
    NotAllowed(NotAllowed),
    /// Waiting for the terminal failed.
    Failed(Error),
}

/// What Enter alone means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Enter {
    Yes,
    No,
}

impl<'a> Person<'a> {
    /// Opens the terminal, and waits until no other process of this program asks there.
    ///
    /// # Errors
    /// [`Nobody`].
    pub(super) fn open(cache: &'a Cache) -> Result<Self, Nobody> {
        let terminal = Terminal::open().map_err(Nobody::NotAllowed)?;
        let lock = lock_of(cache, &terminal).map_err(Nobody::Failed)?;
        terminal.may_ask().map_err(Nobody::NotAllowed)?;
        Ok(Self {
            terminal,
            cache,
            lock,
        })
    }

    /// Shows a message, broken between words.
    pub(super) fn say(&mut self, message: &str) {
        for line in ui::lines(message, self.terminal.columns()) {
            self.terminal.say(&line);
        }
    }

    /// Shows a picture as it is. Returns whether all of it was shown.
    pub(super) fn show(&mut self, picture: &str) -> bool {
        self.terminal.show(picture)
    }

    /// Whether a picture of this many columns fits.
    pub(super) fn has_columns(&self, columns: usize) -> bool {
        self.terminal.columns() >= columns
    }

    /// Asks a question to which the answer is yes or no.
    ///
    /// # Errors
    /// A cancellation, or a terminal that cannot be used any more.
    pub(super) fn confirm(&mut self, question: &str, enter: Enter) -> Result<bool, Error> {
        let choice = match enter {
            Enter::Yes => "[Y/n]",
            Enter::No => "[y/N]",
        };
        loop {
            let typed = self.ask(&format!("{question} {choice} "), Echo::Visible)?;
            match typed.expose_secret().trim().to_lowercase().as_str() {
                "" => return Ok(enter == Enter::Yes),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => self.say("Type y or n."),
            }
        }
    }

    /// Shows the lines, numbered from 1, and asks for one of them. Returns its index.
    ///
    /// # Errors
    /// As [`Person::confirm`].
    pub(super) fn choose(&mut self, question: &str, lines: &[String]) -> Result<usize, Error> {
        for (n, line) in lines.iter().enumerate() {
            self.say(&format!("  {}  {}", n + 1, ui::clean(line)));
        }
        loop {
            let question = format!("{question} [1-{}]? ", lines.len());
            let typed = self.ask(&question, Echo::Visible)?;
            match typed.expose_secret().trim().parse::<usize>() {
                Ok(n) if (1..=lines.len()).contains(&n) => return Ok(n - 1),
                _ => self.say("Type one of these numbers."),
            }
        }
    }

    /// Asks for a token code, and again after a malformed one.
    ///
    /// # Errors
    /// As [`Person::confirm`].
    pub(super) fn code(&mut self, question: &str) -> Result<TokenCode, Error> {
        loop {
            let typed = self.ask(question, Echo::Hidden)?;
            match TokenCode::new(typed.expose_secret()) {
                Ok(code) => return Ok(code),
                Err(_) => self.say("A token code is six digits. Nothing was sent."),
            }
        }
    }

    /// Asks for a text; what is typed is shown.
    ///
    /// # Errors
    /// As [`Person::confirm`].
    pub(super) fn text(&mut self, question: &str) -> Result<String, Error> {
        let typed = self.ask(question, Echo::Visible)?;
        Ok(typed.expose_secret().trim().to_owned())
    }

    /// Asks for a secret; what is typed is not shown.
    ///
    /// # Errors
    /// As [`Person::confirm`].
    pub(super) fn secret(&mut self, question: &str) -> Result<SecretString, Error> {
        let typed = self.ask(question, Echo::Hidden)?;
        Ok(typed.expose_secret().trim().into())
    }

    /// Asks, and asks again after Ctrl-Z.
    fn ask(&mut self, text: &str, echo: Echo) -> Result<SecretString, Error> {
        let question = Question {
            text,
            echo,
            deadline: None,
        };
        loop {
            let answer =
                (self.terminal).ask(&question, &mut || ControlFlow::<Infallible>::Continue(()));
            match answer {
                Answer::Text(typed) => return Ok(typed),
                Answer::EndOfInput | Answer::Deadline => {
                    return Err(LoginError::Cancelled(130).into());
                }
                Answer::Signal(signal) => {
                    return Err(LoginError::Cancelled(signal.exit_code()).into());
                }
                Answer::Stop => {
                    // A process that is stopped, perhaps for ever, must not hold up others.
                    self.lock = None;
                    Signals::stop();
                    self.lock = lock_of(self.cache, &self.terminal)?;
                }
                Answer::NotAllowed(why) => {
                    return Err(Error::Refused {
                        message: format!("the question was not answered: {why}"),
                        hint: "run the command again at a terminal".to_owned(),
                    });
                }
                Answer::Left(never) => match never {},
                Answer::Failed(error) => return Err(LoginError::Terminal(error).into()),
            }
        }
    }
}

/// Waits for the terminal's lock. `None` means that there are no locks.
fn lock_of(cache: &Cache, terminal: &Terminal) -> Result<Option<Lock>, Error> {
    let Some(session) = terminal.session() else {
        return Ok(None);
    };
    let waited = cache
        .terminal_lock(session)
        .acquire(&mut || ControlFlow::<Infallible>::Continue(()))
        .map_err(LoginError::from)?;
    Ok(match waited {
        Waited::Held(lock) => Some(lock),
        Waited::Unsupported => None,
        Waited::Left(never) => match never {},
    })
}
