//! The rules by which the beginning of the buffer is cut: a first document, lines, and lines that are too long.

use serde::de::IgnoredAny;

use super::batch::Piece;

/// The longest accepted document. AWS's own limits are far lower.
pub(super) const MAX_DOCUMENT: usize = 16 << 20;

/// Whether more input may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    Continues,
    Ended,
}

/// How the next bytes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A document begins, which may span several lines. Its first `cut_short` bytes are known to be incomplete.
    Start { cut_short: usize },
    /// Each line is a document.
    Lines,
    /// The rest of a line that is too long is skipped.
    Skipping,
}

/// What was found at the beginning of the buffer.
pub(super) struct Step {
    pub(super) pieces: Vec<Piece>,
    /// The number of bytes that are done with.
    pub(super) taken: usize,
    pub(super) mode: Mode,
    /// Whether more input is needed before the next step.
    pub(super) waits: bool,
}

/// Reads the first document, which decides the mode.
pub(super) fn start(
    text: &[u8],
    searched: usize,
    cut_short: usize,
    input: Input,
    most: usize,
) -> Step {
    let step = |pieces, taken, mode, waits| Step {
        pieces,
        taken,
        mode,
        waits,
    };
    let again = Mode::Start { cut_short: 0 };
    let ended = input == Input::Ended;
    let blank = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let blank = text.len() - blank.trim_ascii_start().len();
    if blank > 0 || text.is_empty() {
        return step(vec![], blank, again, text.is_empty());
    }
    let too_long = text.len() > most;
    // An incomplete document is parsed again when it has doubled in length, so that small pieces are not parsed over and over.
    if !ended && !too_long && text.len() < cut_short.saturating_mul(2) {
        return step(vec![], 0, Mode::Start { cut_short }, true);
    }
    let unsearched = text.get(searched..).unwrap_or_default();
    let line = (unsearched.iter().position(|b| *b == b'\n')).map(|n| searched + n);
    let first = match line {
        Some(end) => text.get(..end).unwrap_or_default(),
        None if ended || too_long => return step(vec![], 0, Mode::Lines, false),
        None => return step(vec![], 0, Mode::Start { cut_short }, true),
    };
    if too_long || !matches!(value(first), Value::CutShort) {
        return step(vec![], 0, Mode::Lines, false);
    }
    match value(text) {
        Value::Whole(end) => step(vec![Piece::Text(0..end)], end, again, false),
        Value::Broken => step(vec![], 0, Mode::Lines, false),
        Value::CutShort if !ended => {
            let cut_short = text.len();
            step(vec![], 0, Mode::Start { cut_short }, true)
        }
        // Either lines of which the first is truncated, or one truncated document.
        Value::CutShort if has_a_whole_line(text) => step(vec![], 0, Mode::Lines, false),
        Value::CutShort => step(vec![Piece::Text(0..text.len())], text.len(), again, false),
    }
}

fn has_a_whole_line(text: &[u8]) -> bool {
    text.split(|b| *b == b'\n').any(|line| {
        let line = line.trim_ascii();
        line.starts_with(b"{") && matches!(value(line), Value::Whole(end) if end == line.len())
    })
}

/// The state of a JSON value.
enum Value {
    /// It ends here.
    Whole(usize),
    CutShort,
    Broken,
}

/// The first JSON value of a text.
fn value(text: &[u8]) -> Value {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => Value::Whole(values.byte_offset()),
        Some(Err(e)) if e.is_eof() => Value::CutShort,
        Some(Err(_)) | None => Value::Broken,
    }
}

/// Reads lines, each a document.
pub(super) fn lines(text: &[u8], searched: usize, input: Input, most: usize) -> Step {
    let unsearched = text.get(searched..).unwrap_or_default();
    let complete = match input {
        Input::Ended => text.len(),
        Input::Continues => {
            (unsearched.iter().rposition(|b| *b == b'\n')).map_or(0, |n| searched + n + 1)
        }
    };
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut add = |line: &[u8]| {
        let trimmed = line.trim_ascii_start();
        let from = at + line.len() - trimmed.len();
        at += line.len() + 1;
        let trimmed = trimmed.trim_ascii_end();
        if trimmed.len() > most {
            pieces.push(Piece::TooLong);
        } else if !trimmed.is_empty() {
            pieces.push(Piece::Text(from..from + trimmed.len()));
        }
    };
    let bytes = text.get(..complete).unwrap_or_default();
    // Splitting text is much faster than splitting bytes, and nearly all input is valid text.
    match str::from_utf8(bytes) {
        Ok(text) => text.split('\n').for_each(|line| add(line.as_bytes())),
        Err(_) => bytes.split(|b| *b == b'\n').for_each(add),
    }
    if text.len() - complete > most {
        pieces.push(Piece::TooLong);
        return Step {
            pieces,
            taken: text.len(),
            mode: Mode::Skipping,
            waits: true,
        };
    }
    Step {
        pieces,
        taken: complete,
        mode: Mode::Lines,
        waits: true,
    }
}

/// Skips the rest of a line.
pub(super) fn skip(text: &[u8]) -> Step {
    let end = text.iter().position(|b| *b == b'\n');
    Step {
        pieces: Vec::new(),
        taken: end.map_or(text.len(), |n| n + 1),
        mode: if end.is_some() {
            Mode::Lines
        } else {
            Mode::Skipping
        },
        waits: end.is_none(),
    }
}
