//! `audit`: judges saved descriptions of accounts.
//!
//! Nothing here judges a user, which is left to the module `audit`, and nothing here uses the network.

mod files;
mod forecast;
mod inputs;

use crate::audit::report::{AccountReport, Audit as Judged};
use crate::audit::{Options, judge, render};
use crate::cli::{Audit, AuditForm, FailOn};
use crate::context::Context;
use crate::error::Error;
use crate::policy::lint::Severity;
use crate::policy::render::Style;

use super::outcome::Outcome;

/// Something at or above the threshold.
const FINDINGS: u8 = 10;

pub(super) fn run(context: &Context, args: &Audit) -> Outcome {
    let options = options(context, args)?;
    if !args.if_attached.is_empty() {
        forecast::check(args)?;
    }
    let (inputs, files) = inputs::read(context.ui, args)?;
    if !args.if_attached.is_empty() {
        let is_broken = forecast::run(context, args, &inputs, &files, &options)?;
        return Ok(if is_broken { FINDINGS } else { 0 });
    }
    let result = judge(&inputs, &options);
    match args.format {
        AuditForm::Text => context.ui.show(&render::text(&result, Style::Terminal))?,
        AuditForm::Json => context.ui.data(&render::json(&result, &files))?,
        AuditForm::Csv => context.ui.data(&render::csv(&result))?,
        AuditForm::Sarif => context.ui.data(&render::sarif(&result, &files))?,
        AuditForm::Junit => context.ui.data(&render::junit(&result))?,
    }
    Ok(exit_code(&result, args.fail_on))
}

fn options(context: &Context, args: &Audit) -> Result<Options, Error> {
    let is_account = |id: &String| id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit());
    if let Some(wrong) = args.management_account.iter().find(|id| !is_account(id)) {
        return Err(Error::Usage {
            message: format!("`{wrong}` is not the number of an account"),
            hint: "an account has twelve digits, e.g. `--management-account 111122223333`"
                .to_owned(),
        });
    }
    Ok(Options {
        exempt_tag: args.exempt_tag.clone(),
        management: args.management_account.clone(),
        expected: args.expect.clone(),
        today: Some(context.clock.now().date()),
    })
}

fn exit_code(result: &Judged, fail_on: FailOn) -> u8 {
    let threshold = match fail_on {
        FailOn::Error => Severity::Error,
        FailOn::High => Severity::High,
        FailOn::Warning => Severity::Warning,
        FailOn::Info => Severity::Info,
    };
    let mut worst = result.accounts.iter().filter_map(AccountReport::worst);
    if worst.any(|severity| severity >= threshold) {
        FINDINGS
    } else {
        0
    }
}
