//! The grammar, the version, and literals.

use super::refusal::{Refusal, SYNTAX, VERSION};
use crate::policy::condition::{Operator, is_storable};
use crate::policy::document::{Document, Element, Path, Statement, StatementElement, Version};

/// Unknown elements and operators, and a document without statements. An unknown operator without keys is stored.
pub(super) fn refusals(document: &Document) -> Vec<Refusal> {
    let mut all = Vec::new();
    for element in &document.elements {
        if let Element::Unknown(name, _) = element {
            all.push(Refusal::new(Path::default().key(name), SYNTAX));
        }
    }
    if document.statements().is_empty() {
        all.push(Refusal::new(Path::default().key("Statement"), SYNTAX));
    }
    for (path, statement) in document.placed_statements() {
        for element in &statement.elements {
            if let StatementElement::Unknown(name, _) = element {
                all.push(Refusal::new(path.key(name), SYNTAX));
            }
        }
        let blocks = statement.condition().map(|c| c.blocks.as_slice());
        for block in blocks.unwrap_or_default() {
            if Operator::parse(&block.operator).is_none() && !block.keys.is_empty() {
                let path = path.key("Condition").key(&block.operator);
                all.push(Refusal::new(path, SYNTAX));
            }
        }
    }
    all
}

/// The version of the policy language, which must be the newer one.
pub(super) fn version(document: &Document) -> Option<Refusal> {
    let is_given = (document.elements.iter()).any(|e| matches!(e, Element::Version(_)));
    let path = if is_given {
        Path::default().key("Version")
    } else {
        Path::default()
    };
    (document.version() != Version::V2012).then(|| Refusal::new(path, VERSION))
}

/// Numbers, dates, addresses and ARNs in conditions that cannot be converted.
pub(super) fn literals(document: &Document) -> Vec<Refusal> {
    let version = document.version();
    (document.placed_statements())
        .flat_map(|(path, statement)| of_statement(&path.key("Condition"), statement, version))
        .collect()
}

fn of_statement(path: &Path, statement: &Statement, version: Version) -> Vec<Refusal> {
    let mut all = Vec::new();
    let blocks = statement.condition().map(|c| c.blocks.as_slice());
    for block in blocks.unwrap_or_default() {
        let Some(operator) = Operator::parse(&block.operator) else {
            continue;
        };
        let path = path.key(&block.operator);
        for (key, values) in &block.keys {
            for (place, value) in values.placed(path.key(key)) {
                if !is_storable(operator.family, value, version) {
                    all.push(Refusal::legacy(place));
                }
            }
        }
    }
    all
}
