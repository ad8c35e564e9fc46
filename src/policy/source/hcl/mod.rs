//! Policies in Terraform's own files: everything that can be known of them without Terraform.
//!
//! `module` has the files of one folder; `scope` says what their values are, with `functions` and `template`; `text` reads JSON in
//! heredocs; `document` makes
//! policies of `aws_iam_policy_document`; `resources` finds what takes policies, and `attachments` to whom they apply.
//!
//! The parser bounds the depth, and a budget bounds the work, since a name may stand for a large value many times.

mod attachments;
mod document;
mod file;
mod functions;
mod module;
mod resources;
mod scope;
mod template;
#[cfg(test)]
mod tests;
mod text;

use super::found::Contents;
use super::position::fill;
pub use file::SourceFile;
use module::Module;

/// Finds the policies of the files of one folder, which refer to each other. The contents are in the order of the files.
pub(super) fn read<'a>(files: &[SourceFile<'a>]) -> Vec<Contents<'a>> {
    let (module, problems) = Module::of(files);
    let mut contents = resources::policies(&module);
    for ((contents, problem), file) in contents.iter_mut().zip(problems).zip(files) {
        contents.problem = problem;
        let candidates = &mut contents.candidates;
        candidates.sort_by_key(|c| c.extent.bytes.start);
        fill(file.text, candidates.iter_mut().map(|c| &mut c.extent));
    }
    contents
}
