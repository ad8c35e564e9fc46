//! `completions`: scripts that ask the program itself what may come next, profile names included.
//!
//! The variable that switches the program into answering is its own, and the hook never looks at it.

use std::ffi::{OsStr, OsString};

use clap::{Command, CommandFactory as _};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use crate::cli::{Cli, Completions};
use crate::context::{Context, Env};
use crate::error::Error;
use crate::login::Scene;

use super::Outcome;

/// Set by the scripts; the generic COMPLETE is everybody's.
const VARIABLE: &str = "MFA_SESSION_COMPLETE";
const NAME: &str = "mfa-session";

/// Answers a completion script; whether that was what the program was called for.
pub(super) fn answer(arguments: &[OsString]) -> bool {
    // The scripts call `mfa-session -- WORDS`; a hook's arguments never look like that.
    if arguments.get(1).is_none_or(|first| first != "--") {
        return false;
    }
    let folder = std::env::current_dir().ok();
    CompleteEnv::with_factory(command)
        .var(VARIABLE)
        .try_complete(arguments.iter().cloned(), folder.as_deref())
        .unwrap_or(true)
}

/// The command line, with profile names where profiles are asked for.
fn command() -> Command {
    let names = || ArgValueCompleter::new(profiles);
    Cli::command()
        .mut_arg("profile", |a| a.add(names()))
        .mut_subcommand("login", |c| {
            c.mut_arg("session_profile", |a| a.add(names()))
        })
}

fn profiles(typed: &OsStr) -> Vec<CompletionCandidate> {
    let env = Env::snapshot();
    let Some(typed) = typed.to_str() else {
        return Vec::new();
    };
    Scene::profile_names(&env)
        .into_iter()
        .filter(|name| name.starts_with(typed))
        .map(CompletionCandidate::new)
        .collect()
}

pub(super) fn run(context: &Context, args: &Completions) -> Outcome {
    let script = script(&args.shell)?;
    context.ui.data(&script)?;
    Ok(0)
}

fn script(shell: &str) -> Result<String, Error> {
    let shells = Shells::builtins();
    let mut text = Vec::new();
    let written = shells
        .completer(shell)
        .ok_or_else(|| std::io::Error::other("unknown shell"))
        .and_then(|completer| completer.write_registration(VARIABLE, NAME, NAME, NAME, &mut text));
    written.map_err(Error::Output)?;
    if shell == "zsh" {
        text.extend_from_slice(FIRST_TAB.as_bytes());
    }
    Ok(String::from_utf8_lossy(&text).trim_matches('\n').to_owned() + "\n")
}

/// Autoloaded from fpath, the script is the body of a function that zsh calls for the first completion: that one too is answered.
const FIRST_TAB: &str = r#"
if [[ "${funcstack[1]}" == _mfa-session ]]; then
    _clap_dynamic_completer_mfa_session "$@"
fi
"#;
