//! One statement taken apart for the rules: its conditions by what they are about, and what those on the MFA keys say at each
//! state of MFA.

use crate::policy::condition::{Condition, Family, Operator, Verdict};
use crate::policy::context::{Context, ContextValue, Mfa};
use crate::policy::document::{
    Effect, Path, Principal, PrincipalKind, Statement, StatementElement, Strings, Version,
};
use crate::policy::evaluate::Policy;

use super::actions::ActionSet;
use super::situation::{Situation, is_known};
use super::texts::items;

const MFA_PRESENT: &str = "aws:multifactorauthpresent";
const MFA_AGE: &str = "aws:multifactorauthage";

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

/// One key under one operator.
#[derive(Debug)]
pub(super) struct Clause<'a> {
    /// The operator as written.
    pub(super) operator: &'a str,
    /// The operator, taken apart.
    pub(super) parsed: Operator,
    /// The key as written.
    pub(super) key: &'a str,
    pub(super) values: &'a Strings,
    pub(super) about: About,
    condition: Condition,
    sorted: Vec<&'a str>,
}

/// What a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// Whether the caller used MFA.
    MfaPresent,
    /// How long ago.
    MfaAge,
    /// Who calls, and whether directly.
    Caller,
    /// Anything else about the request.
    Request,
}

/// What a statement's conditions on the MFA keys say at each state, as if all its other conditions held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one answer for each state")]
pub(super) struct Truth {
    /// At a long-term key.
    pub(super) absent: bool,
    /// In the console or with a session without MFA.
    pub(super) without: bool,
    /// With MFA, at this second.
    pub(super) fresh: bool,
    /// With MFA, at some age.
    pub(super) ever: bool,
    /// With MFA, at every age.
    pub(super) always: bool,
}

impl Truth {
    /// Whether it says the same of two of the states, with MFA at any age.
    pub(super) fn is(self, absent: bool, without: bool, with: bool) -> bool {
        self.absent == absent && self.without == without && self.ever == with && self.always == with
    }

    /// What it says at one state.
    pub(super) fn at(self, mfa: Mfa) -> bool {
        match mfa {
            Mfa::Absent => self.absent,
            Mfa::False => self.without,
            Mfa::True { .. } => self.ever,
        }
    }

    /// Whether a Deny with it is meant to stop whoever has no MFA.
    pub(super) fn stops_without_mfa(self) -> bool {
        (self.absent || self.without) && !self.always
    }

    /// What the clauses say together.
    pub(super) fn of<'c, 'a: 'c>(
        clauses: &(impl Iterator<Item = &'c Clause<'a>> + Clone),
        effect: Effect,
    ) -> Self {
        let at = |mfa: Mfa| {
            let mut context = Context::new();
            mfa.apply(&mut context);
            let verdicts = clauses.clone().map(|c| c.condition.evaluate(&context));
            holds(verdicts.min().unwrap_or(Verdict::True), effect)
        };
        let mut ages = vec![0, 60, 43_200];
        for clause in clauses.clone().filter(|c| c.about == About::MfaAge) {
            let limits = clause.values.texts().take(64);
            for limit in limits.filter_map(|text| text.parse::<u64>().ok()) {
                ages.extend([limit.saturating_sub(1), limit, limit.saturating_add(1)]);
            }
        }
        let with: Vec<bool> = (ages.into_iter())
            .map(|age| at(Mfa::True { age }))
            .collect();
        Self {
            absent: at(Mfa::Absent),
            without: at(Mfa::False),
            fresh: at(Mfa::True { age: 0 }),
            ever: with.contains(&true),
            always: !with.contains(&false),
        }
    }
}

/// If a malformed value leaves it open, a Deny applies and an Allow does not.
fn holds(verdict: Verdict, effect: Effect) -> bool {
    verdict == Verdict::True || (verdict == Verdict::Malformed && effect == Effect::Deny)
}

impl<'a> Clause<'a> {
    fn new(operator: &'a str, key: &'a str, values: &'a Strings, version: Version) -> Option<Self> {
        let parsed = Operator::parse(operator)?;
        let condition = Condition::new(parsed, key, values.texts(), version);
        let about = match condition.key() {
            MFA_PRESENT => About::MfaPresent,
            MFA_AGE => About::MfaAge,
            key if is_known(key, parsed.family) => About::Caller,
            _ => About::Request,
        };
        let mut sorted: Vec<&str> = values.texts().collect();
        sorted.sort_unstable();
        Some(Self {
            operator,
            parsed,
            key,
            values,
            about,
            condition,
            sorted,
        })
    }

    /// Whether it asks for MFA or for its age.
    pub(super) fn is_mfa(&self) -> bool {
        matches!(self.about, About::MfaPresent | About::MfaAge)
    }

    /// The key in lower case.
    pub(super) fn lower_key(&self) -> &str {
        self.condition.key()
    }

    /// Whether it holds for a statement of this effect.
    pub(super) fn holds(&self, context: &Context, effect: Effect) -> bool {
        holds(self.condition.evaluate(context), effect)
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.parsed == other.parsed
            && self.condition.key() == other.condition.key()
            && self.sorted == other.sorted
    }

    /// Changes the context so that the clause holds in it, where that is easily done.
    fn satisfy(&self, context: &mut Context) {
        let first = self.values.texts().next().unwrap_or_default();
        let value = Situation::instance(first);
        match (self.parsed.family, self.parsed.negated) {
            (Family::Null, _) if first.eq_ignore_ascii_case("true") => {
                context.set(self.key, ContextValue::List(Vec::new()));
            }
            (_, false) if self.lower_key() == "aws:calledvia" => {
                context.set(self.key, ContextValue::List(vec![value]));
            }
            (_, false) => {
                let name = value.rsplit('/').next().unwrap_or_default();
                if self.lower_key() == "aws:principalarn" {
                    context.set("aws:username", name);
                }
                context.set(self.key, value);
            }
            (_, true) => {}
        }
    }
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

    /// The patterns that it excepts, with their places: empty unless it has `NotAction`.
    pub(super) fn exceptions(&self) -> Vec<(Path, &'a str)> {
        match self.actions() {
            Some((path, StatementElement::NotAction(patterns))) => {
                items(path.clone(), patterns).collect()
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
    pub(super) fn holds<'s>(
        &self,
        context: &Context,
        mut supposed: impl Iterator<Item = &'s Judged<'s>> + Clone,
    ) -> bool {
        self.clauses.iter().all(|clause| {
            let is_supposed = !clause.is_mfa()
                && supposed.any(|s| s.further_clauses().any(|c| c.says_the_same(clause)));
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
