//! What takes policies, and what policies are attached to.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, Object, ObjectKey};
use hcl_edit::structure::{Block, BlockLabel, Body};
use hcl_edit::visit::Visit as _;

use super::attachments::{References, attachments};
use super::document::{document, named, only_interpolation, parts};
use super::module::{In, Module, POLICY_DOCUMENT};
use super::scope::{Scope, bytes};
use super::text::embedded;
use crate::policy::source::attachment::Attachment;
use crate::policy::source::embedded::Embedded;
use crate::policy::source::found::{Candidate, Contents, Form};
use crate::policy::source::known::Known;
use crate::policy::source::node::{Node, Value};
use crate::policy::source::position::Extent;

/// The policies of all files, in the order of the files.
pub(super) fn policies<'a>(module: &Module<'a>) -> Vec<Contents<'a>> {
    let names = module.names();
    let mut search = Search {
        contents: module.files.iter().map(|_| Contents::default()).collect(),
        uses: HashMap::new(),
        seen: HashSet::new(),
    };
    for block in module.blocks() {
        let scope = Scope::new(module, &names, block.file);
        search.block(&scope, block.part);
    }
    for block in module.blocks().filter(|b| b.part.has_ident("locals")) {
        let scope = Scope::new(module, &names, block.file);
        for attribute in block.part.body.attributes() {
            let place = format!("local.{}", attribute.key.as_str());
            search.expression(&scope, &attribute.value, &place, &Known::default(), false);
        }
    }
    search.documents(module, |file| Scope::new(module, &names, file));
    let attached = attachments(module);
    for candidate in search.contents.iter_mut().flat_map(|c| &mut c.candidates) {
        let known = &mut candidate.known;
        let more: Vec<Attachment> = (known.identities.iter())
            .filter_map(|name| attached.get(name))
            .flatten()
            .copied()
            .collect();
        for attachment in more {
            if !known.attachments.contains(&attachment) {
                known.attachments.push(attachment);
            }
        }
    }
    search.contents
}

struct Search<'a> {
    contents: Vec<Contents<'a>>,
    /// What takes the policies of data sources.
    uses: HashMap<String, Known>,
    /// The values that were found already, by file and place.
    seen: HashSet<(usize, usize)>,
}

