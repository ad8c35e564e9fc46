//! The functions of Terraform whose results follow from their arguments and that people use in policies.

use std::ops::Range;

use crate::policy::document::{Json, Spans};
use crate::policy::source::node::{Member, Node, Unknown, Value, tree_of};

/// The result; `None` if the function is not known here, or if its result is not known.
pub(super) fn called(name: &str, mut arguments: Vec<Node>, bytes: Range<usize>) -> Option<Node> {
    match (name, arguments.as_mut_slice()) {
        ("concat", _) => Some(concatenated(arguments, bytes, Depth::Items)),
        ("flatten", [_]) => Some(concatenated(arguments, bytes, Depth::ItemsOfItems)),
        ("merge", _) => merged(arguments, bytes),
        // Order and repetition do not matter in a policy, and encoded JSON within a policy is a text.
        (
            "distinct" | "tolist" | "toset" | "sort" | "reverse" | "tostring" | "tomap"
            | "nonsensitive" | "sensitive" | "jsonencode",
            [_],
        ) => arguments.pop(),
        ("jsondecode", [_]) => arguments.pop().map(decoded),
        ("compact", [_]) => {
            let mut list = arguments.pop()?;
            if let Value::List(items) = &mut list.value {
                items.retain(|item| item.as_str() != Some("") && !is_null(item));
            }
            Some(list)
        }
        ("join", [separator, list]) => joined(separator, list, &bytes),
        ("format", [format, values @ ..]) => formatted(format, values, &bytes),
        ("coalesce" | "try", [first, ..]) => {
            let is_known = !is_null(first) && !first.is_unknown();
            is_known.then(|| first.clone())
        }
        ("lookup", [map, key, default]) => {
            let is_certain = map.members().iter().all(|m| !m.value.maybe) && !map.is_unknown();
            let found = map.member(key.as_str()?).filter(|_| is_certain);
            Some(found.unwrap_or(default).clone()).filter(|_| is_certain)
        }
        ("trimspace" | "chomp", [one]) => {
            let text = one.as_str()?.trim();
            Some(Node::string(one.bytes.clone(), text))
        }
        _ => None,
    }
}

/// What a text says as JSON, if it is JSON. Encoded JSON whose value is known is no text here.
pub(super) fn decoded(node: Node) -> Node {
    let tree = node.as_str().and_then(|text| Spans::of(text).ok());
    match tree {
        Some(spans) => {
            let place = node.bytes.clone();
            tree_of(spans).moved(&|_| place.clone())
        }
        None => node,
    }
}

/// What `concatenated` puts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Items,
    ItemsOfItems,
}

fn is_null(node: &Node) -> bool {
    node.value == Value::Scalar(Json::Null)
}

/// The items of lists. What is not a list that is known stands as one unknown item, which may be missing.
fn concatenated(lists: Vec<Node>, bytes: Range<usize>, depth: Depth) -> Node {
    let mut items = Vec::new();
    for list in lists {
        let maybe = list.maybe;
        match list.value {
            Value::List(inner) => {
                for item in inner {
                    let item = if maybe { item.perhaps() } else { item };
                    match item.value {
                        Value::List(deeper) if depth == Depth::ItemsOfItems => items.extend(deeper),
                        _ => items.push(item),
                    }
                }
            }
            _ => items.push(list.perhaps()),
        }
    }
    Node::new(bytes, Value::List(items))
}

/// `None` if one of the objects is unknown: it may replace every member.
fn merged(objects: Vec<Node>, bytes: Range<usize>) -> Option<Node> {
    let mut members: Vec<Member> = Vec::new();
    for object in objects {
        let (maybe, Value::Object(added)) = (object.maybe, object.value) else {
            return None;
        };
        if maybe {
            return None;
        }
        for member in added {
            members.retain(|m| m.name != member.name);
            members.push(member);
        }
    }
    Some(Node::new(bytes, Value::Object(members)))
}

fn joined(separator: &Node, list: &Node, bytes: &Range<usize>) -> Option<Node> {
    let separator = separator.as_str()?;
    let Value::List(items) = &list.value else {
        return None;
    };
    if items.iter().any(|item| item.maybe) {
        return None;
    }
    let parts: Option<Vec<Unknown>> = items.iter().map(Node::text).collect();
    let parts = parts?;
    let join = |of: fn(&Unknown) -> &str| {
        let texts: Vec<&str> = parts.iter().map(of).collect();
        texts.join(separator)
    };
    Some(text(join(|p| &p.written), join(|p| &p.pattern), bytes))
}

fn formatted(format: &Node, values: &[Node], bytes: &Range<usize>) -> Option<Node> {
    let mut values = values.iter();
    let mut result = Unknown {
        written: String::new(),
        pattern: String::new(),
    };
    let mut parts = format.as_str()?.split("%s");
    let first = parts.next()?;
    // Other verbs are rare in policies.
    if format.as_str()?.replace("%s", "").contains('%') {
        return None;
    }
    result.written.push_str(first);
    result.pattern.push_str(first);
    for part in parts {
        let value = values.next()?;
        let value = value.text().filter(|_| !value.maybe)?;
        result.written.push_str(&value.written);
        result.written.push_str(part);
        result.pattern.push_str(&value.pattern);
        result.pattern.push_str(part);
    }
    Some(text(result.written, result.pattern, bytes))
}

fn text(written: String, pattern: String, bytes: &Range<usize>) -> Node {
    if written == pattern {
        return Node::string(bytes.clone(), pattern);
    }
    Node::new(bytes.clone(), Value::Unknown(Unknown { written, pattern }))
}
