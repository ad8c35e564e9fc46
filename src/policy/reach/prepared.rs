//! A document, prepared for many callers.

use std::sync::Arc;

use super::meet::{Unit, instance, units};
use crate::policy::actions::{ActionSet, Universe};
use crate::policy::condition::Verdict;
use crate::policy::context::Context;
use crate::policy::document::{Document, Effect, Statement, StatementElement, Version};
use crate::policy::evaluate::{Policy, UnknownOperator};
use crate::policy::generate::statements::MFA_PRESENT;
use crate::policy::relax::{Of, free_keys, relax};
use crate::policy::variables::Template;

/// What one statement covers.
#[derive(Debug)]
pub(super) struct Area {
    pub(super) effect: Effect,
    pub(super) actions: ActionSet,
    /// The resources that it names.
    resources: Vec<Template>,
    /// Whether it covers all resources but those.
    pub(super) leaves_out: bool,
    /// Whether it covers all resources.
    is_everywhere: bool,
}

/// A Deny about MFA that the caller can avoid, so that it does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Avoidable {
    /// The statement's `Sid` or index.
    pub(crate) statement: String,
    /// The keys that the caller can choose.
    pub(crate) keys: Vec<String>,
}

/// A document, prepared for many callers.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// As the most favourable request meets it.
    pub(super) policy: Arc<Policy>,
    pub(super) areas: Vec<Area>,
    /// The Denys about MFA that do not count.
    pub(crate) avoidable: Vec<Avoidable>,
}

impl Prepared {
    pub(super) fn new(universe: &Universe, document: &Document) -> Result<Self, UnknownOperator> {
        let (relaxed, _) = relax(document, Of::Principal);
        let version = relaxed.version();
        let areas = relaxed.statements().iter();
        let areas = areas.map(|s| Area::of(universe, s, version)).collect();
        let avoidable = (document.statements().iter().enumerate())
            .filter(|(_, s)| s.effect() == Effect::Deny && asks_for_mfa(s))
            .map(|(n, statement)| Avoidable {
                statement: name(statement, n),
                keys: free_keys(statement, version, Of::Principal),
            })
            .filter(|avoidable| !avoidable.keys.is_empty())
            .collect();
        Ok(Self {
            policy: Arc::new(Policy::new(relaxed)?),
            areas,
            avoidable,
        })
    }

    /// Whether its conditions or variables ask who the caller is.
    pub(crate) fn is_personal(&self) -> bool {
        let keys = self.policy.context_keys();
        let lower = keys.iter().map(|key| key.to_ascii_lowercase());
        let mut lower = lower;
        lower.any(|key| {
            ["aws:principalarn", "aws:userid", "aws:username"].contains(&key.as_str())
                || key.starts_with("aws:principaltag/")
        })
    }

    /// The document as the most favourable request meets it.
    pub(crate) fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// Whether a condition on MFA does not hold in this context, so that the statement cannot apply.
    pub(crate) fn is_kept_by_mfa(&self, n: usize, context: &Context) -> bool {
        let Some(statement) = self.policy.statements().get(n) else {
            return false;
        };
        let mut verdicts = statement.condition_verdicts(context);
        verdicts.any(|(condition, verdict)| {
            condition.key().starts_with("aws:multifactorauth") && verdict == Verdict::False
        })
    }

    /// How people find a statement.
    pub(crate) fn statement_name(&self, n: usize) -> String {
        let statement = self.policy.document().statements().get(n);
        statement.map_or_else(String::new, |statement| name(statement, n))
    }
}

fn name(statement: &Statement, n: usize) -> String {
    match statement.sid() {
        Some(sid) if !sid.is_empty() => sid.to_owned(),
        _ => format!("Statement[{n}]"),
    }
}

fn asks_for_mfa(statement: &Statement) -> bool {
    let blocks = statement.condition().into_iter().flat_map(|c| &c.blocks);
    let mut keys = blocks.flat_map(|b| &b.keys);
    keys.any(|(key, _)| key.eq_ignore_ascii_case(MFA_PRESENT))
}

impl Area {
    fn of(universe: &Universe, statement: &Statement, version: Version) -> Self {
        let mut area = Self {
            effect: statement.effect(),
            actions: universe.nothing(),
            resources: Vec::new(),
            leaves_out: false,
            is_everywhere: true,
        };
        for element in &statement.elements {
            match element {
                StatementElement::Resource(patterns) | StatementElement::NotResource(patterns) => {
                    let named = patterns.texts().filter(|text| *text != "*");
                    area.resources = named.map(|t| Template::new(t, version)).collect();
                    area.is_everywhere = patterns.texts().any(|text| text == "*");
                    area.leaves_out = matches!(element, StatementElement::NotResource(_));
                }
                _ => {
                    if let Some(covered) = universe.covered(element) {
                        area.actions = covered;
                    }
                }
            }
        }
        area
    }

    /// The patterns of its resources, as this caller's requests read them.
    pub(super) fn units<'a>(&'a self, context: &'a Context) -> impl Iterator<Item = Vec<Unit>> {
        let patterns = self.resources.iter();
        patterns.filter_map(|pattern| Some(units(&pattern.parts(context)?)))
    }

    /// The resources that it covers, if they are all named without wildcards.
    pub(super) fn exact(&self, context: &Context) -> Option<Vec<String>> {
        if self.leaves_out || self.is_everywhere {
            return None;
        }
        let exact = |units: Vec<Unit>| {
            units
                .iter()
                .all(|unit| unit.is_exact())
                .then(|| instance(&units))
        };
        self.units(context).map(exact).collect()
    }

    /// Whether what it covers depends on the caller.
    pub(super) fn has_variables(&self) -> bool {
        self.resources.iter().any(|pattern| !pattern.is_constant())
    }

    /// A resource for each pattern, as this caller's requests name it.
    pub(super) fn instances<'a>(&'a self, context: &'a Context) -> impl Iterator<Item = String> {
        self.units(context).map(|units| instance(&units))
    }
}
