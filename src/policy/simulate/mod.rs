//! Requests in the format of AWS's `SimulateCustomPolicy`, one at a time or as JSON Lines.
//!
//! AWS's simulation differs from its services, and these differences are reproduced: missing context values are listed only with
//! `implicitDeny` and then for all statements, a denial by a service control policy clears the matched statements, and a grant to
//! the account needs no identity policy.

mod answer;
mod input;
mod source;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::sync::Arc;

pub use answer::{
    Answer, ConditionReason, EvaluationResult, MatchedStatement, OrganizationsDecisionDetail,
    PermissionsBoundaryDecisionDetail, Position, Refusal, StatementReason,
};
use input::{Given, Input};
use source::{Kind, Source, Sources};

use super::caller::is_account;
use super::condition::Verdict;
use super::context::Mfa;
use super::document::Effect;
use super::evaluate::{
    Decision, Habits, Layer, Named, Outcome, PolicySet, Reason, Request, Requester, StatementRef,
};

/// Answers questions and remembers the policies that it has seen.
#[derive(Debug, Default)]
pub struct Simulator {
    sources: Sources,
}

impl Simulator {
    /// One that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one question; `mfa` sets the context's MFA keys as AWS does in that state.
    ///
    /// # Errors
    /// [`Refusal`] for text that is not a request, or a request that AWS would refuse.
    pub fn ask<'q>(
        &mut self,
        question: &'q str,
        mfa: Option<Mfa>,
    ) -> Result<Simulation<'q>, Refusal> {
        let mut input = Input::read(question)?;
        input.check()?;
        let mut context = input.context()?;
        if let Some(mfa) = mfa {
            mfa.apply(&mut context);
        }
        let simulation = Simulation {
            owner: input.owner()?.map(str::to_owned),
            requester: Requester::new(input.caller()?, context),
            policies: Policies::load(&mut input, &mut self.sources)?,
            missing: OnceCell::new(),
            input,
        };
        simulation.check()?;
        Ok(simulation)
    }

    /// Answers one line of a batch by one line of JSON, which has no line feed at its end.
    ///
    /// # Errors
    /// Like [`Simulator::ask`], but a refusal is returned as a line of output.
    pub fn line(&mut self, line: &str, mfa: Option<Mfa>, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let answered = self.ask(line, mfa).and_then(|simulation| {
            let before = out.len();
            serde_json::to_writer(&mut *out, &simulation.answer()).map_err(|e| {
                out.truncate(before);
                Refusal::shape(e.to_string())
            })
        });
        answered.inspect_err(|refusal| out.extend_from_slice(refusal.to_json().as_bytes()))
    }
}

/// The policies of one question.
#[derive(Debug, Default)]
struct Policies {
    /// They go without names there: their ids are kept here.
    set: PolicySet,
    /// In the order of layers and of the policies in them.
    loaded: Vec<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    layer: Layer,
    index: usize,
    /// E.g. `PolicyInputList.1`.
    id: String,
    source: Arc<Source>,
}

impl Policies {
    /// Takes the policies out of the question.
    fn load(input: &mut Input<Given<'_>>, sources: &mut Sources) -> Result<Self, Refusal> {
        let mut loader = Loader {
            sources,
            loaded: Vec::new(),
        };
        let attached = Kind::Attached;
        let mut list = |layer, given: &mut Vec<_>| {
            loader.level(layer, layer_name(layer), given.drain(..), attached)
        };
        let identity = list(Layer::Identity, &mut input.policy_input_list)?;
        let boundaries = &mut input.permissions_boundary_policy_input_list;
        let boundary = list(Layer::Boundary, boundaries)?;
        let session = list(Layer::Session, &mut input.session_policy_input_list)?;
        let resource = match input.resource_policy.take() {
            None => Vec::new(),
            Some(given) => {
                let id = layer_name(Layer::Resource).to_owned();
                vec![loader.one(Layer::Resource, 0, id, given, Kind::Resource)?]
            }
        };
        let service = &mut input.service_control_policy_input_list;
        let service_control = loader.levels(Layer::ServiceControl, service, attached)?;
        let control = &mut input.resource_control_policy_input_list;
        let resource_control =
            loader.levels(Layer::ResourceControl, control, Kind::ResourceControl)?;
        Ok(Self {
            set: PolicySet {
                identity,
                boundary,
                session,
                resource,
                service_control,
                resource_control,
            },
            loaded: loader.loaded,
        })
    }

