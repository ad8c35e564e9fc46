//! The statements that apply to a request, and the outcome that follows from them.
//!
//! In AWS's order: an explicit deny anywhere, resource control policies, service control policies level by level, the resource
//! policy, identity policies, the permissions boundary, session policies.

use super::policy::Role;
use super::request::{Habits, Request};
use super::set::{Layer, Named, PolicySet, StatementRef};
use crate::policy::caller::{Caller, CallerKind, Grant};
use crate::policy::document::Effect;

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

/// The statements that apply.
#[derive(Default)]
pub(super) struct Tally {
    denies: Found,
    allows: Found,
    /// The most direct form by which the resource policy grants.
    grant: Option<Grant>,
}

/// Statements that were found. Usually they are few, and the first four need no allocation.
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
    pub(super) fn add_policies(
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

    pub(super) fn add(&mut self, statement: StatementRef, effect: Effect, grant: Grant) {
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

    /// The statements that decided on this outcome.
    pub(super) fn deciding(&self, outcome: Outcome) -> Vec<StatementRef> {
        match outcome {
            Outcome::ExplicitDeny => self.denies.to_vec(),
            Outcome::Allowed => self.allows.to_vec(),
            Outcome::ImplicitDeny => Vec::new(),
        }
    }

    /// The outcome. `needs_no_permission`: nothing has to allow this action, but a Deny denies it.
    pub(super) fn outcome(
        &self,
        policies: &PolicySet,
        request: &Request<'_>,
        needs_no_permission: bool,
    ) -> (Outcome, Option<Layer>) {
        if self.denies.any(|_| true) {
            return (Outcome::ExplicitDeny, None);
        }
        if needs_no_permission {
            return (Outcome::Allowed, None);
        }
        match self.withheld_by(policies, request) {
            None => (Outcome::Allowed, None),
            layer => (Outcome::ImplicitDeny, layer),
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
        if self.grant.is_none()
            && !policies.resource.is_empty()
            && needs_resource_policy(request.action)
        {
            return Some(Layer::Resource);
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
        let is_root = caller.kind == CallerKind::Root;
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

/// Whether nobody may do this unless the resource's own policy says so, also within its account: a role is assumed only by those
/// whom its trust policy names, and a key of AWS KMS is used only by those whom its key policy, or the account that it names, lets.
fn needs_resource_policy(action: &str) -> bool {
    ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
        .iter()
        .any(|name| action.eq_ignore_ascii_case(name))
        || (action.get(..4)).is_some_and(|service| service.eq_ignore_ascii_case("kms:"))
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
