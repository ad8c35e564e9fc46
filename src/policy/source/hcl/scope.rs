//! What an expression is worth, as far as the files say.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, FuncCall, Object, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure::Block;
use hcl_edit::template::Element;

use super::functions;
use super::module::{In, Modules, Names};
use super::template::{self, Part};
use crate::policy::document::Json;
use crate::policy::source::node::{Member, Node, Value};

/// Names may refer to names this often.
const MAX_DEPTH: usize = 24;

/// Where an expression stands: what its names mean.
#[derive(Clone)]
pub(super) struct Scope<'m> {
    pub(super) modules: &'m Modules<'m>,
    all: &'m [Names<'m>],
    pub(super) file: usize,
    /// The variables of `for` expressions and `dynamic` blocks, the innermost last.
    pub(super) loops: Vec<(String, Node)>,
    depth: usize,
}

impl<'m> Scope<'m> {
    pub(super) fn new(modules: &'m Modules<'m>, all: &'m [Names<'m>], file: usize) -> Self {
        Self {
            modules,
            all,
            file,
            loops: Vec::new(),
            depth: 0,
        }
    }

    /// The names of the folder.
    pub(super) fn names(&self) -> Option<&'m Names<'m>> {
        self.all.get(self.modules.folder(self.file))
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
        let text = self.modules.text(self.file);
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
        if !self.modules.spend() {
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
        if let Some(file) = self.file_read(call) {
            return self.content(call, file, bytes);
        }
        let arguments = call.args.iter().map(|argument| self.value(argument));
        let result = functions::called(call.name.name.as_str(), arguments.collect(), bytes.clone());
        result.unwrap_or_else(|| self.unknown(bytes))
    }

    /// The text of a file, or of a template with its values.
    fn content(&self, call: &'m FuncCall, file: usize, bytes: Range<usize>) -> Node {
        let Some(values) = call.args.iter().nth(1) else {
            return Node::string(bytes, self.modules.text(file));
        };
        let values = self.value(values);
        let inner = self.in_template(file, &values);
        match (inner, self.modules.template(file)) {
            (Some(inner), Some(template)) => {
                let text = inner.template(template.iter(), bytes.clone());
                text.moved(&|_| bytes.clone())
            }
            _ => self.unknown(bytes),
        }
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
            // What `for_each` gives keeps its place.
            Some((_, value)) if name == "each" => value.clone(),
            Some((_, value)) => value.clone().moved(&|_| bytes.clone()),
            None => self.unknown(bytes),
        }
    }

    /// The expressions that a traversal may begin with, and the steps after it: a local value, what callers give for a variable or
    /// its default, the output of a module.
    pub(super) fn targets<'t>(
        &self,
        traversal: &'t Traversal,
    ) -> Option<(Vec<In<'m, Expression>>, &'t [Step])> {
        let root = traversal.expr.as_variable()?;
        let [first, rest @ ..] = traversal.operators.as_slice() else {
            return None;
        };
        let TraversalOperator::GetAttr(name) = first.value() else {
            return None;
        };
        let names = self.names()?;
        let (found, rest) = match root.as_str() {
            "local" => (names.locals.get(name.as_str(), self.file), rest),
            "var" => {
                let all = names.variable(name.as_str(), self.file);
                return (!all.is_empty()).then_some((all, rest));
            }
            "module" => {
                let called = self.all.get(*names.calls.get(name.as_str())?)?;
                let (output, rest) = output(rest)?;
                (called.outputs.get(output, self.file), rest)
            }
            _ => return None,
        };
        Some((vec![found?], rest))
    }

    /// The value of what a traversal begins with. Of several values, only what all of them are is known.
    fn begun(&self, targets: &[In<'m, Expression>], bytes: &Range<usize>) -> Option<Node> {
        let mut found: Option<Node> = None;
        for target in targets {
            let value = self.following(*target)?.value(target.part);
            // What stands in another file has no place in this one.
            let value = if target.file == self.file {
                value
            } else {
                value.moved(&|_| bytes.clone())
            };
            match &found {
                None => found = Some(value),
                Some(known) if known.is_uncertain() || value.is_uncertain() => return None,
                Some(known) if known.to_json() != value.to_json() => return None,
                Some(_) => {}
            }
        }
        found
    }

    fn traversed(&self, traversal: &'m Traversal, bytes: Range<usize>) -> Node {
        let (start, steps) = if let Some((targets, rest)) = self.targets(traversal) {
            match self.begun(&targets, &bytes) {
                Some(value) => (value, rest),
                None => return self.unknown(bytes),
            }
        } else {
            let value = match &traversal.expr {
                Expression::Variable(name) if self.is_looped(name.as_str()) => {
                    self.looped(name.as_str(), bytes.clone())
                }
                Expression::Variable(name) => return self.path(name, traversal, bytes),
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

    /// `path.module`; everything else is unknown.
    fn path(&self, root: &str, traversal: &Traversal, bytes: Range<usize>) -> Node {
        let is_module = root == "path"
            && matches!(traversal.operators.as_slice(), [one] if is_attribute(one, "module"));
        if is_module {
            return Node::string(bytes, self.modules.path(self.file));
        }
        self.unknown(bytes)
    }

    /// The number of the file that `file` or `templatefile` reads.
    pub(super) fn file_read(&self, call: &'m FuncCall) -> Option<usize> {
        if !matches!(call.name.name.as_str(), "file" | "templatefile") {
            return None;
        }
        let path = self.value(call.args.iter().next()?);
        self.modules.named(self.file, path.as_str()?)
    }

    /// The scope of a template with its values.
    pub(super) fn in_template(&self, file: usize, values: &Node) -> Option<Self> {
        let here = In { file, part: &() };
        let mut inner = self.following(here)?;
        inner.loops = (values.members().iter())
            .map(|m| (m.name.clone(), m.value.clone()))
            .collect();
        Some(inner)
    }

    fn is_looped(&self, name: &str) -> bool {
        self.loops.iter().any(|(known, _)| known == name)
    }
}

type Step = hcl_edit::Decorated<TraversalOperator>;

fn is_attribute(step: &Step, wanted: &str) -> bool {
    matches!(step.value(), TraversalOperator::GetAttr(name) if name.as_str() == wanted)
}

/// The output that the steps behind `module.NAME` name, which may be one of several instances.
fn output(steps: &[Step]) -> Option<(&str, &[Step])> {
    let steps = match steps {
        [first, rest @ ..]
            if matches!(
                first.value(),
                TraversalOperator::Index(_) | TraversalOperator::LegacyIndex(_)
            ) =>
        {
            rest
        }
        steps => steps,
    };
    let [first, rest @ ..] = steps else {
        return None;
    };
    match first.value() {
        TraversalOperator::GetAttr(name) => Some((name.as_str(), rest)),
        _ => None,
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
