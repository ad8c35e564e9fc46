//! `setup`: from a profile with a long-term key to a hook profile that every AWS SDK and tool can use.
//!
//! It says what it will change and shows how each file changes before it writes. `--undo` takes that back.

mod csv;
mod device;
mod key;
mod program;
mod record;
mod roles;
mod show;
mod source;
mod try_out;
mod undo;

use std::ffi::OsStr;

use crate::cli::Setup;
use crate::context::Context;
use crate::error::Error;
use crate::login::setup::{
    Checked, Device, Given, Kind, Order, Plan, Refusal, check_files, plan, write,
};
use crate::login::sweep;
use crate::process::shell_quote;
use crate::session::setup_record::StoredKey;
use crate::shared_config::Profiles;

use super::consent::{self, Consent};
use super::outcome::Outcome;
use super::own_calls::OwnCalls;
use super::person::Enter;

/// The profile that commands without a profile use, and the one that gets its keys with `--default`.
const DEFAULT: &str = "default";
const DEFAULT_LONG_TERM: &str = "default-long-term";

pub(super) fn run(
    context: &Context,
    called_as: &OsStr,
    profile: Option<String>,
    args: Setup,
) -> Outcome {
    if args.undo {
        return undo::run(context, &args);
    }
    if args.default && profile.as_deref().is_some_and(|name| name != DEFAULT) {
        return Err(Error::Usage {
            message: "`--default` is about profile `default`, and another profile is named"
                .to_owned(),
            hint: "mfa-session setup --default --profile default".to_owned(),
        });
    }
    let program = if args.is_static {
        None
    } else {
        Some(program::find(context, called_as)?)
    };
    let profile = if args.default {
        let names = (DEFAULT, DEFAULT_LONG_TERM);
        Some(source::before_or_after_move(context, names)?)
    } else {
        profile
    };
    let mut stored = None;
    let source = if key::is_wanted(context, profile.as_deref(), &args)? {
        match key::take(context, profile.as_deref(), &args)? {
            key::Taken::Stored(key) => {
                let name = key.profile.clone();
                stored = key.is_new.then_some(key.record());
                Some(name)
            }
            key::Taken::Shown => return Ok(0),
        }
    } else {
        source::choose(context, profile)?
    };
    let (calls, serial_number) = device::look_up(context, source.as_deref(), &args)?;
    let known = calls.user.state.sessions();
    let found = &calls.user.names.source;
    let given = Given {
        source: if args.default {
            DEFAULT_LONG_TERM
        } else {
            found
        },
        kind: match &program {
            Some(program) => Kind::Hook { program },
            None => Kind::Static,
        },
        session_profile: args.session_profile.as_deref(),
        move_from: args.default.then_some(DEFAULT),
        device: serial_number.as_ref().map(|serial_number| Device {
            serial_number,
            replaces: args.serial_number.is_some(),
        }),
        mfa_process: args.mfa_process.as_deref(),
        moves_roles: args.roles,
        converts: args.convert,
        runs: &|program| program::runs(context, program),
        is_session: &|id| known.iter().any(|known| known.as_str() == id),
        now: context.clock.now(),
    };
    let checked = make(&calls, given, stored, &args)?;
    if args.dry_run {
        return show::dry_run(&calls, &checked);
    }
    try_out::run(&calls, &checked.plan, args)
}

/// Shows the changes, asks whether to make them, and makes them, except in a dry run.
fn make(
    calls: &OwnCalls<'_>,
    mut given: Given<'_>,
    stored: Option<StoredKey>,
    args: &Setup,
) -> Result<Checked, Error> {
    let (context, state) = (calls.context, &calls.user.state);
    let checked =
        |given: &Given<'_>| Checked::of(state, &|profiles: &Profiles| plan(profiles, given));
    let mut planned = checked(&given)?;
    if roles::are_wanted(context, state, &planned.plan, args)? {
        given.moves_roles = true;
        planned = checked(&given)?;
    }
    if args.dry_run {
        return Ok(planned);
    }
    // What cannot be removed is left to the next command.
    let _ = sweep(context, state);
    show::notes(context, &planned.plan);
    let changes = &planned.plan.changes;
    if changes.is_empty() {
        context.ui.say(&format!(
            "Profile {} is set up already: nothing changes.",
            planned.plan.profile
        ));
        return Ok(planned);
    }
    check_files(state, changes)?;
    show::changes(context, state, &planned);
    let command = if args.default {
        format!("mfa-session {}", words(args))
    } else {
        calls.command(&words(args))
    };
    let consent = Consent {
        plan: &[],
        enter: Enter::Yes,
        yes: args.yes,
        command: &command,
    };
    consent::obtain(context, &state.cache, &consent)?;
    let recording = record::Recording::begin(context, state, &state.profiles, changes, stored)?;
    let replan = |fresh: &Profiles| -> Result<_, Refusal> {
        plan(fresh, &given).map(|plan: Plan| plan.changes)
    };
    write(context, state, Order::CredentialsFirst, changes, &replan)?;
    recording.complete()?;
    context
        .ui
        .say("The files are written. To take that back: mfa-session setup --undo");
    Ok(planned)
}

/// The command as it was typed, for a hint, as far as another run would need it.
fn words(args: &Setup) -> String {
    let mut words = "setup".to_owned();
    for (is_given, option) in [
        (args.is_static, " --static"),
        (args.default, " --default"),
        (args.roles, " --roles"),
        (args.convert, " --convert"),
    ] {
        if is_given {
            words.push_str(option);
        }
    }
    for (option, value) in [
        ("--session-profile", &args.session_profile),
        ("--serial-number", &args.serial_number),
        ("--mfa-process", &args.mfa_process),
    ] {
        if let Some(value) = value {
            words.extend([" ", option, " ", &shell_quote(value)]);
        }
    }
    words
}
