//! What Terraform's own files attach policies to.

use std::collections::{HashMap, HashSet};

use hcl_edit::expr::{Traversal, TraversalOperator};
use hcl_edit::structure::{Block, BlockLabel};
use hcl_edit::visit::{self, Visit};
use hcl_edit::{Ident, Span};

use super::module::{In, Modules, Names, POLICY_DOCUMENT};
use super::scope::{Scope, bytes};
use crate::policy::source::attachment::Attachment;

/// How many names of names are followed for one attachment.
const MAX_FOLLOWED: usize = 200;

/// What managed policies are attached to, by their identities.
pub(super) fn attachments<'m>(
    modules: &'m Modules<'m>,
    names: &'m [Names<'m>],
) -> HashMap<String, Vec<Attachment>> {
    let mut attached: HashMap<String, Vec<Attachment>> = HashMap::new();
    for block in modules.blocks().filter(|b| b.part.has_ident("resource")) {
        let to = attached_to(block.part);
        if to.is_empty() {
            continue;
        }
        let scope = Scope::new(modules, names, block.file);
        let is_role = block.part.labels.first().map(BlockLabel::as_str) == Some("aws_iam_role");
        let arns = block.part.body.get_attribute("managed_policy_arns");
        let references = References::of(&scope, |references| match arns {
            Some(arns) if is_role => references.visit_expr(&arns.value),
            _ => references.visit_body(&block.part.body),
        });
        for identity in references.policies {
            attached.entry(identity).or_default().extend(&to);
        }
    }
    attached
}

fn attached_to(block: &Block) -> Vec<Attachment> {
    let has = |name| block.body.has_attribute(name);
    match block.labels.first().map_or("", BlockLabel::as_str) {
        "aws_iam_user_policy_attachment" | "aws_iam_user_policy_attachments_exclusive" => {
            vec![Attachment::User]
        }
        "aws_iam_group_policy_attachment" | "aws_iam_group_policy_attachments_exclusive" => {
            vec![Attachment::Group]
        }
        "aws_iam_role_policy_attachment" | "aws_iam_role_policy_attachments_exclusive" => {
            vec![Attachment::Role]
        }
        "aws_ssoadmin_customer_managed_policy_attachment" => vec![Attachment::PermissionSet],
        "aws_iam_policy_attachment" => [
            ("users", Attachment::User),
            ("groups", Attachment::Group),
            ("roles", Attachment::Role),
        ]
        .into_iter()
        .filter_map(|(name, to)| has(name).then_some(to))
        .collect(),
        "aws_iam_role" if has("managed_policy_arns") => vec![Attachment::Role],
        _ => Vec::new(),
    }
}

/// By what attachments refer to a managed policy: its file and its place.
pub(super) fn identity(policy: In<'_, Block>) -> String {
    format!("{}:{}", policy.file, bytes(policy.part).start)
}

/// The data sources and managed policies that an expression refers to, also by other names.
#[derive(Default)]
pub(super) struct References<'m> {
    pub(super) documents: Vec<In<'m, Block>>,
    /// By their identities.
    pub(super) policies: Vec<String>,
}

impl<'m> References<'m> {
    pub(super) fn of(scope: &Scope<'m>, visit: impl FnOnce(&mut Traversals)) -> Self {
        let mut found = Self::default();
        let mut first = Traversals::default();
        visit(&mut first);
        let mut left: Vec<(Scope<'m>, Traversal)> = (first.0.into_iter())
            .map(|traversal| (scope.clone(), traversal))
            .collect();
        let mut seen = HashSet::new();
        while let Some((scope, traversal)) = left.pop() {
            if seen.len() > MAX_FOLLOWED {
                break;
            }
            found.add(&scope, &traversal);
            let Some((targets, _)) = scope.targets(&traversal) else {
                continue;
            };
            for target in targets {
                let start = target.part.span().unwrap_or_default().start;
                let inner = scope.following(target);
                let Some(inner) = inner.filter(|_| seen.insert((target.file, start))) else {
                    continue;
                };
                let mut more = Traversals::default();
                more.visit_expr(target.part);
                left.extend(more.0.into_iter().map(|t| (inner.clone(), t)));
            }
        }
        found
    }

    fn add(&mut self, scope: &Scope<'m>, traversal: &Traversal) {
        let names: Vec<&str> = (traversal.operators.iter())
            .filter_map(|operator| match operator.value() {
                TraversalOperator::GetAttr(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let root = traversal.expr.as_variable().map(Ident::as_str);
        let Some(known) = scope.names() else {
            return;
        };
        match (root, names.as_slice()) {
            (Some("data"), [POLICY_DOCUMENT, name, ..]) => {
                self.documents.extend(known.documents.get(name, scope.file));
            }
            (Some("aws_iam_policy"), [name, ..]) => {
                let policy = known.policies.get(name, scope.file);
                self.policies.extend(policy.map(identity));
            }
            _ => {}
        }
    }
}

/// Every traversal in an expression or a block.
#[derive(Default)]
pub(super) struct Traversals(Vec<Traversal>);

impl Visit for Traversals {
    fn visit_traversal(&mut self, node: &Traversal) {
        self.0.push(node.clone());
        visit::visit_traversal(self, node);
    }
}
