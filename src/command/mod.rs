//! The subcommands, one file each. This file only calls them.
//!
//! A command turns its arguments into a request, calls the modules on the floors below, and prints the result.

mod audit;
mod completions;
mod consent;
mod console;
mod credential_process;
mod demo;
mod device;
mod doctor;
mod env;
mod exec;
mod folder;
mod input;
mod key;
mod launcher;
mod login;
mod logout;
mod man;
mod outcome;
mod own_calls;
mod panic;
mod person;
mod policy;
mod refusal;
mod sandbox;
mod session;
mod setup;
mod status;
mod token_code;

use std::ffi::OsString;
use std::time::Instant;

use crate::aws::{Aws, Sdk};
use crate::cli::{Cli, Command};
use crate::context::{Clock, Context, Env};
use crate::process;
use crate::test_hooks;
use crate::ui::{Ui, Verbosity};

pub use launcher::launch;

use outcome::Outcome;

/// Runs the program with these arguments, and returns its exit code.
#[must_use]
pub fn run(arguments: Vec<OsString>) -> u8 {
    let started = Instant::now();
    process::harden();
    panic::contained(|| dispatch(started, arguments))
}

fn dispatch(started: Instant, arguments: Vec<OsString>) -> u8 {
    if let Some(profile) = credential_process::plain(&arguments) {
        let context = context(started, 0, sdk());
        let outcome = checked(&context, || {
            credential_process::run(&context, Some(profile), false)
        });
        return finish(&context, outcome);
    }
    if completions::answer(&arguments) {
        return 0;
    }
    let called_as = arguments.first().cloned().unwrap_or_default();
    let cli = match Cli::read(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let context = context(started, cli.common.verbose, sdk());
    let profile = cli.common.profile;
    let outcome = checked(&context, || match cli.command {
        Command::Login(args) => login::run(&context, profile, args),
        Command::CredentialProcess(args) => {
            credential_process::run(&context, profile, args.no_prompt)
        }
        Command::Exec(args) => exec::run(&context, profile, args),
        Command::Env(args) => env::run(&context, profile, args),
        Command::Console(args) => console::run(&context, profile, args),
        Command::Status(args) => status::run(&context, profile, &args),
        Command::Logout(args) => logout::run(&context, profile, &args),
        Command::Setup(args) => setup::run(&context, &called_as, profile, args),
        Command::Device(args) => device::run(&context, profile.as_deref(), args),
        Command::Key(args) => key::run(&context, profile.as_deref(), &args),
        Command::Doctor(args) => doctor::run(&context, profile.as_deref(), &args),
        Command::Policy(args) => policy::run(&context, args),
        Command::Audit(args) => audit::run(&context, &args),
        Command::Sandbox(args) => sandbox::run(&context, args),
        Command::Demo => demo::run(&context),
        Command::Completions(args) => completions::run(&context, &args),
        Command::Man(args) => man::run(&context, &args),
    });
    finish(&context, outcome)
}

/// Runs a command after checking the variables that it may read.
fn checked(context: &Context, command: impl FnOnce() -> Outcome) -> Outcome {
    context.env.check()?;
    command()
}

fn finish(context: &Context, outcome: Outcome) -> u8 {
    outcome.unwrap_or_else(|error| {
        error.report(context.ui);
        error.exit_code()
    })
}

fn sdk() -> Box<dyn Aws> {
    Box::new(Sdk::new(test_hooks::clock_offset()))
}

fn context(started: Instant, verbose: u8, aws: Box<dyn Aws>) -> Context {
    let env = Env::snapshot();
    let asked = match env.get("MFA_SESSION_LOG") {
        Some("debug" | "trace" | "2") => Verbosity::Debug,
        Some("info" | "1") => Verbosity::Info,
        _ => Verbosity::Normal,
    };
    let verbosity = asked.max(match verbose {
        0 => Verbosity::Normal,
        1 => Verbosity::Info,
        _ => Verbosity::Debug,
    });
    Context {
        env,
        clock: Clock,
        ui: Ui::new(verbosity),
        aws,
        started,
    }
}
