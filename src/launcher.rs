//! The executable in front of the whole program: answer a hit, or become the whole program.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    ExitCode::from(mfa_session::command::launch(&arguments))
}
