//! `policy explain`: explains one policy.

use crate::cli::{Explain, ExplainForm};
use crate::command::outcome::Outcome;
use crate::context::Context;
use crate::policy::explain::explain;
use crate::policy::generate::seed;
use crate::policy::render::{self, Style};
use crate::policy::verify::partition_of;
use crate::ui::clean;

use super::input;
use super::verify::refused;

pub(super) fn run(context: &Context, args: &Explain) -> Outcome {
    let document = match &args.file {
        None => seed(),
        Some(path) => input::policy(path)?.document,
    };
    let partition = args
        .partition
        .as_deref()
        .unwrap_or_else(|| partition_of([&document]));
    let explanation = explain(&document, partition).map_err(|e| refused(&e))?;
    let text = match args.format {
        ExplainForm::Text => clean(&render::explanation(&explanation, Style::Text)).into_owned(),
        ExplainForm::Markdown => {
            clean(&render::explanation(&explanation, Style::Markdown)).into_owned()
        }
        ExplainForm::Json => render::explanation_json(&explanation),
    };
    context.ui.data(&text)?;
    Ok(0)
}
