//! Running another program for a code or a key, under the caller's watch.
//!
//! What it printed on stderr is relayed to the human at once and kept nowhere: it may quote what must not be stored.

use std::ops::ControlFlow;
use std::process::ExitStatus;

use secrecy::SecretString;

use crate::process::{Ended, Input, Limit, ProcessError, capture};
use crate::prompt::{Noted, Signal, Signals};
use crate::ui::Ui;

use super::watch::{Leave, Watch};

/// More than any key or code needs.
const MAX_BYTES: usize = 64_000;

/// Why a child gave nothing.
#[derive(Debug)]
pub(super) enum Failed {
    /// It could not be run or read.
    Process(ProcessError),
    /// It took too long, or nobody waits any more.
    Left(Leave),
    /// It failed itself.
    Exit { status: ExitStatus, recursion: bool },
}

/// Signals noted while somebody else is asked: whoever leads a herd must tell it that it was cancelled, and a child must not live
/// on with the terminal in its hands. Without handlers signals end the program at once, as everywhere.
pub(super) struct Noting(Option<Noted>);

impl Noting {
    pub(super) fn begin() -> Self {
        Self(Signals::note().ok())
    }

    /// A look around that sees signals too.
    pub(super) fn look(&self, watch: &Watch) -> ControlFlow<Leave> {
        match self.0.as_ref().and_then(Noted::signal) {
            Some(signal) => ControlFlow::Break(Leave::Signal(signal)),
            None => watch.look(),
        }
    }

    /// Lets signals act again; the one that came meanwhile.
    pub(super) fn end(self) -> Option<Signal> {
        self.0.and_then(Noted::finish)
    }
}

/// The whole stdout of a child that succeeded.
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
    let ended = capture(command, &[], input, limit, &mut || noted.look(watch));
    // Ctrl-C ends the child as well: its own failure is not the reason.
    if let Some(signal) = noted.end() {
        return Err(Failed::Left(Leave::Signal(signal)));
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
        Ok(Ended::Deadline) => Err(Failed::Left(Leave::Deadline)),
        Ok(Ended::Left(leave)) => Err(Failed::Left(leave)),
        Err(error) => Err(Failed::Process(error)),
    }
}
