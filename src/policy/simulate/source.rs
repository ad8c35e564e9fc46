//! The policies of questions: parsed, checked for their kind, and kept, because batches repeat them.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde_json::value::RawValue;

use super::Refusal;
use super::answer::Position;
use crate::policy::document::{self, Path, Spans, StatementElement, Statements};
use crate::policy::evaluate::Policy;

/// A policy with its text.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) policy: Arc<Policy>,
    text: String,
    /// First and last place of each statement, looked up when one decides.
    places: OnceLock<Vec<(Position, Position)>>,
    has_principal: bool,
    lacks_principal: bool,
    lacks_resource: bool,
}

/// What a policy is attached to, which decides on the elements that it must and must not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Attached,
    Resource,
    ResourceControl,
}

impl Source {
    fn read(raw: &RawValue) -> Result<Self, String> {
        let text = if raw.get().starts_with('"') {
            serde_json::from_str(raw.get()).map_err(|e| e.to_string())?
        } else {
            raw.get().to_owned()
        };
        let document = document::parse(&text).map_err(|e| e.to_string())?;
        let all = |test: fn(&StatementElement) -> bool| {
            (document.statements().iter()).all(|s| s.elements.iter().any(test))
        };
        let is_principal = |e: &StatementElement| {
            matches!(
                e,
                StatementElement::Principal(_) | StatementElement::NotPrincipal(_)
            )
        };
        let has_principal =
            (document.statements().iter()).any(|s| s.elements.iter().any(is_principal));
        let lacks_principal = !all(is_principal);
        let lacks_resource = !all(|e| {
            matches!(
                e,
                StatementElement::Resource(_) | StatementElement::NotResource(_)
            )
        });
        let policy = Policy::new(document).map_err(|e| e.to_string())?;
        Ok(Self {
            policy: Arc::new(policy),
            text,
            places: OnceLock::new(),
            has_principal,
            lacks_principal,
            lacks_resource,
        })
    }

    fn check(&self, kind: Kind) -> Result<(), &'static str> {
        match kind {
            Kind::Attached if self.has_principal => {
                Err("expected no `Principal` in a policy that is attached to the caller")
            }
            Kind::Attached if self.lacks_resource => {
                Err("expected `Resource` or `NotResource` in each statement")
            }
            Kind::Resource if self.lacks_principal => {
                Err("expected `Principal` or `NotPrincipal` in each statement of a resource policy")
            }
            _ => Ok(()),
        }
    }

    /// Where the statement begins and ends.
    pub(super) fn place(&self, statement: usize) -> Option<(Position, Position)> {
        let places = self.places.get_or_init(|| self.find_places());
        places.get(statement).copied()
    }

    fn find_places(&self) -> Vec<(Position, Position)> {
        let Ok(spans) = Spans::of(&self.text) else {
            return Vec::new();
        };
        let root = Path::default().key("Statement");
        let elements = &self.policy.document().elements;
        let single = elements
            .iter()
            .any(|e| matches!(e, document::Element::Statement(Statements::One(_))));
        (0..self.policy.document().statements().len())
            .filter_map(|n| {
                let path = if single { root.clone() } else { root.index(n) };
                let start = spans.value(&path)?;
                let end = spans.span(start.bytes.end..start.bytes.end);
                let place = |span: &document::Span| Position {
                    line: span.line,
                    column: span.column,
                };
                Some((place(&start), place(&end)))
            })
            .collect()
    }
}

/// Policies by their text as it stood in the question, so that one that repeats is neither unescaped nor parsed again. Bounded:
/// when it is full it begins anew.
#[derive(Debug, Default)]
pub(super) struct Sources {
    known: HashMap<Box<str>, Arc<Source>>,
    bytes: usize,
}

const MAX_BYTES: usize = 8 << 20;

impl Sources {
    pub(super) fn load(
        &mut self,
        raw: &RawValue,
        kind: Kind,
        name: &str,
    ) -> Result<Arc<Source>, Refusal> {
        let refuse = |problem: &str| Refusal::invalid(format!("{name}: {problem}"));
        let source = if let Some(source) = self.known.get(raw.get()) {
            Arc::clone(source)
        } else {
            let source = Arc::new(Source::read(raw).map_err(|e| refuse(&e))?);
            self.remember(raw.get(), &source);
            source
        };
        source.check(kind).map_err(refuse)?;
        Ok(source)
    }

    fn remember(&mut self, raw: &str, source: &Arc<Source>) {
        if self.size() + raw.len() > MAX_BYTES {
            self.known.clear();
            self.bytes = 0;
        }
        self.bytes += raw.len();
        self.known.insert(raw.into(), Arc::clone(source));
    }

    /// Bytes of policy text held.
    pub(super) fn size(&self) -> usize {
        self.bytes
    }
}
