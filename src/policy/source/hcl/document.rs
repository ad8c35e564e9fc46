//! `data "aws_iam_policy_document"`
//! (<https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>).

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, TraversalOperator};
use hcl_edit::structure::{Attribute, Block, Body};
use hcl_edit::template::Element;

use super::module::{In, POLICY_DOCUMENT};
use super::scope::{Scope, bytes};
use crate::policy::document::Json;
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
        other => return named(only_interpolation(other)?),
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

/// The expression of a template that is nothing but an interpolation, as in `"${data.aws_iam_policy_document.x.json}"`.
pub(super) fn only_interpolation(expression: &Expression) -> Option<&Expression> {
    let Expression::StringTemplate(template) = expression else {
        return None;
    };
    let mut elements = template.iter();
    match (elements.next(), elements.next()) {
        (Some(Element::Interpolation(inner)), None) => Some(&inner.expr),
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
                for (scope, maybe) in generated(scope, block, name) {
                    let known = content.map(|c| statement(&scope, &c.body, bytes(c)));
                    let one = known.unwrap_or_else(|| scope.unknown(bytes(block)));
                    statements.push(if maybe { one.perhaps() } else { one });
                }
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

/// The scopes of the blocks that a `dynamic` block generates, each with whether it may be missing. One stands for those of a collection
/// that is not known.
fn generated<'m>(scope: &Scope<'m>, block: &'m Block, name: &str) -> Vec<(Scope<'m>, bool)> {
    let place = bytes(block);
    let one = |key: Node, value: Node| {
        let members = vec![implied(&place, "value", value), implied(&place, "key", key)];
        scope.with(name, Node::new(place.clone(), Value::Object(members)))
    };
    let unknown = || {
        let value = Node::unknown(place.clone(), name);
        vec![(one(value.clone(), value), true)]
    };
    let Some(each) = block.body.get_attribute("for_each") else {
        return unknown();
    };
    let collection = scope.value(&each.value);
    let maybe = collection.maybe;
    let is_literal = matches!(each.value, Expression::Array(_) | Expression::Object(_));
    if is_empty(&collection) && !is_literal {
        // A default of nothing says that the caller gives the values.
        return unknown();
    }
    match collection.value {
        Value::List(items) => (items.into_iter().enumerate())
            .map(|(n, item)| {
                let key = Value::Scalar(Json::Number(n.to_string()));
                let maybe = maybe || item.maybe;
                (one(Node::new(item.bytes.clone(), key), item), maybe)
            })
            .collect(),
        Value::Object(members) => (members.into_iter())
            .map(|m| {
                let maybe = maybe || m.value.maybe;
                (one(Node::string(m.name_bytes, m.name), m.value), maybe)
            })
            .collect(),
        _ => unknown(),
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::List(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        other => *other == Value::Scalar(Json::Null),
    }
}

fn statement<'m>(scope: &Scope<'m>, body: &'m Body, place: Range<usize>) -> Node {
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
    let has_variables = true;
    let lists = [
        (["actions", "not_actions"], ["Action", "NotAction"], false),
        (
            ["resources", "not_resources"],
            ["Resource", "NotResource"],
            has_variables,
        ),
    ];
    for (arguments, names, has_variables) in lists {
        members.extend(lists_of(scope, body, arguments, names, has_variables));
    }
    let is_unknown = |member: &Member| member.value.is_unknown();
    let principal = principals(scope, body, "principals", "Principal");
    let others = principals(scope, body, "not_principals", "NotPrincipal");
    // Only one of the two can be there.
    let others = others.filter(|m| principal.is_none() || !is_unknown(m));
    let principal = principal.filter(|m| others.is_none() || !is_unknown(m));
    members.extend(principal);
    members.extend(others);
    members.extend(conditions(scope, body));
    Node::new(place, Value::Object(members))
}

/// A list of patterns, which has one of two names. Of two lists that are not known, only one can be there.
fn lists_of<'m>(
    scope: &Scope<'m>,
    body: &'m Body,
    arguments: [&str; 2],
    names: [&str; 2],
    has_variables: bool,
) -> Vec<Member> {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for (argument, name) in arguments.into_iter().zip(names) {
        let Some(list) = body.get_attribute(argument) else {
            continue;
        };
        let value = scope.value(&list.value);
        if is_empty(&value) {
            let is_literal = matches!(list.value, Expression::Array(_) | Expression::Null(_));
            if !is_literal {
                // A default of nothing says that the caller gives the value.
                let place = list.value.span().unwrap_or_default();
                unknown.push(member(name, list, scope.unknown(place)));
            }
        } else if value.text().is_some_and(|text| text.is_entire()) && value.is_unknown() {
            unknown.push(member(name, list, value));
        } else {
            let value = if has_variables {
                with_variables(value)
            } else {
                value
            };
            known.push(member(name, list, value));
        }
    }
    if known.is_empty() {
        unknown.truncate(1);
        return unknown;
    }
    known
}

