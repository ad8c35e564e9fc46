//! The end of a setup: one line to try, which setup tries itself where somebody can type a code.

use crate::aws::Signer;
use crate::cli::Setup;
use crate::error::Error;
use crate::login::setup::Plan;
use crate::login::{Delivery, ExitKind, LoginError, Overwrite, Request, Reuse, log_in};
use crate::process::shell_quote;
use crate::session::record::Record;

use super::super::outcome::Outcome;
use super::super::own_calls::{OwnCalls, wanted};

pub(super) fn run(calls: &OwnCalls<'_>, plan: &Plan, args: Setup) -> Outcome {
    let ui = calls.context.ui;
    if calls.context.env.os("AWS_ACCESS_KEY_ID").is_some() {
        ui.warn(
            "AWS_ACCESS_KEY_ID is set and overrides every profile; to remove it: \
             `unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN`",
        );
    }
    let line = format!(
        "aws sts get-caller-identity --profile {}",
        shell_quote(&plan.profile)
    );
    let is_static = args.is_static;
    let say_line = || {
        if is_static {
            ui.say("To try it, log in first:");
            ui.command(&calls.command("login"));
        } else {
            ui.say("To try it:");
        }
        ui.command(&line);
    };
    if args.no_try {
        say_line();
        return Ok(0);
    }
    match attempt(calls, args) {
        Ok(record) => {
            identify(calls, plan, &record).inspect_err(|_| say_line())?;
            ui.say("Any AWS SDK and tool can use it now, for example:");
            ui.command(&line);
            Ok(0)
        }
        Err(error) if error.kind() == ExitKind::LoginNeeded => {
            ui.say("Nobody can be asked for a token code here, so this was not tried.");
            say_line();
            Ok(0)
        }
        Err(error) => {
            ui.say("The setup is complete, and the login that was to try it failed.");
            say_line();
            Err(error.into())
        }
    }
}

/// Logs in, unless there is a live session.
fn attempt(calls: &OwnCalls<'_>, args: Setup) -> Result<Box<Record>, LoginError> {
    let mut wanted = wanted(Some(&calls.user.names.source), &args.call);
    wanted.serial_number = args.serial_number;
    let delivery = if args.is_static {
        Delivery::Profile(Overwrite::Expired)
    } else {
        Delivery::Cache
    };
    let request = Request {
        wanted,
        token_code: args.token_code.map(|code| code.0),
        delivery,
        reuse: Reuse::Live,
    };
    Ok(log_in(calls.context, &request)?.record)
}

/// Says who the session belongs to.
fn identify(calls: &OwnCalls<'_>, plan: &Plan, record: &Record) -> Result<(), Error> {
    let signer = Signer::Session(record.credentials.clone());
    let (caller, _) = calls
        .call(|aws, to| aws.caller(to, &signer))
        .map_err(|error| calls.failed(error))?;
    calls.context.ui.say(&format!(
        "It works: profile {} is {} with MFA.",
        plan.profile, caller.arn
    ));
    Ok(())
}
