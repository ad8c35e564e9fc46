//! What an expression is worth, as far as the files say.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{
    Conditional, Expression, ForExpr, FuncCall, Object, ObjectKey, Traversal, TraversalOperator,
};
use hcl_edit::structure::Block;
use hcl_edit::template::Element;

use super::functions;
use super::module::{In, Module, Names};
use super::template::{self, Part};
use crate::policy::document::Json;
use crate::policy::source::node::{Member, Node, Value};

/// Names may refer to names this often.
const MAX_DEPTH: usize = 24;

/// Where an expression stands: what its names mean.
#[derive(Clone)]
pub(super) struct Scope<'m> {
    pub(super) module: &'m Module<'m>,
    pub(super) names: &'m Names<'m>,
    pub(super) file: usize,
    /// The variables of `for` expressions and `dynamic` blocks, the innermost last.
    pub(super) loops: Vec<(String, Node)>,
    depth: usize,
}

impl<'m> Scope<'m> {
    pub(super) fn new(module: &'m Module<'m>, names: &'m Names<'m>, file: usize) -> Self {
        Self {
            module,
            names,
            file,
            loops: Vec::new(),
            depth: 0,
        }
    }

    /// The scope of another place that a name refers to; `None` if there are too many names in between.
    pub(super) fn following<T>(&self, target: In<'m, T>) -> Option<Self> {
        (self.depth < MAX_DEPTH).then(|| Self {
            file: target.file,
            loops: Vec::new(),
            depth: self.depth + 1,
            ..self.clone()
        })
    }

    pub(super) fn with(&self, name: &str, value: Node) -> Self {
        let mut inner = self.clone();
        inner.loops.push((name.to_owned(), value));
        inner
    }