/// A block within a statement, written or generated.
struct Part<'m> {
    scope: Scope<'m>,
    body: &'m Body,
    place: Range<usize>,
    maybe: bool,
}

/// The blocks of this name, with those that `dynamic` blocks generate.
fn blocks<'m>(scope: &Scope<'m>, body: &'m Body, name: &str) -> Vec<Part<'m>> {
    let mut parts = Vec::new();
    for block in body.blocks() {
        if block.has_ident(name) {
            parts.push(Part {
                scope: scope.clone(),
                body: &block.body,
                place: bytes(block),
                maybe: false,
            });
        }
        let Some((_, iterator)) = dynamic(block).filter(|(label, _)| *label == name) else {
            continue;
        };
        let Some(content) = block.body.get_blocks("content").next() else {
            continue;
        };
        let all = generated(scope, block, iterator).into_iter();
        parts.extend(all.map(|(scope, maybe)| Part {
            scope,
            body: &content.body,
            place: bytes(block),
            maybe,
        }));
    }
    parts
}

fn principals<'m>(
    scope: &Scope<'m>,
    body: &'m Body,
    block_name: &str,
    name: &str,
) -> Option<Member> {
    let parts = blocks(scope, body, block_name);
    let place = start(&parts.first()?.place);
    let whole = parts.first()?.place.clone();
    let mut members: Vec<Member> = Vec::new();
    for part in parts {
        let kind = part.body.get_attribute("type")?;
        let text = part.scope.value(&kind.value);
        let identifiers = part.body.get_attribute("identifiers")?;
        let value = with_variables(part.scope.value(&identifiers.value));
        let Some(text) = text.as_str().filter(|_| !part.maybe) else {
            return Some(implied(&place, name, scope.unknown(part.place)));
        };
        if text == "*" {
            return Some(implied(&place, name, Node::string(value.bytes, "*")));
        }
        let name_bytes = kind.value.span().unwrap_or_default();
        add(&mut members, text, name_bytes, value);
    }
    let whole = Node::new(whole, Value::Object(members));
    Some(implied(&place, name, whole))
}

/// The conditions, by their tests as in the policy.
fn conditions<'m>(scope: &Scope<'m>, body: &'m Body) -> Option<Member> {
    let parts = blocks(scope, body, "condition");
    let place = start(&parts.first()?.place);
    let whole = parts.first()?.place.clone();
    let mut tests: Vec<Member> = Vec::new();
    for Part {
        scope,
        body,
        place,
        maybe,
    } in parts
    {
        let value = |name| Some(scope.value(&body.get_attribute(name)?.value));
        let (Some(test), Some(variable), Some(values)) =
            (value("test"), value("variable"), value("values"))
        else {
            continue;
        };
        let (Some(test_text), Some(key)) = (test.as_str(), variable.as_str()) else {
            add(&mut tests, "condition", test.bytes, scope.unknown(place));
            continue;
        };
        if tests.iter().all(|m| m.name != test_text) {
            tests.push(Member {
                name: test_text.to_owned(),
                name_bytes: test.bytes.clone(),
                value: Node::new(place, Value::Object(Vec::new())),
            });
        }
        let same = tests.iter_mut().find(|m| m.name == test_text);
        if let Some(Value::Object(keys)) = same.map(|m| &mut m.value.value) {
            let values = with_variables(values);
            let values = if maybe { values.perhaps() } else { values };
            add(keys, key, variable.bytes.clone(), values);
        }
    }
    let whole = Node::new(whole, Value::Object(tests));
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
        let maybe = part.maybe;
        match part.value {
            Value::List(inner) if maybe => items.extend(inner.into_iter().map(Node::perhaps)),
            Value::List(inner) => items.extend(inner),
            _ => items.push(part),
        }
    }
    known.value = Node::new(place, Value::List(items));
}

/// `&{…}` stands for IAM's own `${…}`.
fn with_variables(mut node: Node) -> Node {
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
