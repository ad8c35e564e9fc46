//! Parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(mfa_session::command::run(std::env::args_os().collect()))
}
