//! The program that the hook profile calls: this one, by the path by which it was called.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use secrecy::ExposeSecret as _;

use crate::context::Context;
use crate::error::Error;
use crate::process::{Ended, Input, Limit, called_path, capture, is_executable, shell_quote};
use crate::ui::one_line;

/// How long this program may take to print its version.
const PATIENCE: Duration = Duration::from_secs(10);
const MOST: usize = 1000;

/// The path of this program, as text for a shared file. It has been run once to see that it is this program.
///
/// # Errors
/// There is no such path, it cannot stand in a shared file, or another program is there.
pub(super) fn find(context: &Context, called_as: &OsStr) -> Result<String, Error> {
    let refused = |what: &str| Error::Refused {
        message: format!(
            "the hook profile cannot call `{}`: {what}",
            one_line(&called_as.to_string_lossy(), 300)
        ),
        hint: "call this program by its path, as in: /usr/local/bin/mfa-session setup".to_owned(),
    };
    let found = called_path(called_as, context.env.os("PATH"));
    let Some(path) = found.ok().flatten() else {
        return Err(refused("nothing that can be run is there"));
    };
    let Some(text) = path.to_str().filter(|t| !t.contains(char::is_control)) else {
        return Err(refused("its path cannot stand in a shared file"));
    };
    if is_this_program(text) {
        Ok(text.to_owned())
    } else {
        Err(refused("another program is there"))
    }
}

/// Runs the path in a shell, as the SDKs do.
fn is_this_program(path: &str) -> bool {
    let limit = Limit {
        deadline: Some(Instant::now() + PATIENCE),
        max_bytes: MOST,
    };
    let ended = capture(
        &format!("{} --version", shell_quote(path)),
        &[],
        Input::Null,
        limit,
        &mut || ControlFlow::<Infallible>::Continue(()),
    );
    match ended {
        Ok(Ended::Exited(captured)) => {
            let version = concat!("mfa-session ", env!("CARGO_PKG_VERSION"));
            captured.status.success() && captured.stdout.expose_secret().trim() == version
        }
        Ok(Ended::Deadline) | Err(_) => false,
        Ok(Ended::Left(never)) => match never {},
    }
}

/// Whether the program of a hook line can be run.
pub(super) fn runs(context: &Context, program: &str) -> bool {
    if program.contains('/') {
        return is_executable(Path::new(program));
    }
    let found = called_path(OsStr::new(program), context.env.os("PATH"));
    found.is_ok_and(|path| path.is_some())
}
