//! `audit --if-attached`: whom policies would break.

use crate::account::PolicyDocument;
use crate::audit::forecast::{Plan, Target, UserForecast, forecast};
use crate::audit::render::{InputFile, forecast_json, forecast_text};
use crate::audit::{Inputs, Options};
use crate::cli::{Audit, AuditForm};
use crate::command::input;
use crate::context::Context;
use crate::error::Error;
use crate::policy::render::Style;

/// Prints whom the policies would break. Returns whether there is anybody.
pub(super) fn run(
    context: &Context,
    args: &Audit,
    inputs: &Inputs,
    files: &[InputFile],
    options: &Options,
) -> Result<bool, Error> {
    let plan = Plan {
        policies: policies(context, args)?,
        to: args.to.iter().map(|to| target(to)).collect(),
    };
    let result = forecast(inputs, &plan, options).map_err(|unknown| Error::Refused {
        message: unknown.to_string(),
        hint: "`--to NAME` names a user, and `--to group/NAME` a group".to_owned(),
    })?;
    if args.format == AuditForm::Json {
        context.ui.data(&forecast_json(&result, files))?;
    } else {
        context.ui.show(&forecast_text(&result, Style::Terminal))?;
    }
    let mut users = result.accounts.iter().flat_map(|account| &account.users);
    Ok(users.any(UserForecast::is_broken))
}

/// Refuses formats that a forecast does not have, before anything is read.
pub(super) fn check(args: &Audit) -> Result<(), Error> {
    if matches!(args.format, AuditForm::Text | AuditForm::Json) {
        return Ok(());
    }
    Err(Error::Usage {
        message: "`--if-attached` prints text or JSON only".to_owned(),
        hint: "leave `--format` out, or say `--format json`".to_owned(),
    })
}

fn policies(context: &Context, args: &Audit) -> Result<Vec<(String, PolicyDocument)>, Error> {
    let mut all = Vec::new();
    for (n, file) in args.if_attached.iter().enumerate() {
        let policy = input::policy(file)?;
        input::note_unknown(context.ui, &policy);
        let document = PolicyDocument::compile(&policy.text, policy.document);
        let document = document.map_err(|problem| Error::Refused {
            message: format!("{}: {problem}", policy.name),
            hint: "`mfa-session policy check` says more".to_owned(),
        })?;
        // No policy of the account has such a name.
        all.push((
            format!("--if-attached {} ({})", policy.name, n + 1),
            document,
        ));
    }
    Ok(all)
}

fn target(text: &str) -> Target {
    match text.split_once('/') {
        Some(("group", name)) => Target::Group(name.to_owned()),
        Some(("user", name)) => Target::User(name.to_owned()),
        _ => Target::User(text.to_owned()),
    }
}
