//! The actions and resources that a statement covers.

use crate::policy::document::{Statement, StatementElement, Strings};
use crate::policy::pattern::ActionPattern;

/// Which actions a statement covers, and the resources that it names.
pub(super) struct Covers {
    not: bool,
    pub(super) actions: Vec<ActionPattern>,
    pub(super) resources: Vec<String>,
}

impl Covers {
    pub(super) fn of(statement: &Statement) -> Self {
        let mut covers = Self {
            not: false,
            actions: Vec::new(),
            resources: resources(statement),
        };
        for element in &statement.elements {
            if let StatementElement::Action(actions) | StatementElement::NotAction(actions) =
                element
            {
                covers.not = matches!(element, StatementElement::NotAction(_));
                covers.actions = actions.texts().map(ActionPattern::new).collect();
            }
        }
        covers
    }

    pub(super) fn action(&self, action: &str) -> bool {
        self.actions.iter().any(|a| a.matches(action)) != self.not
    }
}

/// A resource that matches, for each resource pattern of a statement.
fn resources(statement: &Statement) -> Vec<String> {
    let of = |strings: &Strings| -> Vec<String> {
        strings
            .texts()
            .filter(|text| *text != "*")
            .map(|text| {
                // Names that no other pattern matches by accident.
                text.replace("${aws:username}", "caller")
                    .replace('*', "any-other")
                    .replace('?', "x")
            })
            .collect()
    };
    statement
        .elements
        .iter()
        .flat_map(|element| match element {
            StatementElement::Resource(strings) | StatementElement::NotResource(strings) => {
                of(strings)
            }
            _ => Vec::new(),
        })
        .collect()
}
