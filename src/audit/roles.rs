//! Roles that can be assumed without MFA, and chains of them that lead to an administrator.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::land::Land;
use super::outlook::{Outlooks, of_role};
use crate::account::Role;
use crate::policy::actions::ActionSet;
use crate::policy::context::{Context, Mfa};
use crate::policy::document::{Effect, Principal, PrincipalKind, Statement, StatementElement};
use crate::policy::evaluate::{Habits, Named, Outcome, PolicySet, Request, Requester};
use crate::policy::reach::{Bound, Holding, Limit, Prepared};
use crate::policy::verify::ByState;

const ASSUME: &str = "sts:AssumeRole";

/// Calls by which a caller gives itself, or somebody whose credentials it can have, any permission.
pub(super) const WRITES_POLICIES: [&str; 7] = [
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
];

/// A role, ready to be assumed.
pub(super) struct Target<'a> {
    pub(super) role: &'a Role,
    trust: Option<Arc<Prepared>>,
    requester: Option<Requester>,
    policies: PolicySet,
    door: Door,
    /// Whether the role's own policies let it assume some role.
    may_assume: bool,
    pub(super) is_administrator: bool,
    /// The calls from here to an administrator, and the next role on the way.
    way: Option<(usize, Option<usize>)>,
}

/// Whom a role's trust policy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// Certain users and roles.
    Named,
    /// The account or everybody, all alike.
    Open,
    /// The account or everybody, and it asks who the caller is.
    Personal,
}

/// All roles of an account.
pub(super) struct Roles<'a> {
    pub(super) targets: Vec<Target<'a>>,
    /// Roles whose trust policy names the account or everybody.
    open: Vec<usize>,
    /// Roles by the users and roles that their trust policies name.
    named: HashMap<&'a str, Vec<usize>>,
    by_arn: HashMap<&'a str, usize>,
    /// The policies that control the account's resources, which its roles are.
    resource_control: Vec<Named>,
    assume: ActionSet,
    /// The open roles that callers with equal policies can assume at a state.
    known: RefCell<HashMap<Question, Rc<Vec<usize>>>>,
}

/// The policies of a caller, and which of their statements apply.
type Question = (Vec<(Limit, usize)>, Holding);

/// A caller who may assume roles.
pub(super) struct Assumer<'c> {
    pub(super) bound: &'c Bound,
    pub(super) holding: &'c Holding,
    pub(super) requester: &'c Requester,
    /// Whether its own policies let it assume some role.
    pub(super) may_assume: bool,
}

impl<'a> Roles<'a> {
    pub(super) fn of(land: &Land<'a>) -> Self {
        let mut outlooks = Outlooks::default();
        let mut roles = Self {
            targets: Vec::new(),
            open: Vec::new(),
            named: HashMap::new(),
            by_arn: HashMap::new(),
            resource_control: land.of_root().bound.resource_control(),
            assume: land.field.matching(&[ASSUME]),
            known: RefCell::default(),
        };
        let home = land.account.home.as_ref();
        let account_id = home.map_or("", |home| home.account_id.as_str());
        for (n, role) in land.account.roles.iter().enumerate() {
            let mut target = target(land, &mut outlooks, role);
            match names(role, account_id) {
                Names::Everybody => {
                    let is_personal = target.trust.as_ref().is_none_or(|t| t.is_personal());
                    target.door = if is_personal {
                        Door::Personal
                    } else {
                        Door::Open
                    };
                    roles.open.push(n);
                }
                Names::Only(names) => {
                    for name in names {
                        roles.named.entry(name).or_default().push(n);
                    }
                }
            }
            roles.by_arn.insert(&role.identity.arn, n);
            roles.targets.push(target);
        }
        roles.find_ways();
        roles
    }

