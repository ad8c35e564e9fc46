//! Decisions: what all policies together say about one request, and why
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>).
//!
//! In AWS's order: an explicit deny anywhere, resource control policies, service control policies level by level, the resource
//! policy, identity policies, the permissions boundary, session policies.

#[cfg(test)]
mod caller_tests;
mod policy;
mod reasons;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use policy::Role;
pub use policy::{Policy, UnknownOperator};
pub use reasons::{ConditionReason, Reason, reasons};

use super::caller::{Caller, Grant};
use super::context::Context;
use super::document::Effect;

/// A policy under the name by which reasons call it.
#[derive(Debug, Clone)]
pub struct Named {
    /// E.g. a file's name or a policy's ARN.
    pub name: String,
    /// The policy, which may be shared among many sets.
    pub policy: Arc<Policy>,
}

/// All policies that bear on a request.
#[derive(Debug, Clone, Default)]
pub struct PolicySet {
    /// The caller's own and its groups' policies.
    pub identity: Vec<Named>,
    /// The permissions boundary; without one nothing is bounded.
    pub boundary: Vec<Named>,
    /// Session policies; without any the session is not narrowed.
    pub session: Vec<Named>,
    /// The resource's own policy.
    pub resource: Vec<Named>,
    /// Service control policies by level, the root's first. `FullAWSAccess` is not implied: each level must allow.
    pub service_control: Vec<Vec<Named>>,
    /// Resource control policies by level. `RCPFullAWSAccess` is implied: they only deny.
    pub resource_control: Vec<Vec<Named>>,
}

/// The caller with the request context, completed by what follows from the caller.
#[derive(Debug, Clone)]
pub struct Requester {
    caller: Caller,
    context: Context,
}

impl Requester {
    /// The keys that follow from the caller are added unless the context has them.
    #[must_use]
    pub fn new(caller: Caller, mut context: Context) -> Self {
        caller.complete(&mut context);
        Self { caller, context }
    }

    /// The caller.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The completed context.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }
}

/// One call to be decided on.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// E.g. `s3:GetObject`.
    pub action: &'a str,
    /// An ARN, or `*` for actions that have no resource type.
    pub resource: &'a str,
    /// Who asks.
    pub requester: &'a Requester,
    /// The account of the resource; without one it is taken for the caller's own.
    pub owner: Option<&'a str>,
    /// Which of AWS's evaluators is followed.
    pub habits: Habits,
}

/// AWS's simulation differs from its services in small things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Habits {
    /// As services decide: what a resource policy grants to an account needs an identity policy, too.
    #[default]
    Live,
    /// As `SimulateCustomPolicy` decides: a grant to the account passes without one.
    Simulation,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Some policy of each needed kind allows and none denies.
    Allowed,
    /// A Deny applies.
    ExplicitDeny,
    /// No Deny applies, but an Allow is missing.
    ImplicitDeny,
}

impl Outcome {
    /// As AWS's simulation writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ExplicitDeny => "explicitDeny",
            Self::ImplicitDeny => "implicitDeny",
        }
    }
}

/// The kinds of policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// Identity policies.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Session policies.
    Session,
    /// The resource policy.
    Resource,
    /// Service control policies of one level.
    ServiceControl(usize),
    /// Resource control policies of one level.
    ResourceControl(usize),
}

/// A statement of a [`PolicySet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatementRef {
    /// The kind of policy.
    pub layer: Layer,
    /// Its index in the layer.
    pub policy: usize,
    /// The statement's index in the policy.
    pub statement: usize,
}

/// A decision. [`reasons()`] tells the conditions of each statement that bears on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub outcome: Outcome,
    /// What decided: the Denys that apply, or the Allows that let it pass; none for an implicit deny.
    pub deciding: Vec<StatementRef>,
    /// For an implicit deny, the first kind of policy in which an Allow is missing.
    pub withheld_by: Option<Layer>,
    /// What cannot be told from policies.
    pub note: Option<Note>,
}

/// Something about the action that policies do not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Note {
    /// sts:GetCallerIdentity succeeds whatever the policies say.
    NeedsNoPermission,
    /// sts:GetSessionToken needs no permission. AWS's guide says that policies have no effect on it, while its samples all
    /// except it: an explicit deny is taken to deny.
    DenyMayHaveNoEffect,
}

impl Note {
    /// The note as text.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::NeedsNoPermission => {
                "this call needs no permission and succeeds even under an explicit deny"
            }
            Self::DenyMayHaveNoEffect => {
                "this call needs no permission; AWS's guide says that policies have no effect on it, an explicit deny is taken to deny"
            }
        }
    }
}

impl PolicySet {
    /// The policies of a layer.
    #[must_use]
    pub fn layer(&self, layer: Layer) -> &[Named] {
        match layer {
            Layer::Identity => &self.identity,
            Layer::Boundary => &self.boundary,
            Layer::Session => &self.session,
            Layer::Resource => &self.resource,
            Layer::ServiceControl(level) => level_of(&self.service_control, level),
            Layer::ResourceControl(level) => level_of(&self.resource_control, level),
        }
    }

