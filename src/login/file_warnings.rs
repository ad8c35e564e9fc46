//! Warnings about the shared files, for the commands of a person: what other programs cannot read, although it is read here.

use crate::context::Context;
use crate::shared_config::FileKind;

use super::local_state::LocalState;

/// Warns about lines for which the AWS CLI rejects a file, and about sections in the config file that would be one of the profiles in
/// use if their header had the word `profile`.
pub fn warn_about_files(context: &Context, state: &LocalState, in_use: &[&str]) {
    for file in [FileKind::Config, FileKind::Credentials] {
        let document = match file {
            FileKind::Config => state.profiles.config(),
            FileKind::Credentials => state.profiles.credentials(),
        };
        let path = state.locations.shared_file(file).display();
        let complaints = document.complaints();
        if let Some((first, others)) = complaints.split_first() {
            let (line, what) = (first.line, &first.what);
            let more = match others.len() {
                0 => String::new(),
                1 => " (1 other line, too)".to_owned(),
                n => format!(" ({n} other lines, too)"),
            };
            context.ui.warn(&format!(
                "{path}:{line}: {what}, so the AWS CLI cannot read the file{more}"
            ));
        }
        let mut ignored: Vec<_> = in_use
            .iter()
            .filter(|name| document.has_ignored_section(name))
            .collect();
        ignored.sort_unstable();
        ignored.dedup();
        for name in ignored {
            context.ui.warn(&format!(
                "AWS's tools ignore `[{name}]` in {path}; the header of a profile there is `[profile {name}]`"
            ));
        }
    }
}
