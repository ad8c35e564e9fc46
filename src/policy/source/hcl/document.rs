//! `data "aws_iam_policy_document"`
//! (<https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>).

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, TraversalOperator};
use hcl_edit::structure::{Attribute, Block, Body};

use super::module::{In, POLICY_DOCUMENT};
use super::scope::{Scope, bytes};
use crate::policy::source::node::{Member, Node, Unknown, Value};

/// The policy that the data source generates.
pub(super) fn document<'m>(scope: &Scope<'m>, block: &'m Block) -> Node {
    let own = statements(scope, &block.body);
    let attribute = |name| block.body.get_attribute(name);
    let mut all = Vec::new();
    for name in ["source_json", "source_policy_documents"] {
        if let Some(sources) = attribute(name) {
            for statement in others(scope, &sources.value) {
                merge(&mut all, statement);
            }
        }
    }
    for statement in own {
        merge(&mut all, statement);
    }
    for name in ["override_json", "override_policy_documents"] {
        if let Some(overrides) = attribute(name) {
            for statement in others(scope, &overrides.value) {
                // An unknown document may replace every statement that has a Sid.
                if statement.is_unknown() {
                    for known in all.iter_mut().filter(|s| s.member("Sid").is_some()) {
                        known.maybe = true;
                    }
                }
                merge(&mut all, statement);
            }
        }
    }
    let place = block.ident.span().unwrap_or_default();
    let mut members = vec![match attribute("version") {
        Some(version) => member("Version", version, scope.value(&version.value)),
        None => implied(&place, "Version", Node::string(place.clone(), "2012-10-17")),
    }];
    if let Some(id) = attribute("policy_id") {
        members.push(member("Id", id, scope.value(&id.value)));
    }
    let list = Node::new(bytes(block), Value::List(all));
    members.push(implied(&place, "Statement", list));
    Node::new(bytes(block), Value::Object(members))
}

/// Adds a statement, in place of one with the same Sid.
fn merge(all: &mut Vec<Node>, statement: Node) {
    let sid = |node: &Node| {
        let sid = node.member("Sid").and_then(Node::as_str);
        sid.filter(|sid| !sid.is_empty()).map(str::to_owned)
    };
    let own = sid(&statement);
    let same = (all.iter_mut()).find(|known| own.is_some() && sid(known) == own);
    match same {
        Some(known) if !statement.maybe => *known = statement,
        Some(known) => {
            known.maybe = true;
            all.push(statement);
        }
        None => all.push(statement),
    }
}

/// The statements of other documents; an unknown one for each document that is not known.
fn others<'m>(scope: &Scope<'m>, sources: &'m Expression) -> Vec<Node> {
    if let Expression::Array(array) = sources {
        return array.iter().flat_map(|one| other(scope, one)).collect();
    }
    other(scope, sources)
}

fn other<'m>(scope: &Scope<'m>, source: &'m Expression) -> Vec<Node> {
    let place = source.span().unwrap_or_default();
    let unknown = || vec![scope.unknown(place.clone())];
    let Some(target) = named(source).and_then(|name| scope.names.documents.get(name)) else {
        let value = scope.value(source);
        return match (value.member("Statement"), value.is_uncertain()) {
            (Some(statement), false) => match &statement.value {
                Value::List(items) => items.clone(),
                _ => vec![statement.clone()],
            },
            _ => unknown(),
        };
    };
    let Some(inner) = scope.following(*target) else {
        return unknown();
    };
    let document = document(&inner, target.part);
    let statements = document.member("Statement").map(Node::items);
    let is_here = target.file == scope.file;
    (statements.unwrap_or_default().iter().cloned())
        .map(|s| {
            if is_here {
                s
            } else {
                s.moved(&|_| place.clone())
            }
        })
        .collect()
}

