//! Some complete documents.

use std::ops::Range;

/// Some documents, in their order in the input.
#[derive(Debug, Default)]
pub(in crate::command::policy) struct Batch {
    pub(super) bytes: Vec<u8>,
    pub(super) pieces: Vec<Piece>,
}

/// One document of a batch.
#[derive(Debug)]
pub(super) enum Piece {
    /// Where its text is in the batch.
    Text(Range<usize>),
    /// It is longer than is accepted, and was skipped.
    TooLong,
}

impl Batch {
    /// Each document, or the reason why it cannot be read.
    pub(in crate::command::policy) fn documents(
        &self,
    ) -> impl Iterator<Item = Result<&str, &'static str>> {
        self.pieces.iter().map(|piece| match piece {
            Piece::TooLong => Err("the document is larger than 16 MiB"),
            Piece::Text(range) => {
                let bytes = self.bytes.get(range.clone()).unwrap_or_default();
                str::from_utf8(bytes).map_err(|_| "not valid UTF-8")
            }
        })
    }
}
