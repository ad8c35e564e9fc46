//! The position of each element of a document in its source: byte span, line and column.
//!
//! The fast reader keeps no positions, because nearly every document is correct and nobody asks for them. This is the second,
//! slower reading, for errors and findings: it cuts the source into raw slices level by level, so its cost is the size times the
//! depth, and the depth is bounded.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::value::RawValue;

use super::error::{ParseError, Problem};
use super::json::{MAX_DEPTH, repeats};
use super::lines::{line_starts, without_mark};
use super::raw::{self, Members};
use super::{Json, Path, Step};

/// A stretch of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// First byte and the byte after the last.
    pub bytes: Range<usize>,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// The positions of all elements of one source.
#[derive(Debug)]
pub struct Spans<'a> {
    source: &'a str,
    root: Node,
    lines: Vec<usize>,
}

#[derive(Debug)]
struct Node {
    bytes: Range<usize>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Scalar(Json),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

#[derive(Debug)]
struct Member {
    name: String,
    name_bytes: Range<usize>,
    value: Node,
}

impl<'a> Spans<'a> {
    /// Reads the source.
    ///
    /// # Errors
    /// The first position at which the source is not valid JSON, repeats a name or is nested too deeply.
    pub fn of(source: &'a str) -> Result<Self, ParseError> {
        let root = serde_json::from_str::<&RawValue>(without_mark(source))
            .map_err(|e| syntax(source, &e))
            .and_then(|raw| Reader { source }.node(raw.get(), &mut Vec::new()))?;
        Ok(Self {
            source,
            root,
            lines: line_starts(source),
        })
    }

    /// The places of a value that was not read from JSON text, in the source that it was read from.
    pub(crate) fn of_tree(source: &'a str, tree: Tree) -> Self {
        Self {
            source,
            root: tree.into_node(),
            lines: line_starts(source),
        }
    }

    /// The value with all places.
    pub(crate) fn into_tree(self) -> Tree {
        self.root.into_tree()
    }

    /// Whether the value at `path` is a list or an object.
    pub(crate) fn is_container(&self, path: &Path) -> bool {
        (self.node(&path.0)).is_some_and(|node| !matches!(node.kind, Kind::Scalar(_)))
    }

    /// The paths of the items or members of the value at `path`.
    pub(crate) fn children(&self, path: &Path) -> Vec<Path> {
        match self.node(&path.0).map(|node| &node.kind) {
            Some(Kind::Array(items)) => (0..items.len()).map(|n| path.index(n)).collect(),
            Some(Kind::Object(members)) => members.iter().map(|m| path.key(&m.name)).collect(),
            _ => Vec::new(),
        }
    }

    /// Where the value at `path` stood.
    #[must_use]
    pub fn value(&self, path: &Path) -> Option<Span> {
        let node = self.node(&path.0)?;
        Some(self.span(node.bytes.clone()))
    }

    /// Where the name of the member at `path` stood, quotes included; for an item of a list, the item.
    #[must_use]
    pub fn name(&self, path: &Path) -> Option<Span> {
        let (last, parents) = path.0.split_last()?;
        let parent = self.node(parents)?;
        match (last, &parent.kind) {
            (Step::Key(key), Kind::Object(members)) => members
                .iter()
                .find(|m| m.name == *key)
                .map(|m| self.span(m.name_bytes.clone())),
            _ => self.value(path),
        }
    }

    /// The path itself if the source has such an element, else the path of the nearest element around it. A lone statement or
    /// value counts as the first item of a list.
    #[must_use]
    pub fn nearest(&self, path: &Path) -> Path {
        let mut nearest = Path::default();
        for step in &path.0 {
            let mut next = nearest.clone();
            next.0.push(step.clone());
            if self.value(&next).is_some() {
                nearest = next;
            } else if *step != Step::Index(0) {
                break;
            }
        }
        nearest
    }

    /// Line and column of a stretch of bytes.
    #[must_use]
    pub fn span(&self, bytes: Range<usize>) -> Span {
        let line = self.lines.partition_point(|&start| start <= bytes.start);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = self
            .source
            .get(start..bytes.start)
            .map_or(1, |before| before.chars().count() + 1);
        Span {
            bytes,
            line,
            column,
        }
    }

    /// The values, with the text of every number.
    pub(super) fn into_json(self) -> Json {
        self.root.into_json()
    }

    fn node(&self, steps: &[Step]) -> Option<&Node> {
        steps
            .iter()
            .try_fold(&self.root, |node, step| match (step, &node.kind) {
                (Step::Key(key), Kind::Object(members)) => {
                    members.iter().find(|m| m.name == *key).map(|m| &m.value)
                }
                (Step::Index(index), Kind::Array(items)) => items.get(*index),
                _ => None,
            })
    }
}

/// A value with the bytes of its elements.
#[derive(Debug)]
pub(crate) enum Tree {
    /// Anything but a list or an object.
    Scalar(Range<usize>, Json),
    /// The items in their order.
    Array(Range<usize>, Vec<Tree>),
    /// The members in their order: the name, its bytes and the value.
    Object(Range<usize>, Vec<(String, Range<usize>, Tree)>),
}

impl Tree {
    fn into_node(self) -> Node {
        let (bytes, kind) = match self {
            Self::Scalar(bytes, json) => (bytes, Kind::Scalar(json)),
            Self::Array(bytes, items) => {
                let items = items.into_iter().map(Self::into_node);
                (bytes, Kind::Array(items.collect()))
            }
            Self::Object(bytes, members) => {
                let members = members.into_iter().map(|(name, name_bytes, value)| Member {
                    name,
                    name_bytes,
                    value: value.into_node(),
                });
                (bytes, Kind::Object(members.collect()))
            }
        };
        Node { bytes, kind }
    }
}

impl Node {
    fn into_tree(self) -> Tree {
        match self.kind {
            Kind::Scalar(json) => Tree::Scalar(self.bytes, json),
            Kind::Array(items) => {
                let items = items.into_iter().map(Self::into_tree);
                Tree::Array(self.bytes, items.collect())
            }
            Kind::Object(members) => {
                let members = members.into_iter();
                let members = members.map(|m| (m.name, m.name_bytes, m.value.into_tree()));
                Tree::Object(self.bytes, members.collect())
            }
        }
    }

