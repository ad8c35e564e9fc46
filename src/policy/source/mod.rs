//! Finds the policies in a file. Text in, policies with their positions out; [`read_together`] is the only entry point.
//!
//! A file may be one policy, several policies together, the output of the AWS CLI, a `CloudFormation` template, a Terraform plan or
//! state in JSON, Terraform's own source, or any YAML. `walk` goes through any JSON; `cloudformation`, `terraform`, `hcl` and `yaml`
//! hold what is particular to their formats; `found` is the model that all of them fill, `node` its values, and `settle` decides what
//! becomes of values that the file does not tell.
//!
//! An object is a policy because of its shape or because of the name of the member that contains it. A value that should be a
//! policy but is not is returned as well, so that it is reported and never skipped silently.

mod attachment;
mod cloudformation;
mod embedded;
mod found;
mod hcl;
mod known;
mod node;
mod placeholders;
mod position;
mod settle;
mod shape;
mod terraform;
#[cfg(test)]
mod tests;
mod walk;
mod yaml;

use std::collections::HashSet;

use serde_json::value::RawValue;

pub use attachment::Attachment;
pub use found::{Candidate, Contents};
pub use hcl::SourceFile;
pub use known::Known;
pub(super) use position::fill;
pub use position::{Extent, Position};
pub use settle::{Assumption, Reading};

use crate::policy::document;
use walk::Walk;

/// The largest file that is read. Terraform plans and the authorization details of large accounts are this large.
pub const MAX_BYTES: usize = 128 << 20;

/// The notation of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Terraform,
    Yaml,
}

impl Format {
    /// By the file's name, else by its first characters.
    fn of(file: SourceFile<'_>) -> Self {
        let name = file.name.to_ascii_lowercase();
        let begins_like_json = file.text.trim_start().starts_with(['{', '[', '"']);
        match name.rsplit_once('.').map(|(_, end)| end) {
            Some("tf" | "tofu" | "hcl" | "tfvars") => Self::Terraform,
            Some("yaml" | "yml") if !begins_like_json => Self::Yaml,
            Some("json") => Self::Json,
            _ if begins_like_json => Self::Json,
            _ if looks_like_terraform(file.text) => Self::Terraform,
            _ => Self::Yaml,
        }
    }
}

/// Whether a file of this name is Terraform's own.
#[must_use]
pub fn is_terraform(name: &str) -> bool {
    Format::of(SourceFile { name, text: "" }) == Format::Terraform
}

/// Whether a file of this name is YAML.
#[must_use]
pub fn is_yaml(name: &str) -> bool {
    let end = name
        .rsplit_once('.')
        .map(|(_, end)| end.to_ascii_lowercase());
    matches!(end.as_deref(), Some("yaml" | "yml"))
}

/// Whether a line begins a block of Terraform.
fn looks_like_terraform(text: &str) -> bool {
    const BLOCKS: [&str; 4] = ["resource \"", "data \"", "module \"", "locals {"];
    text.lines()
        .any(|line| BLOCKS.iter().any(|block| line.starts_with(block)))
}

