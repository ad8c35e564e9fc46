//! `policy verify`: the policies of one user, against every action and every known way past MFA.

use crate::cli::{Verify, VerifyForm};
use crate::command::Outcome;
use crate::context::Context;
use crate::error::Error;
use crate::policy::document::Document;
use crate::policy::render::{self, Style};
use crate::policy::verify::{Attached, VerifyError, partition_of, verify};

use super::input::{self, Policy};

/// Something is open.
const FINDINGS: u8 = 10;

pub(super) fn run(context: &Context, args: &Verify) -> Outcome {
    input::stdin_once(args.files.iter().chain(&args.boundary).chain(&args.scp))?;
    let named = |policies: Vec<Policy>| -> Vec<(String, Document)> {
        (policies.into_iter())
            .map(|p| (p.name, p.document))
            .collect()
    };
    let attached = Attached {
        identity: named(input::policies(&args.files)?),
        boundary: named(input::policies(&args.boundary)?),
        service_control: named(input::policies(&args.scp)?),
        expected: args.expect.clone(),
    };
    let partition = args
        .partition
        .as_deref()
        .unwrap_or_else(|| partition_of(attached.documents()));
    let result = verify(&attached, partition).map_err(|e| refused(&e))?;
    let text = match args.format {
        VerifyForm::Text => render::verification(&result, Style::Text),
        VerifyForm::Markdown => render::verification(&result, Style::Markdown),
        VerifyForm::Json => render::verification_json(&result),
    };
    context.ui.data(&text)?;
    Ok(if result.is_clean() { 0 } else { FINDINGS })
}

/// Why nothing can be said.
pub(super) fn refused(problem: &VerifyError) -> Error {
    let message = problem.to_string();
    match problem {
        VerifyError::Partition(_) => Error::Usage {
            message,
            hint: "`aws`, `aws-cn` and `aws-us-gov` are partitions".to_owned(),
        },
        VerifyError::Operator { .. } => Error::Refused {
            message,
            hint: "`mfa-session policy check` knows the operators".to_owned(),
        },
    }
}
