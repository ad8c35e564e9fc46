//! Policies that are attached to someone name resources and no principal.

use super::refusal::Refusal;
use super::resource::{is_too_short, malformed};
use crate::policy::document::{Document, Path, StatementElement, Strings};

/// Principals.
pub(super) fn principals(document: &Document) -> Vec<Refusal> {
    let mut all = Vec::new();
    for (path, statement) in document.placed_statements() {
        for element in &statement.elements {
            if matches!(
                element,
                StatementElement::Principal(_) | StatementElement::NotPrincipal(_)
            ) {
                all.push(Refusal::new(
                    path.key(element.name()),
                    "Policy document should not specify a principal.",
                ));
            }
        }
    }
    all
}

/// ARNs with too few parts.
pub(super) fn short_arns(document: &Document) -> Vec<Refusal> {
    (placed(document).into_iter())
        .filter(|(_, resource)| is_too_short(resource))
        .map(|(path, _)| Refusal::legacy(path))
        .collect()
}

/// Resources that IAM does not take for an ARN.
pub(super) fn resources(document: &Document) -> Vec<Refusal> {
    (placed(document).into_iter())
        .filter_map(|(path, resource)| {
            malformed(resource).map(|message| Refusal::new(path, message))
        })
        .collect()
}

/// Statements without resources.
pub(super) fn without_resources(document: &Document) -> Vec<Refusal> {
    let mut all = Vec::new();
    for (path, statement) in document.placed_statements() {
        let element = (statement.elements.iter()).find(|e| resources_of(e).is_some());
        let place = match element {
            Some(e) if resources_of(e).is_some_and(|r| r.as_slice().is_empty()) => {
                path.key(e.name())
            }
            Some(_) => continue,
            None => path,
        };
        all.push(Refusal::new(
            place,
            "Policy statement must contain resources.",
        ));
    }
    all
}

fn placed(document: &Document) -> Vec<(Path, &str)> {
    let mut all = Vec::new();
    for (path, statement) in document.placed_statements() {
        for element in &statement.elements {
            if let Some(resources) = resources_of(element) {
                all.extend(resources.placed(path.key(element.name())));
            }
        }
    }
    all
}

fn resources_of(element: &StatementElement) -> Option<&Strings> {
    match element {
        StatementElement::Resource(resources) | StatementElement::NotResource(resources) => {
            Some(resources)
        }
        _ => None,
    }
}
