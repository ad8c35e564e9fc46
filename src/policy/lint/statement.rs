//! One statement, taken apart for the rules: its conditions, what it covers, and to whom it applies.

use crate::policy::condition::Operator;
use crate::policy::context::Context;
use crate::policy::document::{
    Effect, Path, Principal, PrincipalKind, Statement, StatementElement, Version,
};
use crate::policy::evaluate::Policy;

use super::clause::{About, Clause, Truth};
use crate::policy::actions::ActionSet;

/// A statement as the rules see it.
#[derive(Debug)]
pub(super) struct Judged<'a> {
    /// Where it stands.
    pub(super) path: Path,
    pub(super) source: &'a Statement,
    pub(super) effect: Effect,
    /// Its conditions, one for each key under each operator.
    pub(super) clauses: Vec<Clause<'a>>,
    /// What its conditions on the MFA keys say; `None` without any.
    pub(super) truth: Option<Truth>,
    /// What the evaluator needs. `None` for a statement that it cannot judge.
    pub(super) compiled: Option<Compiled>,
}

/// A statement ready for the evaluator.
#[derive(Debug)]
pub(super) struct Compiled {
    policy: Policy,
    /// The actions that it covers.
    pub(super) actions: ActionSet,
}

impl<'a> Judged<'a> {
    pub(super) fn new(source: &'a Statement, path: Path, version: Version) -> Self {
        let blocks = source.condition().map(|c| c.blocks.as_slice());
        let written: Vec<Option<Clause<'a>>> = (blocks.unwrap_or_default().iter())
            .flat_map(|block| {
                (block.keys.iter())
                    .map(|(key, values)| Clause::new(&block.operator, key, values, version))
            })
            .collect();
        // An operator that AWS does not know: nobody can say when the statement applies.
        let can_be_judged = written.iter().all(Option::is_some);
        let clauses: Vec<Clause<'a>> = written.into_iter().flatten().collect();
        let effect = source.effect();
        let mfa = clauses.iter().filter(|c| c.is_mfa());
        let truth =
            (can_be_judged && mfa.clone().next().is_some()).then(|| Truth::of(&mfa, effect));
        Self {
            path,
            source,
            effect,
            clauses,
            truth,
            compiled: None,
        }
    }

    /// Whether each operator is one of AWS's.
    pub(super) fn can_be_judged(&self) -> bool {
        let blocks = self.source.condition().map(|c| c.blocks.as_slice());
        (blocks.unwrap_or_default().iter()).all(|b| Operator::parse(&b.operator).is_some())
    }

    /// Makes it ready for the evaluator.
    pub(super) fn compile(&mut self, policy: Policy, actions: ActionSet) {
        self.compiled = Some(Compiled { policy, actions });
    }

