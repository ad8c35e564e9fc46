//! What IAM refuses to store, and with which message.
//!
//! It is stricter than the policy language: IAM refuses elements that it does not know, actions without a service, resources that
//! are not ARNs, and literals that cannot be converted. The messages and their order are those of live AWS. Sizes and characters
//! are left to [`super::generate::Kind`].

mod attached;
mod names;
mod refusal;
mod resource;
mod syntax;
#[cfg(test)]
mod tests;
mod trust;

use super::document::{Document, ParseError, parse_leniently};
use super::generate::Kind;

pub use refusal::{LEGACY, Refusal, SYNTAX};
pub(super) use resource::parts as resource_parts;

/// Everything for which IAM refuses to store the document as a policy of this kind. IAM answers with the first of them.
#[must_use]
pub fn refusals(document: &Document, kind: Kind) -> Vec<Refusal> {
    let mut all = syntax::refusals(document);
    if kind == Kind::Managed {
        all.extend(syntax::version(document));
    }
    all.extend(names::sids(document));
    all.extend(syntax::literals(document));
    match kind {
        Kind::Trust => {
            all.extend(names::without_actions(document));
            all.extend(trust::refusals(document));
            all.extend(names::actions(document));
        }
        // Whom and what a resource control policy names is the business of Organizations.
        Kind::Rcp => all.extend(names::without_actions(document)),
        _ => {
            all.extend(attached::short_arns(document));
            all.extend(names::without_actions(document));
            all.extend(attached::principals(document));
            all.extend(attached::resources(document));
            all.extend(names::actions(document));
            all.extend(attached::without_resources(document));
        }
    }
    all
}

/// What is refused in a policy of a resource, which the service of the resource stores: only what holds for all policies.
#[must_use]
pub fn refusals_of_resource_policy(document: &Document) -> Vec<Refusal> {
    let mut all = syntax::refusals(document);
    all.extend(names::without_actions(document));
    all
}

/// Reads a document that IAM would store as a policy of this kind.
///
/// # Errors
/// IAM's message.
pub fn read(text: &str, kind: Kind) -> Result<Document, Refusal> {
    let read = parse_leniently(text).map_err(unreadable)?;
    let mut refusals = refusals(&read.document, kind);
    // An effect in other letters is refused after the syntax and the version, and before everything else.
    let effect = read.effects.into_iter().next().map(Refusal::legacy);
    let is_earlier = |refusal: &Refusal| refusal.message == SYNTAX || refusal.is_version();
    let first = match effect {
        Some(effect) if !refusals.first().is_some_and(is_earlier) => Some(effect),
        _ if refusals.is_empty() => None,
        _ => Some(refusals.swap_remove(0)),
    };
    first.map_or(Ok(read.document), Err)
}

/// Reads a document that STS accepts as a session policy. Unlike IAM, STS accepts literals that cannot be converted.
///
/// # Errors
/// The message.
pub fn read_session_policy(text: &str) -> Result<Document, Refusal> {
    let document = super::document::parse(text).map_err(unreadable)?;
    let checks: [fn(&Document) -> Vec<Refusal>; 6] = [
        syntax::refusals,
        names::without_actions,
        attached::principals,
        attached::short_arns,
        attached::resources,
        attached::without_resources,
    ];
    match checks.iter().flat_map(|check| check(&document)).next() {
        Some(refusal) => Err(refusal),
        None => Ok(document),
    }
}

fn unreadable(error: ParseError) -> Refusal {
    Refusal::new(error.path, SYNTAX)
}