/// The name of the data source that an expression is the text of.
pub(super) fn named(expression: &Expression) -> Option<&str> {
    let traversal = match expression {
        Expression::Traversal(traversal) => traversal,
        Expression::Parenthesis(inner) => return named(inner.inner()),
        _ => return None,
    };
    let names: Vec<&str> = (traversal.operators.iter())
        .filter_map(|operator| match operator.value() {
            TraversalOperator::GetAttr(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let is_data = traversal.expr.as_variable()?.as_str() == "data";
    match names.as_slice() {
        [POLICY_DOCUMENT, name, ..] if is_data => Some(name),
        _ => None,
    }
}

fn statements<'m>(scope: &Scope<'m>, body: &'m Body) -> Vec<Node> {
    let mut statements = Vec::new();
    for block in body.blocks() {
        match dynamic(block) {
            None if block.has_ident("statement") => {
                statements.push(statement(scope, &block.body, bytes(block)));
            }
            Some(("statement", name)) => {
                let content = block.body.get_blocks("content").next();
                let value = Node::unknown(bytes(block), name);
                let each = Node::new(
                    bytes(block),
                    Value::Object(vec![
                        implied(&bytes(block), "value", value.clone()),
                        implied(&bytes(block), "key", value),
                    ]),
                );
                let scope = scope.with(name, each);
                let known = content.map(|c| statement(&scope, &c.body, bytes(c)));
                let unknown = || scope.unknown(bytes(block));
                statements.push(known.unwrap_or_else(unknown).perhaps());
            }
            _ => {}
        }
    }
    statements
}

/// What a `dynamic` block generates, and the name of its variable.
fn dynamic(block: &Block) -> Option<(&str, &str)> {
    if !block.has_ident("dynamic") {
        return None;
    }
    let label = block.labels.first()?.as_str();
    let iterator = block.body.get_attribute("iterator");
    let name = iterator.and_then(|i| i.value.as_variable());
    Some((label, name.map_or(label, |name| name.as_str())))
}

fn statement<'m>(scope: &Scope<'m>, body: &'m Body, place: Range<usize>) -> Node {
    const LISTS: [(&str, &str, bool); 4] = [
        ("actions", "Action", false),
        ("not_actions", "NotAction", false),
        ("resources", "Resource", true),
        ("not_resources", "NotResource", true),
    ];
    let mut members = Vec::new();
    if let Some(sid) = body.get_attribute("sid") {
        let value = scope.value(&sid.value);
        if value.as_str() != Some("") {
            members.push(member("Sid", sid, value));
        }
    }
    members.push(match body.get_attribute("effect") {
        Some(effect) => member("Effect", effect, scope.value(&effect.value)),
        None => implied(
            &start(&place),
            "Effect",
            Node::string(start(&place), "Allow"),
        ),
    });
    for (argument, name, has_variables) in LISTS {
        if let Some(list) = body.get_attribute(argument) {
            let value = scope.value(&list.value);
            let value = if has_variables {
                with_variables(value)
            } else {
                value
            };
            let is_nothing = matches!(&value.value, Value::List(items) if items.is_empty());
            if !is_nothing {
                members.push(member(name, list, value));
            }
        }
    }
    for (block, name) in [
        ("principals", "Principal"),
        ("not_principals", "NotPrincipal"),
    ] {
        members.extend(principals(scope, body, block, name));
    }
    members.extend(conditions(scope, body));
    Node::new(place, Value::Object(members))
}

/// Some block of this name, or one that is generated.
fn blocks<'m>(body: &'m Body, name: &str) -> (Vec<&'m Block>, Option<&'m Block>) {
    let own = body.blocks().filter(|b| b.has_ident(name)).collect();
    let generated = (body.blocks()).find(|b| dynamic(b).is_some_and(|(label, _)| label == name));
    (own, generated)
}

fn principals<'m>(
    scope: &Scope<'m>,
    body: &'m Body,
    block_name: &str,
    name: &str,
) -> Option<Member> {
    let (own, generated) = blocks(body, block_name);
    let first = own.first().copied().or(generated)?;
    let place = first.ident.span().unwrap_or_default();
    if let Some(generated) = generated {
        return Some(implied(&place, name, scope.unknown(bytes(generated))));
    }
    let mut members: Vec<Member> = Vec::new();
    for block in own {
        let kind = block.body.get_attribute("type")?;
        let text = scope.value(&kind.value);
        let identifiers = block.body.get_attribute("identifiers")?;
        let value = with_variables(scope.value(&identifiers.value));
        let Some(text) = text.as_str() else {
            return Some(implied(&place, name, scope.unknown(bytes(block))));
        };
        if text == "*" {
            return Some(implied(&place, name, Node::string(value.bytes, "*")));
        }
        let name_bytes = kind.value.span().unwrap_or_default();
        add(&mut members, text, name_bytes, value);
    }
    let whole = Node::new(bytes(first), Value::Object(members));
    Some(implied(&place, name, whole))
}

