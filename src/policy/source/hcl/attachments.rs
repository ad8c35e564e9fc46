//! What Terraform's own files attach policies to.

use std::collections::HashMap;

use hcl_edit::Ident;
use hcl_edit::expr::{Traversal, TraversalOperator};
use hcl_edit::structure::BlockLabel;
use hcl_edit::visit::{self, Visit};

use super::module::{Module, POLICY_DOCUMENT};
use crate::policy::source::attachment::Attachment;

/// What managed policies are attached to, by their addresses.
pub(super) fn attachments(module: &Module<'_>) -> HashMap<String, Vec<Attachment>> {
    let mut attached: HashMap<String, Vec<Attachment>> = HashMap::new();
    for block in module.blocks().filter(|b| b.part.has_ident("resource")) {
        let block = block.part;
        let Some(kind) = block.labels.first().map(BlockLabel::as_str) else {
            continue;
        };
        let has = |name| block.body.has_attribute(name);
        let to: Vec<Attachment> = match kind {
            "aws_iam_user_policy_attachment" => vec![Attachment::User],
            "aws_iam_group_policy_attachment" => vec![Attachment::Group],
            "aws_iam_role_policy_attachment" => vec![Attachment::Role],
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
            _ => continue,
        };
        let mut references = References::default();
        if kind == "aws_iam_role" {
            if let Some(arns) = block.body.get_attribute("managed_policy_arns") {
                references.visit_expr(&arns.value);
            }
        } else {
            references.visit_body(&block.body);
        }
        for name in references.policies {
            let known = attached
                .entry(format!("aws_iam_policy.{name}"))
                .or_default();
            known.extend(&to);
        }
    }
    attached
}

/// The names of data sources and managed policies in an expression.
#[derive(Default)]
pub(super) struct References {
    pub(super) documents: Vec<String>,
    pub(super) policies: Vec<String>,
}

impl Visit for References {
    fn visit_traversal(&mut self, node: &Traversal) {
        let names: Vec<&str> = (node.operators.iter())
            .filter_map(|operator| match operator.value() {
                TraversalOperator::GetAttr(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let root = node.expr.as_variable().map(Ident::as_str);
        match (root, names.as_slice()) {
            (Some("data"), [POLICY_DOCUMENT, name, ..]) => self.documents.push((*name).to_owned()),
            (Some("aws_iam_policy"), [name, ..]) => self.policies.push((*name).to_owned()),
            _ => {}
        }
        visit::visit_traversal(self, node);
    }
}
