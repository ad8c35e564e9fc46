//! `policy simulate`.
use crate::cli::Simulate;
use crate::command::Outcome;
use crate::context::Context;

pub(super) fn run(_context: &Context, _args: &Simulate) -> Outcome {
    Ok(1)
}
