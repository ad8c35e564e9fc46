//! A user to whom the policies are attached, at each state of MFA. What this user may do is what the policies leave possible.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::attached::{Attached, VerifyError, compile};
use super::caller::{ACCOUNT, OTHER_ACCOUNT, caller, requesters, user};
use super::covers::Covers;
use super::guards::{Guard, Passed, guards};
use super::states::ByState;
use crate::policy::catalog::iam_resource_types;
use crate::policy::document::{
    Document, Effect, Element, Statement, StatementElement, Statements, Strings, Version,
};
use crate::policy::evaluate::{Decision, Habits, Named, Outcome, PolicySet, Request, Requester};
use crate::policy::generate::is_partition;
use crate::policy::relax::{Of, relax};

/// The policies with a user at each state of MFA.
pub(in crate::policy) struct SampleUser {
    pub(super) policies: PolicySet,
    pub(super) requesters: ByState<Requester>,
    pub(super) partition: String,
    /// What the statements of all documents cover, which distinguishes actions.
    statements: Vec<Covers>,
    /// What is possible with an action of a service that these statements cover: most actions share an answer.
    known: RefCell<Known>,
    /// The remaining evaluation effort; see [`SampleUser::check`].
    effort_left: Cell<u64>,
    effort_of_one: u64,
    pub(super) assumed_allow: bool,
    pub(super) assumed_full_access: bool,
    /// Keys that were left open.
    pub(super) free_keys: Vec<String>,
    owner: Option<&'static str>,
    guards: Vec<Guard>,
}

type Known = HashMap<(Vec<usize>, String), ByState<bool>>;

/// A bound of some seconds, which is more than any user's policies need: IAM's limits keep real policies far below it.
const MOST_EFFORT: u64 = 400_000_000;

/// The attached policies with their conditions relaxed, and what is assumed besides them.
struct Relaxed {
    policies: PolicySet,
    assumed_allow: bool,
    assumed_full_access: bool,
    free_keys: Vec<String>,
}

impl Relaxed {
    fn of(attached: &Attached) -> Result<Self, VerifyError> {
        let mut free_keys = Vec::new();
        let mut relaxed = |documents: &[(String, Document)]| -> Result<Vec<Named>, VerifyError> {
            (documents.iter())
                .map(|(name, document)| {
                    let (document, free) = relax(document, Of::SampleUser);
                    free_keys.extend(free);
                    compile(name, document)
                })
                .collect()
        };
        let allows = |documents: &[(String, Document)]| {
            let mut statements = documents.iter().flat_map(|(_, d)| d.statements());
            statements.any(|s| s.effect() == Effect::Allow)
        };
        let mut identity = relaxed(&attached.identity)?;
        let assumed_allow = !allows(&attached.identity);
        if assumed_allow {
            identity.push(compile("assumed Allow", allow_everything())?);
        }
        let mut control = relaxed(&attached.service_control)?;
        let assumed_full_access = !control.is_empty() && !allows(&attached.service_control);
        if assumed_full_access {
            control.push(compile("FullAWSAccess", allow_everything())?);
        }
        let policies = PolicySet {
            identity,
            boundary: relaxed(&attached.boundary)?,
            resource: relaxed(&attached.resource)?,
            service_control: if control.is_empty() {
                vec![]
            } else {
                vec![control]
            },
            ..PolicySet::default()
        };
        free_keys.sort_unstable();
        free_keys.dedup();
        Ok(Self {
            policies,
            assumed_allow,
            assumed_full_access,
            free_keys,
        })
    }
}

impl SampleUser {
    pub(in crate::policy) fn new(
        attached: &Attached,
        partition: &str,
    ) -> Result<Self, VerifyError> {
        let no_partition = || VerifyError::Partition(partition.to_owned());
        if !is_partition(partition) {
            return Err(no_partition());
        }
        let Relaxed {
            policies,
            assumed_allow,
            assumed_full_access,
            free_keys,
        } = Relaxed::of(attached)?;
        let statements: Vec<Covers> = (policies.layers())
            .flat_map(|(_, named)| named)
            .flat_map(|named| named.policy.document().statements())
            .map(Covers::of)
            .collect();
        let size = |c: &Covers| 1 + c.actions.len() + c.resources.len();
        let effort_of_one = statements.iter().map(size).sum::<usize>() as u64;
        // Looking once at each action would be too much already.
        if effort_of_one > MOST_EFFORT / 20_000 {
            return Err(VerifyError::TooMuch);
        }
        let caller = caller(attached, partition).map_err(|_| no_partition())?;
        let owner = (!attached.resource.is_empty()).then_some(if caller.account == OTHER_ACCOUNT {
            ACCOUNT
        } else {
            OTHER_ACCOUNT
        });
        Ok(Self {
            requesters: requesters(&caller),
            guards: guards(attached)?,
            partition: partition.to_owned(),
            policies,
            statements,
            known: RefCell::default(),
            effort_left: Cell::new(MOST_EFFORT),
            effort_of_one,
            assumed_allow,
            assumed_full_access,
            free_keys,
            owner,
        })
    }

    /// Whether all answers were computed within the bound.
    ///
    /// # Errors
    /// [`VerifyError::TooMuch`]: the answers after the bound are invalid.
    pub(in crate::policy) fn check(&self) -> Result<(), VerifyError> {
        if self.effort_left.get() == 0 {
            return Err(VerifyError::TooMuch);
        }
        Ok(())
    }

