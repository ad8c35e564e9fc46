//! `setup --undo`: takes back what the last setup changed, as far as it is still as setup wrote it.

use crate::cli::Setup;
use crate::context::Context;
use crate::error::Error;
use crate::login::setup::{Order, check_files, undo, write};
use crate::login::{Answer, LocalState, LoginError, Purpose, sweep};
use crate::shared_config::Profiles;

use super::super::consent::{self, Consent};
use super::super::outcome::Outcome;
use super::super::person::Enter;
use super::{record, show};

pub(super) fn run(context: &Context, args: &Setup) -> Outcome {
    let ui = context.ui;
    let (state, ()) = LocalState::look_up(&context.env, Purpose::Change, &mut |state| {
        Ok(if state.is_being_written() {
            Answer::Partial(())
        } else {
            Answer::Complete(())
        })
    })?;
    let Some(record) = record::last(&state)? else {
        return Err(Error::Refused {
            message: "no setup of these files is recorded, so there is nothing to take back"
                .to_owned(),
            hint: "mfa-session setup --dry-run".to_owned(),
        });
    };
    let planned = undo(&state.profiles, &record);
    let after = planned.changes.applied_to_both(&state.profiles);
    let after = after.map_err(|(file, error)| LoginError::Edit {
        path: state.locations.shared_file(file).display().to_string(),
        error,
    })?;
    for sentence in &planned.left {
        ui.note(sentence);
    }
    let difference = show::difference(&state, &state.profiles, &after);
    if args.dry_run {
        ui.show(&difference)?;
        ui.say("Nothing was written, because of --dry-run.");
        return Ok(0);
    }
    let _ = sweep(context, &state);
    if !planned.changes.is_empty() {
        check_files(&state, &planned.changes)?;
        ui.aside(&difference);
        let consent = Consent {
            plan: &["This takes back what the last setup changed.".to_owned()],
            enter: Enter::Yes,
            yes: args.yes,
            command: "mfa-session setup --undo",
        };
        consent::obtain(context, &state.cache, &consent)?;
        let replan = |fresh: &Profiles| Ok(undo(fresh, &record).changes);
        write(
            context,
            &state,
            Order::ConfigFirst,
            &planned.changes,
            &replan,
        )?;
    }
    state.cache.forget_setup(&record::key(&state));
    ui.say(if planned.changes.is_empty() {
        "Nothing of the last setup is left to take back."
    } else {
        "The last setup is taken back."
    });
    Ok(0)
}
