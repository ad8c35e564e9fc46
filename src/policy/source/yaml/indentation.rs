//! Text that other YAML parsers read: AWS's own accepts a line within quotes, brackets or braces that is indented less than YAML's
//! standard asks for.
//!
//! Such a line gets blanks in front, which do not count there. Places stay those of the file.

use std::borrow::Cow;

use saphyr_parser::{Parser, ScanError};

/// Lines that get blanks, at most, because each of them costs a pass.
const MAX_LINES: usize = 40;

/// Larger files are taken as they are.
const MAX_BYTES: usize = 1 << 20;

/// More than any line is indented.
const BLANKS: usize = 200;

/// A text with blanks in front of some lines.
pub(super) struct Indented<'a> {
    pub(super) text: Cow<'a, str>,
    /// The bytes of the file at which the characters of the text begin; empty if they are the same.
    offsets: Vec<usize>,
}

impl<'a> Indented<'a> {
    pub(super) fn of(body: &'a str) -> Self {
        // The lines that get blanks, by the bytes at which they begin.
        let mut starts: Vec<usize> = Vec::new();
        let mut indented = Self::with(body, &starts);
        if body.len() > MAX_BYTES {
            return indented;
        }
        while starts.len() < MAX_LINES {
            let Some(error) = (Parser::new_from_str(&indented.text)).find_map(Result::err) else {
                break;
            };
            let more = indented.to_indent(body, &error);
            let before = starts.len();
            starts.extend(more);
            starts.sort_unstable();
            starts.dedup();
            if starts.len() == before {
                break;
            }
            indented = Self::with(body, &starts);
        }
        indented
    }

    fn with(body: &'a str, starts: &[usize]) -> Self {
        if starts.is_empty() {
            let offsets = if body.is_ascii() {
                Vec::new()
            } else {
                body.char_indices().map(|(n, _)| n).collect()
            };
            return Self {
                text: Cow::Borrowed(body),
                offsets,
            };
        }
        let mut text = String::with_capacity(body.len() + starts.len() * BLANKS);
        let mut offsets = Vec::with_capacity(text.capacity());
        let mut starts = starts.iter().peekable();
        for (n, c) in body.char_indices() {
            if starts.next_if(|start| **start == n).is_some() {
                text.extend(std::iter::repeat_n(' ', BLANKS));
                offsets.extend(std::iter::repeat_n(n, BLANKS));
            }
            text.push(c);
            offsets.push(n);
        }
        Self {
            text: Cow::Owned(text),
            offsets,
        }
    }

    /// The byte of the file at which a character of the text begins.
    pub(super) fn offset(&self, character: usize) -> usize {
        if self.offsets.is_empty() {
            return character;
        }
        let offset = self.offsets.get(character).copied();
        offset.unwrap_or(usize::MAX)
    }

    /// The beginnings of the lines that need blanks.
    fn to_indent(&self, body: &str, error: &ScanError) -> Vec<usize> {
        let at = self.offset(error.marker().index()).min(body.len());
        match error.info() {
            "invalid indentation" | "invalid indentation in flow construct" => {
                let before = body.get(..at).unwrap_or_default();
                vec![before.rfind('\n').map_or(0, |n| n + 1)]
            }
            "invalid indentation in quoted scalar" => continued(body, at),
            _ => Vec::new(),
        }
    }
}

/// The beginnings of the further lines of the quoted text that begins here.
fn continued(body: &str, at: usize) -> Vec<usize> {
    let text = body.get(at..).unwrap_or_default();
    let mut characters = text.char_indices().peekable();
    let Some((_, quote)) = characters.next() else {
        return Vec::new();
    };
    let mut starts = Vec::new();
    while let Some((n, c)) = characters.next() {
        match c {
            '\n' => starts.push(at + n + 1),
            '\\' if quote == '"' => {
                characters.next();
            }
            // A doubled quote stands for itself.
            c if c == quote
                && (quote == '"' || characters.next_if(|(_, c)| *c == quote).is_none()) =>
            {
                break;
            }
            _ => {}
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (bool, usize) {
        let indented = Indented::of(text);
        let failed = Parser::new_from_str(&indented.text).any(|event| event.is_err());
        (failed, indented.text.len())
    }

    #[test]
    fn lines_within_quotes_and_brackets_get_blanks() {
        for text in [
            "a:\n  b: [\n    x,\n ]\n",
            "a:\n  b: 'one\n  it''s two\n  three'\n  c: d\n",
            "a:\n  b: \"one \\\"\n  two\"\n",
            "a:\n  b: {\n  x: y,\n  z: [\n  1\n  ]\n  }\n",
        ] {
            assert!(
                Parser::new_from_str(text).any(|event| event.is_err()),
                "{text}"
            );
            assert!(!read(text).0, "{text}");
        }
    }

    #[test]
    fn other_errors_and_other_texts_are_left_alone() {
        for text in ["a: [\n", "a: b\n", "é: 'x\n  y'\n"] {
            assert_eq!(read(text).1, text.len(), "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_file() {
        let text = "é:\n  b: [\n    x,\n ]\n  c: d\n";
        let indented = Indented::of(text);
        let at = indented.text.chars().position(|c| c == 'd').unwrap();
        assert_eq!(&text[indented.offset(at)..][..1], "d");
        assert_eq!(indented.offset(usize::MAX), usize::MAX);
    }
}
