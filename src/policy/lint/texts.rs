//! The strings of a document with their places.

use crate::policy::document::{
    Document, Element, Path, Principal, Statement, StatementElement, Statements, Strings,
};

/// The way to each statement.
pub(super) fn statements(document: &Document) -> impl Iterator<Item = (Path, &Statement)> {
    let lone =
        (document.elements.iter()).any(|e| matches!(e, Element::Statement(Statements::One(_))));
    let base = Path::default().key("Statement");
    (document.statements().iter().enumerate()).map(move |(n, statement)| {
        let path = if lone { base.clone() } else { base.index(n) };
        (path, statement)
    })
}

/// The texts with their places.
pub(super) fn items(base: Path, strings: &Strings) -> impl Iterator<Item = (Path, &str)> {
    (strings.as_slice().iter().enumerate()).map(move |(n, scalar)| {
        let place = match strings {
            Strings::One(_) => base.clone(),
            Strings::Many(_) => base.index(n),
        };
        (place, scalar.text())
    })
}

/// Every string of the statements' resources, principals and condition values, with its place.
pub(super) fn values(document: &Document) -> impl Iterator<Item = (Path, &str)> {
    statements(document).flat_map(|(path, statement)| {
        (statement.elements.iter()).flat_map(move |element| of_element(&path, element))
    })
}

fn of_element<'a>(statement: &Path, element: &'a StatementElement) -> Vec<(Path, &'a str)> {
    let path = statement.key(element.name());
    match element {
        StatementElement::Resource(strings) | StatementElement::NotResource(strings) => {
            items(path, strings).collect()
        }
        StatementElement::Principal(Principal::Entries(entries))
        | StatementElement::NotPrincipal(Principal::Entries(entries)) => (entries.iter())
            .flat_map(|(kind, names)| items(path.key(kind.as_str()), names))
            .collect(),
        StatementElement::Condition(condition) => (condition.blocks.iter())
            .flat_map(|block| {
                let path = path.key(&block.operator);
                (block.keys.iter()).flat_map(move |(key, values)| items(path.key(key), values))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The partition of an ARN, if it is one partition: no wildcard, no variable.
pub(super) fn partition(arn: &str) -> Option<&str> {
    let partition = arn.strip_prefix("arn:")?.split_once(':')?.0;
    let is_one = (partition == "aws" || partition.starts_with("aws-"))
        && (partition.bytes()).all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_one.then_some(partition)
}