impl<'a> Search<'a> {
    fn block<'m>(&mut self, scope: &Scope<'m>, block: &'m Block) {
        let labels: Vec<&str> = block.labels.iter().map(BlockLabel::as_str).collect();
        match (block.ident.as_str(), labels.as_slice()) {
            ("resource", [kind, name]) => {
                self.resource(scope, kind, &format!("{kind}.{name}"), &block.body);
            }
            ("module", [name]) => {
                for attribute in block.body.attributes() {
                    let place = format!("module.{name}.{}", attribute.key.as_str());
                    self.expression(scope, &attribute.value, &place, &Known::default(), false);
                }
            }
            _ => {}
        }
    }

    fn resource<'m>(&mut self, scope: &Scope<'m>, kind: &str, address: &str, body: &'m Body) {
        for attribute in body.attributes() {
            let name = attribute.key.as_str();
            let place = format!("{address}.{name}");
            let Some((known, is_meant)) = known(kind, name, address, body) else {
                continue;
            };
            self.expression(scope, &attribute.value, &place, &known, is_meant);
        }
        for block in body.blocks().filter(|b| b.has_ident("inline_policy")) {
            if let Some(policy) = block.body.get_attribute("policy") {
                let place = format!("{address}.inline_policy");
                self.expression(scope, &policy.value, &place, &Known::role(), true);
            }
        }
    }

    /// The policies in an expression. One that is meant to be a policy and is not known is reported.
    fn expression<'m>(
        &mut self,
        scope: &Scope<'m>,
        expression: &'m Expression,
        place: &str,
        known: &Known,
        is_meant: bool,
    ) {
        if !scope.module.spend() {
            return;
        }
        if let Some(name) = named(expression) {
            if scope.names.documents.contains_key(name) {
                let uses = self.uses.entry(name.to_owned()).or_default();
                uses.also(known);
            } else if is_meant {
                self.unknown(scope, place);
            }
            return;
        }
        if let Some(inner) = only_interpolation(expression) {
            self.expression(scope, inner, place, known, is_meant);
            return;
        }
        match expression {
            Expression::Parenthesis(inner) => {
                self.expression(scope, inner.inner(), place, known, is_meant);
            }
            Expression::Conditional(both) => {
                for branch in [&both.true_expr, &both.false_expr] {
                    self.expression(scope, branch, place, known, false);
                }
            }
            Expression::FuncCall(call) if call.name.name.as_str() == "jsonencode" => {
                if let Some(argument) = call.args.iter().next() {
                    self.encoded(scope, argument, place, known, is_meant);
                }
            }
            Expression::HeredocTemplate(_)
            | Expression::String(_)
            | Expression::StringTemplate(_) => {
                self.text(scope, expression, place, known, is_meant);
            }
            Expression::Traversal(traversal) => match scope.target(traversal) {
                Some((target, [])) => {
                    if let Some(inner) = scope.following(target) {
                        self.expression(&inner, target.part, place, known, is_meant);
                    }
                }
                _ if is_meant => self.unknown(scope, place),
                _ => {}
            },
            Expression::Array(array) => {
                for (n, item) in array.iter().enumerate() {
                    let place = format!("{place}[{n}]");
                    self.expression(scope, item, &place, known, false);
                }
            }
            Expression::Object(object) => self.members(scope, object, place, known),
            other => self.references(scope, other, place, known, is_meant),
        }
    }

    fn members<'m>(&mut self, scope: &Scope<'m>, object: &'m Object, place: &str, known: &Known) {
        for (key, value) in object {
            let key = match key {
                ObjectKey::Ident(name) => name.to_string(),
                ObjectKey::Expression(e) => e.as_str().unwrap_or("?").to_owned(),
            };
            let place = format!("{place}.{key}");
            self.expression(scope, value.expr(), &place, known, false);
        }
    }

    /// Data sources within a larger expression, such as `one(data.aws_iam_policy_document.x[*].json)`.
    fn references(
        &mut self,
        scope: &Scope<'_>,
        expression: &Expression,
        place: &str,
        known: &Known,
        is_meant: bool,
    ) {
        let mut references = References::default();
        references.visit_expr(expression);
        let documents = &scope.names.documents;
        let found: Vec<String> = (references.documents.into_iter())
            .filter(|name| documents.contains_key(name.as_str()))
            .collect();
        if found.is_empty() && is_meant {
            self.unknown(scope, place);
        }
        for name in found {
            self.uses.entry(name).or_default().also(known);
        }
    }

    /// The argument of `jsonencode`.
    fn encoded<'m>(
        &mut self,
        scope: &Scope<'m>,
        argument: &'m Expression,
        place: &str,
        known: &Known,
        is_meant: bool,
    ) {
        // A value that a name stands for is checked where it stands.
        if let Expression::Traversal(traversal) = argument
            && let Some((target, [])) = scope.target(traversal)
            && let Some(inner) = scope.following(target)
        {
            self.encoded(&inner, target.part, place, known, is_meant);
            return;
        }
        let node = scope.value(argument);
        match &node.value {
            Value::Object(_) if is_meant || is_policy(&node) => {
                self.found(scope, Form::Tree(node.clone()), node.bytes, place, known);
            }
            Value::Unknown(_) if is_meant => self.unknown(scope, place),
            _ => {}
        }
    }

    /// A policy that is written as text.
    fn text<'m>(
        &mut self,
        scope: &Scope<'m>,
        expression: &'m Expression,
        place: &str,
        known: &Known,
        is_meant: bool,
    ) {
        let bytes = expression.span().unwrap_or_default();
        let embedded = match expression {
            Expression::HeredocTemplate(t) => embedded(scope, t.template.iter(), &bytes),
            _ => None,
        };
        if let Some(node) = embedded.as_ref().and_then(Embedded::node) {
            if is_policy(&node) || (is_meant && matches!(node.value, Value::Object(_))) {
                self.found(scope, Form::Tree(node), bytes, place, known);
            }
            return;
        }
        let value = scope.value(expression);
        let text = value
            .as_str()
            .filter(|text| text.trim_start().starts_with('{'));
        match text {
            Some(text) if is_meant || is_policy_text(text) => {
                self.found(scope, Form::Text(text.to_owned()), bytes, place, known);
            }
            None if is_meant && value.as_str().is_none() => self.unknown(scope, place),
            _ => {}
        }
    }

    fn found(
        &mut self,
        scope: &Scope<'_>,
        form: Form<'a>,
        bytes: Range<usize>,
        place: &str,
        known: &Known,
    ) {
        let Some(contents) = self.contents.get_mut(scope.file) else {
            return;
        };
        if !self.seen.insert((scope.file, bytes.start)) {
            let same = contents.candidates.iter_mut();
            for candidate in same.filter(|c| c.extent.bytes.start == bytes.start) {
                candidate.known.also(known);
            }
            return;
        }
        contents.candidates.push(Candidate {
            place: place.to_owned(),
            known: known.clone(),
            extent: Extent::of(bytes),
            steps: Vec::new(),
            form,
        });
    }

    fn unknown(&mut self, scope: &Scope<'_>, place: &str) {
        if let Some(contents) = self.contents.get_mut(scope.file) {
            contents.unknown.push(place.to_owned());
        }
    }

    /// The data sources, except those that are only parts of others.
    fn documents<'m>(&mut self, module: &'m Module<'_>, scope: impl Fn(usize) -> Scope<'m>) {
        let is_document = |block: &In<'m, Block>| {
            let labels = &block.part.labels;
            block.part.has_ident("data")
                && labels
                    .first()
                    .is_some_and(|l| l.as_str() == POLICY_DOCUMENT)
        };
        let all: Vec<In<'m, Block>> = module.blocks().filter(is_document).collect();
        let parts: HashSet<&str> = all.iter().flat_map(|block| parts(*block)).collect();
        for block in all {
            let Some(name) = block.part.labels.get(1).map(BlockLabel::as_str) else {
                continue;
            };
            let known = self.uses.get(name).cloned();
            if known.is_none() && parts.contains(name) {
                continue;
            }
            let scope = scope(block.file);
            let place = format!("data.{POLICY_DOCUMENT}.{name}");
            let node = document(&scope, block.part);
            let known = known.unwrap_or_default();
            self.found(&scope, Form::Tree(node), bytes(block.part), &place, &known);
        }
    }
}

/// What a resource says about the policy in one of its arguments, and whether it must be one.
fn known(kind: &str, argument: &str, address: &str, body: &Body) -> Option<(Known, bool)> {
    let meant = |known| Some((known, true));
    match (kind, argument) {
        ("aws_iam_policy", "policy") => meant(Known::managed().named(address)),
        ("aws_iam_user_policy", "policy") => meant(Known::user()),
        ("aws_iam_group_policy", "policy") => meant(Known::group()),
        ("aws_iam_role_policy", "policy") => meant(Known::role()),
        ("aws_iam_role", "assume_role_policy") => meant(Known::trust()),
        ("aws_ssoadmin_permission_set_inline_policy", "inline_policy") => {
            meant(Known::permission_set())
        }
        ("aws_organizations_policy", "content") => {
            let kind = body.get_attribute("type").and_then(|a| a.value.as_str());
            let known = Known::of_organization(kind.unwrap_or("SERVICE_CONTROL_POLICY"));
            known.map(|known| (known, true))
        }
        // Everything else is recognised by its shape.
        _ => {
            let own = Known::of_terraform(kind, argument);
            Some((own.unwrap_or_default(), false))
        }
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
