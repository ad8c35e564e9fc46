//! The policies of one user, and that user at each state of MFA.

use std::sync::Arc;

use super::relax::relax;
use super::{Attached, ByState, VerifyError};
use crate::policy::caller::{Caller, NotACaller};
use crate::policy::context::{Context, Mfa};
use crate::policy::document::{
    Document, Effect, Element, Principal, PrincipalKind, Statement, StatementElement, Statements,
    Strings, Version,
};
use crate::policy::evaluate::{
    Decision, Habits, Named, Outcome, Policy, PolicySet, Request, Requester, reasons,
};
use crate::policy::generate::is_partition;
use crate::policy::generate::statements::MFA_PRESENT;

/// The account and users that stand for all others.
pub(super) const ACCOUNT: &str = "123456789012";
const OTHER_ACCOUNT: &str = "210987654321";

/// Why a statement that asks for MFA lets a call without MFA pass.
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

/// The policies with a user at each state of MFA.
pub(in crate::policy) struct Scene {
    pub(super) policies: PolicySet,
    pub(super) requesters: ByState<Requester>,
    pub(super) partition: String,
    /// Resources that stand for all that the documents name.
    pub(super) named: Vec<String>,
    pub(super) assumed_allow: bool,
    pub(super) assumed_full_access: bool,
    /// Keys that were left open.
    pub(super) free_keys: Vec<String>,
    owner: Option<&'static str>,
    guards: Vec<Guard>,
}

/// One Deny that asks for MFA.
struct Guard {
    name: String,
    free_keys: Vec<String>,
    alone: PolicySet,
    /// The same without its `NotAction`, if it has one.
    of_everything: Option<PolicySet>,
}

impl Scene {
    pub(in crate::policy) fn new(
        attached: &Attached,
        partition: &str,
    ) -> Result<Self, VerifyError> {
        let no_partition = || VerifyError::Partition(partition.to_owned());
        if !is_partition(partition) {
            return Err(no_partition());
        }
        let mut free_keys = Vec::new();
        let mut relaxed = |documents: &[(String, Document)]| -> Result<Vec<Named>, VerifyError> {
            (documents.iter())
                .map(|(name, document)| {
                    let (document, free) = relax(document);
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
        let mut named: Vec<String> = (attached.documents())
            .flat_map(Document::statements)
            .flat_map(resources)
            .collect();
        named.sort_unstable();
        named.dedup();
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
            named,
            assumed_allow,
            assumed_full_access,
            free_keys,
            owner,
        })
    }

    /// The best outcome at each state over the resources that the action may be about.
    pub(in crate::policy) fn outcomes(&self, action: &str) -> ByState<Outcome> {
        let resources = self.resources(action);
        self.requesters.map(|requester| {
            let all: Vec<Outcome> = (resources.iter().chain(&self.named))
                .map(|resource| self.outcome(action, resource, requester))
                .collect();
            [Outcome::Allowed, Outcome::ExplicitDeny]
                .into_iter()
                .find(|outcome| all.contains(outcome))
                .unwrap_or(Outcome::ImplicitDeny)
        })
    }

    /// The outcome at each state when the action is about another user.
    pub(in crate::policy) fn outcomes_on_other(&self, action: &str) -> ByState<Outcome> {
        let other = self.user("other");
        self.requesters
            .map(|requester| self.outcome(action, &other, requester))
    }

    /// Whether the action is possible at each state on some of the resources or on one that the documents name.
    pub(super) fn possible(&self, action: &str, resources: &[String]) -> ByState<bool> {
        self.requesters.map(|requester| {
            (resources.iter().chain(&self.named))
                .any(|r| self.outcome(action, r, requester) == Outcome::Allowed)
        })
    }

    pub(super) fn decide(&self, action: &str, resource: &str, requester: &Requester) -> Decision {
        self.policies
            .decide(&self.request(action, resource, requester))
    }

    fn outcome(&self, action: &str, resource: &str, requester: &Requester) -> Outcome {
        (self.policies).outcome(&self.request(action, resource, requester))
    }

    fn request<'a>(
        &'a self,
        action: &'a str,
        resource: &'a str,
        requester: &'a Requester,
    ) -> Request<'a> {
        Request {
            action,
            resource,
            requester,
            owner: self.owner,
            habits: Habits::Live,
        }
    }

    /// Resources that an action may be about, besides those that the documents name.
    pub(super) fn resources(&self, action: &str) -> Vec<String> {
        self.resources_of(action.split(':').next().unwrap_or_default())
    }

    /// The same for all actions of a service.
    pub(super) fn resources_of(&self, service: &str) -> Vec<String> {
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
        all
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

impl Guard {
    /// Why it lets the call pass; `None` if it is about other calls.
    fn because(&self, request: &Request<'_>) -> Option<Because> {
        let denies =
            |policies: &PolicySet| policies.decide(request).outcome == Outcome::ExplicitDeny;
        if self.of_everything.as_ref().is_some_and(denies) && !denies(&self.alone) {
            return Some(Because::NotAction);
        }
        let reason = reasons(&self.alone, request).into_iter().next()?;
        if !self.free_keys.is_empty() {
            return Some(Because::Avoidable(self.free_keys.clone()));
        }
        let failed = (reason.conditions.into_iter())
            .find(|c| c.verdict != crate::policy::condition::Verdict::True)?;
        Some(Because::Condition {
            operator: failed.operator.to_owned(),
            key: failed.key.to_owned(),
            value: failed.request_values.map(|v| v.join(", ")),
        })
    }
}

fn guards(attached: &Attached) -> Result<Vec<Guard>, VerifyError> {
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
                free_keys: relax(&lone).1,
                alone: alone(name, statement.clone())?,
                of_everything: has_exceptions
                    .then(|| alone(name, everything))
                    .transpose()?,
            });
        }
    }
    Ok(guards)
}

