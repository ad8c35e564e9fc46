//! The policies that are verified together.

use std::sync::Arc;

use crate::policy::document::{Document, Principal, Statement, StatementElement, Strings};
use crate::policy::evaluate::{Named, Policy, UnknownOperator};

/// The documents that are attached together.
#[derive(Debug, Clone, Default)]
pub struct Attached {
    /// Identity policies by name.
    pub identity: Vec<(String, Document)>,
    /// Permissions boundaries by name.
    pub boundary: Vec<(String, Document)>,
    /// Service control policies of one level by name.
    pub service_control: Vec<(String, Document)>,
    /// Resource policies, e.g. a role's trust policy: judged for a user of another account that they name.
    pub resource: Vec<(String, Document)>,
    /// Further actions that are expected to be open; `*` and `?` are wildcards.
    pub expected: Vec<String>,
}

impl Attached {
    /// All documents.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.named_documents().map(|(_, document)| document)
    }

    pub(super) fn named_documents(&self) -> impl Iterator<Item = (&str, &Document)> {
        (self.identity.iter())
            .chain(&self.boundary)
            .chain(&self.service_control)
            .chain(&self.resource)
            .map(|(name, document)| (name.as_str(), document))
    }
}

/// The reason why the documents cannot be verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// A document that IAM would not store.
    #[error("{name}: {problem}")]
    Operator {
        /// The document's name.
        name: String,
        /// What is wrong.
        problem: UnknownOperator,
    },
    /// A partition that no ARN can be made of.
    #[error("unknown partition `{0}`")]
    Partition(String),
    /// More statements, actions and resources than IAM lets anybody attach.
    #[error("the policies are too large to be evaluated for every action")]
    TooMuch,
}

pub(super) fn compile(name: &str, document: Document) -> Result<Named, VerifyError> {
    let policy = Policy::new(document).map_err(|problem| VerifyError::Operator {
        name: name.to_owned(),
        problem,
    })?;
    Ok(Named {
        name: name.to_owned(),
        policy: Arc::new(policy),
    })
}

/// How people find a statement: by its `Sid`, else by its index.
pub(in crate::policy) fn statement_name(policy: &str, statement: &Statement, n: usize) -> String {
    let name = match statement.sid() {
        Some(sid) => sid.to_owned(),
        None => format!("Statement[{n}]"),
    };
    if policy.is_empty() {
        name
    } else {
        format!("{policy}: {name}")
    }
}

/// The partition that all ARNs of the documents name; `aws` if they name none or several.
pub fn partition_of<'a>(documents: impl IntoIterator<Item = &'a Document>) -> &'a str {
    const DEFAULT: &str = "aws";
    let mut named = (documents.into_iter())
        .flat_map(Document::statements)
        .flat_map(arns)
        .filter_map(|arn| arn.strip_prefix("arn:")?.split(':').next())
        .filter(|name| *name == DEFAULT || name.starts_with("aws-"));
    match named.next() {
        Some(first) if named.all(|other| other == first) => first,
        _ => DEFAULT,
    }
}

/// Everything in a statement that may be an ARN.
fn arns(statement: &Statement) -> impl Iterator<Item = &str> {
    statement.elements.iter().flat_map(|element| {
        let lists: Vec<&Strings> = match element {
            StatementElement::Resource(strings) | StatementElement::NotResource(strings) => {
                vec![strings]
            }
            StatementElement::Principal(Principal::Entries(entries))
            | StatementElement::NotPrincipal(Principal::Entries(entries)) => {
                entries.iter().map(|(_, names)| names).collect()
            }
            StatementElement::Condition(condition) => (condition.blocks.iter())
                .flat_map(|block| &block.keys)
                .map(|(_, values)| values)
                .collect(),
            _ => Vec::new(),
        };
        lists.into_iter().flat_map(Strings::texts)
    })
}
