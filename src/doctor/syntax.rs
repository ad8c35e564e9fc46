//! The lines of the shared files: what cannot be read, and what is read in another way than it looks.

use crate::shared_config::{Defect, Document, shown_header};

use super::check::Check;
use super::finding::{Finding, edit};
use super::view::View;

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let profiles = view.facts.profiles;
    for document in [profiles.config(), profiles.credentials()] {
        complaints(view, document, found);
        swallowed(view, document, found);
    }
    ignored(view, found);
}

fn complaints(view: &View<'_>, document: &Document, found: &mut Vec<Finding>) {
    let file = &view.file(document.kind()).path;
    for complaint in document.complaints() {
        let line = complaint.line;
        let (check, repair) = match complaint.what {
            Defect::Fault(_) => (
                Check::Syntax,
                "Correct the line, or make it a comment by a `#` at its beginning.",
            ),
            Defect::ByteOrderMark => (
                Check::ByteOrderMark,
                "Save the file as UTF-8 without a byte order mark.",
            ),
            Defect::SectionTwice(_) => (
                Check::SectionTwice,
                "Move what stands below this header to the first section of that name, and delete the header.",
            ),
            Defect::KeyTwice(_) => (
                Check::KeyTwice,
                "Delete one of the two lines; here the last one counts.",
            ),
        };
        let what = match &complaint.what {
            Defect::ByteOrderMark => "The file begins with a byte order mark.".to_owned(),
            other => sentence(&other.to_string()),
        };
        found.push(
            Finding::new(check, what)
                .at((file.clone(), line))
                .breaks("The AWS CLI and boto3 reject the whole file, whatever profile is used.")
                .repair(repair, edit(file, line)),
        );
    }
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!("{first}{}.", chars.as_str())
}

fn swallowed(view: &View<'_>, document: &Document, found: &mut Vec<Finding>) {
    let file = &view.file(document.kind()).path;
    for swallowed in document.swallowed_keys() {
        let (key, above) = (swallowed.key.escape_debug(), swallowed.above.escape_debug());
        found.push(
            Finding::new(
                Check::Continued,
                format!("`{key}` is indented, so it is a part of the value of `{above}` above it."),
            )
            .at((file.clone(), swallowed.line))
            .breaks(format!(
                "No program finds `{key}`, and `{above}` has a value that nobody meant."
            ))
            .repair(
                "Remove the blanks at the beginning of the line.",
                edit(file, swallowed.line),
            ),
        );
    }
}

fn ignored(view: &View<'_>, found: &mut Vec<Finding>) {
    for section in view.facts.profiles.config().ignored_sections() {
        let header = shown_header(section.header);
        let (file, line) = view.at(section.place);
        let meant = section
            .header
            .strip_prefix("profile")
            .map_or(section.header, str::trim);
        let repair = if meant.is_empty() {
            "Give the profile a name: `[profile NAME]`.".to_owned()
        } else if meant.contains([' ', '\t', '"', '\'']) {
            let name = meant.replace(['"', '\''], "");
            format!(
                "Write a name with blanks in quotes: `[profile \"{}\"]`.",
                name.escape_debug()
            )
        } else {
            format!(
                "Make the header {}.",
                shown_header(&format!("profile {meant}"))
            )
        };
        found.push(
            Finding::new(
                Check::SectionIgnored,
                format!("The section {header} of the config file is not a profile."),
            )
            .at((file.clone(), line))
            .breaks(
                "AWS's programs ignore what stands in it; there, a profile is `[profile NAME]`.",
            )
            .repair(repair, edit(&file, line)),
        );
    }
}
