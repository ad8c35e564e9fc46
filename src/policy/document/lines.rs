//! Byte offsets of a text as lines and columns.

/// Line and column, both from 1, of byte offsets that only grow: the source is gone through once.
pub(crate) struct Places<'a> {
    source: &'a str,
    offset: usize,
    line: usize,
    column: usize,
}

impl<'a> Places<'a> {
    pub(crate) fn of(source: &'a str) -> Self {
        Self {
            source,
            offset: mark(source),
            line: 1,
            column: 1,
        }
    }

    /// The place of `offset`, which must not be before the last one that was asked for.
    pub(crate) fn at(&mut self, offset: usize) -> (usize, usize) {
        let passed = self.source.get(self.offset..offset).unwrap_or_default();
        if let Some((lines, line)) = passed.rsplit_once('\n') {
            self.line += 1 + lines.bytes().filter(|&b| b == b'\n').count();
            self.column = 1 + line.chars().count();
        } else {
            self.column += passed.chars().count();
        }
        self.offset += passed.len();
        (self.line, self.column)
    }
}

/// Line and column of one byte offset, both from 1.
pub(super) fn line_column(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..offset).unwrap_or(source);
    let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(mark(source), |n| n + 1);
    let column = before.get(start..).map_or(0, |s| s.chars().count()) + 1;
    (line, column)
}

/// Editors on Windows begin files with a byte order mark. It is not part of the JSON and has no column.
pub(super) fn without_mark(source: &str) -> &str {
    source.strip_prefix('\u{feff}').unwrap_or(source)
}

fn mark(source: &str) -> usize {
    source.len() - without_mark(source).len()
}

pub(super) fn line_starts(source: &str) -> Vec<usize> {
    std::iter::once(mark(source))
        .chain(source.match_indices('\n').map(|(n, _)| n + 1))
        .collect()
}
