//! The policies that this program generates.

mod check;
mod compose;
mod kind;
mod options;
pub(crate) mod statements;
mod template;
#[cfg(test)]
mod tests;

pub use check::is_partition;
pub use kind::{Kind, refused_character};
pub use options::{Contradiction, Options};
pub use template::Template;

use check::{check, templates};
use compose::compose;
use statements::{Deny, SEED_EXCEPTIONS, SEED_SID};

use super::document::{
    Document, Effect, Element, Statement, StatementElement, Statements, Version,
};
use super::storable;

/// A policy with the kind that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The document.
    pub document: Document,
    /// What it is to be saved as.
    pub kind: Kind,
    /// A name to save it under.
    pub name: String,
}

/// The policy that denies everything without MFA, except what a user needs to set up MFA: one statement, `DenyAllWithoutMFA`.
///
/// It is attached together with the user's permission policies; an explicit deny takes precedence over any allow.
#[must_use]
pub fn seed() -> Document {
    document(vec![
        Deny::all_without_mfa(SEED_SID, &SEED_EXCEPTIONS).into_statement(),
    ])
}

/// Writes the policy that is asked for.
///
/// # Errors
/// [`Contradiction`].
pub fn generate(options: &Options) -> Result<Generated, Contradiction> {
    let templates = templates(options);
    let kind = check(options, &templates)?;
    let mut statements = compose(options, &templates);
    if let Some(sid) = &options.sid {
        rename(&mut statements, sid);
    }
    let name = statements
        .iter()
        .find(|s| s.effect() == Effect::Deny)
        .or(statements.first())
        .and_then(|s| s.sid())
        .unwrap_or(SEED_SID)
        .to_owned();
    let document = document(statements);
    let text = document.to_json_compact();
    if let Some(refused) = refused_character(&text) {
        return Err(Contradiction::Character(refused));
    }
    let size = kind.size(&text);
    if size > kind.limit() {
        return Err(Contradiction::TooLarge { size, kind });
    }
    if let Some(refusal) = storable::refusals(&document, kind).into_iter().next() {
        return Err(Contradiction::Refused(refusal.message));
    }
    Ok(Generated {
        document,
        kind,
        name,
    })
}

/// Gives the statement that denies everything, else the first one, another name.
fn rename(statements: &mut [Statement], sid: &str) {
    let n = (statements.iter().position(|s| s.sid() == Some(SEED_SID))).unwrap_or(0);
    let elements = statements.get_mut(n).map(|s| &mut s.elements);
    for element in elements.into_iter().flatten() {
        if let StatementElement::Sid(name) = element {
            *name = sid.into();
        }
    }
}

fn document(statements: Vec<Statement>) -> Document {
    Document {
        elements: vec![
            Element::Version(Version::V2012),
            Element::Statement(Statements::Many(statements)),
        ],
    }
}
