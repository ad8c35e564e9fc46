//! `policy generate`: generates a policy from options, prints it in the requested format, and reports what it leaves open.

use std::path::Path;

use time::format_description::well_known::Rfc3339;

use crate::cli::{Generate, GenerateForm, Guard};
use crate::command::outcome::Outcome;
use crate::context::Context;
use crate::error::Error;
use crate::policy::generate::{
    Contradiction, Generated, Kind, Options, Template, generate as written,
};
use crate::policy::render;
use crate::policy::verify::{self, Attached, Device};
use crate::quote::shell_quote_shown;
use crate::storage::public_file;

pub(super) fn run(context: &Context, args: Generate) -> Outcome {
    if args.compact && args.format != GenerateForm::Json {
        return Err(Error::Usage {
            message:
                "`--compact` contradicts `--format`: only JSON can be printed without white space"
                    .to_owned(),
            hint: "leave one of them out".to_owned(),
        });
    }
    let (format, compact) = (args.format, args.compact);
    let (output, force) = (args.output.clone(), args.force);
    let options = options(context, args);
    let generated = written(&options).map_err(|e| refused(&e))?;
    let text = match format {
        GenerateForm::Json if compact => generated.document.to_json_compact() + "\n",
        GenerateForm::Json => generated.document.to_json_pretty() + "\n",
        GenerateForm::Terraform => render::terraform(&generated),
        GenerateForm::Cloudformation => render::cloudformation_yaml(&generated),
        GenerateForm::CloudformationJson => render::cloudformation_json(&generated),
        GenerateForm::Awscli => render::awscli(&generated),
    };
    match &output {
        None => context.ui.data(&text)?,
        Some(path) => {
            write(path, &text, force)?;
            context.ui.say(&format!("Wrote {}.", path.display()));
        }
    }
    let file = output.filter(|_| format == GenerateForm::Json);
    report_open(context, &generated, &options, file.as_deref());
    Ok(0)
}

fn options(context: &Context, args: Generate) -> Options {
    let templates: Vec<Template> = (args.template.into_iter())
        .filter_map(|t| Template::named(&name(&t)))
        .collect();
    let revokes = templates.contains(&Template::Revoke);
    // Whole seconds: AWS's own token issue times have no more.
    let now = context.clock.now().replace_nanosecond(0).ok();
    Options {
        templates,
        guard_own_only: matches!(args.guard, Some(Guard::OwnOnly)),
        partition: args.partition,
        exceptions: args.except,
        sid: args.sid,
        max_age: args.max_age.map(u64::from),
        principals: args.principal,
        exempt_tag: args.exempt_tag,
        now: now
            .filter(|_| revokes)
            .and_then(|now| now.format(&Rfc3339).ok()),
        kind: args.kind.and_then(|k| Kind::named(&name(&k))),
    }
}

/// The name of a value as it is typed.
pub(super) fn name(value: &impl clap::ValueEnum) -> String {
    (value.to_possible_value()).map_or_else(String::new, |v| v.get_name().to_owned())
}

fn refused(problem: &Contradiction) -> Error {
    let message = problem.to_string();
    let hint = match problem {
        // The options do not contradict each other, but the policy is too large.
        Contradiction::TooLarge { .. } | Contradiction::Character(_) => {
            return Error::Refused {
                message,
                hint: "split it into several policies, or take another --kind".to_owned(),
            };
        }
        Contradiction::NeedsOption {
            template: Template::MaxAge,
            ..
        } => "`--max-age 12h`, for example".to_owned(),
        Contradiction::NeedsOption {
            template: Template::RoleTrust,
            ..
        } => "`--principal 123456789012`, for example".to_owned(),
        Contradiction::Refused(_) => {
            "give another --partition or --principal, for example".to_owned()
        }
        Contradiction::Needs(_, template) => format!("add `--template {template}`"),
        Contradiction::Kind(_, Kind::Scp) => {
            "`--template scp` generates one for organisations".to_owned()
        }
        Contradiction::Kind(_, Kind::Trust) => "`--template role-trust` generates one".to_owned(),
        Contradiction::Kind(_, Kind::Rcp) => {
            "no template generates a resource control policy".to_owned()
        }
        _ => "`mfa-session policy generate --help` lists the templates and options".to_owned(),
    };
    Error::Usage { message, hint }
}

fn write(path: &Path, text: &str, force: bool) -> Result<(), Error> {
    let written = if force {
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
    })
}

/// Says what the policy leaves open, and the commands that show and close it.
fn report_open(context: &Context, generated: &Generated, options: &Options, file: Option<&Path>) {
    // A trust policy is attached to a role and does not apply to users.
    if generated.kind == Kind::Trust {
        return;
    }
    let name = generated.name.clone();
    let attached = Attached {
        identity: vec![(name, generated.document.clone())],
        ..Attached::default()
    };
    let Ok(paths) = verify::paths(&attached, &options.partition) else {
        return;
    };
    let open =
        |name: &str, device| (paths.iter()).any(|p| p.open && p.name == name && p.device == device);
    let ui = context.ui;
    if open("new-credentials", Device::With) {
        ui.note("on its own, this policy lets calls without MFA pass: attach it together with the policy of `mfa-session policy generate`");
        return;
    }
    if !open("first-enrolment", Device::Without) {
        return;
    }
    let closing = "--template console-enrol --guard own-only";
    let file = file.map_or_else(|| "FILE".to_owned(), shell_quote_shown);
    ui.note("the holder of a leaked key can enrol an MFA device if the user has none");
    ui.hint(&format!("`mfa-session policy verify {file}` shows how"));
    if options.templates.is_empty() {
        ui.hint(&format!(
            "`mfa-session policy generate {closing}` closes this"
        ));
    } else {
        ui.hint(&format!("add `{closing}` to close this"));
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;
    use crate::cli::{KindName, TemplateName};

    #[test]
    fn names_and_help_are_those_of_the_engine() {
        let offered: Vec<(String, String)> = TemplateName::value_variants()
            .iter()
            .filter_map(clap::ValueEnum::to_possible_value)
            .map(|v| (v.get_name().to_owned(), v.get_help().unwrap().to_string()))
            .collect();
        let known = Template::ALL.map(|t| (t.name().to_owned(), t.purpose().to_owned()));
        assert_eq!(offered, known);
        let kinds: Vec<String> = KindName::value_variants().iter().map(name).collect();
        assert_eq!(kinds, Kind::ALL.map(Kind::name));
        for (kind, known) in KindName::value_variants().iter().zip(Kind::ALL) {
            let help = kind
                .to_possible_value()
                .unwrap()
                .get_help()
                .unwrap()
                .to_string();
            let limit = known.limit().to_string();
            assert!(help.replace(',', "").contains(&limit), "{help}");
        }
    }
}
