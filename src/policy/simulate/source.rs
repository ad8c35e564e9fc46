//! The policies of requests: parsed, checked for their kind, and cached, because batches repeat them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::{Arc, OnceLock};

use super::answer::Position;
use crate::policy::document::{self, Places, StatementElement};
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
    fn read(text: String) -> Result<Self, String> {
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
        let places = self.places.get_or_init(|| find_places(&self.text));
        places.get(statement).copied()
    }

    /// The size of the policy's text.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }
}

fn find_places(text: &str) -> Vec<(Position, Position)> {
    let mut places = Places::of(text);
    let mut at = |offset| {
        let (line, column) = places.at(offset);
        Position { line, column }
    };
    document::statements(text)
        .into_iter()
        .map(|range| (at(range.start), at(range.end)))
        .collect()
}

/// Policies by their text, so that one that repeats is not parsed again.
///
/// Kept is what comes for the second time: a batch in which every policy is another one would fill the memory for nothing.
/// Bounded: when it is full it begins anew.
#[derive(Debug)]
pub(super) struct Sources {
    hasher: RandomState,
    known: HashMap<u64, Arc<Source>>,
    bytes: usize,
    /// Hashes of texts that came once, each in the place that it falls on; a later one takes it over.
    once: Vec<u64>,
}

const MAX_BYTES: usize = 8 << 20;
const PLACES: usize = 1 << 12;

impl Default for Sources {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            known: HashMap::new(),
            bytes: 0,
            once: vec![0; PLACES],
        }
    }
}

impl Sources {
    /// The refusal says what is wrong with the policy.
    pub(super) fn load(&mut self, text: Cow<'_, str>, kind: Kind) -> Result<Arc<Source>, String> {
        let hash = self.hasher.hash_one(&*text);
        let source = match self.known.get(&hash) {
            Some(source) if source.text == *text => Arc::clone(source),
            _ => {
                let source = Arc::new(Source::read(text.into_owned())?);
                if self.came_before(hash) {
                    self.remember(hash, &source);
                }
                source
            }
        };
        source.check(kind)?;
        Ok(source)
    }

    fn came_before(&mut self, hash: u64) -> bool {
        let place = usize::try_from(hash % PLACES as u64).unwrap_or_default();
        self.once
            .get_mut(place)
            .is_some_and(|seen| std::mem::replace(seen, hash) == hash)
    }

    fn remember(&mut self, hash: u64, source: &Arc<Source>) {
        if self.size() + source.len() > MAX_BYTES {
            self.known.clear();
            self.bytes = 0;
        }
        self.bytes += source.len();
        if let Some(old) = self.known.insert(hash, Arc::clone(source)) {
            self.bytes -= old.len();
        }
    }

    /// Bytes of policy text held.
    pub(super) fn size(&self) -> usize {
        self.bytes
    }
}