    /// All layers that there are, in the order in which reasons are given.
    pub(crate) fn layers(&self) -> impl Iterator<Item = (Layer, &[Named])> {
        let attached = [
            (Layer::Identity, self.identity.as_slice()),
            (Layer::Boundary, &self.boundary),
            (Layer::Session, &self.session),
            (Layer::Resource, &self.resource),
        ];
        let service = self.service_control.iter().enumerate();
        let resource = self.resource_control.iter().enumerate();
        attached
            .into_iter()
            .chain(service.map(|(n, level)| (Layer::ServiceControl(n), level.as_slice())))
            .chain(resource.map(|(n, level)| (Layer::ResourceControl(n), level.as_slice())))
    }

    pub(crate) fn role(&self, layer: Layer) -> Role {
        match layer {
            Layer::Resource if self.boundary.is_empty() => Role::Resource,
            Layer::Resource => Role::ResourceOfBounded,
            Layer::ResourceControl(_) => Role::ResourceControl,
            Layer::Identity | Layer::Boundary | Layer::Session | Layer::ServiceControl(_) => {
                Role::Attached
            }
        }
    }

    /// Decides.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        match Special::of(request.action) {
            Some(Special::CallerIdentity) => Decision::without_policies(),
            special => {
                let mut tally = Tally::default();
                self.fill(&mut tally, request);
                tally.conclude(self, request, special)
            }
        }
    }

    /// The answer alone, which is quicker.
    #[must_use]
    pub fn outcome(&self, request: &Request<'_>) -> Outcome {
        match Special::of(request.action) {
            Some(Special::CallerIdentity) => Outcome::Allowed,
            special => {
                let mut tally = Tally::default();
                self.fill(&mut tally, request);
                tally.outcome(self, request, special).0
            }
        }
    }

    fn fill(&self, tally: &mut Tally, request: &Request<'_>) {
        let mut add = |layer: Layer, policies: &[Named]| {
            if !policies.is_empty() && layer.binds(&request.requester.caller) {
                tally.add_policies(layer, policies, self.role(layer), request);
            }
        };
        add(Layer::Identity, &self.identity);
        add(Layer::Boundary, &self.boundary);
        add(Layer::Session, &self.session);
        add(Layer::Resource, &self.resource);
        for (n, level) in self.service_control.iter().enumerate() {
            add(Layer::ServiceControl(n), level);
        }
        for (n, level) in self.resource_control.iter().enumerate() {
            add(Layer::ResourceControl(n), level);
        }
    }

    /// Decides, and tells all reasons.
    #[must_use]
    pub fn decide_with_reasons<'a>(&'a self, request: &Request<'a>) -> (Decision, Vec<Reason<'a>>) {
        let mut all = Vec::new();
        let mut tally = Tally::default();
        reasons::visit(self, request, |reason, grant| {
            if reason.applies {
                tally.add(reason.statement, reason.effect, grant);
            }
            all.push(reason);
        });
        let decision = match Special::of(request.action) {
            Some(Special::CallerIdentity) => Decision::without_policies(),
            special => tally.conclude(self, request, special),
        };
        (decision, all)
    }
}

impl Decision {
    fn without_policies() -> Self {
        Self {
            outcome: Outcome::Allowed,
            deciding: Vec::new(),
            withheld_by: None,
            note: Some(Note::NeedsNoPermission),
        }
    }
}

fn level_of(levels: &[Vec<Named>], level: usize) -> &[Named] {
    levels.get(level).map(Vec::as_slice).unwrap_or_default()
}

impl Layer {
    /// Whether policies of this kind bind the caller. Service control policies bind the accounts' principals; neither they nor
    /// resource control policies bind service-linked roles. The management account has none in force.
    pub(crate) fn binds(self, caller: &Caller) -> bool {
        match self {
            Self::ServiceControl(_) => {
                caller.has_identity_policies() && !caller.is_service_linked()
            }
            Self::ResourceControl(_) => !caller.is_service_linked(),
            Self::Identity | Self::Boundary | Self::Session | Self::Resource => true,
        }
    }
}

/// Actions that policies do not govern like others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Special {
    CallerIdentity,
    SessionToken,
}

impl Special {
    fn of(action: &str) -> Option<Self> {
        if action.eq_ignore_ascii_case("sts:GetCallerIdentity") {
            Some(Self::CallerIdentity)
        } else if action.eq_ignore_ascii_case("sts:GetSessionToken") {
            Some(Self::SessionToken)
        } else {
            None
        }
    }
}

/// The statements that apply.
#[derive(Default)]
struct Tally {
    denies: Found,
    allows: Found,
    /// The most direct form by which the resource policy grants.
    grant: Option<Grant>,
}

/// Statements that were found. Few are the rule, and take no allocation until they are told.
#[derive(Default)]
struct Found {
    few: [Option<StatementRef>; 4],
    more: Vec<StatementRef>,
}

