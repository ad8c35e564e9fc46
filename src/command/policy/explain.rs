//! `policy explain`: explains one policy.

use crate::cli::{Explain, ExplainForm};
use crate::command::outcome::Outcome;
use crate::context::Context;
use crate::policy::explain::explain;
use crate::policy::generate::seed;
use crate::policy::render::{self, Style};
use crate::policy::verify::partition_of;

use super::input;
use super::verify::refused;

pub(super) fn run(context: &Context, args: &Explain) -> Outcome {
    let document = match &args.file {
        None => seed(),
        Some(path) => {
            let policy = input::policy(path)?;
            input::note_unknown(context.ui, &policy);
            policy.document
        }
    };
    let partition = args
        .partition
        .as_deref()
        .unwrap_or_else(|| partition_of([&document]));
    let explanation = explain(&document, partition).map_err(|e| refused(&e))?;
    match args.format {
        ExplainForm::Text => {
            let text = render::explanation(&explanation, Style::Terminal);
            context.ui.show(&text)?;
        }
        ExplainForm::Markdown => {
            let text = render::explanation(&explanation, Style::Markdown);
            context.ui.data(&text)?;
        }
        ExplainForm::Json => context.ui.data(&render::explanation_json(&explanation))?,
    }
    Ok(0)
}
