//! The decision on a request.

use super::reasons::{self, Reason};
use super::request::Request;
use super::set::{Layer, Named, PolicySet, StatementRef};
use super::tally::{Outcome, Tally};

/// A decision. [`super::reasons()`] returns the conditions of every statement that applies to the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub outcome: Outcome,
    /// What decided: the Denys that apply, or the Allows that let it pass; none for an implicit deny.
    pub deciding: Vec<StatementRef>,
    /// For an implicit deny, the first kind of policy in which an Allow is missing.
    pub withheld_by: Option<Layer>,
    /// What cannot be decided from policies alone.
    pub note: Option<Note>,
}

/// A fact about the action that does not follow from policies.
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
                "this call needs no permission; AWS's guide says that policies have no effect on it, but an explicit deny is assumed to deny it"
            }
        }
    }
}

impl PolicySet {
    /// Decides.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        match Special::of(request.action) {
            Some(Special::CallerIdentity) => Decision::without_policies(),
            special => {
                let mut tally = Tally::default();
                self.fill(&mut tally, request);
                Decision::from(&tally, self, request, special)
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
                tally.outcome(self, request, special.is_some()).0
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

    /// Decides, and returns all reasons.
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
            special => Decision::from(&tally, self, request, special),
        };
        (decision, all)
    }
}

impl Decision {
    fn from(
        tally: &Tally,
        policies: &PolicySet,
        request: &Request<'_>,
        special: Option<Special>,
    ) -> Self {
        let (outcome, withheld_by) = tally.outcome(policies, request, special.is_some());
        Self {
            outcome,
            deciding: tally.deciding(outcome),
            withheld_by,
            note: (special == Some(Special::SessionToken)).then_some(Note::DenyMayHaveNoEffect),
        }
    }

    fn without_policies() -> Self {
        Self {
            outcome: Outcome::Allowed,
            deciding: Vec::new(),
            withheld_by: None,
            note: Some(Note::NeedsNoPermission),
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
