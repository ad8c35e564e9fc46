//! `device …`: one file per subcommand. This file only calls them.

mod kind;
mod list;

use crate::cli::Device;
use crate::context::Context;

use super::outcome::Outcome;

pub(super) fn run(context: &Context, profile: Option<&str>, args: Device) -> Outcome {
    match args {
        Device::List(args) => list::run(context, profile, &args),
    }
}