    fn loaded(&self, statement: StatementRef) -> Option<&Loaded> {
        let wanted = (statement.layer, statement.policy);
        let n = (self
            .loaded
            .binary_search_by_key(&wanted, |l| (l.layer, l.index)))
        .ok()?;
        self.loaded.get(n)
    }

    /// Keys that any statement asks for and the context lacks, as written, each once.
    fn missing_keys(&self, requester: &Requester) -> Vec<String> {
        let mut seen = HashSet::new();
        self.loaded
            .iter()
            .flat_map(|loaded| loaded.source.policy.context_keys())
            .filter(|key| requester.context().value(key).is_none())
            .filter(|key| seen.insert(key.to_ascii_lowercase()))
            .map(str::to_owned)
            .collect()
    }
}

struct Loader<'s> {
    sources: &'s mut Sources,
    loaded: Vec<Loaded>,
}

impl Loader<'_> {
    fn one(
        &mut self,
        layer: Layer,
        index: usize,
        id: String,
        given: Given<'_>,
        kind: Kind,
    ) -> Result<Named, Refusal> {
        let Given::Policy(text) = given else {
            return Err(Refusal::shape(format!(
                "{id}: expected a policy, found a list"
            )));
        };
        let source = (self.sources.load(text, kind))
            .map_err(|problem| Refusal::invalid(format!("{id}: {problem}")))?;
        let policy = Arc::clone(&source.policy);
        self.loaded.push(Loaded {
            layer,
            index,
            id,
            source,
        });
        let name = String::new();
        Ok(Named { name, policy })
    }

    fn level<'a>(
        &mut self,
        layer: Layer,
        name: &str,
        given: impl Iterator<Item = Given<'a>>,
        kind: Kind,
    ) -> Result<Vec<Named>, Refusal> {
        given
            .enumerate()
            .map(|(n, given)| self.one(layer, n, format!("{name}.{}", n + 1), given, kind))
            .collect()
    }

    /// Policies of one level, or lists of them, one a level.
    fn levels(
        &mut self,
        layer: fn(usize) -> Layer,
        given: &mut Vec<Given<'_>>,
        kind: Kind,
    ) -> Result<Vec<Vec<Named>>, Refusal> {
        let name = layer_name(layer(0));
        let lists = (given.iter())
            .filter(|g| matches!(g, Given::Level(_)))
            .count();
        if given.is_empty() {
            return Ok(Vec::new());
        }
        if lists == 0 {
            return Ok(vec![self.level(layer(0), name, given.drain(..), kind)?]);
        }
        if lists < given.len() {
            return Err(Refusal::invalid(format!(
                "{name}: expected policies of one level, or lists of policies, found both"
            )));
        }
        let mut levels = Vec::with_capacity(lists);
        for (n, level) in given.drain(..).enumerate() {
            if let Given::Level(texts) = level {
                let name = format!("{name}.{}", n + 1);
                let policies = texts.into_iter().map(Given::Policy);
                levels.push(self.level(layer(n), &name, policies, kind)?);
            }
        }
        Ok(levels)
    }
}

/// A question that was read, ready to be answered.
#[derive(Debug)]
pub struct Simulation<'q> {
    input: Input<Given<'q>>,
    policies: Policies,
    requester: Requester,
    owner: Option<String>,
    missing: OnceCell<Vec<String>>,
}

/// Reasons list each statement for each result: a request whose answer would fill the memory is hostile.
const MAX_RESULTS_TIMES_BYTES: usize = 1 << 28;

