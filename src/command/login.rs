//! `login`: gets a session. The last line that it prints is the command to type next.

use crate::cli::Login;
use crate::context::Context;
use crate::login::plan::NextStep;
use crate::login::{Delivery, LoggedIn, Overwrite, ProfileState, Reuse, log_in};
use crate::process::shell_quote;
use crate::ui::local_time;

use super::outcome::Outcome;
use super::session::{request, time_left};

pub(super) fn run(context: &Context, profile: Option<String>, args: Login) -> Outcome {
    let (overwrite, reuse) = if args.force {
        (Overwrite::Live, Reuse::Never)
    } else {
        (Overwrite::Expired, Reuse::Half)
    };
    let mut request = request(profile, args.session, Delivery::Profile(overwrite), reuse)?;
    request.wanted.session_profile = args.session_profile;
    let session = log_in(context, &request)?;
    report(context, &session);
    Ok(0)
}

fn report(context: &Context, session: &LoggedIn) {
    let ui = context.ui;
    let names = &session.names;
    let now = context.clock.now();
    let left = time_left(&session.record, now);
    let until = local_time::until(session.record.credentials.expiration, now);
    let source = &names.source;
    if session.reused {
        ui.say(&format!("The session of profile {source} is good for another {left}, {until}; --force renews it."));
    } else if session.by_another {
        ui.say(&format!("Another mfa-session has logged in with profile {source} meanwhile; no token code was used. The session is good for {left}, {until}."));
    } else {
        ui.say(&format!(
            "Logged in with profile {source}: good for {left}, {until}."
        ));
    }
    match session.profile {
        Some(ProfileState::Hook) => ui.say(&format!(
            "Profile {} gets this session from `credential_process`.",
            names.session
        )),
        Some(ProfileState::Missing | ProfileState::Differs) => {
            ui.say(&format!("The session is in profile {}.", names.session));
        }
        Some(ProfileState::Same) | None => {}
    }
    if context.env.os("AWS_ACCESS_KEY_ID").is_some() {
        ui.warn(
            "AWS_ACCESS_KEY_ID is set and overrides every profile; to remove it: \
             `unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN`",
        );
    }
    match &session.next_step {
        NextStep::Nothing(profile) => ui.say(&format!(
            "AWS_PROFILE is already {profile}, so nothing more needs to be done."
        )),
        NextStep::Export(profile) => {
            ui.command(&format!("export AWS_PROFILE={}", shell_quote(profile)));
        }
        NextStep::Environment(profile) => {
            let profile = shell_quote(profile);
            ui.say(&format!(
                "With AWS_PROFILE={profile}, programs would assume the role without this session. To run one with the role: mfa-session exec --profile {profile} -- COMMAND. To give the role to every program in this shell:"
            ));
            ui.command(&format!("eval \"$(mfa-session env --profile {profile})\""));
        }
    }
}
