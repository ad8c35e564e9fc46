//! Finds the sections of a shared file, and the lines that cannot be read. Such a line spoils its own section and no other.
//!
//! Sections are all that is looked for when a file is read, so that a lookup among ten thousand profiles reads the lines of few.

use std::borrow::Cow;

use super::fault::{Fault, ParseError};
use super::file_kind::FileKind;
use super::line::{self, Line, Reader, Token, is_space, lines, span, trim};
use super::name::{self, SectionKind};
use super::section::{Name, Section};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text after the byte order mark that some editors write.
pub(super) fn content(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The line that holds a byte, from 1.
pub(super) fn line_number(bytes: &[u8], offset: usize) -> usize {
    1 + bytes.iter().take(offset).filter(|b| **b == b'\n').count()
}

/// The sections of a text, in their order.
pub(super) fn sections(kind: FileKind, text: &str) -> Vec<Section> {
    let starts = at_the_margin(text).unwrap_or_else(|| anywhere(text));
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let mut sections = Vec::with_capacity(starts.len());
    for (&start, end) in starts.iter().zip(ends) {
        sections.extend(section(kind, text, start, end));
    }
    sections
}

/// Where the headers begin; `None` if white space stands before one of them, because the lines above it then decide what it is.
fn at_the_margin(text: &str) -> Option<Vec<usize>> {
    let start = text.len() - content(text).len();
    let mut found = Vec::new();
    for at in memchr::memchr_iter(b'[', text.as_bytes()) {
        let above = text.get(start..at)?;
        let code = above.trim_end_matches(|char| is_space(char) && !is_ending(char));
        if !code.is_empty() && !code.ends_with(is_ending) {
            continue;
        }
        if code.len() < above.len() {
            return None;
        }
        found.push(at);
    }
    Some(found)
}

fn is_ending(char: char) -> bool {
    char == '\n' || char == '\r'
}

/// As [`at_the_margin`], line by line.
fn anywhere(text: &str) -> Vec<usize> {
    let mut reader = Reader::default();
    all_lines(text)
        .filter_map(|line| match reader.read(line.text) {
            Ok(Token::Header(_)) => Some(line.start),
            Err(fault) if fault.is_header() => Some(line.start),
            _ => None,
        })
        .collect()
}

fn all_lines(text: &str) -> line::Lines<'_> {
    let content = content(text);
    lines(content, text.len() - content.len())
}

/// The section whose header line begins at `start`.
fn section(kind: FileKind, text: &str, start: usize, end: usize) -> Option<Section> {
    let line = lines(text.get(start..end)?, start).next()?;
    let header = trim(line.text);
    let (kind, name) = match line::header(header) {
        Ok(inner) => name::read(kind, inner),
        Err(_) => (SectionKind::Other, header.into()),
    };
    Some(Section {
        kind,
        name: match name {
            Cow::Borrowed(name) => Name::Plain(span(name, text)),
            Cow::Owned(name) => Name::Quoted(name.into()),
        },
        start,
        body: line.next(),
        end,
    })
}

/// The lines that cannot be read. What stands above the first section belongs to none.
pub(super) fn faults(text: &str, first: Option<&Section>) -> Vec<ParseError> {
    let first = first.map_or(text.len(), |section| section.start);
    let mut reader = Reader::default();
    let mut fault_in = |line: Line<'_>| {
        if line.start >= first {
            return reader.read(line.text).err();
        }
        let says_nothing = line::is_blank(line.text) || line::is_comment(line.text);
        (!says_nothing).then_some(Fault::Homeless)
    };
    (1..)
        .zip(all_lines(text))
        .filter_map(|(number, line)| {
            let message = fault_in(line)?.message();
            Some(ParseError {
                line: number,
                message,
            })
        })
        .collect()
}

/// The first line of a section that cannot be read, and its offset.
pub(super) fn first_fault(text: &str, section: &Section) -> Option<(usize, Fault)> {
    let own = text.get(section.start..section.end)?;
    // A header begins anew: what stands above it says nothing about the lines below.
    let mut reader = Reader::default();
    lines(own, section.start).find_map(|line| Some((line.start, reader.read(line.text).err()?)))
}

/// The error for a line.
pub(super) fn error(text: &str, offset: usize, fault: Fault) -> ParseError {
    let above = all_lines(text).take_while(|line| line.start < offset);
    ParseError {
        line: 1 + above.count(),
        message: fault.message(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_without_reading_the_lines_between_them() {
        for text in [
            "",
            "\u{feff}[a]\nb = 1\n[c]",
            "[a]\r\n[b]\r[c]\n\n\n[d",
            "# [x]\n[a]\nk = [v]\n[]\n",
            "k = v\n[a]\nk [ [ [\n",
            "a[\n\u{a0}\u{a0}b [\n",
        ] {
            assert_eq!(at_the_margin(text), Some(anywhere(text)), "{text:?}");
        }
    }

    #[test]
    fn a_header_behind_white_space_needs_the_lines_above_it() {
        for text in [
            "[a]\n [b]",
            "[a]\nk = v\n\t[b]",
            "\u{a0}[a]",
            "\u{feff} [a]",
        ] {
            assert_eq!(at_the_margin(text), None, "{text:?}");
        }
        assert_eq!(anywhere("[a]\n [b]\nk = v\n\t[c]\n"), [0, 4]);
    }
}