    /// The roles that a caller can assume.
    pub(super) fn assumable(&self, policies: &mut PolicySet, by: &Assumer<'_>) -> Vec<usize> {
        let caller = by.requester.caller();
        let direct = [Some(caller.arn.as_str()), caller.id.as_deref()];
        let direct = (direct.into_iter().flatten()).filter_map(|name| self.named.get(name));
        let mut found: Vec<usize> = direct
            .flatten()
            .copied()
            .filter(|n| self.lets_in(*n, policies, by.requester))
            .collect();
        if by.may_assume {
            found.extend(self.open_to(policies, by));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The open roles that a caller can assume whose policies allow it to assume some role.
    fn open_to(&self, policies: &mut PolicySet, by: &Assumer<'_>) -> Vec<usize> {
        let door = |n: &usize| self.targets.get(*n).map(|target| target.door);
        let is_open = |n: &usize| door(n) != Some(Door::Named);
        if let Some(arns) = by.bound.only_on(&self.assume, by.requester) {
            let named = arns.iter().filter_map(|arn| self.by_arn.get(arn.as_str()));
            let named = named.copied().filter(is_open);
            return named
                .filter(|n| self.lets_in(*n, policies, by.requester))
                .collect();
        }
        if by.bound.has_variables(&self.assume) {
            let open = self.open.iter().copied();
            return open
                .filter(|n| self.lets_in(*n, policies, by.requester))
                .collect();
        }
        let is_personal = |n: &usize| door(n) == Some(Door::Personal);
        let (personal, alike): (Vec<usize>, Vec<usize>) =
            self.open.iter().partition(|n| is_personal(n));
        let question = (by.bound.addresses(), by.holding.clone());
        let known = self.known.borrow().get(&question).cloned();
        let shared = known.unwrap_or_else(|| {
            let alike = alike
                .into_iter()
                .filter(|n| self.lets_in(*n, policies, by.requester));
            let shared: Rc<Vec<usize>> = Rc::new(alike.collect());
            self.known.borrow_mut().insert(question, shared.clone());
            shared
        });
        let personal = personal
            .into_iter()
            .filter(|n| self.lets_in(*n, policies, by.requester));
        personal.chain(shared.iter().copied()).collect()
    }

    /// Whether the role's trust policy and the caller's policies let the caller assume it.
    fn lets_in(&self, n: usize, policies: &mut PolicySet, requester: &Requester) -> bool {
        let Some(target) = self.targets.get(n) else {
            return false;
        };
        let Some(trust) = &target.trust else {
            return false;
        };
        policies.resource = vec![Named {
            name: String::new(),
            policy: trust.policy().clone(),
        }];
        if !self.resource_control.is_empty() {
            policies.resource_control = vec![self.resource_control.clone()];
        }
        let request = Request {
            action: ASSUME,
            resource: &target.role.identity.arn,
            requester,
            owner: None,
            habits: Habits::Live,
        };
        policies.outcome(&request) == Outcome::Allowed
    }

    /// Finds the shortest way from each role to an administrator, beginning with the administrators: each role is reached once, so
    /// that roles that trust one another in a circle are no danger.
    fn find_ways(&mut self) {
        let mut reached: Vec<usize> = Vec::new();
        for (n, target) in self.targets.iter_mut().enumerate() {
            if target.is_administrator {
                target.way = Some((0, None));
                reached.push(n);
            }
        }
        let mut calls = 0;
        while !reached.is_empty() {
            calls += 1;
            let mut next = Vec::new();
            for n in 0..self.targets.len() {
                if let Some(to) = self.first_step(n, &reached) {
                    next.push((n, to));
                }
            }
            reached = next.iter().map(|(n, _)| *n).collect();
            for (n, to) in next {
                if let Some(target) = self.targets.get_mut(n) {
                    target.way = Some((calls, Some(to)));
                }
            }
        }
    }

    /// One of these roles that the role `n`, which has no way yet, can assume.
    fn first_step(&self, n: usize, among: &[usize]) -> Option<usize> {
        let target = self.targets.get(n).filter(|target| target.way.is_none())?;
        let requester = target.requester.as_ref()?;
        let caller = requester.caller();
        let is_named = |to: &usize| {
            [Some(caller.arn.as_str()), caller.id.as_deref()]
                .into_iter()
                .flatten()
                .filter_map(|name| self.named.get(name))
                .any(|named| named.contains(to))
        };
        let door = |to: &usize| self.targets.get(*to).map(|target| target.door);
        let is_open = |to: &usize| door(to) != Some(Door::Named);
        let mut policies = target.policies.clone();
        (among.iter().copied())
            .filter(|to| (target.may_assume && is_open(to)) || is_named(to))
            .find(|to| self.lets_in(*to, &mut policies, requester))
    }

    /// The roles from this one to an administrator, in the order in which they are assumed.
    pub(super) fn to_administrator(&self, first: usize) -> Option<Vec<&'a Role>> {
        let mut chain = Vec::new();
        let mut at = Some(first);
        while let Some(n) = at {
            let target = self.targets.get(n)?;
            let (_, next) = target.way?;
            chain.push(target.role);
            at = next;
        }
        Some(chain)
    }

    /// The shortest chain to an administrator that begins with one of these roles.
    pub(super) fn shortest(&self, from: &[usize]) -> Option<Vec<&'a Role>> {
        let calls = |n: &usize| {
            self.targets
                .get(*n)
                .and_then(|t| t.way)
                .map(|(calls, _)| calls)
        };
        let first = from
            .iter()
            .filter(|n| calls(n).is_some())
            .min_by_key(|n| calls(n))?;
        self.to_administrator(*first)
    }
}

