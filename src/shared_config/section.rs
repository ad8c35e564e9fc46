//! Where a section and its name are in the text of a shared file.

use std::ops::Range;

use super::name::SectionKind;

/// A header and the lines down to the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) kind: SectionKind,
    pub(super) name: Name,
    /// Offset of the header line.
    pub(super) start: usize,
    /// Offset of the line after it.
    pub(super) body: usize,
    /// Offset of the next header, or of the end.
    pub(super) end: usize,
}

/// Names in quotes are the rare ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Plain(Range<usize>),
    Quoted(Box<str>),
}
