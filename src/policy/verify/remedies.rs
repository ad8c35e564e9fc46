//! The policies that this program generates and that close what was found open.

use super::attached::Attached;
use super::paths;
use super::sample_user::SampleUser;
use super::verification::{OpenAction, Remedy, Verification};
use crate::policy::generate::{self, Options, Template};

/// The policies that close everything that was found open, determined by attaching them.
pub(super) fn remedies(attached: &Attached, partition: &str, found: &Verification) -> Vec<Remedy> {
    let combinations: [(&[Template], Template); 2] = [
        (
            &[Template::ConsoleEnrol, Template::OwnOnly],
            Template::ConsoleEnrol,
        ),
        (&[Template::AdminProvisioned], Template::AdminProvisioned),
    ];
    (combinations.into_iter())
        .filter(|(templates, _)| closes(templates, attached, partition, found).unwrap_or(false))
        .map(|(templates, main)| {
            let mut options = String::new();
            for template in templates {
                let option = if *template == Template::OwnOnly {
                    " --guard "
                } else {
                    " --template "
                };
                options.push_str(option);
                options.push_str(template.name());
            }
            if partition != "aws" {
                options.push_str(" --partition ");
                options.push_str(partition);
            }
            Remedy {
                options: options.trim_start().to_owned(),
                suits: main.purpose(),
            }
        })
        .collect()
}

fn closes(
    templates: &[Template],
    attached: &Attached,
    partition: &str,
    found: &Verification,
) -> Option<bool> {
    let options = Options {
        templates: templates.to_vec(),
        partition: partition.to_owned(),
        ..Options::default()
    };
    let mut attached = attached.clone();
    let document = generate::generate(&options).ok()?.document;
    attached.identity.push(("remedy".to_owned(), document));
    let user = SampleUser::new(&attached, partition).ok()?;
    let mut open = found.unexpected.iter().flat_map(|s| &s.actions);
    let is_open = |action: &OpenAction| {
        let possible = user.possible(&action.action);
        possible.absent || possible.without
    };
    let closed = !open.any(is_open) && !paths::all(&user).iter().any(|p| p.open);
    Some(closed && user.check().is_ok())
}
