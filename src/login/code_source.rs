//! Where token codes come from: `--token-code`, `mfa_process`, or a person at the terminal.
//!
//! Decides who may be asked, and asks. What happens with a code is decided elsewhere. Prompts go to the terminal device only.

use std::ops::ControlFlow;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::aws::types::{SerialNumber, TokenCode};
use crate::process::{self, Input};
use crate::prompt::Echo;
use crate::session::record::Record;
use crate::storage::lock::Activity;

use super::LoginError;
use super::child::{self, Failed, Noting};
use super::inputs::{Caller, Login};
use super::terminal::{self, LockedTerminal, Reply, Unavailable};
use super::turn::Turn;
use super::watch::StopReason;

/// A source of token codes.
pub(super) struct CodeSource<'t> {
    kind: Kind,
    turn: &'t mut Turn,
}

enum Kind {
    /// One code from the command line.
    Given(Option<SecretString>),
    /// A command that prints a code. It may use the terminal, where there is one.
    Command {
        command: String,
        terminal: Option<LockedTerminal>,
    },
    /// A person who types codes.
    Person(LockedTerminal),
}

/// What a person chose.
pub(super) enum Choice {
    /// The line with this index.
    Line(usize),
    /// Nothing yet: another process has made a session meanwhile.
    Session(Box<Record>),
    /// Nothing: there is nobody who can choose.
    Nobody,
}

/// What a source of codes came up with.
pub(super) enum Next {
    /// A well-formed code, which AWS may still refuse.
    Code(TokenCode),
    /// The session that another process has made meanwhile.
    Session(Box<Record>),
}

impl<'t> CodeSource<'t> {
    /// Decides who is asked, and takes the terminal where one is needed.
    ///
    /// # Errors
    /// [`LoginError::CannotAsk`] where nobody can be asked, or what went wrong with the terminal's lock.
    pub(super) fn open(login: &Login<'_>, turn: &'t mut Turn) -> Result<Self, LoginError> {
        if let Some(code) = &login.token_code {
            let kind = Kind::Given(Some(code.clone()));
            return Ok(Self { kind, turn });
        }
        if login.never_ask {
            return Err(login.cannot_ask("asking is switched off"));
        }
        let command = login.settings.mfa_process.clone();
        let kind = match (LockedTerminal::open(login), command) {
            (Ok(terminal), Some(command)) => Kind::Command {
                command,
                terminal: Some(terminal),
            },
            (Err(Unavailable::NotAllowed(_)), Some(command)) => Kind::Command {
                command,
                terminal: None,
            },
            (Ok(terminal), None) => Kind::Person(terminal),
            (Err(Unavailable::NotAllowed(why)), None) => {
                return Err(login.cannot_ask(&why.to_string()));
            }
            (Err(Unavailable::Failed(error)), _) => return Err(*error),
        };
        Ok(Self { kind, turn })
    }

    /// Whether a refused code may be followed by another one.
    pub(super) fn has_more(&self) -> bool {
        !matches!(self.kind, Kind::Given(_))
    }

    /// Whether the codes come from a command, which prints the same code again within the same 30 seconds.
    pub(super) fn is_command(&self) -> bool {
        matches!(self.kind, Kind::Command { .. })
    }

    /// Shows a line to the person who types the codes, else on stderr.
    pub(super) fn say(&mut self, login: &Login<'_>, line: &str) {
        match &mut self.kind {
            Kind::Person(terminal) => terminal.say(line),
            Kind::Given(_) | Kind::Command { .. } => login.context.ui.say(line),
        }
    }

    /// Tells the processes that wait for this one what it does from now on.
    pub(super) fn announce(&self, activity: Activity) {
        if let Some(terminal) = self.terminal() {
            terminal.announce(activity);
        }
        self.turn.announce(activity);
    }

    /// Stops this process, after Ctrl-Z, without holding up others. Returns the session that another process has made meanwhile,
    /// if there is one.
    ///
    /// # Errors
    /// The locks cannot be taken back.
    pub(super) fn stop(&mut self, login: &Login<'_>) -> Result<Option<Box<Record>>, LoginError> {
        let terminal = match &mut self.kind {
            Kind::Person(terminal) => Some(terminal),
            Kind::Command { terminal, .. } => terminal.as_mut(),
            Kind::Given(_) => None,
        };
        terminal::stop(login, self.turn, terminal)
    }

