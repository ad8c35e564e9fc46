//! The offer to have role profiles stand on the hook profile.

use crate::cli::Setup;
use crate::context::Context;
use crate::error::Error;
use crate::login::LocalState;
use crate::login::setup::Plan;
use crate::ui::one_line;

use super::super::person::{Enter, Nobody, Person};

/// Whether to move the role profiles of a plan. A script says so by `--roles`.
///
/// # Errors
/// A cancellation.
pub(super) fn are_wanted(
    context: &Context,
    state: &LocalState,
    plan: &Plan,
    args: &Setup,
) -> Result<bool, Error> {
    if plan.roles.is_empty() {
        return Ok(false);
    }
    let names = one_line(&plan.roles.join(", "), 600);
    let offer = || {
        context.ui.note(&format!(
            "AWS clients use these role profiles without the session, or ask for a code for each: {names}. To have them stand on profile {}, add --roles.",
            plan.profile
        ));
    };
    if args.yes || args.dry_run {
        offer();
        return Ok(false);
    }
    match Person::open(&state.cache) {
        Ok(mut person) => {
            person.say(&format!(
                "AWS clients use these role profiles without the session, or ask for a code for each: {names}."
            ));
            let question = format!("Have them stand on profile {}?", plan.profile);
            person.confirm(&question, Enter::Yes)
        }
        Err(Nobody::Failed(error)) => Err(error),
        Err(Nobody::NotAllowed(_)) => {
            offer();
            Ok(false)
        }
    }
}
