//! The policies of one user, and that user at each state of MFA.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use super::guards::{Guard, Passed, guards};
use super::relax::relax;
use super::{Attached, ByState, VerifyError};
use crate::policy::caller::{Caller, NotACaller};
use crate::policy::context::{Context, Mfa};
use crate::policy::document::{
    Document, Effect, Element, Principal, PrincipalKind, Statement, StatementElement, Statements,
    Strings, Version,
};
use crate::policy::evaluate::{
    Decision, Habits, Named, Outcome, Policy, PolicySet, Request, Requester,
};
use crate::policy::generate::is_partition;
use crate::policy::pattern::ActionPattern;

/// The account and users that stand for all others.
pub(super) const ACCOUNT: &str = "123456789012";
const OTHER_ACCOUNT: &str = "210987654321";

/// The policies with a user at each state of MFA.
pub(in crate::policy) struct Scene {
    pub(super) policies: PolicySet,
    pub(super) requesters: ByState<Requester>,
    pub(super) partition: String,
    /// The statements of all documents, by what tells actions apart.
    statements: Vec<Covers>,
    /// What is possible with an action of a service that these statements cover: most actions share an answer.
    known: RefCell<Known>,
    /// How much evaluation is left; see [`Scene::check`].
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

/// More than any user's policies need: some seconds. IAM's limits keep real policies far below.
const MOST_EFFORT: u64 = 400_000_000;

/// Which actions a statement covers, and the resources that it names.
struct Covers {
    not: bool,
    actions: Vec<ActionPattern>,
    resources: Vec<String>,
}

impl Covers {
    fn of(statement: &Statement) -> Self {
        let mut covers = Self {
            not: false,
            actions: Vec::new(),
            resources: resources(statement),
        };
        for element in &statement.elements {
            if let StatementElement::Action(actions) | StatementElement::NotAction(actions) =
                element
            {
                covers.not = matches!(element, StatementElement::NotAction(_));
                covers.actions = actions.texts().map(ActionPattern::new).collect();
            }
        }
        covers
    }

    fn action(&self, action: &str) -> bool {
        self.actions.iter().any(|a| a.matches(action)) != self.not
    }
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

    /// Whether all answers were had within bounds.
    ///
    /// # Errors
    /// [`VerifyError::TooMuch`]: what was answered since then is worth nothing.
    pub(in crate::policy) fn check(&self) -> Result<(), VerifyError> {
        if self.effort_left.get() == 0 {
            return Err(VerifyError::TooMuch);
        }
        Ok(())
    }

    /// Takes the effort of so many things to be looked at from what is left.
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
        let service = action.split(':').next().unwrap_or_default();
        // sts has actions that policies do not govern like others.
        if service == "sts" {
            return decided();
        }
        let key = (self.covering(action), service.to_owned());
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

    /// Resources that an action may be about: stand-ins, and those that the statements name which cover it.
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

pub(super) fn compile(name: &str, document: Document) -> Result<Named, VerifyError> {
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
                // What no other pattern matches by chance.
                text.replace("${aws:username}", "caller")
                    .replace('*', "any-other")
                    .replace('?', "x")
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
