//! `key …`: one file per subcommand. This file only calls them.

mod held;
mod keychain;
mod new_key;
mod old_key;
mod plan;
mod rotate;

use crate::cli::Key;
use crate::context::Context;

use super::outcome::Outcome;

pub(super) fn run(context: &Context, profile: Option<&str>, args: &Key) -> Outcome {
    match args {
        Key::Rotate(args) => rotate::run(context, profile, args),
        Key::Store(args) => keychain::store(context, profile, args),
        Key::Restore(args) => keychain::restore(context, profile, args),
    }
}
