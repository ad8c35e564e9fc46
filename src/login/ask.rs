//! Where the code comes from: `--token-code`, `mfa_process`, or the human at the terminal.
//!
//! Decides who may be asked, and asks; what comes of a code is `attempt`'s business. Prompts go to the terminal device only.

use std::ops::ControlFlow;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::aws::types::TokenCode;
use crate::process::Input;
use crate::prompt::{Answer, Echo, NotAllowed, Question, Signals, Terminal};
use crate::session::record::Record;
use crate::storage::lock::{Activity, Lock, Waited};

use super::LoginError;
use super::attempt::{Job, broken};
use super::child::{self, Failed, Noting};
use super::herd::{self, Turn};
use super::watch::Leave;

/// A source of codes.
pub(super) enum Asker {
    /// One code, from the command line.
    Given(Option<SecretString>),
    /// A command, and what it gets as its stdin and stderr.
    Command {
        command: String,
        input: Input,
        terminal: Option<Held>,
    },
    /// A human.
    Human {
        terminal: Terminal,
        lock: Option<Lock>,
    },
}

/// A terminal that a command talks on, and the lock that keeps other prompts off it.
pub(super) struct Held {
    terminal: Terminal,
    lock: Option<Lock>,
}

/// What came of asking.
pub(super) enum Asked {
    /// A code, not yet known to be right.
    Code(TokenCode),
    /// Another process has logged in meanwhile.
    Found(Box<Record>),
}

impl Asker {
    /// Decides who is asked, and takes the terminal where one is needed.
    ///
    /// # Errors
    /// [`LoginError::CannotAsk`] and its like.
    pub(super) fn open(job: &Job<'_>) -> Result<Self, LoginError> {
        if let Some(code) = &job.token_code {
            return Ok(Self::Given(Some(code.clone())));
        }
        if job.never_ask {
            return Err(job.cannot_ask("asking is switched off"));
        }
        let command = job.settings.mfa_process.clone();
        match (terminal(job), command) {
            (Ok((terminal, lock)), Some(command)) => Ok(Self::Command {
                command,
                input: Input::Terminal,
                terminal: Some(Held { terminal, lock }),
            }),
            (Err(Refused::Not(_)), Some(command)) => Ok(Self::Command {
                command,
                input: Input::Null,
                terminal: None,
            }),
            (Ok((terminal, lock)), None) => Ok(Self::Human { terminal, lock }),
            (Err(Refused::Not(why)), None) => Err(job.cannot_ask(&why.to_string())),
            (Err(Refused::Other(error)), _) => Err(*error),
        }
    }

    /// Whether a refused code may be followed by another.
    pub(super) fn can_go_on(&self) -> bool {
        !matches!(self, Self::Given(_))
    }

    /// A line for whoever types the codes.
    pub(super) fn tell(&mut self, job: &Job<'_>, line: &str) {
        match self {
            Self::Human { terminal, .. } => terminal.say(line),
            Self::Given(_) | Self::Command { .. } => job.context.ui.say(line),
        }
    }

    /// Tells whoever waits for this process what it does from now on.
    pub(super) fn tell_waiters(&self, job: &Job<'_>, activity: Activity) {
        let terminal = match self {
            Self::Human { lock, .. } => lock.as_ref(),
            Self::Command { terminal, .. } => terminal.as_ref().and_then(|held| held.lock.as_ref()),
            Self::Given(_) => None,
        };
        if let Some(lock) = terminal {
            lock.tell(activity);
        }
        if let Some(lock) = job.ask_lock.borrow().as_ref() {
            lock.tell(activity);
        }
    }

    /// Stops, after Ctrl-Z, without holding anybody up. When continued, takes everything back, or a session that somebody else
    /// has made meanwhile.
    pub(super) fn stop(&mut self, job: &Job<'_>) -> Result<Option<Box<Record>>, LoginError> {
        match self {
            Self::Human { terminal, lock }
            | Self::Command {
                terminal: Some(Held { terminal, lock }),
                ..
            } => stop(job, Some((terminal, lock))),
            Self::Command { terminal: None, .. } | Self::Given(_) => stop(job, None),
        }
    }