/// Groups of files that belong together, each with the numbers of its files: Terraform's files refer to each other.
#[must_use]
pub fn groups(files: &[SourceFile<'_>]) -> Vec<Vec<usize>> {
    hcl::groups(files, |file| Format::of(file) == Format::Terraform)
}

/// Finds the policies of files that belong together: those in Terraform's notation refer to each other, and to others. The texts have
/// no byte order mark. The contents are in the order of the files.
#[must_use]
pub fn read_together<'a>(files: &[SourceFile<'a>]) -> Vec<Contents<'a>> {
    let formats: Vec<Format> = files.iter().map(|file| Format::of(*file)).collect();
    let (own, others): (Vec<usize>, Vec<usize>) =
        (0..files.len()).partition(|n| formats.get(*n) == Some(&Format::Terraform));
    let chosen = |numbers: &[usize]| -> Vec<SourceFile<'a>> {
        let chosen = numbers.iter().filter_map(|n| files.get(*n));
        chosen.copied().collect()
    };
    let mut result: Vec<Contents<'a>> = files.iter().map(|_| Contents::default()).collect();
    if own.is_empty() {
        for (contents, file) in result.iter_mut().zip(files) {
            *contents = read_alone(*file);
        }
        return result;
    }
    let mut read = hcl::read(&chosen(&own), &chosen(&others));
    // The numbers of files are those of the two kinds one after the other.
    let order: Vec<usize> = own.iter().chain(&others).copied().collect();
    for (place, mut contents) in std::mem::take(&mut read.contents).into_iter().enumerate() {
        let Some(&n) = order.get(place) else { continue };
        for used in &mut contents.used {
            *used = order.get(*used).copied().unwrap_or_default();
        }
        let file = files.get(n).filter(|_| place >= own.len());
        // A template that is filled in is no policy as it stands.
        if let Some(file) = file.filter(|_| contents.candidates.is_empty()) {
            contents = read_alone(*file);
            if let Some(known) = read.known.get(&place) {
                let whole = contents.candidates.iter_mut();
                whole
                    .filter(|c| c.place.is_empty())
                    .for_each(|c| c.known.also(known));
            }
        }
        if let Some(place) = result.get_mut(n) {
            *place = contents;
        }
    }
    result
}

/// Finds the policies of a file that is not in Terraform's notation.
fn read_alone(file: SourceFile<'_>) -> Contents<'_> {
    let mut contents = read_as_it_stands(file);
    if placeholders::is_template(file.name) {
        (contents.candidates.iter_mut()).for_each(placeholders::unknown);
    }
    contents
}

fn read_as_it_stands(file: SourceFile<'_>) -> Contents<'_> {
    match Format::of(file) {
        Format::Terraform => Contents::default(),
        Format::Json => read(file.text),
        Format::Yaml => {
            let is_named = file.name.to_ascii_lowercase().ends_with("ml");
            let found = yaml::read(file.text);
            // Text that is neither has the better errors as JSON.
            if is_named || !found.candidates.is_empty() {
                found
            } else {
                read(file.text)
            }
        }
    }
}

/// Finds the policies of JSON. Positions do not count a byte order mark.
#[must_use]
pub fn read(text: &str) -> Contents<'_> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut values = Vec::new();
    let mut contents = Contents::default();
    for value in serde_json::Deserializer::from_str(body).into_iter::<&RawValue>() {
        match value {
            Ok(value) => values.push(value.get()),
            Err(error) => {
                contents.problem = Some(document::syntax(body, &error));
                break;
            }
        }
    }
    let mut walk = Walk::new(body);
    let walked = match values.as_slice() {
        [one] => match terraform::plan(body, one) {
            Some(plan) => plan.and_then(|plan| plan.walk(&mut walk)),
            None => walk.root(one),
        },
        several => walk.items(several),
    };
    let discovered = walk.finish();
    contents.candidates = without_copies(discovered.candidates);
    (contents.candidates.iter_mut()).for_each(found::with_functions);
    contents.unknown = discovered.unknown;
    // The values were read before the syntax error, so a problem in them comes first in the file.
    if let Err(problem) = walked {
        contents.problem = Some(problem);
    }
    contents
}

/// Removes copies of policies that are also in the file in a place of their own.
fn without_copies(mut candidates: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    if candidates.iter().all(|c| !c.known.is_copy) {
        return candidates;
    }
    let alike = |candidate: &Candidate<'_>| {
        let document = document::parse(candidate.text()?).ok()?;
        Some(document.to_json_compact())
    };
    let own: HashSet<String> = (candidates.iter())
        .filter(|c| !c.known.is_copy)
        .filter_map(alike)
        .collect();
    candidates.retain(|c| !c.known.is_copy || alike(c).is_none_or(|text| !own.contains(&text)));
    candidates
}
