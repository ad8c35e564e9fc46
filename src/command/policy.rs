//! `policy`: the enforcement policy, for the eyes and for files.

use crate::cli::{Policy, PolicyGenerate};
use crate::context::Context;
use crate::error::Error;
use crate::policy::generate;
use crate::storage::public_file;

use super::Outcome;

pub(super) fn run(context: &Context, args: Policy) -> Outcome {
    match args {
        Policy::Generate(args) => generate(context, &args),
    }
}

fn generate(context: &Context, args: &PolicyGenerate) -> Outcome {
    let document = generate::seed();
    let mut text = if args.compact {
        document.to_json_compact()
    } else {
        document.to_json_pretty()
    };
    text.push('\n');
    match &args.output {
        None => context.ui.data(&text)?,
        Some(path) => {
            let written = if args.force {
                public_file::replace(path, text.as_bytes())
            } else {
                public_file::create(path, text.as_bytes())
            };
            written.map_err(|source| {
                let shown = path.display().to_string();
                if source.kind() == std::io::ErrorKind::AlreadyExists {
                    Error::Refused {
                        message: format!("`{shown}` exists already"),
                        hint: "--force overwrites it".to_owned(),
                    }
                } else {
                    Error::File {
                        what: "write",
                        path: shown,
                        source,
                    }
                }
            })?;
            context.ui.say(&format!("Wrote {}.", path.display()));
        }
    }
    context.ui.say(
        "note: this policy leaves the first enrolment open: a leaked key of a user without a device can enrol one \
         (`mfa-session policy explain`, to come, shows how to close it)",
    );
    Ok(0)
}
