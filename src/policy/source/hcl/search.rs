//! Finds policies in expressions: data sources, encoded objects, texts, files and templates, also by other names.

use std::collections::HashMap;
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, FuncCall, Object, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure::Block;
use hcl_edit::visit::Visit as _;

use super::attachments::References;
use super::document::{named, only_interpolation};
use super::functions::decoded;
use super::module::{In, TEMPLATE_FILE};
use super::scope::{Scope, bytes};
use super::text::embedded;
use crate::policy::source::embedded::Embedded;
use crate::policy::source::found::{Candidate, Contents, Form};
use crate::policy::source::known::Known;
use crate::policy::source::node::{Node, Value};
use crate::policy::source::position::Extent;

/// Policies at one place that are looked at, at most.
const MAX_ALIKE: usize = 50;

/// Where a policy is used, and what that says about it.
#[derive(Debug, Clone)]
pub(super) struct Use {
    pub(super) place: String,
    pub(super) known: Known,
    /// Whether the value must be a policy.
    pub(super) is_meant: bool,
}

impl Use {
    pub(super) fn possible(place: String) -> Self {
        Self {
            place,
            known: Known::default(),
            is_meant: false,
        }
    }

    fn within(&self, place: String) -> Self {
        Self {
            place,
            known: self.known.clone(),
            is_meant: false,
        }
    }

    fn not_meant(&self) -> Self {
        self.within(self.place.clone())
    }
}

pub(super) struct Search<'a> {
    pub(super) contents: Vec<Contents<'a>>,
    /// What takes the policies of data sources, by their files and places.
    pub(super) uses: HashMap<(usize, usize), Known>,
    /// What takes the files that are read as they are.
    pub(super) read: HashMap<usize, Known>,
    /// The numbers of the policies that were found already, by file and place.
    pub(super) seen: HashMap<(usize, usize), Vec<usize>>,
}