fn target<'a>(land: &Land<'a>, outlooks: &mut Outlooks, role: &'a Role) -> Target<'a> {
    let bindings = land.of_role(role);
    let requester = of_role(&role.identity);
    let mut target = Target {
        role,
        trust: land.prepared(&role.trust).cloned(),
        policies: bindings.bound.policy_set(),
        door: Door::Named,
        may_assume: false,
        is_administrator: false,
        way: None,
        requester: requester.clone(),
    };
    if let Some(requester) = requester {
        let one = ByState {
            absent: requester.clone(),
            without: requester.clone(),
            with: requester,
        };
        let standing = outlooks.of(&land.field, &bindings.bound, one);
        let possible = &standing.outlook.possible.absent;
        target.may_assume = possible.meets(&land.field.matching(&[ASSUME]));
        target.is_administrator = possible.meets(&land.field.matching(&WRITES_POLICIES));
    }
    target
}

/// Whom a trust policy names.
enum Names<'a> {
    /// Everybody, or everybody in the account.
    Everybody,
    /// These, by ARN or unique id.
    Only(Vec<&'a str>),
}

fn names<'a>(role: &'a Role, account_id: &str) -> Names<'a> {
    let mut only = Vec::new();
    for statement in role.trust.policy().document().statements() {
        if statement.effect() != Effect::Allow {
            continue;
        }
        for element in &statement.elements {
            match element {
                StatementElement::NotPrincipal(_)
                | StatementElement::Principal(Principal::Everyone) => return Names::Everybody,
                StatementElement::Principal(Principal::Entries(entries)) => {
                    let aws = entries
                        .iter()
                        .filter(|(kind, _)| *kind == PrincipalKind::Aws);
                    for name in aws.flat_map(|(_, names)| names.texts()) {
                        let is_account = name == account_id
                            || (name.ends_with(":root")
                                && name.split(':').nth(4) == Some(account_id));
                        if name == "*" || is_account {
                            return Names::Everybody;
                        }
                        only.push(name);
                    }
                }
                _ => {}
            }
        }
    }
    Names::Only(only)
}

/// The principals that a trust policy lets in without MFA, as written: those of each Allow whose conditions can hold in a call
/// without MFA.
pub(super) fn let_in_without_mfa(target: &Target<'_>) -> Vec<String> {
    let Some(trust) = &target.trust else {
        return Vec::new();
    };
    let mut found: Vec<String> = Vec::new();
    let document = trust.policy().document();
    for (n, statement) in document.statements().iter().enumerate() {
        if statement.effect() != Effect::Allow || needs_mfa(trust, n) {
            continue;
        }
        found.extend(principals(statement));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether a condition on MFA keeps the statement from applying at both states without MFA.
fn needs_mfa(trust: &Prepared, n: usize) -> bool {
    [Mfa::Absent, Mfa::False].into_iter().all(|mfa| {
        let mut context = Context::new();
        mfa.apply(&mut context);
        trust.is_kept_by_mfa(n, &context)
    })
}

fn principals(statement: &Statement) -> Vec<String> {
    let elements = statement.elements.iter();
    elements
        .flat_map(|element| match element {
            StatementElement::Principal(Principal::Everyone) => vec!["*".to_owned()],
            // A service does not sign in.
            StatementElement::Principal(Principal::Entries(entries)) => (entries.iter())
                .filter(|(kind, _)| *kind != PrincipalKind::Service)
                .flat_map(|(_, names)| names.texts().map(str::to_owned))
                .collect(),
            StatementElement::NotPrincipal(_) => {
                vec!["everybody but those that it names".to_owned()]
            }
            _ => Vec::new(),
        })
        .collect()
}
