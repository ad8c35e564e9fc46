//! The policies that bind one caller, and what they leave possible.

use std::sync::Arc;

use crate::policy::actions::ActionSet;
use crate::policy::context::Context;
use crate::policy::document::Effect;
use crate::policy::evaluate::{Named, PolicySet, Requester};

use super::field::Field;
use super::meet::{Unit, meet};
use super::prepared::{Area, Prepared};

/// The longest pattern that is compared with others, in characters; no ARN is as long.
const MOST_UNITS: usize = 2_048;

/// Steps of comparing patterns for one caller; the policies of no real user need as many.
const MOST_WORK: usize = 20_000_000;

/// The kinds of policy that bind a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Limit {
    /// An identity policy.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
}

/// A policy that binds a caller.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// Of which kind.
    pub(crate) limit: Limit,
    /// Where it is attached, for people.
    pub(crate) place: Arc<str>,
    /// The document.
    pub(crate) prepared: Arc<Prepared>,
}

/// All policies that bind a caller, those of one kind together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bound {
    /// The service control policies count as those of one level: what any of them allows is allowed.
    pub(crate) policies: Vec<Held>,
}

/// A set of statements by their numbers among all that bind the caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Numbers(Vec<u64>);

impl Numbers {
    fn of(all: impl Iterator<Item = bool>) -> Self {
        let mut words = Vec::new();
        for (n, is_in) in all.enumerate() {
            if n % 64 == 0 {
                words.push(0);
            }
            if let Some(word) = words.last_mut() {
                *word |= u64::from(is_in) << (n % 64);
            }
        }
        Self(words)
    }

    fn has(&self, n: usize) -> bool {
        self.0
            .get(n / 64)
            .is_some_and(|word| word & (1 << (n % 64)) != 0)
    }
}

/// Which statements cover which resources that stand for all others. Callers with equal policies and equal terrain can do the same
/// wherever the same conditions hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Terrain {
    /// The statements, and the kinds of the resources that exactly these cover.
    groups: Vec<(Numbers, u64)>,
    /// Whether there are more resources than are looked at, so that what is possible is not known.
    pub(crate) is_cut: bool,
}

/// The statements whose conditions hold for a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Holding(Numbers);

impl Bound {
    fn statements(&self) -> impl Iterator<Item = (Limit, &Area)> {
        (self.policies.iter())
            .flat_map(|held| held.prepared.areas.iter().map(|area| (held.limit, area)))
    }

    /// Which statements cover which resources, for a caller with this context. `others` are resources that count as well.
    pub(crate) fn terrain(
        &self,
        field: &Field,
        requester: &Requester,
        others: &[String],
    ) -> Terrain {
        let context = requester.context();
        let mut groups: Vec<(Numbers, u64)> = Vec::new();
        let mut resources = self.resources(field, requester, others);
        let is_cut = self.shared(context, &mut resources).is_none();
        for resource in resources {
            let covering = self.covering(&resource, context);
            let kind = field.kind_of(&resource);
            match groups.iter_mut().find(|(known, _)| *known == covering) {
                Some((_, kinds)) => *kinds |= kind,
                None => groups.push((covering, kind)),
            }
        }
        groups.sort_unstable_by(|a, b| (&a.0.0, a.1).cmp(&(&b.0.0, b.1)));
        Terrain { groups, is_cut }
    }

    fn covering(&self, resource: &str, context: &Context) -> Numbers {
        let compiled = (self.policies.iter()).flat_map(|held| held.prepared.policy.statements());
        Numbers::of(compiled.map(|statement| statement.covers_resource(resource, context)))
    }

