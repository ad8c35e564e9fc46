//! Running another program for a code or a key, under the caller's watch.
//!
//! What it printed on stderr is relayed to the human at once and kept nowhere: it may quote what must not be stored.

use std::process::ExitStatus;

use secrecy::SecretString;

use crate::process::{Ended, Input, Limit, ProcessError, capture};
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

/// The whole stdout of a child that succeeded.
pub(super) fn output(
    command: &str,
    input: Input,
    watch: &Watch,
    ui: &Ui,
) -> Result<SecretString, Failed> {
    let limit = Limit {
        deadline: watch.deadline(),
        max_bytes: MAX_BYTES,
    };
    match capture(command, &[], input, limit, &mut || watch.look()) {
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
