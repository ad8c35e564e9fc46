//! `BinaryEquals`: strict base64. A value without padding, with white space, or with unused bits set matches nothing.

use super::matching::Match;

#[derive(Debug, Clone)]
pub(super) struct Binaries(Vec<String>);

impl Binaries {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        Self(
            values
                .filter(|v| is_canonical(v))
                .map(str::to_owned)
                .collect(),
        )
    }

    /// Canonical base64 is one text for each string of bytes, so equal bytes are equal texts.
    pub(super) fn matches(&self, value: &str) -> Match {
        self.0.iter().any(|want| want == value).into()
    }
}

pub(super) fn is_canonical(text: &str) -> bool {
    let padding = text.len() - text.trim_end_matches('=').len();
    let body = text
        .as_bytes()
        .get(..text.len() - padding)
        .unwrap_or_default();
    let last = body.last().and_then(|&b| sextet(b)).unwrap_or(0);
    text.len().is_multiple_of(4)
        && body.iter().all(|&b| sextet(b).is_some())
        && match padding {
            0 => true,
            1 => last.is_multiple_of(1 << 2),
            2 => last.is_multiple_of(1 << 4),
            _ => false,
        }
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}
