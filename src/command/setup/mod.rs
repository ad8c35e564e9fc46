//! `setup`: from a profile with a long-term key to a hook profile that every AWS SDK and tool can use.
//!
//! It says what it will change and shows how each file changes before it writes.

mod csv;
mod device;
mod key;
mod program;
mod show;
mod source;
mod try_out;

use std::ffi::OsStr;

use crate::cli::Setup;
use crate::context::Context;
use crate::error::Error;
use crate::login::setup::{Checked, Device, Given, Kind, Plan, Refusal, plan, write};
use crate::login::sweep;
use crate::shared_config::Profiles;

use super::consent::{self, Consent};
use super::outcome::Outcome;
use super::own_calls::OwnCalls;
use super::person::Enter;

pub(super) fn run(
    context: &Context,
    called_as: &OsStr,
    profile: Option<String>,
    args: Setup,
) -> Outcome {
    let program = if args.is_static {
        None
    } else {
        Some(program::find(context, called_as)?)
    };
    let source = if key::is_wanted(context, profile.as_deref(), &args)? {
        match key::take(context, profile.as_deref(), &args)? {
            key::Taken::Stored(name) => Some(name),
            key::Taken::Shown => return Ok(0),
        }
    } else {
        source::choose(context, profile)?
    };
    let (calls, serial_number) = device::look_up(context, source.as_deref(), &args)?;
    let state = &calls.user.state;
    let known = state.sessions();
    let given = Given {
        source: &calls.user.names.source,
        kind: match &program {
            Some(program) => Kind::Hook { program },
            None => Kind::Static,
        },
        session_profile: args.session_profile.as_deref(),
        device: serial_number.as_ref().map(|serial_number| Device {
            serial_number,
            replaces: args.serial_number.is_some(),
        }),
        runs: &|program| program::runs(context, program),
        is_session: &|id| known.iter().any(|known| known.as_str() == id),
        now: context.clock.now(),
    };
    let replan = |profiles: &Profiles| plan(profiles, &given);
    let checked = Checked::of(state, &replan)?;
    if args.dry_run {
        return show::dry_run(&calls, &checked);
    }
    make(&calls, &checked, &replan, args.yes)?;
    try_out::run(&calls, &checked.plan, args)
}

/// Shows the changes, asks whether to make them, and makes them.
fn make(
    calls: &OwnCalls<'_>,
    checked: &Checked,
    replan: &dyn Fn(&Profiles) -> Result<Plan, Refusal>,
    yes: bool,
) -> Result<(), Error> {
    let (context, state) = (calls.context, &calls.user.state);
    // What cannot be removed is left to the next command.
    let _ = sweep(context, state);
    show::notes(context, &checked.plan);
    if checked.plan.changes.is_empty() {
        context.ui.say(&format!(
            "Profile {} is set up already: nothing changes.",
            checked.plan.profile
        ));
        return Ok(());
    }
    checked.check_files(state)?;
    show::changes(context, state, checked);
    let consent = Consent {
        plan: &[],
        enter: Enter::Yes,
        yes,
        command: &calls.command("setup"),
    };
    consent::obtain(context, &state.cache, &consent)?;
    write(context, state, &checked.plan, replan)?;
    context.ui.say("The files are written.");
    Ok(())
}
