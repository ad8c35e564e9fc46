//! Findings in four formats, one file per format.

mod github;
mod json;
mod sarif;
#[cfg(test)]
mod tests;
mod text;

pub use github::github;
pub use json::json;
pub use sarif::sarif;
pub use text::{Colour, findings, summary};

/// `text` on one line, without what drives a terminal or reorders it: for words that come out of files.
fn one_line(text: &str) -> String {
    (text.chars())
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if is_hostile(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// Controls, marks of direction, and line breaks that are none in JSON.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}
