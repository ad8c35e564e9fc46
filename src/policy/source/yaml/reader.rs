//! Values with their places from the events of the YAML parser.
//!
//! The parser gives events with their places, so the depth is bounded here and the cost is linear. An alias is a copy of its anchor;
//! the number of all values is bounded.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};

use super::indentation::Indented;
use crate::policy::document::{Json, ParseError, Path, Problem};
use crate::policy::source::node::{Member, Node, Unknown, Value};

/// Nothing that holds a policy is nested deeper.
const MAX_DEPTH: usize = 60;

/// Values of one file, with those that aliases repeat.
const MAX_VALUES: usize = 1 << 20;

/// A text with parts that Ansible or Serverless fills in.
fn computed(text: &str) -> Option<Unknown> {
    const SOURCES: [&str; 12] = [
        "self:",
        "opt:",
        "env:",
        "ssm:",
        "s3:",
        "cf:",
        "cf.",
        "file(",
        "param:",
        "sls:",
        "custom:",
        "strToBool(",
    ];
    if !text.contains("{{") && !text.contains("${") {
        return None;
    }
    let mut pattern = String::new();
    let mut rest = text;
    while let Some(n) = rest.find("{{").into_iter().chain(rest.find("${")).min() {
        let (before, after) = rest.split_at_checked(n)?;
        pattern.push_str(before);
        let end = if after.starts_with("{{") { "}}" } else { "}" };
        let is_filled = after.starts_with("{{")
            || SOURCES
                .iter()
                .any(|s| after.get(2..).is_some_and(|a| a.starts_with(s)));
        let length = after.find(end).map_or(after.len(), |n| n + end.len());
        let (part, tail) = after.split_at_checked(length)?;
        pattern.push_str(if is_filled { "*" } else { part });
        rest = tail;
    }
    pattern.push_str(rest);
    (pattern != text).then(|| Unknown {
        written: text.to_owned(),
        pattern,
    })
}

/// A list or an object that is not complete yet.
struct Open {
    start: usize,
    end: usize,
    anchor: usize,
    tag: Option<String>,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    /// The members, and the name whose value is next.
    Object(Vec<Member>, Option<(String, Range<usize>)>),
}

pub(super) struct Reader<'a> {
    body: &'a str,
    text: Indented<'a>,
    open: Vec<Open>,
    documents: Vec<Node>,
    anchors: HashMap<usize, Node>,
    values: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(body: &'a str) -> Self {
        Self {
            body,
            text: Indented::of(body),
            open: Vec::new(),
            documents: Vec::new(),
            anchors: HashMap::new(),
            values: 0,
        }
    }

    /// The documents of the file up to the first error.
    pub(super) fn documents(mut self) -> (Vec<Node>, Option<ParseError>) {
        let mut problem = None;
        let text = self.text.text.clone();
        for event in Parser::new_from_str(&text) {
            let taken = event
                .map_err(|error| self.syntax(&error))
                .and_then(|(event, span)| self.take(event, span));
            if let Err(error) = taken {
                problem = Some(error);
                break;
            }
        }
        (self.documents, problem)
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), ParseError> {
        let bytes = self.offset(span.start)..self.offset(span.end);
        match event {
            Event::Alias(anchor) => {
                let copy = self.anchors.get(&anchor).cloned();
                let node = copy.unwrap_or_else(|| Node::unknown(bytes.clone(), "*alias"));
                self.values += size(&node);
                self.add(node, bytes)
            }
            Event::Scalar(text, style, anchor, tag) => {
                let bytes = self.trimmed(bytes, style);
                let value = match computed(&text) {
                    Some(unknown) => Value::Unknown(unknown),
                    None => Value::Scalar(scalar(&text, style, tag.is_some())),
                };
                let node = tagged(Node::new(bytes.clone(), value), short(tag.as_deref()));
                if anchor > 0 {
                    self.anchors.insert(anchor, node.clone());
                }
                self.add(node, bytes)
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(&bytes, anchor, tag.as_deref(), Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                let content = Content::Object(Vec::new(), None);
                self.begin(&bytes, anchor, tag.as_deref(), content)
            }
            Event::SequenceEnd | Event::MappingEnd => self.finish(&bytes),
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        bytes: &Range<usize>,
        anchor: usize,
        tag: Option<&Tag>,
        content: Content,
    ) -> Result<(), ParseError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.error(bytes.clone(), Problem::TooDeep(MAX_DEPTH)));
        }
        self.open.push(Open {
            start: bytes.start,
            end: bytes.end,
            anchor,
            tag: short(tag),
            content,
        });
        Ok(())
    }

    fn finish(&mut self, bytes: &Range<usize>) -> Result<(), ParseError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        // A block has no end of its own; `}` and `]` are.
        let is_flow = (self.body.get(bytes.clone())).is_some_and(|text| text == "}" || text == "]");
        let end = if is_flow { bytes.end } else { open.end };
        let value = match open.content {
            Content::List(items) => Value::List(items),
            Content::Object(members, _) => Value::Object(merged(members)),
        };
        let node = Node::new(open.start..end, value);
        let node = tagged(with_bare_statements(node), open.tag);
        if open.anchor > 0 {
            self.anchors.insert(open.anchor, node.clone());
        }
        self.add(node, open.start..end)
    }

    /// Adds a value, or the name of the next one, to what is open. `bytes` is where it stands: an alias has its value elsewhere.
    fn add(&mut self, node: Node, bytes: Range<usize>) -> Result<(), ParseError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            let problem = Problem::Notation("YAML", format!("more than {MAX_VALUES} values"));
            return Err(self.error(bytes, problem));
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        open.end = open.end.max(bytes.end);
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Object(members, name) => {
                if let Some((name, name_bytes)) = name.take() {
                    members.push(Member {
                        name,
                        name_bytes,
                        value: node,
                    });
                } else {
                    let text = node.text().map_or_else(String::new, |text| text.written);
                    *name = Some((text, bytes));
                }
            }
        }
        Ok(())
    }

    fn offset(&self, marker: Marker) -> usize {
        self.text.offset(marker.index()).min(self.body.len())
    }

    /// A scalar's bytes without the white space that the parser counts.
    fn trimmed(&self, bytes: Range<usize>, style: ScalarStyle) -> Range<usize> {
        let text = self.body.get(bytes.clone()).unwrap_or_default();
        match style {
            // With a tag, the parser counts the line of the tag, too.
            ScalarStyle::Literal | ScalarStyle::Folded if text.starts_with(['!', '&']) => {
                let header = text.find('\n').map_or(0, |n| n + 1);
                bytes.start + header..bytes.end
            }
            ScalarStyle::Literal | ScalarStyle::Folded => bytes,
            _ => bytes.start..bytes.start + text.trim_end().len(),
        }
    }

    fn syntax(&self, error: &ScanError) -> ParseError {
        let at = self.offset(*error.marker());
        self.error(at..at, Problem::Notation("YAML", error.info().to_owned()))
    }

    fn error(&self, bytes: Range<usize>, problem: Problem) -> ParseError {
        ParseError::at(self.body, bytes, Path::default(), problem)
    }
}

