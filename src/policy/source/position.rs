//! Converts many offsets to lines and columns in one pass, because plans come as one line of many megabytes.

use std::ops::Range;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// A stretch of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// First byte and the byte after the last.
    pub bytes: Range<usize>,
    /// The first character.
    pub start: Position,
    /// The character after the last.
    pub end: Position,
}

impl Extent {
    /// Bytes whose place is not known yet.
    pub(in crate::policy) fn of(bytes: Range<usize>) -> Self {
        let nowhere = Position { line: 1, column: 1 };
        Self {
            bytes,
            start: nowhere,
            end: nowhere,
        }
    }
}

impl Position {
    /// The place behind the last character of a text.
    #[must_use]
    pub fn at_end_of(text: &str) -> Self {
        let last = text.rsplit('\n').next().unwrap_or_default();
        Self {
            line: text.matches('\n').count() + 1,
            column: last.chars().count() + 1,
        }
    }

    /// The place in the file of what stands at `inner` in a text that begins here.
    #[must_use]
    pub fn then(self, inner: Self) -> Self {
        if inner.line > 1 {
            return Self {
                line: self.line + inner.line - 1,
                ..inner
            };
        }
        Self {
            line: self.line,
            column: self.column + inner.column - 1,
        }
    }
}

/// Fills in the places of stretches, whatever their order and how they overlap: one pass through the text.
pub(in crate::policy) fn fill<'e>(text: &str, extents: impl IntoIterator<Item = &'e mut Extent>) {
    let mut wanted: Vec<(usize, &mut Position)> = (extents.into_iter())
        .flat_map(|e| [(e.bytes.start, &mut e.start), (e.bytes.end, &mut e.end)])
        .collect();
    wanted.sort_by_key(|(offset, _)| *offset);
    let mut cursor = Cursor {
        text,
        offset: 0,
        at: Position { line: 1, column: 1 },
    };
    for (offset, position) in wanted {
        *position = cursor.at(offset);
    }
}

/// Goes through a text once, from offset to offset.
struct Cursor<'a> {
    text: &'a str,
    offset: usize,
    at: Position,
}

impl Cursor<'_> {
    fn at(&mut self, offset: usize) -> Position {
        let passed = self.text.get(self.offset..offset).unwrap_or_default();
        match passed.rsplit_once('\n') {
            None => self.at.column += passed.chars().count(),
            Some((before, last)) => {
                self.at.line += before.matches('\n').count() + 1;
                self.at.column = last.chars().count() + 1;
            }
        }
        self.offset = offset;
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_counted_in_characters() {
        let text = "äb\ncd\n\ne";
        let mut extents = [Extent::of(3..8), Extent::of(0..2), Extent::of(2..7)];
        fill(text, &mut extents);
        let place = |p: Position| (p.line, p.column);
        let places: Vec<_> = (extents.iter())
            .map(|e| (place(e.start), place(e.end)))
            .collect();
        assert_eq!(
            places,
            [((1, 3), (4, 1)), ((1, 1), (1, 2)), ((1, 2), (3, 1))]
        );
    }

    #[test]
    fn a_position_within_a_string_is_a_position_in_the_file() {
        let at = |line, column| Position { line, column };
        assert_eq!(at(7, 5).then(at(1, 3)), at(7, 7));
        assert_eq!(at(7, 5).then(at(2, 3)), at(8, 3));
    }
}