    /// The next well-formed code. A person is asked again after a malformed one.
    ///
    /// # Errors
    /// A cancellation, the deadline, or a command that fails.
    pub(super) fn next(
        &mut self,
        login: &Login<'_>,
        device: &SerialNumber,
    ) -> Result<Next, LoginError> {
        match &mut self.kind {
            Kind::Given(code) => {
                let code = code.take().ok_or(LoginError::MalformedCode)?;
                TokenCode::new(code.expose_secret())
                    .map(Next::Code)
                    .map_err(|_| LoginError::MalformedCode)
            }
            Kind::Command { .. } if !login.watch.time_to_ask() => {
                Err(LoginError::stopped(login.names, StopReason::Deadline))
            }
            Kind::Command { command, terminal } => {
                let input = match terminal {
                    Some(_) => Input::Terminal,
                    None => Input::Null,
                };
                run(login, command, input).map(Next::Code)
            }
            Kind::Person(terminal) => loop {
                let text = prompt(login, device);
                match terminal.ask(login, self.turn, &text, Echo::Hidden)? {
                    Reply::Session(record) => return Ok(Next::Session(record)),
                    Reply::Text(typed) => match TokenCode::new(typed.expose_secret()) {
                        Ok(code) => return Ok(Next::Code(code)),
                        Err(_) => terminal.say("A token code is six digits. Nothing was sent."),
                    },
                }
            },
        }
    }

    /// Shows lines and lets a person choose one of them.
    ///
    /// # Errors
    /// A cancellation or the deadline.
    pub(super) fn choose(
        &mut self,
        login: &Login<'_>,
        lines: &[String],
        question: &str,
    ) -> Result<Choice, LoginError> {
        let Kind::Person(terminal) = &mut self.kind else {
            return Ok(Choice::Nobody);
        };
        for line in lines {
            terminal.say(line);
        }
        loop {
            match terminal.ask(login, self.turn, question, Echo::Visible)? {
                Reply::Session(record) => return Ok(Choice::Session(record)),
                Reply::Text(typed) => match typed.expose_secret().trim().parse::<usize>() {
                    Ok(n) if (1..=lines.len()).contains(&n) => return Ok(Choice::Line(n - 1)),
                    _ => terminal.say(&format!("Type a number from 1 to {}.", lines.len())),
                },
            }
        }
    }

    /// Asks a person a question to which Enter means yes. Returns `false` where nobody can answer.
    ///
    /// # Errors
    /// A cancellation or the deadline.
    pub(super) fn confirm(
        &mut self,
        login: &Login<'_>,
        question: &str,
    ) -> Result<bool, LoginError> {
        let Kind::Person(terminal) = &mut self.kind else {
            return Ok(false);
        };
        match terminal.ask(login, self.turn, question, Echo::Visible)? {
            Reply::Session(_) => Ok(false),
            Reply::Text(typed) => {
                let typed = typed.expose_secret().trim().to_lowercase();
                Ok(typed.is_empty() || typed.starts_with('y'))
            }
        }
    }

    fn terminal(&self) -> Option<&LockedTerminal> {
        match &self.kind {
            Kind::Person(terminal) => Some(terminal),
            Kind::Command { terminal, .. } => terminal.as_ref(),
            Kind::Given(_) => None,
        }
    }
}

/// The question for a code.
fn prompt(login: &Login<'_>, device: &SerialNumber) -> String {
    let profile = &login.names.named;
    match login.caller {
        Caller::Person => format!("MFA code for profile {profile} ({device}): "),
        Caller::Program => match process::caller() {
            Some(program) => {
                format!("{program} wants credentials of profile {profile}. MFA code ({device}): ")
            }
            None => format!("Credentials of profile {profile} are wanted. MFA code ({device}): "),
        },
    }
}

/// Runs `mfa_process` for a code.
fn run(login: &Login<'_>, command: &str, input: Input) -> Result<TokenCode, LoginError> {
    let output =
        child::output(command, input, login.watch, login.context.ui).map_err(
            |error| match error {
                Failed::Process(error) => LoginError::Process(error),
                Failed::Stopped(reason) => LoginError::stopped(login.names, reason),
                Failed::Exit {
                    recursion: true, ..
                } => LoginError::Recursion,
                Failed::Exit { status, .. } => LoginError::MfaProcess {
                    status: status.to_string(),
                },
            },
        )?;
    let printed = output.expose_secret().trim();
    TokenCode::new(printed).map_err(|_| LoginError::MalformedProcessCode(printed.chars().count()))
}

/// Sleeps for some seconds, until the device shows its next code.
///
/// # Errors
/// A signal, the deadline, or a calling program that has ended.
pub(super) fn wait_for_next_code(login: &Login<'_>, seconds: i64) -> Result<(), LoginError> {
    login.context.ui.say(&format!(
        "The code was refused; the next one comes in {seconds} s."
    ));
    let noted = Noting::begin();
    let mut flow = ControlFlow::Continue(());
    for _ in 0..seconds {
        flow = noted.check(login.watch);
        if flow.is_break() {
            break;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    let reason = match (noted.end(), flow) {
        (Some(signal), _) => StopReason::Signal(signal),
        (None, ControlFlow::Break(reason)) => reason,
        (None, ControlFlow::Continue(())) => return Ok(()),
    };
    Err(LoginError::stopped(login.names, reason))
}
