//! A policy document, compiled once for many decisions.

use std::collections::HashSet;

use super::request::Request;
use crate::policy::caller::{self, Caller, Grant};
use crate::policy::condition::{Condition, Operator, Verdict};
use crate::policy::context::Context;
use crate::policy::document::{
    Document, Effect, Element, Path, Principal, Statement, StatementElement, Statements, Strings,
    Version,
};
use crate::policy::pattern::ActionPattern;
use crate::policy::variables::{PatternTemplate, Template, may_have_variables};

/// A document with its compiled statements.
#[derive(Debug, Clone)]
pub struct Policy {
    document: Document,
    statements: Vec<CompiledStatement>,
}

/// A condition operator that AWS does not know: IAM would not store the policy, so there is nothing to evaluate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}`: unknown condition operator `{operator}`")]
pub struct UnknownOperator {
    /// Where it stands.
    pub path: Path,
    /// As written.
    pub operator: String,
}

impl Policy {
    /// Compiles a document.
    ///
    /// # Errors
    /// [`UnknownOperator`]: everything else that can be parsed can be evaluated.
    pub fn new(document: Document) -> Result<Self, UnknownOperator> {
        let version = document.version();
        let statements = document
            .statements()
            .iter()
            .enumerate()
            .map(|(n, statement)| {
                CompiledStatement::new(statement, version).map_err(|operator| UnknownOperator {
                    path: place(&document, n).key("Condition").key(&operator),
                    operator,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            document,
            statements,
        })
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    pub(crate) fn statements(&self) -> &[CompiledStatement] {
        &self.statements
    }

    /// The keys that conditions and variables ask for, as written, in their order, each once.
    #[must_use]
    pub fn context_keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = Vec::new();
        let mut seen = HashSet::new();
        for (compiled, statement) in self.statements.iter().zip(self.document.statements()) {
            let blocks = statement.condition().map(|c| c.blocks.as_slice());
            let in_conditions = blocks
                .unwrap_or_default()
                .iter()
                .flat_map(|block| &block.keys)
                .map(|(key, _)| key.as_str());
            let in_variables = compiled.variables.iter().map(String::as_str);
            for key in in_conditions.chain(in_variables) {
                if seen.insert(key.to_ascii_lowercase()) {
                    keys.push(key);
                }
            }
        }
        keys
    }
}

/// The way to a statement.
fn place(document: &Document, n: usize) -> Path {
    let path = Path::default().key("Statement");
    let is_bare =
        (document.elements.iter()).any(|e| matches!(e, Element::Statement(Statements::One(_))));
    if is_bare { path } else { path.index(n) }
}

/// One statement, ready to be judged.
#[derive(Debug, Clone)]
pub(crate) struct CompiledStatement {
    effect: Effect,
    principals: Principals,
    actions: Actions,
    resources: Resources,
    conditions: Vec<Condition>,
    /// Keys of the variables in resources and condition values, as written.
    variables: Vec<String>,
    /// Whether a condition is about `aws:PrincipalArn`.
    asks_for_principal_arn: bool,
}

#[derive(Debug, Clone)]
enum Principals {
    /// The element is missing, as it is in every policy that is attached to someone.
    Unsaid,
    Only(Principal),
    AllBut(Principal),
}

#[derive(Debug, Clone)]
enum Actions {
    Only(Vec<ActionPattern>),
    AllBut(Vec<ActionPattern>),
}

#[derive(Debug, Clone)]
enum Resources {
    All,
    Only(Vec<PatternTemplate>),
    AllBut(Vec<PatternTemplate>),
}

impl CompiledStatement {
    /// The error is the unknown operator.
    fn new(statement: &Statement, version: Version) -> Result<Self, String> {
        let mut compiled = Self {
            effect: statement.effect(),
            principals: Principals::Unsaid,
            actions: Actions::Only(Vec::new()),
            // Policies that are attached to a resource may leave it out.
            resources: Resources::All,
            conditions: Vec::new(),
            variables: Vec::new(),
            asks_for_principal_arn: false,
        };
        for element in &statement.elements {
            match element {
                StatementElement::Principal(p) => {
                    compiled.principals = Principals::Only(p.clone());
                }
                StatementElement::NotPrincipal(p) => {
                    compiled.principals = Principals::AllBut(p.clone());
                }
                StatementElement::Action(s) => compiled.actions = Actions::Only(actions(s)),
                StatementElement::NotAction(s) => compiled.actions = Actions::AllBut(actions(s)),
                StatementElement::Resource(s) => {
                    compiled.note_variables(s, version);
                    let patterns = resources(s, version);
                    let all = patterns.iter().any(|p| match p {
                        PatternTemplate::Constant(pattern) => pattern.is_everything(),
                        PatternTemplate::Variable(_) => false,
                    });
                    compiled.resources = if all {
                        Resources::All
                    } else {
                        Resources::Only(patterns)
                    };
                }
                StatementElement::NotResource(s) => {
                    compiled.note_variables(s, version);
                    compiled.resources = Resources::AllBut(resources(s, version));
                }
                StatementElement::Condition(condition) => {
                    for block in &condition.blocks {
                        let operator = Operator::parse(&block.operator)
                            .ok_or_else(|| block.operator.clone())?;
                        for (key, values) in &block.keys {
                            if operator.takes_variables() {
                                compiled.note_variables(values, version);
                            }
                            let condition = Condition::new(operator, key, values.texts(), version);
                            compiled.asks_for_principal_arn |=
                                condition.key() == "aws:principalarn";
                            compiled.conditions.push(condition);
                        }
                    }
                }
                StatementElement::Sid(_)
                | StatementElement::Effect(_)
                | StatementElement::Unknown(..) => {}
            }
        }
        Ok(compiled)
    }

    fn note_variables(&mut self, strings: &Strings, version: Version) {
        let texts = strings.texts();
        for text in texts.filter(|text| may_have_variables(text, version)) {
            let template = Template::new(text, version);
            self.variables
                .extend(template.variables().map(|v| v.key.clone()));
        }
    }

    pub(crate) fn effect(&self) -> Effect {
        self.effect
    }

    /// The verdicts of the conditions, in the order of the document's blocks and their keys.
    pub(crate) fn condition_verdicts(
        &self,
        context: &Context,
    ) -> impl Iterator<Item = (&Condition, Verdict)> {
        self.conditions.iter().map(|c| (c, c.evaluate(context)))
    }

    /// Whether action and resource are the statement's.
    #[inline]
    pub(crate) fn covers(&self, action: &str, resource: &str, context: &Context) -> bool {
        let action_fits = match &self.actions {
            Actions::Only(patterns) => patterns.iter().any(|p| p.matches(action)),
            Actions::AllBut(patterns) => !patterns.iter().any(|p| p.matches(action)),
        };
        action_fits && self.covers_resource(resource, context)
    }

    /// Whether the resource is the statement's.
    #[inline]
    pub(crate) fn covers_resource(&self, resource: &str, context: &Context) -> bool {
        match &self.resources {
            Resources::All => true,
            Resources::Only(patterns) => patterns.iter().any(|p| p.matches(resource, context)),
            Resources::AllBut(patterns) => !patterns.iter().any(|p| p.matches(resource, context)),
        }
    }

    /// How the statement names the caller; `None` when it is about others.
    pub(crate) fn grant(&self, caller: &Caller, role: Role) -> Option<Grant> {
        match (&self.principals, role) {
            (_, Role::Attached) | (Principals::Unsaid, Role::ResourceControl) => {
                Some(Grant::Everyone)
            }
            (Principals::Unsaid, _) => None,
            (Principals::Only(principal), _) => match caller::grant(principal, caller)? {
                Grant::Everyone if self.asks_for_principal_arn => Some(caller.grant_by_arn()),
                grant => Some(grant),
            },
            // A Deny with `NotPrincipal` always applies to callers with a permissions boundary, whatever it says.
            (Principals::AllBut(_), Role::ResourceOfBounded) if self.effect == Effect::Deny => {
                Some(Grant::Everyone)
            }
            (Principals::AllBut(principal), _) => {
                (!caller::leaves_out(principal, caller)).then_some(Grant::Everyone)
            }
        }
    }

    /// Whether the conditions let the statement apply. If a malformed policy value leaves that open, a Deny applies.
    #[inline]
    pub(crate) fn conditions_hold(&self, context: &Context) -> bool {
        let mut all = Verdict::True;
        for condition in &self.conditions {
            all = all.min(condition.evaluate(context));
            if all == Verdict::False {
                return false;
            }
        }
        self.applies_at(all)
    }

    /// Whether the statement applies when this is the least verdict of its conditions.
    #[inline]
    pub(crate) fn applies_at(&self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::True => true,
            Verdict::Malformed => self.effect == Effect::Deny,
            Verdict::False => false,
        }
    }

    /// By which form the statement applies to the request's caller, if it applies.
    #[inline]
    pub(crate) fn applies(&self, request: &Request<'_>, role: Role) -> Option<Grant> {
        if !self.covers(request.action, request.resource, &request.requester.context) {
            return None;
        }
        let grant = self.grant(&request.requester.caller, role)?;
        self.conditions_hold(&request.requester.context)
            .then_some(grant)
    }
}

/// How a policy reaches a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Attached to the caller: a `Principal` element does not count.
    Attached,
    /// Attached to the resource: who is not named is not meant.
    Resource,
    /// The same for a caller who has a permissions boundary.
    ResourceOfBounded,
    /// A resource control policy: without a `Principal` everyone is meant.
    ResourceControl,
}

fn actions(strings: &Strings) -> Vec<ActionPattern> {
    strings.texts().map(ActionPattern::new).collect()
}

fn resources(strings: &Strings, version: Version) -> Vec<PatternTemplate> {
    strings
        .texts()
        .map(|text| PatternTemplate::new(text, version))
        .collect()
}
