//! Templates of policies that another file fills in, when that file is not given: `${name}` is unknown there.

use super::found::{Candidate, Form};
use super::node::{Member, Node, Unknown, Value, tree_of};
use crate::policy::document::{Json, Spans};

/// Whether a file of this name is a template.
pub(super) fn is_template(name: &str) -> bool {
    let end = name.rsplit_once('.').map(|(_, end)| end);
    matches!(end, Some("tpl" | "tmpl" | "tftpl"))
}

/// Makes the placeholders in a policy unknown.
pub(super) fn unknown(candidate: &mut Candidate<'_>) {
    let Form::Object(text) = candidate.form else {
        return;
    };
    if !text.contains("${") {
        return;
    }
    if let Ok(spans) = Spans::of(text) {
        let start = candidate.extent.bytes.start;
        let node = tree_of(spans).moved(&|bytes| bytes.start + start..bytes.end + start);
        candidate.form = Form::Tree(replaced(node));
    }
}

fn replaced(node: Node) -> Node {
    let value = match node.value {
        Value::Scalar(Json::String(text)) => value(text),
        Value::List(items) => Value::List(items.into_iter().map(replaced).collect()),
        Value::Object(members) => {
            let members = members.into_iter().map(|m| Member {
                value: replaced(m.value),
                ..m
            });
            Value::Object(members.collect())
        }
        other => other,
    };
    Node { value, ..node }
}

/// A text with its placeholders. `$${` stands for `${`, and what has a colon is a variable of IAM's own.
fn value(text: String) -> Value {
    let mut pattern = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut is_known = true;
    while let Some((before, after)) = rest.split_once("${") {
        pattern.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        if before.ends_with('$') {
            pattern.push('{');
            rest = after;
        } else if name.contains(':') || matches!(name, "*" | "?" | "$") {
            pattern.push_str("${");
            rest = after;
        } else {
            pattern.push('*');
            is_known = false;
            rest = tail;
        }
    }
    pattern.push_str(rest);
    if is_known {
        return Value::Scalar(Json::String(pattern));
    }
    Value::Unknown(Unknown {
        written: text,
        pattern,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_placeholders_are_unknown() {
        let pattern = |text: &str| match value(text.to_owned()) {
            Value::Scalar(Json::String(text)) => text,
            Value::Unknown(unknown) => format!("{} as {}", unknown.written, unknown.pattern),
            _ => String::new(),
        };
        for (text, want) in [
            ("s3:*", "s3:*"),
            ("u/${aws:username}", "u/${aws:username}"),
            ("u/$${aws:username}", "u/${aws:username}"),
            ("${arn}/*", "${arn}/* as */*"),
            ("${*}${open", "${*}${open as ${*}*"),
        ] {
            assert_eq!(pattern(text), want, "{text}");
        }
        assert!(is_template("a/b.json.tpl"));
        assert!(!is_template("tpl"));
    }
}
