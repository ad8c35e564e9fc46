//! Changes one part of a document: the difference in the decisions shows what the part does.

use crate::policy::document::{
    Condition, ConditionBlock, Document, Effect, Element, Statement, StatementElement, Statements,
    Strings,
};
use crate::policy::generate::statements::MFA_PRESENT;

/// A change of one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// `Action *` instead of `NotAction`.
    NotAction,
    /// `Bool` instead of `BoolIfExists`.
    BoolIfExists,
    /// `BoolIfExists` instead of `Bool`.
    Bool,
    /// `Null` `true` instead of `BoolIfExists` `false`.
    Null,
    /// `BoolIfExists` `false` instead of `Null`.
    NullToBool,
    /// Without the condition.
    Condition,
    /// Without the whole statement.
    Statement,
}

impl Change {
    const ALL: [Self; 7] = [
        Self::NotAction,
        Self::BoolIfExists,
        Self::Bool,
        Self::Null,
        Self::NullToBool,
        Self::Condition,
        Self::Statement,
    ];

    /// The part that is taken away.
    #[must_use]
    pub fn part(self) -> &'static str {
        match self {
            Self::NotAction => "NotAction",
            Self::BoolIfExists => "BoolIfExists",
            Self::Bool => "Bool",
            Self::Null => "BoolIfExists false",
            Self::NullToBool => "Null",
            Self::Condition => "the condition",
            Self::Statement => "the statement",
        }
    }

    /// What is put in its place, if anything.
    #[must_use]
    pub fn instead(self) -> Option<&'static str> {
        match self {
            Self::NotAction => Some("Action *"),
            Self::BoolIfExists => Some("Bool"),
            Self::Bool => Some("BoolIfExists"),
            Self::Null => Some("Null true"),
            Self::NullToBool => Some("BoolIfExists false"),
            Self::Condition | Self::Statement => None,
        }
    }

    /// Whether the change is informative for this statement, in a document with `of` statements.
    fn suits(self, statement: &Statement, of: usize) -> bool {
        let denies = statement.effect() == Effect::Deny;
        // If there are other statements, a guard is explained by what happens without it.
        let is_guard = denies && of > 1 && !has_exceptions(statement);
        match self {
            Self::Statement => is_guard,
            _ if is_guard => false,
            Self::Null | Self::NullToBool | Self::NotAction => denies,
            Self::BoolIfExists | Self::Bool | Self::Condition => true,
        }
    }

    fn apply(self, element: &mut StatementElement) {
        match self {
            Self::NotAction => {
                if let StatementElement::NotAction(_) = element {
                    *element = StatementElement::Action(Strings::One("*".into()));
                }
            }
            Self::BoolIfExists => operator(element, "BoolIfExists", "Bool", None),
            Self::Bool => operator(element, "Bool", "BoolIfExists", None),
            Self::Null => operator(element, "BoolIfExists", "Null", Some("true")),
            Self::NullToBool => operator(element, "Null", "BoolIfExists", Some("false")),
            Self::Condition => {
                if let StatementElement::Condition(condition) = element {
                    condition.blocks.clear();
                }
            }
            // A statement without actions has no effect, and the other statements keep their indices.
            Self::Statement => {
                if let StatementElement::Action(_) | StatementElement::NotAction(_) = element {
                    *element = StatementElement::Action(Strings::Many(Vec::new()));
                }
            }
        }
    }
}

fn has_exceptions(statement: &Statement) -> bool {
    (statement.elements.iter()).any(|e| matches!(e, StatementElement::NotAction(_)))
}

/// Whether a condition of the statement looks at MFA.
pub(super) fn looks_at_mfa(statement: &Statement) -> bool {
    statement.condition().is_some_and(|condition| {
        let mut keys = condition.blocks.iter().flat_map(|b| &b.keys);
        keys.any(|(key, _)| key.eq_ignore_ascii_case(MFA_PRESENT))
    })
}

/// As many are shown, and evaluated over every action.
const MOST: usize = 16;

/// The document with one part of one statement changed, for each part that may carry it; with the statement's index.
pub(super) fn changes(document: &Document) -> Vec<(usize, Change, Document)> {
    let statements = document.statements();
    let mut all = Vec::new();
    for (n, statement) in statements.iter().enumerate() {
        if !looks_at_mfa(statement) {
            continue;
        }
        for change in Change::ALL {
            if !change.suits(statement, statements.len()) || all.len() == MOST {
                continue;
            }
            let changed = changed(document, n, change);
            if changed != *document {
                all.push((n, change, changed));
            }
        }
    }
    all
}

fn changed(document: &Document, n: usize, change: Change) -> Document {
    let mut document = document.clone();
    for element in &mut document.elements {
        let statement = match element {
            Element::Statement(Statements::One(one)) => Some(&mut **one),
            Element::Statement(Statements::Many(many)) => many.get_mut(n),
            _ => None,
        };
        if let Some(statement) = statement {
            (statement.elements.iter_mut()).for_each(|element| change.apply(element));
        }
    }
    document
}

/// Changes the MFA key's operator and values; other keys of the block keep theirs.
fn operator(element: &mut StatementElement, from: &str, to: &str, value: Option<&str>) {
    let StatementElement::Condition(Condition { blocks }) = element else {
        return;
    };
    let mut moved = Vec::new();
    for block in &mut *blocks {
        if block.operator.eq_ignore_ascii_case(from) {
            let is_mfa = |key: &str| key.eq_ignore_ascii_case(MFA_PRESENT);
            let (mine, others): (Vec<_>, Vec<_>) =
                block.keys.drain(..).partition(|(key, _)| is_mfa(key));
            block.keys = others;
            moved.extend(mine);
        }
    }
    blocks.retain(|block| !block.keys.is_empty());
    for (key, values) in moved {
        blocks.push(ConditionBlock {
            operator: to.to_owned(),
            keys: vec![(
                key,
                value.map_or(values, |value| Strings::One(value.into())),
            )],
        });
    }
}
