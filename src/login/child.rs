//! Runs another program that prints a code or a key.
//!
//! Its stderr is shown at once and stored nowhere, because it may contain secrets.

use std::ops::ControlFlow;
use std::process::ExitStatus;

use secrecy::SecretString;

use crate::context::Context;
use crate::process::{Ended, Input, Limit, PARENT_GUARD, ProcessError, capture};
use crate::prompt::{Noted, Signal, Signals};
use crate::ui::Ui;

use super::LoginError;
use super::watch::{StopReason, Watch};

/// The limit of a child's output, in bytes. No key or code needs as much.
const MAX_BYTES: usize = 64_000;

/// Refuses to run under this program itself, which would ask for a code in order to ask for a code.
///
/// # Errors
/// [`LoginError::Recursion`].
pub(super) fn refuse_recursion(context: &Context) -> Result<(), LoginError> {
    if context.env.os(PARENT_GUARD).is_some() {
        Err(LoginError::Recursion)
    } else {
        Ok(())
    }
}

/// Why there is no output of a child.
#[derive(Debug)]
pub(super) enum Failed {
    /// It could not be run or read.
    Process(ProcessError),
    /// It was stopped: it took too long, a signal came, or nobody waits any more.
    Stopped(StopReason),
    /// It failed. `recursion` says that it was this program.
    Exit { status: ExitStatus, recursion: bool },
}

/// Notes signals instead of obeying them while a child runs or a code is waited for: waiting processes must learn of a
/// cancellation, and no child may keep the terminal. Where no handlers can be installed, a signal ends the program at once.
pub(super) struct Noting(Option<Noted>);

impl Noting {
    pub(super) fn begin() -> Self {
        Self(Signals::note().ok())
    }

    /// Checks whether to stop: for a signal, or as [`Watch::check`] says.
    pub(super) fn check(&self, watch: &Watch) -> ControlFlow<StopReason> {
        match self.0.as_ref().and_then(Noted::signal) {
            Some(signal) => ControlFlow::Break(StopReason::Signal(signal)),
            None => watch.check(),
        }
    }

    /// Lets signals act again, and returns the one that came meanwhile.
    pub(super) fn end(self) -> Option<Signal> {
        self.0.and_then(Noted::finish)
    }
}

/// Runs a command and returns all that it printed on stdout.
///
/// # Errors
/// It cannot be run, it fails, or it was stopped.
pub(super) fn output(
    command: &str,
    input: Input,
    watch: &Watch,
    ui: Ui,
) -> Result<SecretString, Failed> {
    let limit = Limit {
        deadline: watch.deadline(),
        max_bytes: MAX_BYTES,
    };
    let noted = Noting::begin();
    let ended = capture(command, &[], input, limit, &mut || noted.check(watch));
    // Ctrl-C ends the child as well, so the signal is the reason and not the child's failure.
    if let Some(signal) = noted.end() {
        return Err(Failed::Stopped(StopReason::Signal(signal)));
    }
    match ended {
        Ok(Ended::Exited(captured)) if captured.status.success() => Ok(captured.stdout),
        Ok(Ended::Exited(captured)) => {
            for line in captured.stderr_head.lines() {
                ui.say(&format!("  {line}"));
            }
            Err(Failed::Exit {
                status: captured.status,
                recursion: captured.stderr_head.contains(super::error::RECURSION_MARK),
            })
        }
        Ok(Ended::Deadline) => Err(Failed::Stopped(StopReason::Deadline)),
        Ok(Ended::Left(reason)) => Err(Failed::Stopped(reason)),
        Err(error) => Err(Failed::Process(error)),
    }
}