    /// One well-formed code. A malformed one is asked for again where a human typed it.
    ///
    /// # Errors
    /// A cancellation, the deadline, a command that fails.
    pub(super) fn next(&mut self, job: &Job<'_>) -> Result<Asked, LoginError> {
        match self {
            Self::Given(code) => {
                let code = code.take().ok_or(LoginError::MalformedCode)?;
                TokenCode::new(code.expose_secret())
                    .map(Asked::Code)
                    .map_err(|_| LoginError::MalformedCode)
            }
            Self::Command { .. } if !job.watch.time_to_ask() => Err(job.left(Leave::Deadline)),
            Self::Command { command, input, .. } => run(job, command, *input),
            Self::Human { terminal, lock } => loop {
                let text = job.prompt();
                match ask(job, terminal, lock, &text, Echo::Hidden)? {
                    Typed::Found(record) => return Ok(Asked::Found(record)),
                    Typed::Text(typed) => match TokenCode::new(typed.expose_secret()) {
                        Ok(code) => return Ok(Asked::Code(code)),
                        Err(_) => terminal.say("A token code is six digits. Nothing was sent."),
                    },
                }
            },
        }
    }

    /// Shows lines and has one chosen, counted from 1; `None` where no human is asked.
    pub(super) fn choose(
        &mut self,
        job: &Job<'_>,
        lines: &[String],
        question: &str,
    ) -> Result<Option<usize>, LoginError> {
        let Self::Human { terminal, lock } = self else {
            return Ok(None);
        };
        for line in lines {
            terminal.say(line);
        }
        loop {
            match ask(job, terminal, lock, question, Echo::Visible)? {
                Typed::Found(_) => return Ok(None),
                Typed::Text(typed) => match typed.expose_secret().trim().parse::<usize>() {
                    Ok(n) if (1..=lines.len()).contains(&n) => return Ok(Some(n - 1)),
                    _ => terminal.say(&format!("Type a number from 1 to {}.", lines.len())),
                },
            }
        }
    }

    /// Yes by default; `None` where no human is asked.
    pub(super) fn confirm(&mut self, job: &Job<'_>, question: &str) -> Result<bool, LoginError> {
        let Self::Human { terminal, lock } = self else {
            return Ok(false);
        };
        match ask(job, terminal, lock, question, Echo::Visible)? {
            Typed::Found(_) => Ok(false),
            Typed::Text(typed) => {
                let typed = typed.expose_secret().trim().to_lowercase();
                Ok(typed.is_empty() || typed.starts_with('y'))
            }
        }
    }
}

enum Refused {
    Not(NotAllowed),
    Other(Box<LoginError>),
}

/// Takes the terminal: its lock before its mode is judged, because whoever holds the lock has changed the mode.
fn terminal(job: &Job<'_>) -> Result<(Terminal, Option<Lock>), Refused> {
    let terminal = Terminal::open().map_err(Refused::Not)?;
    let lock = lock_of(job, &terminal).map_err(|error| Refused::Other(error.into()))?;
    terminal.may_ask().map_err(Refused::Not)?;
    Ok((terminal, lock))
}

/// Waits for the terminal's lock; `None` where there are no locks.
fn lock_of(job: &Job<'_>, terminal: &Terminal) -> Result<Option<Lock>, LoginError> {
    let Some(session) = terminal.session() else {
        return Ok(None);
    };
    let lock = job.scene.cache.terminal_lock(session);
    match lock.acquire(&mut || job.watch.look()) {
        Ok(Waited::Held(lock)) => Ok(Some(lock)),
        Ok(Waited::Unsupported) => Ok(None),
        Ok(Waited::Left(leave)) => Err(job.left_lock(leave, &lock)),
        Err(error) => Err(job.locked(error)),
    }
}

