//! `exec`: runs a command with the session in its environment.
//!
//! The command replaces this process, so signals go to the command and the exit code is the command's own.

use crate::cli::Exec;
use crate::context::Context;
use crate::error::Error;
use crate::process::{self, PARENT_GUARD};

use super::outcome::Outcome;
use super::session::{CONFLICTING, any_live, variables};

pub(super) fn run(context: &Context, profile: Option<String>, args: Exec) -> Outcome {
    let session = any_live(context, profile, args.session)?;
    let set = variables(&session, context);
    let set: Vec<_> = set
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let remove: Vec<_> = CONFLICTING.into_iter().chain([PARENT_GUARD]).collect();
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(Error::Usage {
            message: "exec needs a command".to_owned(),
            hint: "mfa-session exec -- aws sts get-caller-identity".to_owned(),
        });
    };
    Err(process::replace(program, arguments, &set, &remove).into())
}
