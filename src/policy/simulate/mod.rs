//! Questions in the shape of AWS's `SimulateCustomPolicy`, one at a time or line by line.
//!
//! Simulation has habits of its own, and they are kept: missing context values are listed only with `implicitDeny` and then for
//! all statements, a denial by a service control policy clears the matched statements, and a grant to the account needs no
//! identity policy.

mod answer;
mod input;
mod source;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::collections::HashSet;
use std::sync::Arc;

use serde_json::value::RawValue;

pub use answer::{
    Answer, ConditionReason, EvaluationResult, MatchedStatement, OrganizationsDecisionDetail,
    PermissionsBoundaryDecisionDetail, Position, Refusal, StatementReason,
};
use input::Input;
use source::{Kind, Source, Sources};

use super::caller::is_account;
use super::condition::Verdict;
use super::context::Mfa;
use super::document::Effect;
use super::evaluate::{
    Decision, Habits, Layer, Named, Outcome, PolicySet, Reason, Request, Requester, StatementRef,
    reasons,
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

    /// Answers one question; `mfa` sets the context's MFA keys as AWS does in that state.
    ///
    /// # Errors
    /// [`Refusal`] for text that is no question, or one that AWS would refuse.
    pub fn answer(&mut self, question: &str, mfa: Option<Mfa>) -> Result<Answer, Refusal> {
        let input: Input<'_> =
            serde_json::from_str(question).map_err(|e| Refusal::shape(e.to_string()))?;
        input.check()?;
        let mut context = input.context()?;
        if let Some(mfa) = mfa {
            mfa.apply(&mut context);
        }
        let simulation = Simulation {
            owner: input.owner()?,
            requester: Requester::new(input.caller()?, context),
            policies: self.policies(&input)?,
            missing: OnceCell::new(),
        };
        Ok(simulation.run(&input))
    }

    /// Answers one line of a batch by one line of JSON; `Err` holds the line that tells the refusal.
    ///
    /// # Errors
    /// As [`Simulator::answer`].
    pub fn line(&mut self, line: &str, mfa: Option<Mfa>) -> Result<String, String> {
        let answer = self
            .answer(line, mfa)
            .map_err(|refusal| refusal.to_json())?;
        serde_json::to_string(&answer).map_err(|e| Refusal::shape(e.to_string()).to_json())
    }

    fn policies(&mut self, input: &Input<'_>) -> Result<Policies, Refusal> {
        let mut all = Policies::default();
        let mut list = |raw: &[&RawValue], kind, name: &str| -> Result<Vec<Named>, Refusal> {
            raw.iter()
                .enumerate()
                .map(|(n, raw)| {
                    let name = format!("{name}.{}", n + 1);
                    let source = self.sources.load(raw, kind, &name)?;
                    Ok(all.name(name, source))
                })
                .collect()
        };
        let set = PolicySet {
            identity: list(&input.policy_input_list, Kind::Attached, "PolicyInputList")?,
            boundary: list(
                &input.permissions_boundary_policy_input_list,
                Kind::Attached,
                "PermissionsBoundaryPolicyInputList",
            )?,
            session: list(
                &input.session_policy_input_list,
                Kind::Attached,
                "SessionPolicyInputList",
            )?,
            service_control: levels(
                &input.service_control_policy_input_list,
                Kind::Attached,
                "ServiceControlPolicyInputList",
                &mut list,
            )?,
            resource_control: levels(
                &input.resource_control_policy_input_list,
                Kind::ResourceControl,
                "ResourceControlPolicyInputList",
                &mut list,
            )?,
            resource: match input.resource_policy {
                None => Vec::new(),
                Some(raw) => {
                    let name = "ResourcePolicy".to_owned();
                    let source = self.sources.load(raw, Kind::Resource, &name)?;
                    vec![all.name(name, source)]
                }
            },
        };
        Ok(Policies { set, ..all })
    }
}

/// Policies of one level, or lists of them, one a level.
fn levels(
    raw: &[&RawValue],
    kind: Kind,
    name: &str,
    list: &mut impl FnMut(&[&RawValue], Kind, &str) -> Result<Vec<Named>, Refusal>,
) -> Result<Vec<Vec<Named>>, Refusal> {
    let lists = raw.iter().filter(|raw| raw.get().starts_with('[')).count();
    if raw.is_empty() {
        return Ok(Vec::new());
    }
    if lists == 0 {
        return Ok(vec![list(raw, kind, name)?]);
    }
    if lists < raw.len() {
        return Err(Refusal::invalid(format!(
            "{name}: expected policies of one level, or lists of policies, found both"
        )));
    }
    raw.iter()
        .enumerate()
        .map(|(n, level)| {
            let level: Vec<&RawValue> =
                serde_json::from_str(level.get()).map_err(|e| Refusal::shape(e.to_string()))?;
            list(&level, kind, &format!("{name}.{}", n + 1))
        })
        .collect()
}