    /// Resources that stand for all others: none, one that no policy names, one of each kind of IAM, the caller's own, and one for
    /// each pattern of a statement.
    pub(super) fn resources(
        &self,
        field: &Field,
        requester: &Requester,
        others: &[String],
    ) -> Vec<String> {
        let caller = requester.caller();
        let partition = caller.arn.split(':').nth(1).unwrap_or("aws");
        let account = &caller.account;
        let of_iam = |path: &str| format!("arn:{partition}:iam::{account}:{path}");
        let mut all = vec![
            "*".to_owned(),
            format!("arn:{partition}:stand-in:region-1:{account}:stand-in/resource"),
            caller.arn.clone(),
            of_iam(&format!("mfa/{}", caller.name)),
            of_iam("root"),
        ];
        all.extend(
            field
                .kinds_of_iam()
                .map(|kind| of_iam(&format!("{kind}/stand-in"))),
        );
        all.extend_from_slice(others);
        for (_, area) in self.statements() {
            all.extend(area.instances(requester.context()));
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Adds a resource for each pattern of an Allow and each that a Deny leaves out, if both match it. `None` if there are too many.
    fn shared(&self, context: &Context, all: &mut Vec<String>) -> Option<()> {
        let left_out: Vec<Vec<Unit>> = (self.statements())
            .filter(|(_, area)| area.effect == Effect::Deny && area.leaves_out)
            .flat_map(|(_, area)| area.units(context))
            .collect();
        if left_out.is_empty() {
            return Some(());
        }
        let named: Vec<Vec<Unit>> = (self.statements())
            .filter(|(_, area)| area.effect == Effect::Allow || area.leaves_out)
            .flat_map(|(_, area)| area.units(context))
            .collect();
        let mut work = 0_usize;
        for a in &left_out {
            for b in &named {
                work += (a.len() + 1) * (b.len() + 1);
                if work > MOST_WORK || a.len().max(b.len()) > MOST_UNITS {
                    return None;
                }
                all.extend(meet(a, b));
            }
        }
        Some(())
    }

    /// The statements whose conditions hold.
    pub(crate) fn holding(&self, requester: &Requester) -> Holding {
        let compiled = (self.policies.iter()).flat_map(|held| held.prepared.policy.statements());
        Holding(Numbers::of(compiled.map(|statement| {
            statement.conditions_hold(requester.context())
        })))
    }

    /// The only resources on which these actions are allowed, if all of them are named; `None` if there are others.
    pub(crate) fn only_on(
        &self,
        actions: &ActionSet,
        requester: &Requester,
    ) -> Option<Vec<String>> {
        let mut all = Vec::new();
        for area in self.allowing(actions) {
            all.extend(area.exact(requester.context())?);
        }
        Some(all)
    }

    /// Whether the resources on which these actions are allowed depend on the caller.
    pub(crate) fn has_variables(&self, actions: &ActionSet) -> bool {
        self.statements()
            .filter(|(_, area)| area.actions.meets(actions))
            .any(|(_, area)| area.has_variables())
    }

    fn allowing(&self, actions: &ActionSet) -> impl Iterator<Item = &Area> {
        self.statements()
            .filter(|(limit, area)| {
                *limit == Limit::Identity
                    && area.effect == Effect::Allow
                    && area.actions.meets(actions)
            })
            .map(|(_, area)| area)
    }

    /// What distinguishes the policies from others.
    pub(crate) fn addresses(&self) -> Vec<(Limit, usize)> {
        let policies = self.policies.iter();
        policies.map(|held| (held.limit, held.address())).collect()
    }

    /// What is possible on some resource. `more` is allowed by a further identity policy on everything.
    pub(crate) fn possible(
        &self,
        field: &Field,
        terrain: &Terrain,
        holding: &Holding,
        more: Option<&ActionSet>,
    ) -> ActionSet {
        let mut possible = field.nothing();
        let has = |limit| self.policies.iter().any(|held| held.limit == limit);
        let (is_bounded, is_controlled) = (has(Limit::Boundary), has(Limit::ServiceControl));
        for (covering, kinds) in &terrain.groups {
            let [mut allowed, mut bounded, mut controlled, mut denied] =
                [(); 4].map(|()| field.nothing());
            if let Some(more) = more {
                allowed.add_all(more);
            }
            for (n, (limit, area)) in self.statements().enumerate() {
                if !covering.has(n) || !holding.0.has(n) {
                    continue;
                }
                match (area.effect, limit) {
                    // It controls the resources of the organisation, and not what the caller does elsewhere.
                    (_, Limit::ResourceControl) => {}
                    (Effect::Deny, _) => denied.add_all(&area.actions),
                    (Effect::Allow, Limit::Identity) => allowed.add_all(&area.actions),
                    (Effect::Allow, Limit::Boundary) => bounded.add_all(&area.actions),
                    (Effect::Allow, Limit::ServiceControl) => controlled.add_all(&area.actions),
                }
            }
            if is_bounded {
                allowed.keep(&bounded);
            }
            if is_controlled {
                allowed.keep(&controlled);
            }
            // Nothing has to allow it.
            allowed.add_all(field.session_token());
            allowed.remove_all(&denied);
            allowed.keep(&field.about(*kinds));
            possible.add_all(&allowed);
        }
        possible
    }

    /// The statements, with the policy of each, of which one holds and the other does not, or the other way round.
    pub(crate) fn differing<'a>(
        &'a self,
        holding: &'a Holding,
        other: &'a Holding,
    ) -> impl Iterator<Item = (&'a Held, usize, Effect, bool)> {
        let statements = (self.policies.iter()).flat_map(|held| {
            held.prepared
                .areas
                .iter()
                .enumerate()
                .map(move |s| (held, s))
        });
        statements
            .enumerate()
            .filter_map(|(n, (held, (at, area)))| {
                let holds = holding.0.has(n);
                (holds != other.0.has(n)).then_some((held, at, area.effect, holds))
            })
    }

    fn named(&self, limit: Limit) -> Vec<Named> {
        (self.policies.iter())
            .filter(|held| held.limit == limit)
            .map(|held| Named {
                name: held.place.to_string(),
                policy: held.prepared.policy.clone(),
            })
            .collect()
    }

    /// The resource control policies for the evaluator. They bear on few services; sts:AssumeRole is one of theirs.
    pub(crate) fn resource_control(&self) -> Vec<Named> {
        self.named(Limit::ResourceControl)
    }

    /// The policies for the evaluator, without those that control resources.
    pub(crate) fn policy_set(&self) -> PolicySet {
        let named = |limit: Limit| self.named(limit);
        let level = |policies: Vec<Named>| {
            if policies.is_empty() {
                vec![]
            } else {
                vec![policies]
            }
        };
        PolicySet {
            identity: named(Limit::Identity),
            boundary: named(Limit::Boundary),
            service_control: level(named(Limit::ServiceControl)),
            ..PolicySet::default()
        }
    }
}

impl Held {
    /// What distinguishes the document from others.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.prepared).addr()
    }
}
