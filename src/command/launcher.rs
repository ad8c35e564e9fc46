//! The launcher: a small executable that a package installs as `mfa-session` in front of the whole program.
//!
//! It answers a hit of the hook, and becomes the whole program for everything else. Most of what a hit costs is the start of a large
//! executable, and this one is small because it refers to neither the SDK nor clap nor the sandbox.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::aws::NoCalls;
use crate::process;
use crate::ui::Ui;

use super::{context, credential_process, finish, panic};

/// Where the whole program is, under the prefix whose `bin` holds the launcher.
const WHOLE_PROGRAM: &str = "libexec/mfa-session/mfa-session";

/// Answers a hit, or becomes the whole program with the same arguments. Returns the exit code of a hit, or 1 if the whole program
/// cannot be started.
#[must_use]
pub fn launch(arguments: &[OsString]) -> u8 {
    let started = Instant::now();
    if let Some(profile) = credential_process::plain(arguments) {
        process::harden();
        let mut answer = None;
        let code = panic::contained(|| {
            answer = hit(started, profile);
            answer.unwrap_or_default()
        });
        if answer.is_some() || code != 0 {
            return code;
        }
    }
    become_whole_program(arguments)
}

fn hit(started: Instant, profile: String) -> Option<u8> {
    let context = context(started, 0, Box::new(NoCalls));
    // Without HOME, the home folder would come from the system's user database, which a static executable cannot ask reliably.
    context.env.os("HOME")?;
    context.env.check().ok()?;
    let outcome = credential_process::hit(&context, profile)?;
    Some(finish(&context, outcome))
}

fn become_whole_program(arguments: &[OsString]) -> u8 {
    let error = match whole_program() {
        Ok(program) => process::become_program(&program, arguments).to_string(),
        Err(error) => format!("cannot find the folder of this program: {error}"),
    };
    let ui = Ui::default();
    ui.error(&error);
    ui.hint("install mfa-session again, or start the whole program by its path");
    1
}

fn whole_program() -> std::io::Result<PathBuf> {
    let launcher = std::env::current_exe()?;
    let prefix = launcher.ancestors().nth(2).unwrap_or(Path::new("/"));
    Ok(prefix.join(WHOLE_PROGRAM))
}
