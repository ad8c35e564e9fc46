//! `doctor`: gathers what is known about this machine, has it checked, and prints the findings. Nothing is changed.

mod answers;
mod explain;
mod gather;
mod json;
mod network;
mod text;

use crate::cli::{Doctor, DoctorCommand, DoctorForm};
use crate::context::Context;
use crate::doctor::{Check, Finding, Severity, examine, scope};
use crate::error::Error;
use crate::login::plan::Wanted;
use crate::login::{LocalState, LoginError};

use super::outcome::Outcome;

/// There are errors among the findings.
const FINDINGS: u8 = 10;

pub(super) fn run(context: &Context, profile: Option<&str>, args: &Doctor) -> Outcome {
    if let Some(DoctorCommand::Explain { text }) = &args.command {
        if args.list {
            return Err(Error::Usage {
                message: "`--list` contradicts `explain`".to_owned(),
                hint: "mfa-session doctor --list".to_owned(),
            });
        }
        return explain::run(context, profile, text, args.format);
    }
    if args.list {
        return list(context, args.format);
    }
    let (state, errors) = LocalState::open_in_part(&context.env)?;
    if errors.iter().all(Option::is_none) {
        known(context, &state, profile)?;
    }
    let mut found = gather::with_facts(context, &state, &errors, &|facts| examine(facts));
    if !args.offline {
        match network::findings(context, profile, &args.call) {
            Ok(more) => found.extend(more),
            Err(why) => context.ui.note(&format!("AWS was not called: {why}")),
        }
        found.sort_by_key(|finding| finding.check.severity());
    }
    if let Some(profile) = profile {
        let scope = scope(&state.profiles, profile);
        found.retain(|finding| finding.is_in(&scope));
    }
    print(context, &found, args.format)?;
    Ok(exit_code(&found))
}

/// Refuses a profile that does not exist.
fn known(context: &Context, state: &LocalState, profile: Option<&str>) -> Result<(), Error> {
    let Some(name) = profile.filter(|name| state.profiles.profile(name).is_none()) else {
        return Ok(());
    };
    let wanted = Wanted {
        profile: Some(name.to_owned()),
        ..Wanted::default()
    };
    state.names(context, &wanted).map_err(LoginError::from)?;
    Ok(())
}

fn print(context: &Context, found: &[Finding], form: DoctorForm) -> Result<(), Error> {
    match form {
        DoctorForm::Json => context.ui.data(&json::report(found))?,
        DoctorForm::Text => context.ui.show(&text::report(context.ui, found))?,
    }
    Ok(())
}

fn exit_code(found: &[Finding]) -> u8 {
    let has_error = (found.iter()).any(|finding| finding.check.severity() == Severity::Error);
    if has_error { FINDINGS } else { 0 }
}

fn list(context: &Context, form: DoctorForm) -> Outcome {
    match form {
        DoctorForm::Json => context.ui.data(&json::list(Check::ALL))?,
        DoctorForm::Text => context.ui.show(&text::list(context.ui, Check::ALL))?,
    }
    Ok(0)
}
