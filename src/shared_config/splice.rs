//! Changes of a text by place: what no splice names stays as it was, byte for byte.

use std::ops::Range;

use super::document::Document;
use super::line::Line;

/// A change of the text.
pub(super) struct Splice {
    range: Range<usize>,
    with: String,
    /// Whole lines come in, so the line above must have ended.
    lines: bool,
}

impl Splice {
    pub(super) fn insert(at: usize, lines: String) -> Self {
        Self {
            range: at..at,
            with: lines,
            lines: true,
        }
    }

    pub(super) fn replace(range: Range<usize>, with: String) -> Self {
        Self {
            range,
            with,
            lines: false,
        }
    }

    pub(super) fn delete(line: &Line<'_>) -> Self {
        Self::replace(line.start..line.next(), String::new())
    }
}

/// The text with the splices made; what none of them names stays, byte for byte.
pub(super) fn splice(document: &Document, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| splice.range.start);
    let mut text = String::with_capacity(document.text().len() + 1024);
    let mut at = 0;
    for splice in splices {
        text.push_str(document.slice(at..splice.range.start));
        if splice.lines {
            end_line(&mut text, document);
        }
        text.push_str(&splice.with);
        at = splice.range.end;
    }
    text.push_str(document.slice(at..document.text().len()));
    text
}

/// Ends the last line so that every reader sees it end: a lone carriage return is an ending to botocore alone.
fn end_line(text: &mut String, document: &Document) {
    if text.ends_with('\r') {
        text.push('\n');
    } else if !document.is_empty() && !text.is_empty() && !text.ends_with('\n') {
        text.push_str(document.ending());
    }
}