impl Simulation<'_> {
    fn check(&self) -> Result<(), Refusal> {
        let bytes: usize = self.policies.loaded.iter().map(|l| l.source.len()).sum();
        let results = self.input.results();
        if results.saturating_mul(bytes) > MAX_RESULTS_TIMES_BYTES && results > 1 {
            return Err(Refusal::invalid(format!(
                "{results} results from {bytes} bytes of policies: ask for fewer actions or resources at once"
            )));
        }
        Ok(())
    }

    /// The answer.
    #[must_use]
    pub fn answer(&self) -> Answer<'_> {
        let everything: &[String] = &self.input.resource_arns;
        let resources = || {
            let star = everything.is_empty().then_some("*");
            everything.iter().map(String::as_str).chain(star)
        };
        let evaluation_results = (self.input.action_names.iter())
            .flat_map(|action| resources().map(move |resource| (action.as_str(), resource)))
            .map(|(action, resource)| self.evaluate(action, resource))
            .collect();
        Answer {
            evaluation_results,
            is_truncated: false,
        }
    }

    fn evaluate<'a>(&'a self, action: &'a str, resource: &'a str) -> EvaluationResult<'a> {
        let request = Request {
            action,
            resource,
            requester: &self.requester,
            owner: owner_in(resource).or(self.owner.as_deref()),
            habits: Habits::Simulation,
        };
        let set = &self.policies.set;
        let (decision, reasons) = set.decide_with_reasons(&request);
        EvaluationResult {
            eval_action_name: action,
            eval_resource_name: resource,
            eval_decision: decision.outcome.as_str(),
            matched_statements: self.matched(&decision),
            missing_context_values: match decision.outcome {
                Outcome::ImplicitDeny => self
                    .missing
                    .get_or_init(|| self.policies.missing_keys(&self.requester)),
                Outcome::Allowed | Outcome::ExplicitDeny => &[],
            },
            organizations_decision_detail: (!set.service_control.is_empty()).then(|| {
                OrganizationsDecisionDetail {
                    allowed_by_organizations: (0..set.service_control.len())
                        .map(Layer::ServiceControl)
                        .all(|level| {
                            !level.binds(self.requester.caller()) || allows(&reasons, level)
                        }),
                }
            }),
            permissions_boundary_decision_detail: (!set.boundary.is_empty()).then(|| {
                PermissionsBoundaryDecisionDetail {
                    allowed_by_permissions_boundary: allows(&reasons, Layer::Boundary),
                }
            }),
            withheld_by: decision.withheld_by.map(layer_name),
            note: decision.note.map(super::evaluate::Note::text),
            reasons: reasons
                .into_iter()
                .map(|reason| self.statement_reason(reason, &decision))
                .collect(),
        }
    }

    fn matched(&self, decision: &Decision) -> Vec<MatchedStatement<'_>> {
        let denied_by_organization = decision.outcome == Outcome::ExplicitDeny
            && (decision.deciding.iter()).any(|d| is_service_control(d.layer));
        if denied_by_organization {
            return Vec::new();
        }
        decision
            .deciding
            .iter()
            .filter(|deciding| !is_service_control(deciding.layer))
            .filter_map(|deciding| {
                let loaded = self.policies.loaded(*deciding)?;
                let (start_position, end_position) = loaded.source.place(deciding.statement)?;
                Some(MatchedStatement {
                    source_policy_id: &loaded.id,
                    source_policy_type: match deciding.layer {
                        Layer::Resource => "Resource Policy",
                        _ => "IAM Policy",
                    },
                    start_position,
                    end_position,
                })
            })
            .collect()
    }

    fn statement_reason<'a>(
        &'a self,
        reason: Reason<'a>,
        decision: &Decision,
    ) -> StatementReason<'a> {
        let loaded = self.policies.loaded(reason.statement);
        StatementReason {
            policy_id: Cow::Borrowed(loaded.map_or("", |l| &l.id)),
            statement_index: reason.statement.statement,
            sid: reason.sid,
            effect: reason.effect.as_str(),
            applies: reason.applies,
            // They are found in the order of their places.
            decides: decision.deciding.binary_search(&reason.statement).is_ok(),
            conditions: reason
                .conditions
                .into_iter()
                .map(|condition| ConditionReason {
                    key: condition.key,
                    operator: condition.operator,
                    policy_values: condition.policy_values,
                    request_values: condition.request_values,
                    verdict: match condition.verdict {
                        Verdict::True => "true",
                        Verdict::False => "false",
                        Verdict::Malformed => "malformed",
                    },
                })
                .collect(),
        }
    }
}

/// The account in an ARN, if it names one.
fn owner_in(resource: &str) -> Option<&str> {
    resource.split(':').nth(4).filter(|a| is_account(a))
}

fn is_service_control(layer: Layer) -> bool {
    matches!(layer, Layer::ServiceControl(_))
}

fn allows(reasons: &[Reason<'_>], layer: Layer) -> bool {
    let applies = |effect| {
        (reasons.iter()).any(|r| r.statement.layer == layer && r.applies && r.effect == effect)
    };
    applies(Effect::Allow) && !applies(Effect::Deny)
}

fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "PolicyInputList",
        Layer::Boundary => "PermissionsBoundaryPolicyInputList",
        Layer::Session => "SessionPolicyInputList",
        Layer::Resource => "ResourcePolicy",
        Layer::ServiceControl(_) => "ServiceControlPolicyInputList",
        Layer::ResourceControl(_) => "ResourceControlPolicyInputList",
    }
}
