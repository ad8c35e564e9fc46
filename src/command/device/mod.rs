//! `device …`: one file per subcommand. This file only calls them.

mod choice;
mod codes;
mod enroll;
mod kind;
mod list;
mod name;
mod remember;
mod remove;
mod resync;
mod unfinished;

use crate::cli::Device;
use crate::context::Context;

use super::outcome::Outcome;

pub(super) fn run(context: &Context, profile: Option<&str>, args: Device) -> Outcome {
    match args {
        Device::List(args) => list::run(context, profile, &args),
        Device::Enroll(args) => enroll::run(context, profile, args),
        Device::Resync(args) => resync::run(context, profile, args),
        Device::Remove(args) => remove::run(context, profile, &args),
    }
}
