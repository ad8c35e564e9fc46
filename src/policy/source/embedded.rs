//! JSON within a text of another notation: a heredoc of Terraform, a block scalar of YAML. Its places are those in the file.

use std::ops::Range;

use super::node::{Member, Node, Unknown, Value, tree_of};
use crate::policy::document::{Json, Spans};

/// Text with the place of each byte in the file, and with values in place of what was not text.
#[derive(Debug)]
pub(super) struct Embedded {
    text: String,
    places: Vec<usize>,
    end: usize,
    holes: Vec<Node>,
    /// Marks the holes in the text; it stands nowhere in the file.
    mark: char,
    in_string: bool,
}

impl Embedded {
    /// An empty text that ends at `end`; `None` if the file has every character that could mark a hole.
    pub(super) fn new(file: &str, end: usize) -> Option<Self> {
        let mark = ('\u{e000}'..='\u{f8ff}').find(|&mark| !file.contains(mark))?;
        Some(Self {
            text: String::new(),
            places: Vec::new(),
            end,
            holes: Vec::new(),
            mark,
            in_string: false,
        })
    }

    /// Adds text that stands at `raw` in the file, with other indentation and escapes.
    pub(super) fn push(&mut self, text: &str, file: &str, raw: Range<usize>) {
        let places = aligned(text, file.get(raw.clone()).unwrap_or_default(), raw.start);
        match places {
            Some(places) => self.places.extend(places),
            None => (self.places).extend(std::iter::repeat_n(raw.start, text.len())),
        }
        let mut is_escaped = false;
        for c in text.chars() {
            match c {
                '"' if !is_escaped => self.in_string = !self.in_string,
                _ => {}
            }
            is_escaped = self.in_string && c == '\\' && !is_escaped;
        }
        self.text.push_str(text);
    }

    /// Adds a value in place of text.
    pub(super) fn push_value(&mut self, value: &Node) {
        let token = match value.text() {
            Some(known) if known.written == known.pattern && !value.maybe => {
                if self.in_string {
                    let quoted = serde_json::to_string(&known.pattern).unwrap_or_default();
                    quoted.trim_matches('"').to_owned()
                } else {
                    known.pattern
                }
            }
            _ => {
                let token = format!("{0}{1}{0}", self.mark, self.holes.len());
                self.holes.push(value.clone());
                if self.in_string {
                    token
                } else {
                    format!("\"{token}\"")
                }
            }
        };
        let places = std::iter::repeat_n(value.bytes.start, token.len());
        self.places.extend(places);
        self.text.push_str(&token);
    }

    /// The JSON; `None` if it is not JSON.
    pub(super) fn node(&self) -> Option<Node> {
        let node = tree_of(Spans::of(&self.text).ok()?);
        Some(self.filled(node))
    }

    fn place(&self, bytes: &Range<usize>) -> Range<usize> {
        let at = |offset: usize| self.places.get(offset).copied().unwrap_or(self.end);
        let start = at(bytes.start);
        let end = match bytes.end.checked_sub(1) {
            Some(last) if last >= bytes.start => at(last) + 1,
            _ => start,
        };
        start..end.max(start)
    }

    fn filled(&self, node: Node) -> Node {
        let bytes = self.place(&node.bytes);
        let value = match node.value {
            Value::Scalar(Json::String(text)) if text.contains(self.mark) => {
                return self.with_holes(bytes, &text);
            }
            Value::List(items) => Value::List(items.into_iter().map(|i| self.filled(i)).collect()),
            Value::Object(members) => {
                let members = members.into_iter().map(|m| Member {
                    name: self.name(m.name),
                    name_bytes: self.place(&m.name_bytes),
                    value: self.filled(m.value),
                });
                Value::Object(members.collect())
            }
            other => other,
        };
        Node::new(bytes, value)
    }

    fn name(&self, name: String) -> String {
        if !name.contains(self.mark) {
            return name;
        }
        match self.with_holes(0..0, &name).text() {
            Some(unknown) => unknown.written,
            None => name,
        }
    }

    fn hole(&self, number: &str) -> Option<&Node> {
        self.holes.get(number.parse::<usize>().ok()?)
    }

