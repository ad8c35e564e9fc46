//! JSON in heredocs.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::template::Element;

use super::scope::Scope;
use crate::policy::source::embedded::Embedded;
use crate::policy::source::node::Node;

/// JSON that a template holds, with its places in the file.
pub(super) fn embedded<'m>(
    scope: &Scope<'m>,
    elements: impl Iterator<Item = &'m Element>,
    bytes: &Range<usize>,
) -> Option<Embedded> {
    let file = scope.modules.text(scope.file);
    let mut embedded = Embedded::new(file, bytes.end)?;
    for element in elements {
        let span = match element {
            Element::Literal(literal) => literal.span(),
            Element::Interpolation(inner) => inner.span(),
            Element::Directive(inner) => inner.span(),
        };
        let span = span.unwrap_or_else(|| bytes.clone());
        match element {
            Element::Literal(literal) => {
                embedded.push(literal.as_str(), file, span);
            }
            Element::Interpolation(inner) => {
                // A value between the texts stands where its interpolation stands.
                let value = scope.value(&inner.expr).moved(&|_| span.clone());
                embedded.push_value(&value);
            }
            Element::Directive(_) => {
                embedded.push_value(&Node::unknown(span.clone(), scope.words(&span)));
            }
        }
    }
    Some(embedded)
}
