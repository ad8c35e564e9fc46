//! Gives findings their positions: lines and columns in the file, and the line to show.
//!
//! Work whose cost grows with the length of the policy is done once for all findings of a policy.

use std::cell::OnceCell;
use std::ops::Range;

use super::element::element;
use super::finding::Finding;
use crate::policy::document::{Path, Spans};
use crate::policy::source::{Assumption, Candidate, Extent, Position, fill};

/// Longer lines are not shown.
const MAX_LINE: usize = 240;

/// A finding with its place.
#[derive(Debug)]
pub struct Located {
    /// The finding.
    pub finding: Finding,
    /// The way to the element in the file: the policy's place and the element's path.
    pub path: String,
    /// The element; for a policy within a string, the string.
    pub start: Position,
    /// The character after it.
    pub end: Position,
    /// What a reader is shown.
    pub line: Line,
}

/// The line of an element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Without its end.
    pub text: String,
    /// Its number in the file; `None` for a line that is not the file's: of what a string holds, or of the policy printed
    /// anew, because the file's line is too long to be read.
    pub number: Option<usize>,
    /// The element in it.
    pub mark: Range<usize>,
}

/// The findings of one policy with their places, each with its offset in the policy.
pub(super) fn placed(
    found: Vec<Finding>,
    body: &str,
    candidate: &Candidate<'_>,
    partition: &str,
) -> Vec<(usize, Located)> {
    // A policy without a text of its own has its places in the file.
    let written = candidate.text().unwrap_or(body);
    let spans = match candidate.text() {
        Some(text) => Spans::of(text).ok(),
        None => candidate.places(body, partition),
    };
    let mut extents: Vec<Extent> = (found.iter())
        .map(|finding| Extent::of(marked(spans.as_ref(), written, &finding.path)))
        .collect();
    fill(written, &mut extents);
    let printed = OnceCell::new();
    let printed = || {
        printed.get_or_init(|| {
            let reading = candidate.reading(body, partition, Assumption::Worst);
            reading.map_or_else(|_| String::new(), |r| r.document.to_json_pretty())
        })
    };
    let printed_spans = OnceCell::new();
    let printed_line = |path: &Path| {
        let spans = printed_spans.get_or_init(|| Spans::of(printed()).ok());
        let mark = marked(spans.as_ref(), printed(), path);
        line(printed(), &mark, None).unwrap_or_else(|| Line {
            text: printed().get(mark.clone()).unwrap_or_default().to_owned(),
            number: None,
            mark: 0..mark.len(),
        })
    };
    let whole = &candidate.extent;
    (found.into_iter().zip(extents))
        .map(|(finding, extent)| {
            let offset = extent.bytes.start;
            let (start, end, shown) = if candidate.text().is_none() {
                let shown = line(body, &extent.bytes, Some(extent.start.line));
                (extent.start, extent.end, shown)
            } else if candidate.is_object() {
                let (start, end) = (whole.start.then(extent.start), whole.start.then(extent.end));
                let bytes = whole.bytes.start + offset..whole.bytes.start + extent.bytes.end;
                (start, end, line(body, &bytes, Some(start.line)))
            } else {
                (whole.start, whole.end, line(written, &extent.bytes, None))
            };
            let located = Located {
                path: full_path(&candidate.place, &finding.path),
                line: shown.unwrap_or_else(|| printed_line(&finding.path)),
                finding,
                start,
                end,
            };
            (offset, located)
        })
        .collect()
}

fn marked(spans: Option<&Spans<'_>>, text: &str, path: &Path) -> Range<usize> {
    spans
        .map(|spans| element(spans, text, path))
        .unwrap_or_default()
}

/// The line of these bytes; `None` if it is too long to be shown: files come as one line of many megabytes.
fn line(text: &str, bytes: &Range<usize>, number: Option<usize>) -> Option<Line> {
    let is_end = |b: &u8| *b == b'\n';
    let before = text.as_bytes().get(..bytes.start)?;
    let after = text.as_bytes().get(bytes.end..)?;
    let to_start = before.iter().rev().take(MAX_LINE).position(is_end);
    let to_end = after.iter().take(MAX_LINE).position(is_end);
    let first = bytes.start - to_start.or((before.len() <= MAX_LINE).then_some(before.len()))?;
    let last = bytes.end + to_end.or((after.len() <= MAX_LINE).then_some(after.len()))?;
    let line = text.get(first..last)?.trim_end_matches('\r');
    (line.len() <= MAX_LINE).then(|| Line {
        text: line.to_owned(),
        number,
        mark: bytes.start - first..bytes.end - first,
    })
}

/// The way to an element in the file.
pub(super) fn full_path(place: &str, path: &Path) -> String {
    match (place.is_empty(), path.0.is_empty()) {
        (true, true) => String::new(),
        (true, false) => path.to_string(),
        (false, true) => place.to_owned(),
        (false, false) => format!("{place}.{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_shown_unless_it_is_long() {
        let shown = |text: &str, bytes: Range<usize>| line(text, &bytes, Some(7));
        let short = shown("a\r\n bcd\r\ne", 4..6).unwrap();
        assert_eq!(
            (short.text.as_str(), short.mark, short.number),
            (" bcd", 1..3, Some(7))
        );
        let lone = shown("abc", 0..3).unwrap();
        assert_eq!((lone.text.as_str(), lone.mark), ("abc", 0..3));
        for (before, after) in [(MAX_LINE, 1), (0, MAX_LINE), (1000, 0), (130, 130)] {
            let text = format!("\n{}x{}\n", " ".repeat(before), " ".repeat(after));
            assert_eq!(
                shown(&text, before + 1..before + 2),
                None,
                "{before} {after}"
            );
        }
        let longest = format!("{}x\n", " ".repeat(MAX_LINE - 1));
        assert!(shown(&longest, MAX_LINE - 1..MAX_LINE).is_some());
    }
}
