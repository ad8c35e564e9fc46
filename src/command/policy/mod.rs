//! `policy`: one file per subcommand.
//!
//! Nothing here judges a policy, which is left to the engine, and nothing here uses the network.

mod batch;
mod check;
mod explain;
mod fix;
mod generate;
mod judge;
mod simulate;
mod stream;
mod verify;

use crate::cli::Policy;
use crate::context::Context;

use super::{input, outcome::Outcome};

pub(super) fn run(context: &Context, args: Policy) -> Outcome {
    match args {
        Policy::Generate(args) => generate::run(context, args),
        Policy::Explain(args) => explain::run(context, &args),
        Policy::Check(args) if args.fix => fix::run(context, &args),
        Policy::Check(args) => check::run(context, &args),
        Policy::Simulate(args) => simulate::run(context, &args),
        Policy::Verify(args) => verify::run(context, &args),
    }
}
