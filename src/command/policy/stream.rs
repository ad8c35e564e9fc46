//! Splits the input into JSON documents, either documents over several lines or JSON Lines: the first document decides.
//!
//! Memory stays constant: at most the largest accepted document and a few chunks are held. Complete documents are handed on
//! before
//! more input is awaited, so that a program at the other end of two pipes gets its answer.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use serde::de::IgnoredAny;

/// The longest document that is taken: AWS's own limits are far below.
pub(super) const MAX_DOCUMENT: usize = 16 << 20;

const CHUNK: usize = 256 << 10;
const CHUNKS_AHEAD: usize = 8;

/// Some documents, in their order.
#[derive(Debug, Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(Range<usize>),
    TooLong,
}

impl Batch {
    /// Each document, or the reason why it cannot be read.
    pub(super) fn documents(&self) -> impl Iterator<Item = Result<&str, &'static str>> {
        self.pieces.iter().map(|piece| match piece {
            Piece::TooLong => Err("the document is larger than 16 MiB"),
            Piece::Text(range) => {
                let bytes = self.bytes.get(range.clone()).unwrap_or_default();
                str::from_utf8(bytes).map_err(|_| "not valid UTF-8")
            }
        })
    }
}

/// Reads ahead on a thread of its own.
pub(super) struct Documents {
    chunks: Receiver<io::Result<Vec<u8>>>,
    splitter: Splitter,
    ended: bool,
    failed: Option<io::Error>,
}

impl Documents {
    pub(super) fn of(reader: Box<dyn Read + Send>) -> Self {
        let (sender, chunks) = sync_channel(CHUNKS_AHEAD);
        thread::spawn(move || read(reader, &sender));
        Self {
            chunks,
            splitter: Splitter::default(),
            ended: false,
            failed: None,
        }
    }

    /// What has come since the last time, waited for if nothing has; `None` after the end.
    pub(super) fn next(&mut self) -> Option<io::Result<Batch>> {
        if self.ended {
            return self.failed.take().map(Err);
        }
        let first = self.chunks.recv().into_iter();
        for chunk in first.chain(self.chunks.try_iter()).take(CHUNKS_AHEAD) {
            match chunk {
                Ok(bytes) if !bytes.is_empty() => self.splitter.push(&bytes),
                end => {
                    self.ended = true;
                    self.failed = end.err();
                }
            }
        }
        let input = if self.ended && self.failed.is_none() {
            Input::Ended
        } else {
            Input::Continues
        };
        Some(Ok(self.splitter.take(input)))
    }
}

/// Sends what comes, and in the end an empty chunk or the failure.
fn read(mut reader: Box<dyn Read + Send>, sender: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut chunk = vec![0; CHUNK];
        let read = match reader.read(&mut chunk) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            read => read,
        };
        let is_last = matches!(read, Ok(0) | Err(_));
        let chunk = read.map(|n| {
            chunk.truncate(n);
            chunk
        });
        if sender.send(chunk).is_err() || is_last {
            return;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Continues,
    Ended,
}

/// Cuts what came into documents.
#[derive(Debug)]
struct Splitter {
    buffer: Vec<u8>,
    /// So much of it was searched for the end of a line and holds none.
    searched: usize,
    mode: Mode,
    most: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// At the beginning of a document, which may go over several lines; this much of it was found to be cut short.
    Start { cut_short: usize },
    /// Each line is one.
    Lines,
    /// In a line that is too long.
    Skipping,
}

impl Default for Splitter {
    fn default() -> Self {
        Self {
            buffer: Vec::new(),
            searched: 0,
            mode: Mode::Start { cut_short: 0 },
            most: MAX_DOCUMENT,
        }
    }
}

impl Splitter {
    fn push(&mut self, chunk: &[u8]) {
        self.buffer.extend_from_slice(chunk);
    }

    /// The documents that are complete; at the end also what is left.
    fn take(&mut self, input: Input) -> Batch {
        let mut pieces = Vec::new();
        let mut from = 0;
        loop {
            let rest = self.buffer.get(from..).unwrap_or_default();
            let searched = self.searched.saturating_sub(from);
            let step = match self.mode {
                Mode::Start { cut_short } => start(rest, searched, cut_short, input, self.most),
                Mode::Lines => lines(rest, searched, input, self.most),
                Mode::Skipping => skip(rest),
            };
            for piece in step.pieces {
                pieces.push(match piece {
                    Piece::Text(range) => Piece::Text(range.start + from..range.end + from),
                    Piece::TooLong => Piece::TooLong,
                });
            }
            from += step.taken;
            self.mode = step.mode;
            if step.waits {
                break;
            }
        }
        let rest = self.buffer.split_off(from);
        // Lines are taken up to the last end; a document over several lines is held back with the ends in it.
        self.searched = match self.mode {
            Mode::Start { cut_short } if cut_short > 0 => 0,
            _ => rest.len(),
        };
        Batch {
            bytes: std::mem::replace(&mut self.buffer, rest),
            pieces,
        }
    }
}

/// What was made of the beginning of the buffer.
struct Step {
    pieces: Vec<Piece>,
    taken: usize,
    mode: Mode,
    /// Whether nothing more can be done before more has come.
    waits: bool,
}

