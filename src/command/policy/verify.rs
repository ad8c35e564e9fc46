//! `policy verify`: evaluates the policies of one user against every action and every known way past MFA.

use std::path::PathBuf;

use crate::cli::{Verify, VerifyForm};
use crate::command::outcome::Outcome;
use crate::context::Context;
use crate::error::Error;
use crate::policy::document::Document;
use crate::policy::explain::has_principal;
use crate::policy::render::{self, Style};
use crate::policy::verify::{Attached, VerifyError, partition_of, verify};
use crate::quote::shell_quote_shown;
use crate::ui::Ui;

use super::input::{self, Policy};

/// Something is open.
const FINDINGS: u8 = 10;

pub(super) fn run(context: &Context, args: &Verify) -> Outcome {
    input::stdin_once(args.files.iter().chain(&args.boundary).chain(&args.scp))?;
    let attached = Attached {
        identity: attachable(context.ui, &args.files)?,
        boundary: attachable(context.ui, &args.boundary)?,
        service_control: attachable(context.ui, &args.scp)?,
        expected: args.expect.clone(),
        ..Attached::default()
    };
    let partition = args
        .partition
        .as_deref()
        .unwrap_or_else(|| partition_of(attached.documents()));
    let result = verify(&attached, partition).map_err(|e| refused(&e))?;
    match args.format {
        VerifyForm::Text => {
            let text = render::verification(&result, Style::Terminal);
            context.ui.show(&text)?;
        }
        VerifyForm::Markdown => {
            let text = render::verification(&result, Style::Markdown);
            context.ui.data(&text)?;
        }
        VerifyForm::Json => context.ui.data(&render::verification_json(&result))?,
    }
    Ok(if result.is_clean() { 0 } else { FINDINGS })
}

/// Reads policies that apply to a user.
fn attachable(ui: Ui, files: &[PathBuf]) -> Result<Vec<(String, Document)>, Error> {
    let bind = |file: &PathBuf| {
        let policy = input::policy(file)?;
        input::note_unknown(ui, &policy);
        let Policy { name, document, .. } = policy;
        if has_principal(&document) {
            return Err(Error::Refused {
                message: format!(
                    "{name} has a `Principal`: the policy of a resource or role applies to no user"
                ),
                hint: format!(
                    "`mfa-session policy explain {}` explains what it does",
                    shell_quote_shown(file)
                ),
            });
        }
        Ok((name, document))
    };
    files.iter().map(bind).collect()
}

/// The error for policies that cannot be verified.
pub(super) fn refused(problem: &VerifyError) -> Error {
    let message = problem.to_string();
    match problem {
        VerifyError::Partition(_) => Error::Usage {
            message,
            hint: "`aws`, `aws-cn` and `aws-us-gov` are partitions".to_owned(),
        },
        VerifyError::TooMuch => Error::Refused {
            message,
            hint: "verify what is attached to one user at a time".to_owned(),
        },
        VerifyError::Operator { .. } => Error::Refused {
            message,
            hint: "`mfa-session policy check` suggests the right operator".to_owned(),
        },
    }
}
