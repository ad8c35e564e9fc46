//! `console`: opens the AWS console as the role of a role profile, or prints the URL.
//!
//! The role's credentials are those that `exec` and the hook have in the cache. INVARIANT: the URL signs in whoever has it. It goes to
//! stdout, or to a browser through [`handoff`], and nowhere else.

mod browser;
mod handoff;
mod view;

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use crate::aws::console::sign_in_url;
use crate::aws::{Sdk, SignInError};
use crate::cli;
use crate::context::Context;
use crate::error::Error;
use crate::login::{Delivery, LoginError, Reuse, log_in};
use crate::process::shell_quote;
use crate::session::role_record::RoleRecord;
use crate::test_hooks;
use crate::ui::local_time::until;

use super::outcome::Outcome;
use super::session;
use browser::Way;
use handoff::{Handoff, Outcome as HandedOver};
use view::View;

/// A role whose credentials last less than this is assumed again: it would be signed out before much is done.
const LEAST_SECONDS: u32 = 600;
/// How long the call may take.
const CALL: Duration = Duration::from_secs(20);

pub(super) fn run(context: &Context, profile: Option<String>, args: cli::Console) -> Outcome {
    let way = Way::of(&context.env, args.print);
    let mut request = session::request(profile, args.session, Delivery::Cache, Reuse::Live)?;
    request.wanted.min_remaining.get_or_insert(LEAST_SECONDS);
    // What can be refused without a code is refused before one is asked for.
    let page = view::Wish {
        service: args.service.as_deref(),
        destination: args.destination.as_deref(),
    };
    let view = View::of(context, &request.wanted, &page)?;
    let session = log_in(context, &request)?;
    let Some(role) = &session.role else {
        // The shared files were changed meanwhile.
        return Err(view::no_role(&session.names.source));
    };
    let url = signed_in(context, &view, role)?;
    match way {
        Way::Print => print(context, &url),
        Way::Open => open(context, &view, role, &url),
    }
}

/// The URL that signs in with the role's credentials.
fn signed_in(context: &Context, view: &View, role: &RoleRecord) -> Result<SecretString, Error> {
    let federation = &view.federation;
    context.ui.info(&format!(
        "asking {} for a sign-in token",
        federation.endpoint.host()
    ));
    let variable = |name: &str| context.env.get(name).map(str::to_owned);
    let token = Sdk::new(test_hooks::clock_offset())
        .sign_in_token(federation, &role.credentials, CALL, &variable)
        .map_err(|error| failed(view, error))?;
    Ok(sign_in_url(&federation.endpoint, &view.page, &token))
}

fn failed(view: &View, error: SignInError) -> Error {
    match error {
        SignInError::Refused { .. } => {
            let profile = shell_quote(&view.role.profile);
            let hint = if view.role.has_own_duration() {
                format!(
                    "AWS documents that it refuses a role that was assumed with a session for a time of its own: remove `duration_seconds` from profile {profile}"
                )
            } else {
                format!(
                    "the role or its session may have been revoked: mfa-session login --force --profile {profile}"
                )
            };
            Error::Aws {
                message: error.to_string(),
                hint,
            }
        }
        SignInError::Call(error) => LoginError::Call {
            host: view.federation.endpoint.host().to_owned(),
            code_sent: false,
            error,
            profile: view.role.profile.clone(),
        }
        .into(),
    }
}

fn print(context: &Context, url: &SecretString) -> Outcome {
    if context.ui.stdout_is_terminal() {
        (context.ui).note("this URL signs in whoever opens it within 15 minutes");
    }
    context.ui.data(&format!("{}\n", url.expose_secret()))?;
    Ok(0)
}

fn open(context: &Context, view: &View, role: &RoleRecord, url: &SecretString) -> Outcome {
    let handoff = Handoff::start(url.clone()).map_err(|source| Error::Refused {
        message: format!("the browser cannot be given the URL: {source}"),
        hint: view.command("--print"),
    })?;
    if !browser::open(handoff.address()) {
        context
            .ui
            .say("No browser could be started, so the URL is printed.");
        return print(context, url);
    }
    match handoff.wait() {
        HandedOver::Fetched => {
            let end = role.issued().expiration_here();
            context.ui.say(&format!(
                "The console is open in the browser as role {}, {}.",
                role.role_arn.name(),
                until(end, context.clock.now())
            ));
            Ok(0)
        }
        HandedOver::TimedOut => Err(Error::Refused {
            message: "the browser was started and did not open the page".to_owned(),
            hint: view.command("--print"),
        }),
    }
}
