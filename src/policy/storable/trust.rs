//! Trust policies name principals and no resource, and their actions are those of STS.

use super::refusal::Refusal;
use crate::policy::document::{Document, Path, Principal, Statement, StatementElement};

pub(super) fn refusals(document: &Document) -> Vec<Refusal> {
    (document.placed_statements())
        .flat_map(|(path, statement)| of_statement(&path, statement))
        .collect()
}

fn of_statement(path: &Path, statement: &Statement) -> Vec<Refusal> {
    let mut all = Vec::new();
    let mut names_principal = false;
    for element in &statement.elements {
        let place = path.key(element.name());
        match element {
            StatementElement::Resource(_) | StatementElement::NotResource(_) => {
                all.push(Refusal::new(place, "Has prohibited field Resource"));
            }
            StatementElement::Principal(principal) | StatementElement::NotPrincipal(principal) => {
                names_principal = true;
                if matches!(principal, Principal::Entries(entries) if entries.is_empty()) {
                    let message = "Missing required field Principal cannot be empty!";
                    all.push(Refusal::new(place, message));
                }
            }
            StatementElement::Action(actions) | StatementElement::NotAction(actions) => {
                for (place, action) in actions.placed(place) {
                    if !is_of_sts(action) {
                        let message = "AssumeRole policy may only specify STS AssumeRole actions.";
                        all.push(Refusal::new(place, message));
                    }
                }
            }
            _ => {}
        }
    }
    if !names_principal {
        let missing = Refusal::new(path.clone(), "Missing required field Principal");
        all.insert(0, missing);
    }
    all
}

fn is_of_sts(action: &str) -> bool {
    (action.split_once(':')).is_some_and(|(service, _)| service.eq_ignore_ascii_case("sts"))
}
