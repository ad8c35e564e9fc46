//! Why a decision fell as it did: every statement that is about the call, with each of its conditions.

use super::{Layer, Named, PolicySet, Request, Role, StatementRef};
use crate::policy::condition::Verdict;
use crate::policy::context::ContextValue;
use crate::policy::document::Effect;

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
    for (layer, layer_policies) in policies.layers() {
        if layer.binds(&request.requester.caller) {
            for (n, named) in layer_policies.iter().enumerate() {
                all.extend(of_policy(layer, n, named, policies.role(layer), request));
            }
        }
    }
    all
}

fn of_policy<'a>(
    layer: Layer,
    policy: usize,
    named: &'a Named,
    role: Role,
    request: &Request<'a>,
) -> impl Iterator<Item = Reason<'a>> {
    let requester = request.requester;
    let compiled = named.policy.statements().iter();
    compiled
        .zip(named.policy.document().statements())
        .enumerate()
        .filter(move |(_, (compiled, _))| {
            compiled.covers(request.action, request.resource, &requester.context)
                && compiled.grant(&requester.caller, role).is_some()
        })
        .map(move |(statement, (compiled, source))| {
            let written = source.condition().into_iter().flat_map(|condition| {
                condition.blocks.iter().flat_map(|block| {
                    block
                        .keys
                        .iter()
                        .map(move |(key, values)| (block.operator.as_str(), key.as_str(), values))
                })
            });
            let conditions = compiled
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
                .collect();
            Reason {
                statement: StatementRef {
                    layer,
                    policy,
                    statement,
                },
                policy: &named.name,
                sid: source.sid(),
                effect: compiled.effect(),
                applies: compiled.conditions_hold(&requester.context),
                conditions,
            }
        })
}