/// The conditions, by their tests as in the policy.
fn conditions<'m>(scope: &Scope<'m>, body: &'m Body) -> Option<Member> {
    let (own, generated) = blocks(body, "condition");
    let first = own.first().copied().or(generated)?;
    let mut tests: Vec<Member> = Vec::new();
    for block in own {
        let part = |name| {
            let attribute = block.body.get_attribute(name)?;
            Some((scope.value(&attribute.value), attribute))
        };
        let (Some((test, _)), Some((variable, _)), Some((values, _))) =
            (part("test"), part("variable"), part("values"))
        else {
            continue;
        };
        let (Some(test_text), Some(key)) = (test.as_str(), variable.as_str()) else {
            let unknown = scope.unknown(bytes(block));
            add(&mut tests, "condition", test.bytes, unknown);
            continue;
        };
        if tests.iter().all(|m| m.name != test_text) {
            tests.push(Member {
                name: test_text.to_owned(),
                name_bytes: test.bytes.clone(),
                value: Node::new(bytes(block), Value::Object(Vec::new())),
            });
        }
        let same = tests.iter_mut().find(|m| m.name == test_text);
        if let Some(Value::Object(keys)) = same.map(|m| &mut m.value.value) {
            add(keys, key, variable.bytes.clone(), with_variables(values));
        }
    }
    if let Some(generated) = generated {
        let unknown = scope.unknown(bytes(generated));
        add(&mut tests, "dynamic", bytes(generated), unknown);
    }
    let place = first.ident.span().unwrap_or_default();
    let whole = Node::new(bytes(first), Value::Object(tests));
    Some(implied(&place, "Condition", whole))
}

/// Adds values to the member of this name.
fn add(members: &mut Vec<Member>, name: &str, name_bytes: Range<usize>, value: Node) {
    let Some(known) = members.iter_mut().find(|m| m.name == name) else {
        members.push(Member {
            name: name.to_owned(),
            name_bytes,
            value,
        });
        return;
    };
    let before = std::mem::replace(&mut known.value, Node::unknown(0..0, ""));
    let place = before.bytes.clone();
    let mut items = Vec::new();
    for part in [before, value] {
        match part.value {
            Value::List(inner) => items.extend(inner),
            _ => items.push(part),
        }
    }
    known.value = Node::new(place, Value::List(items));
}

/// `&{…}` stands for IAM's own `${…}`.
fn with_variables(mut node: Node) -> Node {
    use crate::policy::document::Json;
    let replaced = |text: &str| text.replace("&{", "${");
    node.value = match node.value {
        Value::Scalar(Json::String(text)) => Value::Scalar(Json::String(replaced(&text))),
        Value::Unknown(unknown) => Value::Unknown(Unknown {
            written: replaced(&unknown.written),
            pattern: replaced(&unknown.pattern),
        }),
        Value::List(items) => Value::List(items.into_iter().map(with_variables).collect()),
        other => other,
    };
    node
}

fn member(name: &str, attribute: &Attribute, value: Node) -> Member {
    Member {
        name: name.to_owned(),
        name_bytes: attribute.key.span().unwrap_or_default(),
        value,
    }
}

/// A member that the file does not write.
fn implied(place: &Range<usize>, name: &str, value: Node) -> Member {
    Member {
        name: name.to_owned(),
        name_bytes: place.clone(),
        value,
    }
}

fn start(bytes: &Range<usize>) -> Range<usize> {
    bytes.start..bytes.start
}

/// The data sources that other data sources are made of.
pub(super) fn parts(block: In<'_, Block>) -> Vec<&str> {
    const NAMES: [&str; 4] = [
        "source_json",
        "source_policy_documents",
        "override_json",
        "override_policy_documents",
    ];
    let attributes = NAMES
        .into_iter()
        .filter_map(|name| block.part.body.get_attribute(name));
    attributes
        .flat_map(|attribute| match &attribute.value {
            Expression::Array(array) => array.iter().filter_map(named).collect(),
            one => named(one).into_iter().collect::<Vec<_>>(),
        })
        .collect()
}
