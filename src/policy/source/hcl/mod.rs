//! Policies in Terraform's own files: everything that can be known of them without Terraform.
//!
//! `folders` says which files belong together; `module` has their parts by name; `scope` says what values are, with `functions`, `loops`
//! and `template`; `text` reads JSON in heredocs; `document` makes policies of `aws_iam_policy_document`, with `statement`; `resources` finds what takes
//! policies, with `instances` and `search`, and `attachments` to whom they apply.
//!
//! The parser bounds the depth, and a budget bounds the work, since a name may stand for a large value many times.

mod attachments;
mod document;
mod file;
mod folders;
mod functions;
mod instances;
mod loops;
mod module;
mod resources;
mod scope;
mod search;
mod statement;
mod template;
#[cfg(test)]
mod tests;
mod text;

use std::collections::HashMap;

use super::found::Contents;
use super::known::Known;
use super::position::fill;
pub use file::SourceFile;
pub(super) use folders::groups;
use module::Modules;

/// What files that belong together contain.
pub(super) struct Read<'a> {
    /// Of each file in their order: first Terraform's own, then the others with the templates that are filled in.
    pub(super) contents: Vec<Contents<'a>>,
    /// What is known of the others that are read as they are, by their numbers.
    pub(super) known: HashMap<usize, Known>,
}

/// Finds the policies of files that belong together: Terraform's own, and others that these may read.
pub(super) fn read<'a>(files: &[SourceFile<'a>], others: &[SourceFile<'a>]) -> Read<'a> {
    let (modules, problems) = Modules::of(files, others);
    let mut found = resources::policies(&modules);
    for (contents, problem) in found.contents.iter_mut().zip(problems) {
        contents.problem = problem;
    }
    for (contents, file) in found.contents.iter_mut().zip(&modules.files) {
        let candidates = &mut contents.candidates;
        candidates.sort_by_key(|c| c.extent.bytes.start);
        fill(file.text, candidates.iter_mut().map(|c| &mut c.extent));
    }
    Read {
        contents: found.contents,
        known: found.read,
    }
}