    /// The conditions on the MFA keys.
    pub(super) fn mfa_clauses(&self) -> impl Iterator<Item = &Clause<'a>> + Clone {
        self.clauses.iter().filter(|c| c.is_mfa())
    }

    /// All other conditions.
    pub(super) fn further_clauses(&self) -> impl Iterator<Item = &Clause<'a>> {
        self.clauses.iter().filter(|c| !c.is_mfa())
    }

    /// The element `Action` or `NotAction` with the way to it.
    pub(super) fn actions(&self) -> Option<(Path, &'a StatementElement)> {
        self.element(|e| {
            matches!(
                e,
                StatementElement::Action(_) | StatementElement::NotAction(_)
            )
        })
    }

    /// The element `Resource` or `NotResource` with the way to it.
    pub(super) fn resources(&self) -> Option<(Path, &'a StatementElement)> {
        self.element(|e| {
            matches!(
                e,
                StatementElement::Resource(_) | StatementElement::NotResource(_)
            )
        })
    }

    /// How many patterns its resources are.
    pub(super) fn resource_patterns(&self) -> usize {
        match self.resources() {
            Some((_, StatementElement::Resource(p) | StatementElement::NotResource(p))) => {
                p.as_slice().len()
            }
            _ => 0,
        }
    }

    /// The patterns that it excepts, with their places: empty unless it has `NotAction`.
    pub(super) fn exceptions(&self) -> Vec<(Path, &'a str)> {
        match self.actions() {
            Some((path, StatementElement::NotAction(patterns))) => {
                patterns.placed(path.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    fn element(
        &self,
        fits: impl Fn(&StatementElement) -> bool,
    ) -> Option<(Path, &'a StatementElement)> {
        let element = self.source.elements.iter().find(|e| fits(e))?;
        Some((self.path.key(element.name()), element))
    }

    /// The way to a condition's operator.
    pub(super) fn block_path(&self, clause: &Clause<'_>) -> Path {
        self.path.key("Condition").key(clause.operator)
    }

    /// The way to a condition's key.
    pub(super) fn key_path(&self, clause: &Clause<'_>) -> Path {
        self.block_path(clause).key(clause.key)
    }

    /// Whether its action and resource are these.
    pub(super) fn covers(&self, action: &str, resource: &str, context: &Context) -> bool {
        let statement = self
            .compiled
            .as_ref()
            .and_then(|c| c.policy.statements().first());
        statement.is_some_and(|s| s.covers(action, resource, context))
    }

    /// Whether its resource is this one.
    pub(super) fn covers_resource(&self, resource: &str, context: &Context) -> bool {
        let statement = self
            .compiled
            .as_ref()
            .and_then(|c| c.policy.statements().first());
        statement.is_some_and(|s| s.covers_resource(resource, context))
    }

    /// Whether all conditions hold, as far as it is known, where those of the others in `supposed` hold.
    pub(super) fn holds(&self, context: &Context, supposed: &[&Judged<'_>]) -> bool {
        self.clauses.iter().all(|clause| {
            let is_supposed = !clause.is_mfa()
                && supposed
                    .iter()
                    .any(|s| s.further_clauses().any(|c| c.says_the_same(clause)));
            is_supposed || (clause.about != About::Request && clause.holds(context, self.effect))
        })
    }

    /// Whether what it says about the caller holds in a context.
    pub(super) fn holds_for_caller(&self, context: &Context) -> bool {
        let clauses = self.clauses.iter().filter(|c| c.about == About::Caller);
        clauses.into_iter().all(|c| c.holds(context, self.effect))
    }

    /// The context changed so that what it says about the caller holds.
    pub(super) fn situated(&self, mut context: Context) -> Context {
        for clause in self.clauses.iter().filter(|c| c.about == About::Caller) {
            if !clause.holds(&context, self.effect) {
                clause.satisfy(&mut context);
            }
        }
        context
    }

    /// The principals that it names; `None` in policies that are attached to someone.
    pub(super) fn principal(&self) -> Option<&'a Principal> {
        self.source.elements.iter().find_map(|e| match e {
            StatementElement::Principal(p) | StatementElement::NotPrincipal(p) => Some(p),
            _ => None,
        })
    }

    /// The way to the principals that it names.
    pub(super) fn principal_path(&self) -> Option<Path> {
        let names = |e: &StatementElement| {
            matches!(
                e,
                StatementElement::Principal(_) | StatementElement::NotPrincipal(_)
            )
        };
        self.element(names).map(|(path, _)| path)
    }

    /// Whether whom the other is about, it is about, too.
    pub(super) fn includes_principals_of(&self, other: &Self) -> bool {
        let names = |s: &Self| {
            (s.source.elements.iter()).find(|e| {
                matches!(
                    e,
                    StatementElement::Principal(_) | StatementElement::NotPrincipal(_)
                )
            })
        };
        match names(self) {
            None => true,
            Some(StatementElement::Principal(p)) if is_everyone(p) => true,
            mine => mine == names(other),
        }
    }

    /// Whether it lets a role be assumed.
    pub(super) fn is_trust(&self) -> bool {
        let assumes = |text: &str| {
            let lower = text.to_ascii_lowercase();
            lower.starts_with("sts:assumerole") || lower == "sts:*"
        };
        self.principal().is_some()
            && matches!(self.actions(), Some((_, StatementElement::Action(a))) if a.texts().any(assumes))
    }

    /// Whether an IAM user may be among its principals.
    pub(super) fn may_be_about_users(&self) -> bool {
        let may_be_user = |name: &str| {
            let resource = name.splitn(6, ':').nth(5).unwrap_or_default();
            !(resource.starts_with("role/")
                || resource.starts_with("assumed-role/")
                || resource.starts_with("federated-user/"))
        };
        let positive = self.source.elements.iter().find_map(|e| match e {
            StatementElement::Principal(p) => Some(p),
            _ => None,
        });
        match positive {
            None | Some(Principal::Everyone) => true,
            Some(Principal::Entries(entries)) => entries
                .iter()
                .any(|(kind, names)| *kind == PrincipalKind::Aws && names.texts().any(may_be_user)),
        }
    }

    /// Whether it names an identity provider.
    pub(super) fn is_about_federated(&self) -> bool {
        match self.principal() {
            Some(Principal::Entries(entries)) => entries
                .iter()
                .any(|(kind, _)| *kind == PrincipalKind::Federated),
            _ => false,
        }
    }
}

fn is_everyone(principal: &Principal) -> bool {
    match principal {
        Principal::Everyone => true,
        Principal::Entries(entries) => entries
            .iter()
            .any(|(kind, names)| *kind == PrincipalKind::Aws && names.texts().any(|n| n == "*")),
    }
}