/// How many values the node is.
fn size(node: &Node) -> usize {
    let inner: usize = match &node.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Object(members) => members.iter().map(|m| size(&m.value)).sum(),
        _ => 0,
    };
    inner + 1
}

/// The name of a local tag, such as `Sub`.
fn short(tag: Option<&Tag>) -> Option<String> {
    let tag = tag.filter(|tag| tag.handle == "!" && !tag.suffix.is_empty())?;
    Some(tag.suffix.clone())
}

/// The short form of a function in its long form.
fn tagged(node: Node, tag: Option<String>) -> Node {
    let Some(tag) = tag else {
        return node;
    };
    let name = if tag == "Ref" || tag == "Condition" {
        tag
    } else {
        format!("Fn::{tag}")
    };
    let bytes = node.bytes.clone();
    let member = Member {
        name,
        name_bytes: bytes.start..bytes.start,
        value: node,
    };
    Node::new(bytes, Value::Object(vec![member]))
}

/// A scalar by YAML's core schema. A number that JSON does not know is a string.
fn scalar(text: &str, style: ScalarStyle, has_tag: bool) -> Json {
    if style != ScalarStyle::Plain || has_tag {
        return Json::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Json::Null,
        "true" | "True" | "TRUE" => Json::Bool(true),
        "false" | "False" | "FALSE" => Json::Bool(false),
        _ if serde_json::from_str::<serde_json::Number>(text).is_ok() => {
            Json::Number(text.to_owned())
        }
        _ => Json::String(text.to_owned()),
    }
}

/// With the members of `<<` among its own.
fn merged(members: Vec<Member>) -> Vec<Member> {
    if members.iter().all(|m| m.name != "<<") {
        return members;
    }
    let (merges, mut own): (Vec<Member>, Vec<Member>) =
        members.into_iter().partition(|m| m.name == "<<");
    for merge in merges {
        let sources = match merge.value.value {
            Value::List(items) => items,
            value => vec![Node {
                value,
                ..merge.value
            }],
        };
        for source in sources {
            let Value::Object(members) = source.value else {
                continue;
            };
            for member in members {
                if own.iter().all(|m| m.name != member.name) {
                    own.push(member);
                }
            }
        }
    }
    own
}

/// Serverless lists statements without a document around them.
fn with_bare_statements(mut node: Node) -> Node {
    const LISTS: [&str; 2] = ["statements", "iamRoleStatements"];
    let Value::Object(members) = &mut node.value else {
        return node;
    };
    let is_statement = |item: &Node| {
        item.member("Effect").is_some()
            && (item.member("Action").is_some() || item.member("NotAction").is_some())
    };
    for member in members {
        if LISTS.contains(&member.name.as_str()) && member.value.items().iter().any(is_statement) {
            let bytes = member.value.bytes.clone();
            let list = std::mem::replace(&mut member.value, Node::unknown(0..0, ""));
            let statement = Member {
                name: "Statement".to_owned(),
                name_bytes: member.name_bytes.clone(),
                value: list,
            };
            let version = Member {
                name: "Version".to_owned(),
                name_bytes: member.name_bytes.clone(),
                value: Node::string(member.name_bytes.clone(), "2012-10-17"),
            };
            member.value = Node::new(bytes, Value::Object(vec![version, statement]));
        }
    }
    node
}