    /// Spends the effort of looking at so many things; returns whether any is left.
    fn spend(&self, things: u64) -> bool {
        let left = self.effort_left.get().saturating_sub(things);
        self.effort_left.set(left);
        left > 0
    }

    /// The best outcome at each state over the resources that the action may be about.
    pub(in crate::policy) fn outcomes(&self, action: &str) -> ByState<Outcome> {
        let resources = self.resources(action);
        self.requesters.map(|requester| {
            let mut best = Outcome::ImplicitDeny;
            for resource in &resources {
                match self.decide(action, resource, requester).outcome {
                    Outcome::Allowed => return Outcome::Allowed,
                    Outcome::ExplicitDeny => best = Outcome::ExplicitDeny,
                    Outcome::ImplicitDeny => {}
                }
            }
            best
        })
    }

    /// The outcome at each state when the action is about another user.
    pub(in crate::policy) fn outcomes_on_other(&self, action: &str) -> ByState<Outcome> {
        let other = self.user("other");
        self.requesters
            .map(|requester| self.decide(action, &other, requester).outcome)
    }

    /// Whether the action is possible at each state on some resource.
    pub(super) fn possible(&self, action: &str) -> ByState<bool> {
        let decided = || self.outcomes(action).map(|o| *o == Outcome::Allowed);
        // IAM's actions differ by the resources that they are about.
        let service = match iam_resource_types(action) {
            Some(types) => format!("iam {}", types.join(" ")),
            None => action.split(':').next().unwrap_or_default().to_owned(),
        };
        // sts has actions that policies do not govern like others.
        if service == "sts" {
            return decided();
        }
        let key = (self.covering(action), service);
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        let possible = decided();
        self.known.borrow_mut().insert(key, possible);
        possible
    }

    /// The statements that cover the action, by their numbers.
    fn covering(&self, action: &str) -> Vec<usize> {
        if !self.spend(self.effort_of_one) {
            return Vec::new();
        }
        let covering = self.statements.iter().enumerate();
        covering
            .filter(|(_, covers)| covers.action(action))
            .map(|(n, _)| n)
            .collect()
    }

    pub(super) fn decide(&self, action: &str, resource: &str, requester: &Requester) -> Decision {
        if !self.spend(self.effort_of_one) {
            return Decision {
                outcome: Outcome::ImplicitDeny,
                deciding: Vec::new(),
                withheld_by: None,
                note: None,
            };
        }
        self.policies.decide(&Request {
            action,
            resource,
            requester,
            owner: self.owner,
            habits: Habits::Live,
        })
    }

    /// Resources that an action may be about: stand-ins, and those that the statements name which cover it. Of IAM's actions it is
    /// known which resources they can be about.
    pub(super) fn resources(&self, action: &str) -> Vec<String> {
        let service = action.split(':').next().unwrap_or_default();
        let partition = &self.partition;
        let mut all = vec!["*".to_owned()];
        if service == "iam" {
            all.push(self.user("caller"));
            all.push(self.user("other"));
            all.push(format!("arn:{partition}:iam::{ACCOUNT}:mfa/device"));
        } else {
            all.push(format!(
                "arn:{partition}:{service}:region-1:{ACCOUNT}:stand-in/resource"
            ));
        }
        let covering = self.covering(action).into_iter();
        let named = covering.filter_map(|n| self.statements.get(n));
        let mut named: Vec<&String> = named.flat_map(|c| &c.resources).collect();
        named.sort_unstable();
        named.dedup();
        all.extend(named.into_iter().cloned());
        if let Some(types) = iam_resource_types(action) {
            all.extend(types.iter().map(|kind| self.of_iam(kind)));
            all.retain(|resource| is_of(resource, types));
        }
        all
    }

    /// The ARN of a resource of this type that no policy names.
    fn of_iam(&self, kind: &str) -> String {
        format!("arn:{}:iam::{ACCOUNT}:{kind}/stand-in", self.partition)
    }

    pub(super) fn user(&self, name: &str) -> String {
        user(&self.partition, name)
    }

    /// Why the Denys that ask for MFA let this call pass.
    pub(super) fn passed(
        &self,
        action: &str,
        resource: &str,
        requester: &Requester,
    ) -> Vec<Passed> {
        let request = Request {
            action,
            resource,
            requester,
            owner: None,
            habits: Habits::Live,
        };
        (self.guards.iter())
            .filter_map(|guard| {
                Some(Passed {
                    statement: guard.name.clone(),
                    because: guard.because(&request)?,
                })
            })
            .collect()
    }
}

/// Whether the resource has one of these types; without types, whether it is none.
fn is_of(resource: &str, types: &[&str]) -> bool {
    if types.is_empty() {
        return resource == "*";
    }
    let path = resource.splitn(6, ':').nth(5).unwrap_or_default();
    let kind = path.split('/').next().unwrap_or_default();
    types.contains(&kind)
}

pub(super) fn allow_everything() -> Document {
    let everything = || Strings::One("*".into());
    Document {
        elements: vec![
            Element::Version(Version::V2012),
            Element::Statement(Statements::One(Box::new(Statement {
                elements: vec![
                    StatementElement::Effect(Effect::Allow),
                    StatementElement::Action(everything()),
                    StatementElement::Resource(everything()),
                ],
            }))),
        ],
    }
}
