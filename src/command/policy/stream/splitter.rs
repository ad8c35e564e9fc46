//! Cuts the input into documents, step by step.

use super::batch::{Batch, Piece};
use super::step::{Input, MAX_DOCUMENT, Mode, lines, skip, start};

/// Cuts the input into documents.
#[derive(Debug)]
pub(super) struct Splitter {
    buffer: Vec<u8>,
    /// The length of the part that was searched for a line feed and has none.
    searched: usize,
    mode: Mode,
    /// The most bytes of a document.
    most: usize,
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
    /// Adds input.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.buffer.extend_from_slice(chunk);
    }

    /// Takes the complete documents, and at the end of the input also what is left.
    pub(super) fn take(&mut self, input: Input) -> Batch {
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
        // Lines are taken up to the last line feed. A document over several lines is kept together with its line feeds.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The documents after each chunk, and at the end.
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

    /// The documents of a text, which is pushed whole and byte by byte.
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
        // Several such documents are read too.
        assert_eq!(
            documents(&format!("{pretty}\n{pretty}{{}}\n{{\"x\":1}}"), 99),
            [pretty, pretty, "{}", "{\"x\":1}"]
        );
    }

    #[test]
    fn a_truncated_first_line_does_not_swallow_the_others() {
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
    fn complete_documents_are_handed_on_at_once() {
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
    fn a_document_that_is_too_long_is_reported_and_skipped() {
        let long = format!("[{}]", "1,".repeat(20));
        assert_eq!(
            documents(&format!("{{}}\n{long}\n{{}}\n"), 9),
            ["{}", "too long", "{}"]
        );
        assert_eq!(documents(&long, 9), ["too long"]);
        // A document over several lines that never ends is read as lines.
        assert_eq!(
            documents("{\"a\":[\n1,\n2,\n3,\n4", 9)[..2],
            ["{\"a\":[", "1,"]
        );
    }

    #[test]
    fn invalid_bytes_spoil_only_their_line() {
        let mut splitter = Splitter::default();
        splitter.push(b"{}\n{\"\xff\":1}\n{}");
        let batch = splitter.take(Input::Ended);
        let all: Vec<_> = batch.documents().collect();
        assert_eq!(all, [Ok("{}"), Err("not valid UTF-8"), Ok("{}")]);
    }
}