fn start(text: &[u8], searched: usize, cut_short: usize, input: Input, most: usize) -> Step {
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
    // Looked at again when it has doubled: a document that comes in small pieces is not read over and over.
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
        // Lines of which only the first is cut short, or one document that is.
        Value::CutShort if holds_a_whole_line(text) => step(vec![], 0, Mode::Lines, false),
        Value::CutShort => step(vec![Piece::Text(0..text.len())], text.len(), again, false),
    }
}

fn holds_a_whole_line(text: &[u8]) -> bool {
    text.split(|b| *b == b'\n').any(|line| {
        let line = line.trim_ascii();
        line.starts_with(b"{") && matches!(value(line), Value::Whole(end) if end == line.len())
    })
}

enum Value {
    /// One that ends here.
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

fn lines(text: &[u8], searched: usize, input: Input, most: usize) -> Step {
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
    // Splitting text is much quicker than splitting bytes, and nearly everything is text.
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

fn skip(text: &[u8]) -> Step {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is handed on after each chunk, and at the end.
    fn split(chunks: &[&str], most: usize) -> Vec<Vec<String>> {
        let mut splitter = Splitter {
            most,
            ..Splitter::default()
        };
        let texts = |batch: Batch| -> Vec<String> {
            (batch.documents())
                .map(|d| d.unwrap_or("too long").to_owned())
                .collect()
        };
        let mut all = Vec::new();
        for chunk in chunks {
            splitter.push(chunk.as_bytes());
            all.push(texts(splitter.take(Input::Continues)));
        }
        all.push(texts(splitter.take(Input::Ended)));
        all
    }

    /// The same in one piece, and byte by byte.
    fn documents(text: &str, most: usize) -> Vec<String> {
        let whole = split(&[text], most).concat();
        let bytes: Vec<&str> = text.split("").collect();
        assert_eq!(split(&bytes, most).concat(), whole, "{text}");
        whole
    }

    #[test]
    fn lines_are_documents() {
        assert_eq!(
            documents("{\"a\":1}\n\n  {\"b\":2}\r\n{\"c\":\n{}", 99),
            ["{\"a\":1}", "{\"b\":2}", "{\"c\":", "{}"]
        );
        assert_eq!(documents("", 99), Vec::<String>::new());
        assert_eq!(documents(" \n\n", 99), Vec::<String>::new());
        assert_eq!(documents("no json\n{}\n", 99), ["no json", "{}"]);
    }

    #[test]
    fn a_document_over_several_lines_is_one() {
        let pretty = "{\n  \"a\": [\n    {\"b\": 1}\n  ]\n}";
        assert_eq!(documents(pretty, 99), [pretty]);
        assert_eq!(documents(&format!("\u{feff}\n{pretty}\n\n"), 99), [pretty]);
        // And so are several.
        assert_eq!(
            documents(&format!("{pretty}\n{pretty}{{}}\n{{\"x\":1}}"), 99),
            [pretty, pretty, "{}", "{\"x\":1}"]
        );
    }

    #[test]
    fn a_first_line_that_is_cut_short_does_not_take_the_others_along() {
        for bad in ["{\"a\":[", "{\"a\":\"b", "{\"a\":{\"b\":1},"] {
            let text = format!("{bad}\n{{\"c\":1}}\n{{\"d\":2}}\n");
            assert_eq!(
                split(&[&text], 99).concat(),
                [bad, "{\"c\":1}", "{\"d\":2}"]
            );
        }
        assert_eq!(documents("{\n  \"a\": [", 99), ["{\n  \"a\": ["]);
    }

    #[test]
    fn what_has_come_is_handed_on_at_once() {
        assert_eq!(
            split(&["{}\n", "{\"a\"", ":1}\n{", "}\n"], 99),
            [vec!["{}"], vec![], vec!["{\"a\":1}"], vec!["{}"], vec![]]
        );
        let [first, ..] = split(&["{\n}\n", "{}\n"], 99)
            .try_into()
            .unwrap_or_else(|_| [vec![], vec![], vec![]]);
        assert_eq!(first, ["{\n}"]);
    }

    #[test]
    fn what_is_too_long_is_told_and_skipped() {
        let long = format!("[{}]", "1,".repeat(20));
        assert_eq!(
            documents(&format!("{{}}\n{long}\n{{}}\n"), 9),
            ["{}", "too long", "{}"]
        );
        assert_eq!(documents(&long, 9), ["too long"]);
        // A document over several lines that never ends is taken for lines.
        assert_eq!(
            documents("{\"a\":[\n1,\n2,\n3,\n4", 9)[..2],
            ["{\"a\":[", "1,"]
        );
    }

    #[test]
    fn other_bytes_spoil_their_line_only() {
        let mut splitter = Splitter::default();
        splitter.push(b"{}\n{\"\xff\":1}\n{}");
        let batch = splitter.take(Input::Ended);
        let all: Vec<_> = batch.documents().collect();
        assert_eq!(all, [Ok("{}"), Err("not valid UTF-8"), Ok("{}")]);
    }
}
