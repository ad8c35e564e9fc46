//! What setup will change: sentences, and the difference of each file without its secrets.

use similar::TextDiff;

use crate::context::Context;
use crate::login::LocalState;
use crate::login::setup::{Checked, Plan};
use crate::shared_config::{Document, Profiles, masked};
use crate::ui::clean;

use super::super::outcome::Outcome;
use super::super::own_calls::OwnCalls;

/// Prints what would change: the differences to stdout, everything else to stderr.
pub(super) fn dry_run(calls: &OwnCalls<'_>, checked: &Checked) -> Outcome {
    let ui = calls.context.ui;
    notes(calls.context, &checked.plan);
    for sentence in &checked.plan.sentences {
        ui.say(sentence);
    }
    let state = &calls.user.state;
    let difference = difference(state, &state.profiles, &checked.after);
    if difference.is_empty() {
        ui.say("Nothing would change.");
    } else {
        ui.show(&difference)?;
        ui.say("Nothing was written, because of --dry-run.");
    }
    Ok(0)
}

/// Prints what the user should know.
pub(super) fn notes(context: &Context, plan: &Plan) {
    for note in &plan.notes {
        context.ui.note(note);
    }
}

/// Prints what is about to change to stderr.
pub(super) fn changes(context: &Context, state: &LocalState, checked: &Checked) {
    for sentence in &checked.plan.sentences {
        context.ui.say(sentence);
    }
    let difference = difference(state, &state.profiles, &checked.after);
    context.ui.aside(&difference);
}

/// The unified difference of both files.
pub(super) fn difference(state: &LocalState, before: &Profiles, after: &Profiles) -> String {
    [
        (before.config(), after.config()),
        (before.credentials(), after.credentials()),
    ]
    .map(|(before, after)| of_file(state, before, after))
    .concat()
}

/// The unified difference of one file, without secrets.
pub(super) fn of_file(state: &LocalState, before: &Document, after: &Document) -> String {
    let text = |document: &Document| masked(&String::from_utf8_lossy(document.as_bytes()));
    let path = state.locations.shared_file(before.kind()).display();
    let path = path.to_string();
    let difference = TextDiff::from_lines(&text(before), &text(after))
        .unified_diff()
        .context_radius(3)
        .header(&path, &path)
        .to_string();
    clean(&difference).into_owned()
}
