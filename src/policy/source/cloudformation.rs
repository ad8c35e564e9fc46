//! The functions of `CloudFormation` templates
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>).
//!
//! Values that follow from the template are filled in. Of `Fn::If` both branches are kept, each as a value that may be missing.
//! Everything else is unknown, because only AWS knows it.

use std::ops::Range;

use super::node::{Member, Node, Unknown, Value};
use crate::policy::document::Json;

/// The account of the stack: any account will do, as the sample users are in this one.
const ACCOUNT: &str = "123456789012";

/// Whether the text may contain functions.
pub(super) fn may_have_functions(text: &str) -> bool {
    text.contains("Fn::") || text.contains("\"Ref\"")
}

/// The value with its functions replaced.
pub(super) fn resolved(node: Node, partition: &str) -> Node {
    let bytes = node.bytes.clone();
    let mut values = Resolver { partition }.resolve(node);
    match (values.len(), values.pop()) {
        (1, Some(value)) => value,
        // A value that is one of two policies is not known.
        (_, Some(_)) => Node::unknown(bytes, "Fn::If"),
        (_, None) => Node::unknown(bytes, "AWS::NoValue"),
    }
}

/// The name and the argument, if the object is a function.
pub(super) fn function(node: &Node) -> Option<(&str, &Node)> {
    match node.members() {
        [one] if one.name == "Ref" || one.name.starts_with("Fn::") => Some((&one.name, &one.value)),
        _ => None,
    }
}

struct Resolver<'a> {
    partition: &'a str,
}