impl Found {
    fn push(&mut self, statement: StatementRef) {
        match self.few.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(statement),
            None => self.more.push(statement),
        }
    }

    fn any(&self, test: impl Fn(&StatementRef) -> bool) -> bool {
        self.few.iter().map_while(Option::as_ref).any(&test) || self.more.iter().any(test)
    }

    fn to_vec(&self) -> Vec<StatementRef> {
        let few = self.few.iter().map_while(|found| *found);
        let mut all = Vec::with_capacity(few.clone().count() + self.more.len());
        all.extend(few);
        all.extend_from_slice(&self.more);
        all
    }
}

impl Tally {
    fn add_policies(
        &mut self,
        layer: Layer,
        policies: &[Named],
        role: Role,
        request: &Request<'_>,
    ) {
        for (policy, named) in policies.iter().enumerate() {
            for (statement, compiled) in named.policy.statements().iter().enumerate() {
                if let Some(grant) = compiled.applies(request, role) {
                    let found = StatementRef {
                        layer,
                        policy,
                        statement,
                    };
                    self.add(found, compiled.effect(), grant);
                }
            }
        }
    }

    fn add(&mut self, statement: StatementRef, effect: Effect, grant: Grant) {
        match effect {
            Effect::Deny => self.denies.push(statement),
            Effect::Allow => {
                self.allows.push(statement);
                if statement.layer == Layer::Resource {
                    self.grant = self.grant.max(Some(grant));
                }
            }
        }
    }

    fn allowed_by(&self, layer: Layer) -> bool {
        self.allows.any(|a| a.layer == layer)
    }

    fn conclude(
        &self,
        policies: &PolicySet,
        request: &Request<'_>,
        special: Option<Special>,
    ) -> Decision {
        let (outcome, withheld_by) = self.outcome(policies, request, special);
        let deciding = match outcome {
            Outcome::ExplicitDeny => self.denies.to_vec(),
            Outcome::Allowed => self.allows.to_vec(),
            Outcome::ImplicitDeny => Vec::new(),
        };
        Decision {
            outcome,
            deciding,
            withheld_by,
            note: (special == Some(Special::SessionToken)).then_some(Note::DenyMayHaveNoEffect),
        }
    }

    fn outcome(
        &self,
        policies: &PolicySet,
        request: &Request<'_>,
        special: Option<Special>,
    ) -> (Outcome, Option<Layer>) {
        if self.denies.any(|_| true) {
            return (Outcome::ExplicitDeny, None);
        }
        match special {
            Some(_) => (Outcome::Allowed, None),
            None => match self.withheld_by(policies, request) {
                None => (Outcome::Allowed, None),
                layer => (Outcome::ImplicitDeny, layer),
            },
        }
    }

    /// The first kind of policy in which an Allow is missing, in AWS's order.
    fn withheld_by(&self, policies: &PolicySet, request: &Request<'_>) -> Option<Layer> {
        let caller = &request.requester.caller;
        let silent_level = (0..policies.service_control.len())
            .map(Layer::ServiceControl)
            .find(|level| level.binds(caller) && !self.allowed_by(*level));
        if silent_level.is_some() {
            return silent_level;
        }
        if !caller.has_identity_policies() {
            return self.grant.is_none().then_some(Layer::Resource);
        }
        let across = request
            .owner
            .is_some_and(|owner| !caller.account.is_empty() && owner != caller.account);
        if across {
            // Both accounts have to allow, by whatever form.
            if self.grant.is_none() {
                return Some(Layer::Resource);
            }
            return self.withheld_by_attached(policies, Needs::ALL, caller);
        }
        let needs = match self.grant {
            Some(Grant::Caller | Grant::Everyone) => Needs::NOTHING,
            Some(Grant::Issuer) => Needs::LIMITS,
            Some(Grant::Account) if request.habits == Habits::Simulation => Needs::LIMITS,
            Some(Grant::Account) | None => Needs::ALL,
        };
        self.withheld_by_attached(policies, needs, caller)
    }

    fn withheld_by_attached(
        &self,
        policies: &PolicySet,
        needs: Needs,
        caller: &Caller,
    ) -> Option<Layer> {
        // Root needs no identity policy in its own account.
        let is_root = caller.kind == super::caller::CallerKind::Root;
        if needs.identity && !is_root && !self.allowed_by(Layer::Identity) {
            return Some(Layer::Identity);
        }
        if !needs.limits {
            return None;
        }
        [
            (Layer::Boundary, &policies.boundary),
            (Layer::Session, &policies.session),
        ]
        .into_iter()
        .find(|(layer, there)| !there.is_empty() && !self.allowed_by(*layer))
        .map(|(layer, _)| layer)
    }
}

/// Which Allows are needed besides what the resource policy grants.
#[derive(Clone, Copy)]
struct Needs {
    identity: bool,
    /// Boundary and session policies.
    limits: bool,
}

impl Needs {
    const ALL: Self = Self {
        identity: true,
        limits: true,
    };
    const LIMITS: Self = Self {
        identity: false,
        limits: true,
    };
    const NOTHING: Self = Self {
        identity: false,
        limits: false,
    };
}