    /// The words of the file.
    pub(super) fn words(&self, bytes: &Range<usize>) -> &'m str {
        const SHOWN: usize = 80;
        let text = self.module.text(self.file);
        let words = text.get(bytes.clone()).unwrap_or_default().trim();
        let end = words.char_indices().nth(SHOWN).map_or(words.len(), |c| c.0);
        words.get(..end).unwrap_or_default()
    }

    pub(super) fn unknown(&self, bytes: Range<usize>) -> Node {
        let words = self.words(&bytes);
        Node::unknown(bytes, words)
    }

    /// The value of an expression.
    pub(super) fn value(&self, expression: &'m Expression) -> Node {
        let bytes = expression.span().unwrap_or_default();
        if !self.module.spend() {
            return self.unknown(bytes);
        }
        let scalar = |json| Node::new(bytes.clone(), Value::Scalar(json));
        match expression {
            Expression::Null(_) => scalar(Json::Null),
            Expression::Bool(value) => scalar(Json::Bool(**value)),
            Expression::Number(number) => scalar(Json::Number(number.value().to_string())),
            Expression::String(text) => scalar(Json::String(text.to_string())),
            Expression::StringTemplate(template) => self.template(template.iter(), bytes),
            Expression::HeredocTemplate(heredoc) => self.template(heredoc.template.iter(), bytes),
            Expression::Array(array) => {
                let items = array.iter().map(|item| self.value(item)).collect();
                Node::new(bytes, Value::List(items))
            }
            Expression::Object(object) => self.object(object, bytes),
            Expression::Parenthesis(inner) => self.value(inner.inner()),
            Expression::Variable(name) => self.looped(name.as_str(), bytes),
            Expression::Traversal(traversal) => self.traversed(traversal, bytes),
            Expression::Conditional(conditional) => self.conditional(conditional, bytes),
            Expression::FuncCall(call) => self.call(call, bytes),
            Expression::ForExpr(each) => self.each(each, bytes),
            Expression::UnaryOp(_) | Expression::BinaryOp(_) => self.unknown(bytes),
        }
    }

    fn template(&self, elements: impl Iterator<Item = &'m Element>, bytes: Range<usize>) -> Node {
        let parts = elements.map(|element| match element {
            Element::Literal(literal) => Part::Literal(literal.as_str()),
            Element::Interpolation(inner) => {
                let words = self.words(&inner.span().unwrap_or_default());
                Part::Value(self.value(&inner.expr), words)
            }
            Element::Directive(inner) => {
                Part::Unknown(self.words(&inner.span().unwrap_or_default()))
            }
        });
        template::value(parts.collect(), bytes)
    }

    fn call(&self, call: &'m FuncCall, bytes: Range<usize>) -> Node {
        if !call.name.namespace.is_empty() || call.args.expand_final() {
            return self.unknown(bytes);
        }
        let arguments = call.args.iter().map(|argument| self.value(argument));
        let result = functions::called(call.name.name.as_str(), arguments.collect(), bytes.clone());
        result.unwrap_or_else(|| self.unknown(bytes))
    }

    fn object(&self, object: &'m Object, bytes: Range<usize>) -> Node {
        let mut members: Vec<Member> = Vec::new();
        for (key, value) in object {
            let (name, name_bytes, is_known) = match key {
                ObjectKey::Ident(name) => (name.to_string(), name.span().unwrap_or_default(), true),
                ObjectKey::Expression(expression) => {
                    let name = self.value(expression);
                    let text = name.text().map_or_else(String::new, |text| text.written);
                    // A member whose name is not known may be any member.
                    let is_known = !name.is_unknown();
                    (text, name.bytes, is_known)
                }
            };
            // The last one of equal names counts.
            members.retain(|m| m.name != name);
            let value = self.value(value.expr());
            members.push(Member {
                value: if is_known {
                    value
                } else {
                    self.unknown(value.bytes)
                },
                name,
                name_bytes,
            });
        }
        // A null removes nothing in JSON, but no element of a policy may be null.
        members.retain(|m| m.value.value != Value::Scalar(Json::Null));
        Node::new(bytes, Value::Object(members))
    }

    fn looped(&self, name: &str, bytes: Range<usize>) -> Node {
        match self.loops.iter().rev().find(|(known, _)| known == name) {
            Some((_, value)) => value.clone().moved(&|_| bytes.clone()),
            None => self.unknown(bytes),
        }
    }

    /// The expression that a traversal begins with: a local value or the default of a variable, and the steps after it.
    pub(super) fn target<'t>(
        &self,
        traversal: &'t Traversal,
    ) -> Option<(
        In<'m, Expression>,
        &'t [hcl_edit::Decorated<TraversalOperator>],
    )> {
        let root = traversal.expr.as_variable()?;
        let [first, rest @ ..] = traversal.operators.as_slice() else {
            return None;
        };
        let TraversalOperator::GetAttr(name) = first.value() else {
            return None;
        };
        let found = match root.as_str() {
            "local" => self.names.locals.get(name.as_str()),
            "var" => self.names.defaults.get(name.as_str()),
            _ => None,
        };
        Some((*found?, rest))
    }

    fn traversed(&self, traversal: &'m Traversal, bytes: Range<usize>) -> Node {
        let (start, steps) = if let Some((target, rest)) = self.target(traversal) {
            let Some(inner) = self.following(target) else {
                return self.unknown(bytes);
            };
            let value = inner.value(target.part);
            // What stands in another file has no place in this one.
            let value = if target.file == self.file {
                value
            } else {
                value.moved(&|_| bytes.clone())
            };
            (value, rest)
        } else {
            let value = match &traversal.expr {
                Expression::Variable(name) if self.is_looped(name.as_str()) => {
                    self.looped(name.as_str(), bytes.clone())
                }
                Expression::Variable(_) => return self.unknown(bytes),
                other => self.value(other),
            };
            (value, traversal.operators.as_slice())
        };
        let mut value = start;
        for step in steps {
            let next = match step.value() {
                TraversalOperator::GetAttr(name) => value.member(name.as_str()).cloned(),
                TraversalOperator::LegacyIndex(n) => nth(&value, **n),
                TraversalOperator::Index(index) => {
                    let index = self.value(index);
                    match &index.value {
                        Value::Scalar(Json::String(name)) => value.member(name).cloned(),
                        Value::Scalar(Json::Number(n)) => {
                            n.parse::<u64>().ok().and_then(|n| nth(&value, n))
                        }
                        _ => None,
                    }
                }
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => None,
            };
            value = match next {
                Some(next) if !value.maybe => next,
                _ => return self.unknown(bytes),
            };
        }
        value
    }

    fn is_looped(&self, name: &str) -> bool {
        self.loops.iter().any(|(known, _)| known == name)
    }

    /// Both branches, unless the condition is known.
    fn conditional(&self, conditional: &'m Conditional, bytes: Range<usize>) -> Node {
        let (yes, no) = (&conditional.true_expr, &conditional.false_expr);
        match self.value(&conditional.cond_expr).value {
            Value::Scalar(Json::Bool(true)) => return self.value(yes),
            Value::Scalar(Json::Bool(false)) => return self.value(no),
            _ => {}
        }
        let is_nothing = |node: &Node| node.value == Value::Scalar(Json::Null);
        let mut branches: Vec<Node> = vec![self.value(yes), self.value(no)];
        branches.retain(|node| !is_nothing(node));
        let is_object = |node: &Node| matches!(node.value, Value::Object(_));
        if let [_] = branches.as_slice() {
            return branches
                .pop()
                .unwrap_or_else(|| self.unknown(bytes))
                .perhaps();
        }
        if branches.iter().any(|b| is_object(b) || b.is_unknown()) {
            return self.unknown(bytes);
        }
        let mut items = Vec::new();
        for branch in branches {
            match branch.value {
                Value::List(inner) => items.extend(inner.into_iter().map(Node::perhaps)),
                _ => items.push(branch.perhaps()),
            }
        }
        Node::new(bytes, Value::List(items))
    }

    fn each(&self, each: &'m ForExpr, bytes: Range<usize>) -> Node {
        if each.key_expr.is_some() {
            return self.unknown(bytes);
        }
        let collection = self.value(&each.intro.collection_expr);
        let filtered = each.cond.is_some();
        let intro = &each.intro;
        let one = |key: Node, value: Node, maybe: bool| {
            let mut scope = self.with(intro.value_var.as_str(), value);
            if let Some(name) = &intro.key_var {
                scope = scope.with(name.as_str(), key);
            }
            let item = scope.value(&each.value_expr);
            if maybe { item.perhaps() } else { item }
        };
        let items = match &collection.value {
            Value::List(items) => (items.iter().enumerate())
                .map(|(n, item)| {
                    let key = Value::Scalar(Json::Number(n.to_string()));
                    let maybe = filtered || item.maybe;
                    one(Node::new(item.bytes.clone(), key), item.clone(), maybe)
                })
                .collect(),
            Value::Object(members) => (members.iter())
                .map(|m| {
                    let key = Node::string(m.name_bytes.clone(), m.name.as_str());
                    one(key, m.value.clone(), filtered || m.value.maybe)
                })
                .collect(),
            _ => {
                let each_of = |name: &str| Node::unknown(bytes.clone(), name);
                let key = intro.key_var.as_ref().map_or("each", |name| name.as_str());
                vec![one(each_of(key), each_of(intro.value_var.as_str()), true)]
            }
        };
        Node::new(bytes, Value::List(items))
    }
}

fn nth(node: &Node, n: u64) -> Option<Node> {
    let item = node.items().get(usize::try_from(n).ok()?)?;
    // What may be missing before it moves it.
    let is_certain = node.items().iter().all(|item| !item.maybe);
    is_certain.then(|| item.clone())
}

/// The bytes of a block.
pub(super) fn bytes(block: &Block) -> Range<usize> {
    block.span().unwrap_or_default()
}