impl Resolver<'_> {
    /// None for what `AWS::NoValue` removes, several for the branches of a condition.
    fn resolve(&self, node: Node) -> Vec<Node> {
        if let Some((name, argument)) = function(&node) {
            return self.function(name, argument, &node.bytes);
        }
        let Node {
            bytes,
            value,
            maybe,
        } = node;
        let value = match value {
            Value::List(items) => {
                let items = items.into_iter().flat_map(|item| self.items(item));
                Value::List(items.collect())
            }
            Value::Object(members) => Value::Object(
                (members.into_iter())
                    .filter_map(|member| self.member(member))
                    .collect(),
            ),
            other => other,
        };
        vec![Node {
            bytes,
            value,
            maybe,
        }]
    }

    /// An item of a list. A condition within a list may stand for a list of items.
    fn items(&self, node: Node) -> Vec<Node> {
        let is_function = function(&node).is_some();
        let mut items = Vec::new();
        for value in self.resolve(node) {
            match value.value {
                Value::List(inner) if is_function => {
                    let maybe = value.maybe;
                    items.extend(
                        inner
                            .into_iter()
                            .map(|i| if maybe { i.perhaps() } else { i }),
                    );
                }
                _ => items.push(value),
            }
        }
        items
    }

    fn member(&self, member: Member) -> Option<Member> {
        let bytes = member.value.bytes.clone();
        let mut values = self.resolve(member.value);
        let value = if values.len() < 2 {
            values.pop()?
        } else {
            alternatives(bytes, values, member.name == "Statement")
        };
        Some(Member { value, ..member })
    }

    fn function(&self, name: &str, argument: &Node, bytes: &Range<usize>) -> Vec<Node> {
        let one = |unknown: Unknown| vec![as_node(bytes.clone(), unknown)];
        let text = argument.as_str();
        match (name, text) {
            ("Ref", Some("AWS::NoValue")) => Vec::new(),
            ("Ref", Some(name)) => one(self.reference(name, format!("!Ref {name}"))),
            ("Fn::If", None) => (argument.items().iter().skip(1).take(2))
                .flat_map(|branch| self.resolve(branch.clone()))
                .map(Node::perhaps)
                .collect(),
            ("Fn::Sub", Some(text)) => one(self.substituted(text, &[])),
            ("Fn::Sub", None) => match argument.items() {
                [text, values] => match text.as_str() {
                    Some(text) => one(self.substituted(text, values.members())),
                    None => one(Unknown::entirely("!Sub")),
                },
                _ => one(Unknown::entirely("!Sub")),
            },
            ("Fn::Join", None) => one(self.joined(argument.items())),
            ("Fn::GetAtt", _) => {
                let parts: Vec<&str> = match text {
                    Some(text) => vec![text],
                    None => argument.items().iter().filter_map(Node::as_str).collect(),
                };
                one(Unknown::entirely(&format!("!GetAtt {}", parts.join("."))))
            }
            (name, _) => one(Unknown::entirely(&name.replace("Fn::", "!"))),
        }
    }

    fn reference(&self, name: &str, written: String) -> Unknown {
        let known = match name {
            "AWS::AccountId" => ACCOUNT,
            "AWS::Partition" => self.partition,
            "AWS::URLSuffix" if self.partition == "aws" => "amazonaws.com",
            _ => "*",
        };
        Unknown {
            pattern: known.to_owned(),
            written: if known == "*" {
                written
            } else {
                known.to_owned()
            },
        }
    }

    /// `${Name}` by its value; `${!Name}` is the policy's own variable `${Name}`.
    fn substituted(&self, text: &str, values: &[Member]) -> Unknown {
        let mut pattern = String::with_capacity(text.len());
        let mut written = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            pattern.push_str(before);
            written.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                pattern.push_str("${");
                written.push_str("${");
                rest = after;
                break;
            };
            if let Some(literal) = name.strip_prefix('!') {
                let literal = format!("${{{literal}}}");
                pattern.push_str(&literal);
                written.push_str(&literal);
            } else {
                let given = values.iter().find(|m| m.name == name);
                let value = match given {
                    None => Some(self.reference(name, format!("${{{name}}}"))),
                    Some(given) => self.text_of(&given.value),
                };
                let value = value.unwrap_or_else(|| Unknown::entirely(&format!("${{{name}}}")));
                pattern.push_str(&value.pattern);
                written.push_str(&value.written);
            }
            rest = after;
        }
        pattern.push_str(rest);
        written.push_str(rest);
        Unknown { written, pattern }
    }

    fn joined(&self, arguments: &[Node]) -> Unknown {
        let unknown = || Unknown::entirely("!Join");
        let [separator, list] = arguments else {
            return unknown();
        };
        let (Some(separator), Value::List(parts)) = (separator.as_str(), &list.value) else {
            return unknown();
        };
        let parts: Option<Vec<Unknown>> = parts.iter().map(|part| self.text_of(part)).collect();
        let Some(parts) = parts else {
            return unknown();
        };
        let join = |of: fn(&Unknown) -> &str| {
            let texts: Vec<&str> = parts.iter().map(of).collect();
            texts.join(separator)
        };
        Unknown {
            written: join(|part| &part.written),
            pattern: join(|part| &part.pattern),
        }
    }

    /// A part of a text; `None` if it is more than one value, or none.
    fn text_of(&self, node: &Node) -> Option<Unknown> {
        let mut values = self.resolve(node.clone());
        let value = values.pop().filter(|value| !value.maybe)?;
        value.text().filter(|_| values.is_empty())
    }
}

/// A text that is known is a string.
fn as_node(bytes: Range<usize>, text: Unknown) -> Node {
    if text.written == text.pattern {
        return Node::string(bytes, text.pattern);
    }
    Node::new(bytes, Value::Unknown(text))
}

/// A member that has one of several values: texts and lists are put together, so that both are looked at.
fn alternatives(bytes: Range<usize>, values: Vec<Node>, are_statements: bool) -> Node {
    let is_object = |node: &Node| matches!(node.value, Value::Object(_));
    if values.iter().any(is_object) && !are_statements {
        return Node::unknown(bytes, "Fn::If");
    }
    let mut items = Vec::new();
    for value in values {
        match value.value {
            Value::List(inner) => items.extend(inner.into_iter().map(Node::perhaps)),
            Value::Scalar(Json::Null) => {}
            _ => items.push(value.perhaps()),
        }
    }
    Node::new(bytes, Value::List(items))
}

#[cfg(test)]
mod tests {
    use super::super::node::tree_of;
    use super::*;
    use crate::policy::document::Spans;

