//! `data "aws_iam_policy_document"`
//! (<https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>).

use hcl_edit::Span;
use hcl_edit::expr::{Expression, TraversalOperator};
use hcl_edit::structure::Block;
use hcl_edit::template::Element;

use super::functions::decoded;
use super::module::{In, POLICY_DOCUMENT};
use super::scope::{Scope, bytes};
use super::statement::{implied, member, statements};
use super::text::embedded;
use crate::policy::source::node::{Node, Value};

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
    let Some(found) = found_document(scope, source) else {
        let value = policy(scope, source);
        return match (value.member("Statement"), value.is_uncertain()) {
            (Some(statement), false) => match &statement.value {
                Value::List(items) => items.clone(),
                _ => vec![statement.clone()],
            },
            // A document without statements gives nothing but an id.
            (None, false) if !value.members().is_empty() => Vec::new(),
            _ => unknown(),
        };
    };
    let Some(inner) = scope.following(found) else {
        return unknown();
    };
    let document = document(&inner, found.part);
    let statements = document.member("Statement").map(Node::items);
    let is_here = found.file == scope.file;
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

/// A value that may be a policy as text.
fn policy<'m>(scope: &Scope<'m>, source: &'m Expression) -> Node {
    if let Expression::HeredocTemplate(heredoc) = source {
        let bytes = source.span().unwrap_or_default();
        let embedded = embedded(scope, heredoc.template.iter(), &bytes);
        if let Some(node) = embedded.and_then(|text| text.node()) {
            return node;
        }
    }
    decoded(scope.value(source))
}

/// The data source that an expression is the text of, in this folder or by the output of a module.
pub(super) fn found_document<'m>(
    scope: &Scope<'m>,
    expression: &'m Expression,
) -> Option<In<'m, Block>> {
    if let Some(name) = named(expression) {
        return scope.names()?.documents.get(name, scope.file);
    }
    let expression = only_interpolation(expression).unwrap_or(expression);
    let Expression::Traversal(traversal) = expression else {
        return None;
    };
    let (targets, rest) = scope.targets(traversal)?;
    let ([target], []) = (targets.as_slice(), rest) else {
        return None;
    };
    found_document(&scope.following(*target)?, target.part)
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

/// The data sources that a data source is made of, by their files and places.
pub(super) fn parts<'m>(scope: &Scope<'m>, block: &'m Block) -> Vec<(usize, usize)> {
    const NAMES: [&str; 4] = [
        "source_json",
        "source_policy_documents",
        "override_json",
        "override_policy_documents",
    ];
    let attributes = NAMES
        .into_iter()
        .filter_map(|name| block.body.get_attribute(name));
    let sources = attributes.flat_map(|attribute| match &attribute.value {
        Expression::Array(array) => array.iter().collect(),
        one => vec![one],
    });
    let found = sources.filter_map(|source| found_document(scope, source));
    found
        .map(|block| (block.file, bytes(block.part).start))
        .collect()
}