    fn into_json(self) -> Json {
        match self.kind {
            Kind::Scalar(json) => json,
            Kind::Array(items) => Json::Array(items.into_iter().map(Self::into_json).collect()),
            Kind::Object(members) => Json::Object(
                members
                    .into_iter()
                    .map(|m| (m.name, m.value.into_json()))
                    .collect(),
            ),
        }
    }
}

/// Where each statement stands, without a look at what is in it.
pub(crate) fn statements(source: &str) -> Vec<Range<usize>> {
    const NAME: &str = "Statement";
    let text = without_mark(source);
    let texts = raw::list_member(text, NAME).or_else(|_| {
        let Members(members) = raw::members(text)?;
        // One without a list around it, or none.
        let is_it = |name: &RawValue| {
            serde_json::from_str::<Cow<'_, str>>(name.get()).is_ok_and(|name| name == NAME)
        };
        let statements = members.into_iter().filter(|(name, _)| is_it(name));
        serde_json::Result::Ok(statements.map(|(_, value)| value).collect())
    });
    (texts.unwrap_or_default().iter())
        .map(|item| raw::bytes(source, item.get()))
        .collect()
}

/// The parser's own complaint, which counts columns in bytes and names the last byte that it read.
pub(crate) fn syntax(source: &str, error: &serde_json::Error) -> ParseError {
    let line_start = line_starts(source)
        .get(error.line().saturating_sub(1))
        .copied()
        .unwrap_or(0);
    let mut offset = (line_start + error.column().saturating_sub(1)).min(source.len());
    while !source.is_char_boundary(offset) {
        offset -= 1;
    }
    let text = error.to_string();
    let message = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(message, _)| message);
    ParseError::at(
        source,
        offset..offset,
        Path::default(),
        Problem::Syntax(message.to_owned()),
    )
}

struct Reader<'a> {
    source: &'a str,
}

impl<'a> Reader<'a> {
    fn bytes(&self, raw: &str) -> Range<usize> {
        raw::bytes(self.source, raw)
    }

    fn error(&self, raw: &str, path: &[Step], problem: Problem) -> ParseError {
        ParseError::at(self.source, self.bytes(raw), Path(path.to_vec()), problem)
    }

    fn node(&self, raw: &'a str, path: &mut Vec<Step>) -> Result<Node, ParseError> {
        let bytes = self.bytes(raw);
        // The first byte of a value determines its type; the parser reads the value.
        let kind = match raw.as_bytes().first() {
            Some(b'{') => Kind::Object(self.object(raw, path)?),
            Some(b'[') => Kind::Array(self.array(raw, path)?),
            Some(b'-' | b'0'..=b'9') => Kind::Scalar(Json::Number(raw.to_owned())),
            _ => Kind::Scalar(serde_json::from_str(raw).map_err(|e| self.bad(raw, path, &e))?),
        };
        Ok(Node { bytes, kind })
    }

    fn bad(&self, raw: &str, path: &[Step], error: &serde_json::Error) -> ParseError {
        let text = error.to_string();
        let message = text
            .rsplit_once(" at line ")
            .map_or(text.as_str(), |(message, _)| message);
        self.error(raw, path, Problem::Syntax(message.to_owned()))
    }

    fn check_depth(&self, raw: &str, path: &[Step]) -> Result<(), ParseError> {
        if path.len() >= MAX_DEPTH {
            return Err(self.error(raw, path, Problem::TooDeep(MAX_DEPTH)));
        }
        Ok(())
    }

    fn array(&self, raw: &'a str, path: &mut Vec<Step>) -> Result<Vec<Node>, ParseError> {
        self.check_depth(raw, path)?;
        let items = raw::items(raw).map_err(|e| self.bad(raw, path, &e))?;
        let mut nodes = Vec::with_capacity(items.len());
        for (n, item) in items.into_iter().enumerate() {
            path.push(Step::Index(n));
            nodes.push(self.node(item.get(), path)?);
            path.pop();
        }
        Ok(nodes)
    }

    fn object(&self, raw: &'a str, path: &mut Vec<Step>) -> Result<Vec<Member>, ParseError> {
        self.check_depth(raw, path)?;
        let Members(pairs) = raw::members(raw).map_err(|e| self.bad(raw, path, &e))?;
        let mut named = Vec::with_capacity(pairs.len());
        for (name, value) in pairs {
            let text: String =
                serde_json::from_str(name.get()).map_err(|e| self.bad(name.get(), path, &e))?;
            named.push((text, name, value));
        }
        if let Some((text, name, _)) =
            repeats(&named, |(text, _, _)| text.as_str()).and_then(|n| named.get(n))
        {
            path.push(Step::Key(text.clone()));
            return Err(self.error(name.get(), path, Problem::Duplicate(text.clone())));
        }
        let mut members = Vec::with_capacity(named.len());
        for (text, name, value) in named {
            path.push(Step::Key(text.clone()));
            members.push(Member {
                name: text,
                name_bytes: self.bytes(name.get()),
                value: self.node(value.get(), path)?,
            });
            path.pop();
        }
        Ok(members)
    }
}