/// The policies of one question with their texts.
#[derive(Default)]
struct Policies {
    set: PolicySet,
    sources: Vec<(String, Arc<Source>)>,
}

impl Policies {
    fn name(&mut self, name: String, source: Arc<Source>) -> Named {
        let policy = Arc::clone(&source.policy);
        self.sources.push((name.clone(), source));
        Named { name, policy }
    }

    fn named(&self, statement: StatementRef) -> Option<&Named> {
        self.set.layer(statement.layer).get(statement.policy)
    }

    fn source(&self, name: &str) -> Option<&Source> {
        self.sources
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, source)| &**source)
    }

    /// Keys that any statement asks for and the context lacks, as written, each once.
    fn missing_keys(&self, requester: &Requester) -> Vec<String> {
        let mut seen = HashSet::new();
        self.sources
            .iter()
            .flat_map(|(_, source)| source.policy.context_keys())
            .filter(|key| requester.context().value(key).is_none())
            .filter(|key| seen.insert(key.to_ascii_lowercase()))
            .map(str::to_owned)
            .collect()
    }
}

struct Simulation<'a> {
    policies: Policies,
    requester: Requester,
    owner: Option<&'a str>,
    missing: OnceCell<Vec<String>>,
}

impl Simulation<'_> {
    fn run(&self, input: &Input<'_>) -> Answer {
        let everything = ["*".to_owned()];
        let resources = if input.resource_arns.is_empty() {
            &everything[..]
        } else {
            &input.resource_arns
        };
        let evaluation_results = input
            .action_names
            .iter()
            .flat_map(|action| resources.iter().map(move |resource| (action, resource)))
            .map(|(action, resource)| self.evaluate(action, resource))
            .collect();
        Answer {
            evaluation_results,
            is_truncated: false,
        }
    }

    fn evaluate(&self, action: &str, resource: &str) -> EvaluationResult {
        let request = Request {
            action,
            resource,
            requester: &self.requester,
            owner: owner_in(resource).or(self.owner),
            habits: Habits::Simulation,
        };
        let decision = self.policies.set.decide(&request);
        let reasons = reasons(&self.policies.set, &request);
        let set = &self.policies.set;
        EvaluationResult {
            eval_action_name: action.to_owned(),
            eval_resource_name: resource.to_owned(),
            eval_decision: decision.outcome.as_str(),
            matched_statements: self.matched(&decision),
            missing_context_values: match decision.outcome {
                Outcome::ImplicitDeny => self
                    .missing
                    .get_or_init(|| self.policies.missing_keys(&self.requester))
                    .clone(),
                Outcome::Allowed | Outcome::ExplicitDeny => Vec::new(),
            },
            organizations_decision_detail: (!set.service_control.is_empty()).then(|| {
                OrganizationsDecisionDetail {
                    allowed_by_organizations: (0..set.service_control.len())
                        .all(|level| allows(&reasons, Layer::ServiceControl(level))),
                }
            }),
            permissions_boundary_decision_detail: (!set.boundary.is_empty()).then(|| {
                PermissionsBoundaryDecisionDetail {
                    allowed_by_permissions_boundary: allows(&reasons, Layer::Boundary),
                }
            }),
            withheld_by: decision.withheld_by.map(layer_name),
            note: decision.note.map(super::evaluate::Note::text),
            reasons: reasons.into_iter().map(|r| tell(r, &decision)).collect(),
        }
    }

    fn matched(&self, decision: &Decision) -> Vec<MatchedStatement> {
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
                let name = &self.policies.named(*deciding)?.name;
                let (start_position, end_position) =
                    self.policies.source(name)?.place(deciding.statement)?;
                Some(MatchedStatement {
                    source_policy_id: name.clone(),
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

fn tell(reason: Reason<'_>, decision: &Decision) -> StatementReason {
    StatementReason {
        policy_id: reason.policy.to_owned(),
        statement_index: reason.statement.statement,
        sid: reason.sid.map(str::to_owned),
        effect: reason.effect.as_str(),
        applies: reason.applies,
        decides: decision.deciding.contains(&reason.statement),
        conditions: reason
            .conditions
            .into_iter()
            .map(|condition| ConditionReason {
                key: condition.key.to_owned(),
                operator: condition.operator.to_owned(),
                policy_values: condition
                    .policy_values
                    .iter()
                    .map(|&v| v.to_owned())
                    .collect(),
                request_values: condition.request_values.map(<[String]>::to_vec),
                verdict: match condition.verdict {
                    Verdict::True => "true",
                    Verdict::False => "false",
                    Verdict::Malformed => "malformed",
                },
            })
            .collect(),
    }
}