/// Whether a statement denies by what the request says about MFA.
fn asks_for_mfa(statement: &Statement) -> bool {
    statement.effect() == Effect::Deny
        && statement.condition().is_some_and(|condition| {
            let mut keys = condition.blocks.iter().flat_map(|b| &b.keys);
            keys.any(|(key, _)| key.eq_ignore_ascii_case(MFA_PRESENT))
        })
}

/// How people find a statement: by its `Sid`, else by its index.
pub(in crate::policy) fn statement_name(policy: &str, statement: &Statement, n: usize) -> String {
    let name = match statement.sid() {
        Some(sid) => sid.to_owned(),
        None => format!("Statement[{n}]"),
    };
    if policy.is_empty() {
        name
    } else {
        format!("{policy}: {name}")
    }
}

fn user(partition: &str, name: &str) -> String {
    format!("arn:{partition}:iam::{ACCOUNT}:user/{name}")
}

/// Who calls: a user; beside a resource policy one that it names.
fn caller(attached: &Attached, partition: &str) -> Result<Caller, NotACaller> {
    let principals = (attached.resource.iter())
        .flat_map(|(_, document)| document.statements())
        .flat_map(|statement| &statement.elements)
        .filter_map(|element| match element {
            StatementElement::Principal(Principal::Entries(entries)) => Some(entries),
            _ => None,
        })
        .flatten()
        .filter(|(kind, _)| *kind == PrincipalKind::Aws)
        .flat_map(|(_, names)| names.texts());
    let mut callers = principals.filter_map(|name| {
        let account = name
            .strip_suffix(":root")
            .and_then(|n| n.rsplit(':').next());
        let account = account.unwrap_or(name);
        if crate::policy::caller::is_account(account) {
            Caller::from_arn(&format!("arn:{partition}:iam::{account}:user/caller")).ok()
        } else {
            Caller::from_arn(name).ok()
        }
    });
    match callers.next() {
        Some(caller) => Ok(caller),
        None => Caller::from_arn(&user(partition, "caller")),
    }
}

/// What AWS sends for a direct call.
fn requesters(caller: &Caller) -> ByState<Requester> {
    ByState {
        absent: Mfa::Absent,
        without: Mfa::False,
        with: Mfa::True { age: 60 },
    }
    .map(|mfa| {
        let mut context = Context::new()
            .with("aws:userid", "AIDACKCEVSQ6C2EXAMPLE")
            .with("aws:ViaAWSService", "false");
        mfa.apply(&mut context);
        Requester::new(caller.clone(), context)
    })
}

fn compile(name: &str, document: Document) -> Result<Named, VerifyError> {
    let policy = Policy::new(document).map_err(|problem| VerifyError::Operator {
        name: name.to_owned(),
        problem,
    })?;
    Ok(Named {
        name: name.to_owned(),
        policy: Arc::new(policy),
    })
}

/// An instance of each resource pattern of a statement.
fn resources(statement: &Statement) -> Vec<String> {
    let of = |strings: &Strings| -> Vec<String> {
        strings
            .texts()
            .filter(|text| *text != "*")
            .map(|text| {
                text.replace("${aws:username}", "caller")
                    .replace(['*', '?'], "x")
            })
            .collect()
    };
    statement
        .elements
        .iter()
        .flat_map(|element| match element {
            StatementElement::Resource(strings) | StatementElement::NotResource(strings) => {
                of(strings)
            }
            _ => Vec::new(),
        })
        .collect()
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
