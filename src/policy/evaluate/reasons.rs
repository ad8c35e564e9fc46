//! The reasons for a decision: every statement that applies to the call, with each of its conditions.

use super::policy::CompiledStatement;
use super::request::{Request, Requester};
use super::set::{PolicySet, StatementRef};
use crate::policy::caller::Grant;
use crate::policy::condition::Verdict;
use crate::policy::context::ContextValue;
use crate::policy::document::{Effect, Statement};

/// A statement whose principal, action and resource are the request's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason<'a> {
    /// Where it stands.
    pub statement: StatementRef,
    /// The policy's name.
    pub policy: &'a str,
    /// Its `Sid`.
    pub sid: Option<&'a str>,
    /// Its effect.
    pub effect: Effect,
    /// Whether its conditions let it apply.
    pub applies: bool,
    /// Its conditions in their order.
    pub conditions: Vec<ConditionReason<'a>>,
}

/// One key under one operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionReason<'a> {
    /// The operator as written.
    pub operator: &'a str,
    /// The key as written.
    pub key: &'a str,
    /// The policy's values as written.
    pub policy_values: Vec<&'a str>,
    /// The request's values, `None` when the key is absent.
    pub request_values: Option<&'a [String]>,
    /// Whether it holds.
    pub verdict: Verdict,
}

/// Every statement that is about the request's principal, action and resource, whether it applies or its conditions keep it
/// from applying.
#[must_use]
pub fn reasons<'a>(policies: &'a PolicySet, request: &Request<'a>) -> Vec<Reason<'a>> {
    let mut all = Vec::new();
    visit(policies, request, |reason, _| all.push(reason));
    all
}

/// The reasons, each with the form by which its statement names the caller.
pub(super) fn visit<'a>(
    policies: &'a PolicySet,
    request: &Request<'a>,
    mut visitor: impl FnMut(Reason<'a>, Grant),
) {
    let requester = request.requester;
    for (layer, layer_policies) in policies.layers() {
        if !layer.binds(&requester.caller) {
            continue;
        }
        let role = policies.role(layer);
        for (policy, named) in layer_policies.iter().enumerate() {
            let sources = named.policy.document().statements();
            let compiled = named.policy.statements().iter().zip(sources).enumerate();
            for (statement, (compiled, source)) in compiled {
                if !compiled.covers(request.action, request.resource, &requester.context) {
                    continue;
                }
                let Some(grant) = compiled.grant(&requester.caller, role) else {
                    continue;
                };
                let mut verdict = Verdict::True;
                let conditions = conditions(compiled, source, requester)
                    .inspect(|condition| verdict = verdict.min(condition.verdict))
                    .collect();
                let reason = Reason {
                    statement: StatementRef {
                        layer,
                        policy,
                        statement,
                    },
                    policy: &named.name,
                    sid: source.sid(),
                    effect: compiled.effect(),
                    applies: compiled.applies_at(verdict),
                    conditions,
                };
                visitor(reason, grant);
            }
        }
    }
}

fn conditions<'a>(
    compiled: &'a CompiledStatement,
    source: &'a Statement,
    requester: &'a Requester,
) -> impl Iterator<Item = ConditionReason<'a>> {
    let blocks = source.condition().map(|c| c.blocks.as_slice());
    let written = blocks.unwrap_or_default().iter().flat_map(|block| {
        (block.keys.iter()).map(|(key, values)| (block.operator.as_str(), key.as_str(), values))
    });
    compiled
        .condition_verdicts(&requester.context)
        .zip(written)
        .map(
            |((condition, verdict), (operator, key, values))| ConditionReason {
                operator,
                key,
                policy_values: values.texts().collect(),
                request_values: requester
                    .context
                    .value_of_lower(condition.key())
                    .map(ContextValue::as_slice),
                verdict,
            },
        )
}