    /// What becomes of a value, with `?` behind what may be missing and the pattern of what is unknown.
    fn shown(node: &Node) -> String {
        let text = match &node.value {
            Value::Scalar(Json::String(text)) => text.clone(),
            Value::Scalar(json) => serde_json::to_string(json).unwrap(),
            Value::Unknown(unknown) => format!("<{}|{}>", unknown.written, unknown.pattern),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(shown).collect();
                format!("[{}]", items.join(" "))
            }
            Value::Object(members) => {
                let members: Vec<String> = (members.iter())
                    .map(|m| format!("{}:{}", m.name, shown(&m.value)))
                    .collect();
                format!("{{{}}}", members.join(" "))
            }
        };
        if node.maybe { text + "?" } else { text }
    }

    fn resolve(text: &str) -> String {
        let node = tree_of(Spans::of(text).unwrap());
        shown(&resolved(node, "aws-cn"))
    }

    #[test]
    fn values_that_the_template_contains_are_filled_in() {
        let cases = [
            (r#"{"Ref":"AWS::Partition"}"#, "aws-cn"),
            (r#"[{"Ref":"AWS::NoValue"},"a"]"#, "[a]"),
            (
                r#"{"Fn::Sub":"arn:${AWS::Partition}:iam::${AWS::AccountId}:user/${!aws:username}"}"#,
                "arn:aws-cn:iam::123456789012:user/${aws:username}",
            ),
            (
                r#"{"Fn::Join":[":",["arn",{"Ref":"AWS::Partition"},"s3"]]}"#,
                "arn:aws-cn:s3",
            ),
            (r#"{"Fn::Sub":"${open"}"#, "${open"),
            (r#"{"a":{"b":1,"Ref":"c"}}"#, r"{a:{b:1 Ref:c}}"),
        ];
        for (text, want) in cases {
            assert_eq!(resolve(text), want, "{text}");
        }
    }

    #[test]
    fn everything_else_is_unknown() {
        let cases = [
            (r#"{"Ref":"Bucket"}"#, "<!Ref Bucket|*>"),
            (r#"{"Fn::GetAtt":["A","Arn"]}"#, "<!GetAtt A.Arn|*>"),
            (r#"{"Fn::GetAtt":"A.Arn"}"#, "<!GetAtt A.Arn|*>"),
            (r#"{"Fn::ImportValue":"x"}"#, "<!ImportValue|*>"),
            (r#"{"Fn::Split":[",",{"Ref":"L"}]}"#, "<!Split|*>"),
            (
                r#"{"Fn::Sub":["${A}-${B}",{"A":{"Ref":"X"}}]}"#,
                "<!Ref X-${B}|*-*>",
            ),
            (
                r#"{"Fn::Join":["/",["a",{"Ref":"B"},"c"]]}"#,
                "<a/!Ref B/c|a/*/c>",
            ),
            (r#"{"Fn::Join":["/",{"Ref":"List"}]}"#, "<!Join|*>"),
            (r#"{"Fn::Sub":7}"#, "<!Sub|*>"),
            (r#"{"Fn::If":["C",{"a":1},{"b":2}]}"#, "<Fn::If|*>"),
        ];
        for (text, want) in cases {
            assert_eq!(resolve(text), want, "{text}");
        }
    }

    #[test]
    fn both_branches_of_a_condition_are_kept() {
        let cases = [
            (
                r#"[{"Fn::If":["C","a",{"Ref":"AWS::NoValue"}]},"b"]"#,
                "[a? b]",
            ),
            (r#"[{"Fn::If":["C",["a","b"],"c"]}]"#, "[a? b? c?]"),
            (
                r#"{"Action":{"Fn::If":["C","a",["b","c"]]}}"#,
                "{Action:[a? b? c?]}",
            ),
            (
                r#"{"Statement":{"Fn::If":["C",{"a":"b"},{"c":"d"}]}}"#,
                "{Statement:[{a:b}? {c:d}?]}",
            ),
            (
                r#"{"Condition":{"Fn::If":["C",{"a":"b"},{"c":"d"}]}}"#,
                "{Condition:<Fn::If|*>}",
            ),
            (
                r#"{"Condition":{"Fn::If":["C",{"a":"b"},{"Ref":"AWS::NoValue"}]}}"#,
                "{Condition:{a:b}?}",
            ),
            (r#"{"a":{"Ref":"AWS::NoValue"},"b":"c"}"#, "{b:c}"),
        ];
        for (text, want) in cases {
            assert_eq!(resolve(text), want, "{text}");
        }
    }
}
