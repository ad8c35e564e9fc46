//! A value of a file with the place of every element, and with what the file does not tell.

use std::ops::Range;

use crate::policy::document::{Json, Path, Spans, Step, Tree};

/// A value and its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) bytes: Range<usize>,
    pub(super) value: Value,
    /// Whether it may be missing, because a condition decides.
    pub(super) maybe: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Anything but a list or an object.
    Scalar(Json),
    List(Vec<Node>),
    Object(Vec<Member>),
    /// A value that the file does not tell, or a text with parts that it does not tell.
    Unknown(Unknown),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) name_bytes: Range<usize>,
    pub(super) value: Node,
}

/// What is known about a text that is not known, or not in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unknown {
    /// As the file writes it.
    pub(super) written: String,
    /// What it must look like: `*` stands for each unknown part.
    pub(super) pattern: String,
}

impl Unknown {
    /// Nothing is known about it.
    pub(super) fn entirely(written: &str) -> Self {
        Self {
            written: written.to_owned(),
            pattern: "*".to_owned(),
        }
    }

    /// All of it is known.
    pub(super) fn of(text: &str) -> Self {
        Self {
            written: text.to_owned(),
            pattern: text.to_owned(),
        }
    }

    pub(super) fn is_entire(&self) -> bool {
        self.pattern == "*"
    }
}

impl Node {
    pub(super) fn new(bytes: Range<usize>, value: Value) -> Self {
        Self {
            bytes,
            value,
            maybe: false,
        }
    }

    pub(super) fn string(bytes: Range<usize>, text: impl Into<String>) -> Self {
        Self::new(bytes, Value::Scalar(Json::String(text.into())))
    }

    pub(super) fn unknown(bytes: Range<usize>, written: &str) -> Self {
        Self::new(bytes, Value::Unknown(Unknown::entirely(written)))
    }

    /// The same, but a condition decides whether it is there.
    pub(super) fn perhaps(mut self) -> Self {
        self.maybe = true;
        self
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(Json::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The text of a string, a number or a Boolean, with what is not known of it.
    pub(super) fn text(&self) -> Option<Unknown> {
        match &self.value {
            Value::Scalar(Json::String(text) | Json::Number(text)) => Some(Unknown::of(text)),
            Value::Scalar(Json::Bool(value)) => Some(Unknown::of(&value.to_string())),
            Value::Unknown(unknown) => Some(unknown.clone()),
            _ => None,
        }
    }

    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.value, Value::Unknown(_))
    }

    pub(super) fn members(&self) -> &[Member] {
        match &self.value {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn member(&self, name: &str) -> Option<&Node> {
        let member = self.members().iter().find(|m| m.name == name)?;
        Some(&member.value)
    }

    /// The value that these steps lead to.
    pub(super) fn at(&self, steps: &[Step]) -> Option<&Self> {
        (steps.iter()).try_fold(self, |node, step| match step {
            Step::Key(name) => node.member(name),
            Step::Index(n) => node.items().get(*n),
        })
    }

    /// Moves every place.
    pub(super) fn moved(mut self, place: &impl Fn(Range<usize>) -> Range<usize>) -> Self {
        self.bytes = place(self.bytes);
        self.value = match self.value {
            Value::List(items) => Value::List(items.into_iter().map(|i| i.moved(place)).collect()),
            Value::Object(members) => {
                let moved = members.into_iter().map(|m| Member {
                    name: m.name,
                    name_bytes: place(m.name_bytes),
                    value: m.value.moved(place),
                });
                Value::Object(moved.collect())
            }
            other => other,
        };
        self
    }

    /// The places and the words of everything that is not known.
    pub(super) fn unknowns(&self) -> Vec<(Path, &Unknown)> {
        let mut found = Vec::new();
        self.collect_unknowns(&mut Path::default(), &mut found);
        found
    }

    fn collect_unknowns<'n>(&'n self, path: &mut Path, found: &mut Vec<(Path, &'n Unknown)>) {
        match &self.value {
            Value::Unknown(unknown) => found.push((path.clone(), unknown)),
            Value::Scalar(_) => {}
            Value::List(items) => {
                for (n, item) in items.iter().enumerate() {
                    path.0.push(Step::Index(n));
                    item.collect_unknowns(path, found);
                    path.0.pop();
                }
            }
            Value::Object(members) => {
                for member in members {
                    path.0.push(Step::Key(member.name.clone()));
                    member.value.collect_unknowns(path, found);
                    path.0.pop();
                }
            }
        }
    }

    /// Whether something is not known, or may be missing.
    pub(super) fn is_uncertain(&self) -> bool {
        self.maybe
            || match &self.value {
                Value::Unknown(_) => true,
                Value::Scalar(_) => false,
                Value::List(items) => items.iter().any(Self::is_uncertain),
                Value::Object(members) => members.iter().any(|m| m.value.is_uncertain()),
            }
    }

    /// As JSON, with the words of the file for what is not known.
    pub(super) fn to_json(&self) -> Json {
        match &self.value {
            Value::Scalar(json) => json.clone(),
            Value::Unknown(unknown) => Json::String(unknown.written.clone()),
            Value::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Value::Object(members) => Json::Object(
                (members.iter())
                    .map(|m| (m.name.clone(), m.value.to_json()))
                    .collect(),
            ),
        }
    }
}

/// The places of a value.
pub(super) fn as_tree(node: &Node) -> Tree {
    let bytes = node.bytes.clone();
    match &node.value {
        Value::List(items) => Tree::Array(bytes, items.iter().map(as_tree).collect()),
        Value::Object(members) => {
            let members = members.iter();
            let members =
                members.map(|m| (m.name.clone(), m.name_bytes.clone(), as_tree(&m.value)));
            Tree::Object(bytes, members.collect())
        }
        Value::Scalar(_) | Value::Unknown(_) => Tree::Scalar(bytes, node.to_json()),
    }
}

/// JSON as a tree.
pub(super) fn tree_of(spans: Spans<'_>) -> Node {
    fn node(tree: Tree) -> Node {
        match tree {
            Tree::Scalar(bytes, json) => Node::new(bytes, Value::Scalar(json)),
            Tree::Array(bytes, items) => {
                Node::new(bytes, Value::List(items.into_iter().map(node).collect()))
            }
            Tree::Object(bytes, members) => {
                let members = members.into_iter().map(|(name, name_bytes, value)| Member {
                    name,
                    name_bytes,
                    value: node(value),
                });
                Node::new(bytes, Value::Object(members.collect()))
            }
        }
    }
    node(spans.into_tree())
}