/// Lets go of the locks, stops, and takes them back when continued: nobody waits for a program that is stopped, which may be for
/// ever, a login at the same terminal least of all.
fn stop(
    job: &Job<'_>,
    mut terminal: Option<(&mut Terminal, &mut Option<Lock>)>,
) -> Result<Option<Box<Record>>, LoginError> {
    if let Some((_, lock)) = &mut terminal {
        **lock = None;
    }
    let led = job.ask_lock.take().is_some();
    Signals::stop();
    if led {
        match herd::wait(job)? {
            Turn::Mine(lock) => *job.ask_lock.borrow_mut() = lock,
            Turn::Found(record) => return Ok(Some(record)),
        }
    }
    if let Some((terminal, lock)) = terminal {
        *lock = lock_of(job, terminal)?;
    }
    Ok(None)
}

enum Typed {
    Text(SecretString),
    Found(Box<Record>),
}

enum Stop {
    Leave(Leave),
    Found(Box<Record>),
}

/// Asks, and asks again after Ctrl-Z.
fn ask(
    job: &Job<'_>,
    terminal: &mut Terminal,
    lock: &mut Option<Lock>,
    text: &str,
    echo: Echo,
) -> Result<Typed, LoginError> {
    loop {
        if !job.watch.time_to_ask() {
            return Err(job.left(Leave::Deadline));
        }
        if let Some(typed) = ask_once(job, terminal, text, echo)? {
            return Ok(typed);
        }
        if let Some(record) = stop(job, Some((terminal, lock)))? {
            return Ok(Typed::Found(record));
        }
    }
}

/// Asks; `None` is Ctrl-Z.
fn ask_once(
    job: &Job<'_>,
    terminal: &mut Terminal,
    text: &str,
    echo: Echo,
) -> Result<Option<Typed>, LoginError> {
    let question = Question {
        text,
        echo,
        deadline: job.watch.deadline(),
    };
    let mut watch = || match job.watch.look() {
        ControlFlow::Break(leave) => ControlFlow::Break(Stop::Leave(leave)),
        ControlFlow::Continue(()) => match job.found_meanwhile() {
            Some(record) => ControlFlow::Break(Stop::Found(record)),
            None => ControlFlow::Continue(()),
        },
    };
    match terminal.ask(&question, &mut watch) {
        Answer::Text(typed) => Ok(Some(Typed::Text(typed))),
        Answer::Stop => Ok(None),
        Answer::EndOfInput => Err(LoginError::Cancelled(130)),
        Answer::Signal(signal) => Err(LoginError::Cancelled(signal.exit_code())),
        Answer::Deadline => Err(job.left(Leave::Deadline)),
        Answer::NotAllowed(why) => Err(job.cannot_ask(&why.to_string())),
        Answer::Left(Stop::Leave(leave)) => Err(job.left(leave)),
        Answer::Left(Stop::Found(record)) => Ok(Some(Typed::Found(record))),
        Answer::Failed(error) => Err(LoginError::Terminal(error)),
    }
}

fn run(job: &Job<'_>, command: &str, input: Input) -> Result<Asked, LoginError> {
    let output =
        child::output(command, input, job.watch, job.context.ui).map_err(|error| match error {
            Failed::Process(error) => LoginError::Process(error),
            Failed::Left(leave) => job.left(leave),
            Failed::Exit {
                recursion: true, ..
            } => LoginError::Recursion,
            Failed::Exit { status, .. } => LoginError::MfaProcess {
                status: status.to_string(),
            },
        })?;
    let printed = output.expose_secret().trim();
    TokenCode::new(printed)
        .map(Asked::Code)
        .map_err(|_| LoginError::MalformedProcessCode(printed.chars().count()))
}

/// Sleeps until the device shows its next code, looking around each second.
pub(super) fn wait_for_next_code(job: &Job<'_>) -> Result<(), LoginError> {
    let left = job.seconds_to_next_code() + 1;
    job.context.ui.say(&format!(
        "The code was refused; the next one comes in {left} s."
    ));
    let noted = Noting::begin();
    let mut flow = ControlFlow::Continue(());
    for _ in 0..left {
        flow = noted.look(job.watch);
        if flow.is_break() {
            break;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    match (noted.end(), flow) {
        (Some(signal), _) => Err(job.left(Leave::Signal(signal))),
        (None, flow) => broken(job, flow),
    }
}
