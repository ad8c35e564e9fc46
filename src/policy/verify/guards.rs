//! The Denys that require MFA, and why one of them does not apply to a call without MFA.

use super::attached::{Attached, VerifyError, compile, statement_name};
use crate::policy::condition::Verdict;
use crate::policy::document::{
    Document, Effect, Element, Statement, StatementElement, Statements, Strings, Version,
};
use crate::policy::evaluate::{Outcome, PolicySet, Request, reasons};
use crate::policy::generate::statements::MFA_PRESENT;
use crate::policy::relax::{Of, relax};

/// Why a statement that requires MFA does not deny a call without MFA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// The policy, and the statement's `Sid` or index.
    pub statement: String,
    /// Why.
    pub because: Because,
}

/// Why a Deny does not stop a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// Its `NotAction` names the action.
    NotAction,
    /// A condition does not hold: operator and key as written, and the request's value.
    Condition {
        /// E.g. `Bool`.
        operator: String,
        /// E.g. `aws:MultiFactorAuthPresent`.
        key: String,
        /// `None` when the request lacks the key.
        value: Option<String>,
    },
    /// It asks for something that the caller can avoid: the keys.
    Avoidable(Vec<String>),
}

/// One Deny that requires MFA.
pub(super) struct Guard {
    pub(super) name: String,
    free_keys: Vec<String>,
    alone: PolicySet,
    /// The same without its `NotAction`, if it has one.
    of_everything: Option<PolicySet>,
}

impl Guard {
    /// Why it does not deny the call; `None` if it does not cover the call.
    pub(super) fn because(&self, request: &Request<'_>) -> Option<Because> {
        let denies =
            |policies: &PolicySet| policies.decide(request).outcome == Outcome::ExplicitDeny;
        if self.of_everything.as_ref().is_some_and(denies) && !denies(&self.alone) {
            return Some(Because::NotAction);
        }
        let reason = reasons(&self.alone, request).into_iter().next()?;
        if !self.free_keys.is_empty() {
            return Some(Because::Avoidable(self.free_keys.clone()));
        }
        let failed = (reason.conditions.into_iter()).find(|c| c.verdict != Verdict::True)?;
        Some(Because::Condition {
            operator: failed.operator.to_owned(),
            key: failed.key.to_owned(),
            value: failed.request_values.map(|v| v.join(", ")),
        })
    }
}

/// All of them.
pub(super) fn guards(attached: &Attached) -> Result<Vec<Guard>, VerifyError> {
    let alone = |name: &str, statement: Statement| -> Result<PolicySet, VerifyError> {
        let document = Document {
            elements: vec![
                Element::Version(Version::V2012),
                Element::Statement(Statements::One(Box::new(statement))),
            ],
        };
        Ok(PolicySet {
            identity: vec![compile(name, document)?],
            ..PolicySet::default()
        })
    };
    let mut guards = Vec::new();
    for (name, document) in attached.named_documents() {
        let statements = document.statements().iter().enumerate();
        for (n, statement) in statements.filter(|(_, s)| asks_for_mfa(s)) {
            let mut everything = statement.clone();
            let mut has_exceptions = false;
            for element in &mut everything.elements {
                if let StatementElement::NotAction(_) = element {
                    has_exceptions = true;
                    *element = StatementElement::Action(Strings::One("*".into()));
                }
            }
            let lone = Document {
                elements: vec![Element::Statement(Statements::Many(vec![
                    statement.clone(),
                ]))],
            };
            guards.push(Guard {
                name: statement_name(name, statement, n),
                free_keys: relax(&lone, Of::SampleUser).1,
                alone: alone(name, statement.clone())?,
                of_everything: has_exceptions
                    .then(|| alone(name, everything))
                    .transpose()?,
            });
        }
    }
    Ok(guards)
}

/// Whether the statement is a Deny with a condition on MFA.
fn asks_for_mfa(statement: &Statement) -> bool {
    statement.effect() == Effect::Deny
        && statement.condition().is_some_and(|condition| {
            let mut keys = condition.blocks.iter().flat_map(|b| &b.keys);
            keys.any(|(key, _)| key.eq_ignore_ascii_case(MFA_PRESENT))
        })
}
