//! The text of a template whose parts are known, or not.

use std::ops::Range;

use crate::policy::source::node::{Node, Unknown, Value};

/// A part of a template.
pub(super) enum Part<'m> {
    /// Text of the file.
    Literal(&'m str),
    /// The value of an interpolation, and its words.
    Value(Node, &'m str),
    /// A directive, whose result is not known.
    Unknown(&'m str),
}

/// The text of a template, or the value of a template that is nothing but one interpolation.
pub(super) fn value(mut parts: Vec<Part<'_>>, bytes: Range<usize>) -> Node {
    if let [Part::Value(..)] = parts.as_slice()
        && let Some(Part::Value(mut value, _)) = parts.pop()
    {
        if value.is_unknown() {
            value.bytes = bytes;
        }
        return value;
    }
    let mut text = Unknown {
        written: String::new(),
        pattern: String::new(),
    };
    for part in parts {
        let part = match part {
            Part::Literal(literal) => Unknown::of(literal),
            Part::Value(value, words) => {
                let text = value.text().filter(|_| !value.maybe);
                text.map_or_else(|| Unknown::entirely(words), |text| in_text(&text))
            }
            Part::Unknown(words) => Unknown::entirely(words),
        };
        text.written.push_str(&part.written);
        text.pattern.push_str(&part.pattern);
    }
    if text.written == text.pattern {
        return Node::string(bytes, text.pattern);
    }
    Node::new(bytes, Value::Unknown(text))
}

/// An unknown value within a text, as the file writes it there.
fn in_text(value: &Unknown) -> Unknown {
    if value.is_entire() && value.written != "*" {
        return Unknown::entirely(&format!("${{{}}}", value.written));
    }
    value.clone()
}