impl<'a> Search<'a> {
    /// The policies in an expression. One that is meant to be a policy and is not known is reported.
    pub(super) fn expression<'m>(
        &mut self,
        scope: &Scope<'m>,
        expression: &'m Expression,
        here: &Use,
    ) {
        if !scope.modules.spend() {
            return;
        }
        if let Some(name) = named(expression) {
            let names = scope.names();
            match names.and_then(|names| names.documents.get(name, scope.file)) {
                Some(document) => self.use_of(document, here),
                None if here.is_meant => self.unknown(scope, here),
                None => {}
            }
            return;
        }
        if let Some(inner) = only_interpolation(expression) {
            self.expression(scope, inner, here);
            return;
        }
        match expression {
            Expression::Parenthesis(inner) => self.expression(scope, inner.inner(), here),
            Expression::Conditional(both) => {
                for branch in [&both.true_expr, &both.false_expr] {
                    self.expression(scope, branch, &here.not_meant());
                }
            }
            Expression::FuncCall(call) => self.call(scope, expression, call, here),
            Expression::HeredocTemplate(_)
            | Expression::String(_)
            | Expression::StringTemplate(_) => self.text(scope, expression, here),
            Expression::Traversal(traversal) => self.traversal(scope, expression, traversal, here),
            Expression::Array(array) => {
                for (n, item) in array.iter().enumerate() {
                    let here = here.within(format!("{}[{n}]", here.place));
                    self.expression(scope, item, &here);
                }
            }
            Expression::Object(object) => self.members(scope, object, here),
            other => self.references(scope, other, here),
        }
    }

    fn call<'m>(
        &mut self,
        scope: &Scope<'m>,
        expression: &'m Expression,
        call: &'m FuncCall,
        here: &Use,
    ) {
        let first = call.args.iter().next();
        match (call.name.name.as_str(), first) {
            ("jsonencode", Some(argument)) => self.encoded(scope, argument, here),
            ("file", Some(_)) if here.is_meant => match scope.file_read(call) {
                Some(file) => {
                    self.read.entry(file).or_default().also(&here.known);
                    self.used(scope, file);
                }
                None => self.unknown(scope, here),
            },
            ("templatefile", Some(_)) => {
                let values = call.args.iter().nth(1).map(|values| scope.value(values));
                let file = scope.file_read(call);
                match (file, values) {
                    (Some(file), Some(values)) => self.template(scope, file, &values, here),
                    _ if here.is_meant => self.unknown(scope, here),
                    _ => {}
                }
            }
            _ => self.references(scope, expression, here),
        }
    }

    /// A template of another file with its values.
    fn template(&mut self, scope: &Scope<'_>, file: usize, values: &Node, here: &Use) {
        let inner = scope.in_template(file, values);
        let bytes = 0..scope.modules.text(file).len();
        let node = match (inner, scope.modules.template(file)) {
            (Some(inner), Some(template)) => {
                let text = embedded(&inner, template.iter(), &bytes);
                text.and_then(|text| text.node()).map(|node| (inner, node))
            }
            _ => None,
        };
        match node {
            Some((inner, node)) if here.is_meant || is_policy(&node) => {
                let bytes = node.bytes.clone();
                self.found(&inner, Form::Tree(node), bytes, here);
                self.used(scope, file);
            }
            None if here.is_meant => self.unknown(scope, here),
            _ => {}
        }
    }

    fn traversal<'m>(
        &mut self,
        scope: &Scope<'m>,
        expression: &'m Expression,
        traversal: &'m Traversal,
        here: &Use,
    ) {
        match scope.targets(traversal) {
            Some((targets, [])) => {
                for target in targets {
                    if let Some(inner) = scope.following(target) {
                        self.expression(&inner, target.part, here);
                    }
                }
            }
            None if self.template_file(scope, traversal, here) => {}
            _ => self.value(scope, expression, here),
        }
    }

    /// `data.template_file.x.rendered`; false if it is something else.
    fn template_file(&mut self, scope: &Scope<'_>, traversal: &Traversal, here: &Use) -> bool {
        let found = template_named(traversal)
            .and_then(|name| scope.names()?.templates.get(name, scope.file));
        let Some(block) = found else {
            return false;
        };
        let attribute = |name| block.part.body.get_attribute(name);
        let Some(inner) = scope.following(block) else {
            return false;
        };
        let Some(Expression::FuncCall(call)) = attribute("template").map(|a| &a.value) else {
            return false;
        };
        let Some(file) = inner.file_read(call) else {
            return false;
        };
        let empty = || Node::new(0..0, Value::Object(Vec::new()));
        let values = attribute("vars").map_or_else(empty, |vars| inner.value(&vars.value));
        self.template(&inner, file, &values, here);
        true
    }

    fn members<'m>(&mut self, scope: &Scope<'m>, object: &'m Object, here: &Use) {
        for (key, value) in object {
            let key = match key {
                ObjectKey::Ident(name) => name.to_string(),
                ObjectKey::Expression(e) => e.as_str().unwrap_or("?").to_owned(),
            };
            let here = here.within(format!("{}.{key}", here.place));
            self.expression(scope, value.expr(), &here);
        }
    }

    /// Data sources within a larger expression, such as `one(data.aws_iam_policy_document.x[*].json)`.
    fn references<'m>(&mut self, scope: &Scope<'m>, expression: &'m Expression, here: &Use) {
        let references = References::of(scope, |r| r.visit_expr(expression));
        if references.documents.is_empty() {
            self.value(scope, expression, here);
        }
        for document in references.documents {
            self.use_of(document, here);
        }
    }

    fn use_of(&mut self, document: In<'_, Block>, here: &Use) {
        let key = (document.file, bytes(document.part).start);
        self.uses.entry(key).or_default().also(&here.known);
    }

    /// A value that is a policy once it is computed.
    fn value<'m>(&mut self, scope: &Scope<'m>, expression: &'m Expression, here: &Use) {
        if !here.is_meant {
            return;
        }
        let node = decoded(scope.value(expression));
        if matches!(node.value, Value::Object(_)) {
            let bytes = node.bytes.clone();
            self.found(scope, Form::Tree(node), bytes, here);
        } else {
            self.unknown(scope, here);
        }
    }

    /// The argument of `jsonencode`.
    fn encoded<'m>(&mut self, scope: &Scope<'m>, argument: &'m Expression, here: &Use) {
        // A value that a name stands for is checked where it stands.
        if let Expression::Traversal(traversal) = argument
            && let Some((targets, [])) = scope.targets(traversal)
        {
            for target in targets {
                if let Some(inner) = scope.following(target) {
                    self.encoded(&inner, target.part, here);
                }
            }
            return;
        }
        let node = scope.value(argument);
        match &node.value {
            Value::Object(_) if here.is_meant || is_policy(&node) => {
                self.found(scope, Form::Tree(node.clone()), node.bytes, here);
            }
            Value::Unknown(_) if here.is_meant => self.unknown(scope, here),
            _ => {}
        }
    }

    /// A policy that is written as text.
    fn text<'m>(&mut self, scope: &Scope<'m>, expression: &'m Expression, here: &Use) {
        let is_meant = here.is_meant;
        let bytes = expression.span().unwrap_or_default();
        let embedded = match expression {
            Expression::HeredocTemplate(t) => embedded(scope, t.template.iter(), &bytes),
            _ => None,
        };
        if let Some(node) = embedded.as_ref().and_then(Embedded::node) {
            if is_policy(&node) || (is_meant && matches!(node.value, Value::Object(_))) {
                self.found(scope, Form::Tree(node), bytes, here);
            }
            return;
        }
        let value = scope.value(expression);
        let text = value
            .as_str()
            .filter(|text| text.trim_start().starts_with('{'));
        match text {
            Some(text) if is_meant || is_policy_text(text) => {
                self.found(scope, Form::Text(text.to_owned()), bytes, here);
            }
            None if is_meant && value.as_str().is_none() => self.unknown(scope, here),
            _ => {}
        }
    }

    pub(super) fn found(
        &mut self,
        scope: &Scope<'_>,
        form: Form<'a>,
        bytes: Range<usize>,
        here: &Use,
    ) {
        let Some(contents) = self.contents.get_mut(scope.file) else {
            return;
        };
        let seen = self.seen.entry((scope.file, bytes.start)).or_default();
        for n in seen.iter() {
            if let Some(same) = contents.candidates.get_mut(*n)
                && same.form == form
            {
                same.known.also(&here.known);
                return;
            }
        }
        if seen.len() >= MAX_ALIKE {
            return;
        }
        seen.push(contents.candidates.len());
        contents.candidates.push(Candidate {
            place: here.place.clone(),
            known: here.known.clone(),
            extent: Extent::of(bytes),
            steps: Vec::new(),
            form,
        });
    }

    /// Notes that a policy of this file stands in another one.
    fn used(&mut self, scope: &Scope<'_>, file: usize) {
        if let Some(contents) = self.contents.get_mut(scope.file)
            && !contents.used.contains(&file)
        {
            contents.used.push(file);
        }
    }

    fn unknown(&mut self, scope: &Scope<'_>, here: &Use) {
        if let Some(contents) = self.contents.get_mut(scope.file)
            && !contents.unknown.contains(&here.place)
        {
            contents.unknown.push(here.place.clone());
        }
    }
}

/// The name in `data.template_file.x.rendered`.
fn template_named(traversal: &Traversal) -> Option<&str> {
    let names: Vec<&str> = (traversal.operators.iter())
        .filter_map(|operator| match operator.value() {
            TraversalOperator::GetAttr(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let is_data = traversal.expr.as_variable()?.as_str() == "data";
    match names.as_slice() {
        [TEMPLATE_FILE, name, "rendered"] if is_data => Some(name),
        _ => None,
    }
}

fn is_policy(node: &Node) -> bool {
    let version = node.member("Version").and_then(Node::as_str);
    let is_statement = |s: &Node| {
        ["Effect", "Action", "NotAction"]
            .into_iter()
            .any(|name| s.member(name).is_some())
    };
    let statement = node.member("Statement");
    matches!(version, Some("2012-10-17" | "2008-10-17")) && statement.is_some()
        || statement.is_some_and(|s| is_statement(s) || s.items().iter().any(is_statement))
}

fn is_policy_text(text: &str) -> bool {
    crate::policy::source::shape::is_policy_text(text)
}