    fn with_holes(&self, bytes: Range<usize>, text: &str) -> Node {
        let parts: Vec<&str> = text.split(self.mark).collect();
        if let ["", number, ""] = parts.as_slice()
            && let Some(hole) = self.hole(number)
        {
            return hole.clone();
        }
        let mut unknown = Unknown {
            written: String::new(),
            pattern: String::new(),
        };
        for (n, part) in parts.into_iter().enumerate() {
            let hole = self.hole(part).filter(|_| n % 2 == 1);
            let words = hole.map_or_else(|| Unknown::of(part), words);
            unknown.written.push_str(&words.written);
            unknown.pattern.push_str(&words.pattern);
        }
        Node::new(bytes, Value::Unknown(unknown))
    }
}

/// A value within a text.
fn words(hole: &Node) -> Unknown {
    let text = hole.text().filter(|_| !hole.maybe);
    text.unwrap_or_else(|| Unknown::entirely("…"))
}

/// For each byte of the text its place in the file, where `raw` stands at `start`; `None` if they differ by more than indentation,
/// line ends and doubled signs.
fn aligned(text: &str, raw: &str, start: usize) -> Option<Vec<usize>> {
    let mut places = Vec::with_capacity(text.len());
    let mut rest = raw.char_indices().peekable();
    let mut is_line_start = true;
    for c in text.chars() {
        loop {
            let &(offset, found) = rest.peek()?;
            // A folded scalar of YAML has a blank for a line end.
            let is_same = found == c || (c == ' ' && found == '\n');
            let tail = raw.get(offset..).unwrap_or_default();
            let is_doubled = is_same && (tail.starts_with("$${") || tail.starts_with("%%{"));
            rest.next();
            if is_same && !is_doubled {
                places.extend(std::iter::repeat_n(start + offset, c.len_utf8()));
                is_line_start = found == '\n' || (is_line_start && (found == ' ' || found == '\t'));
                break;
            }
            let is_skipped =
                is_doubled || found == '\r' || (is_line_start && (found == ' ' || found == '\t'));
            if !is_skipped {
                return None;
            }
        }
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_line_ends_and_doubled_signs_are_skipped() {
        let places = |text, raw| aligned(text, raw, 10);
        assert_eq!(places("a\nb\n", "  a\r\n  b\n"), Some(vec![12, 14, 17, 18]));
        assert_eq!(places("${x", "$${x"), Some(vec![11, 12, 13]));
        assert_eq!(places("%{x", "%%{x"), Some(vec![11, 12, 13]));
        assert_eq!(places("a b", "a\n b"), Some(vec![10, 11, 13]));
        assert_eq!(places(" a", "   a"), Some(vec![10, 13]));
        assert_eq!(places("é$", "é$"), Some(vec![10, 10, 12]));
        assert_eq!(places("ab", "a"), None);
        assert_eq!(places("ab", "xab"), None);
    }

    #[test]
    fn holes_are_unknown_parts_or_whole_values() {
        let file = r#"{"a": "x-${v}-y", "b": ${w}, "c": "${v}", "${v}": 1}"#;
        let mut text = Embedded::new(file, file.len()).unwrap();
        let hole = |name: &str| Node::unknown(3..4, name);
        text.push(r#"{"a": "x-"#, file, 0..9);
        text.push_value(&hole("v"));
        text.push(r#"-y", "b": "#, file, 13..23);
        text.push_value(&Node::new(
            1..2,
            Value::List(vec![Node::string(1..2, "in")]),
        ));
        text.push(r#", "c": ""#, file, 27..35);
        text.push_value(&hole("v"));
        text.push(r#"", "d": ""#, file, 39..48);
        text.push_value(&Node::string(5..6, "a\"b"));
        text.push("\"}", file, 50..52);
        let node = text.node().unwrap();
        let unknown = |name: &str| node.member(name).unwrap().text().unwrap();
        assert_eq!(unknown("a").pattern, "x-*-y");
        assert_eq!(unknown("a").written, "x-v-y");
        assert_eq!(node.member("b").unwrap().items()[0].as_str(), Some("in"));
        assert!(unknown("c").is_entire());
        assert_eq!(node.member("d").unwrap().as_str(), Some("a\"b"));
        assert_eq!(node.members()[0].name_bytes, 1..4);
    }
}
