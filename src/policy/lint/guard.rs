//! The guard: the Denys of a document that together stop nearly everything without MFA, and what they leave open.
//!
//! The rules about exceptions ask it. Each Deny of the guard counts as stopping at both states without MFA, even if it is
//! written so that long-term keys pass: that is another rule's finding, and the exceptions are what they are.

use crate::policy::context::{Context, Mfa};
use crate::policy::document::{Path, StatementElement};
use crate::policy::pattern::ActionPattern;

use super::statement::Judged;
use super::view::{View, WITHOUT_MFA};

/// The Denys that stop nearly everything without MFA.
#[derive(Debug)]
pub(super) struct Guard<'v, 'a> {
    view: &'v View<'a>,
    first: &'v Judged<'a>,
    /// All of them, the first one included.
    pub(super) statements: Vec<&'v Judged<'a>>,
}

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// The caller's own user.
    Own,
    /// Any user.
    User,
    /// A virtual MFA device.
    Device,
    /// A role.
    Role,
    /// An account's root user.
    Root,
    /// A session from GetFederationToken.
    FederatedUser,
    /// A delegation request.
    Delegation,
    /// A client of `aws login`.
    Client,
    /// Nothing that has an ARN.
    Nothing,
}

/// Where an exception stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) path: Path,
    /// The pattern that excepts; `None` where it is a list of actions that leaves out.
    pub(super) pattern: Option<&'a str>,
}

impl<'v, 'a> Guard<'v, 'a> {
    /// The statements that make the guard of the document, by their numbers; none if they leave most actions open.
    pub(super) fn find(view: &View<'a>) -> Vec<usize> {
        if !view.binds_users() {
            return Vec::new();
        }
        let context = view.situation.user(Mfa::Absent);
        let mut stopped = view.universe.nothing();
        let mut found = Vec::new();
        let denies = (view.statements.iter().enumerate()).filter(|(_, s)| {
            s.effect == crate::policy::document::Effect::Deny
                && s.truth
                    .is_some_and(super::statement::Truth::stops_without_mfa)
                && (s.principal().is_none() || view.is_scp())
        });
        for (n, statement) in denies {
            let context = statement.situated(context.clone());
            let reaches = view
                .anywhere()
                .iter()
                .any(|r| statement.covers_resource(r, &context));
            if let Some(compiled) = statement.compiled.as_ref().filter(|_| reaches) {
                stopped.add_all(&compiled.actions);
                found.push(n);
            }
        }
        if !view.universe.is_most(&stopped) {
            found.clear();
        }
        found
    }

    pub(super) fn of(view: &'v View<'a>, numbers: &[usize]) -> Option<Self> {
        let statements: Vec<&'v Judged<'a>> = numbers
            .iter()
            .filter_map(|n| view.statements.get(*n))
            .collect();
        let first = statements.first()?;
        Some(Self {
            view,
            first,
            statements,
        })
    }

    /// The context of the callers whom the guard is about.
    pub(super) fn context(&self, mfa: Mfa) -> Context {
        self.first.situated(self.view.situation.user(mfa))
    }

    /// Whether a statement's conditions hold in the context, where the guard's further conditions hold.
    pub(super) fn holds(&self, statement: &Judged<'a>, context: &Context) -> bool {
        statement.holds(context, self.statements.iter().copied())
    }

    fn is_part(&self, statement: &Judged<'a>) -> bool {
        self.statements.iter().any(|s| std::ptr::eq(*s, statement))
    }

    /// Whether no Deny stops the call at this state.
    pub(super) fn passes_at(&self, action: &str, target: Target, mfa: Mfa) -> bool {
        let context = self.context(mfa);
        self.resources(target).iter().any(|resource| {
            !self.view.denies().any(|deny| {
                deny.covers(action, resource, &context)
                    && (self.is_part(deny) || self.holds(deny, &context))
            })
        })
    }

    /// Whether the call passes at either state without MFA.
    pub(super) fn passes(&self, action: &str, target: Target) -> bool {
        WITHOUT_MFA
            .into_iter()
            .any(|mfa| self.passes_at(action, target, mfa))
    }

    fn resources(&self, target: Target) -> Vec<String> {
        let situation = &self.view.situation;
        let mut all = match target {
            Target::Own => vec![situation.own_user()],
            Target::User => vec![situation.own_user(), situation.other_user()],
            Target::Device => vec![situation.device()],
            Target::Role => vec![situation.arn("iam", "", "role/any-name")],
            Target::Root => vec![situation.arn("iam", "", "root")],
            Target::FederatedUser => vec![situation.arn("sts", "", "federated-user/any-name")],
            Target::Delegation => vec![situation.arn("iam", "", "delegation-request/any-name")],
            Target::Client => {
                vec![situation.arn("signin", "region-1", "oauth2/public-client/any-name")]
            }
            Target::Nothing => vec!["*".to_owned()],
        };
        // What the document names by itself may be open where nothing else is.
        let more = match target {
            Target::Role => self
                .view
                .named("iam")
                .filter(|r| r.contains(":role/"))
                .collect(),
            Target::Client => self.view.named("signin").collect(),
            _ => Vec::new(),
        };
        all.extend(more.into_iter().cloned());
        all
    }

    /// Where the guard leaves the action out.
    pub(super) fn place(&self, action: &str) -> Place<'a> {
        let excepted = self.statements.iter().find_map(|statement| {
            let items = statement.exceptions();
            let found = (items.into_iter())
                .find(|(_, pattern)| ActionPattern::new(pattern).matches(action));
            found.map(|(path, pattern)| Place {
                path,
                pattern: Some(pattern),
            })
        });
        excepted.unwrap_or_else(|| {
            // A list of actions that leaves it out, or resources that do.
            let covers = |element: &StatementElement| match element {
                StatementElement::Action(patterns) => patterns
                    .texts()
                    .any(|p| ActionPattern::new(p).matches(action)),
                _ => true,
            };
            let path = match (self.first.actions(), self.first.resources()) {
                (Some((_, element)), Some((path, _))) if covers(element) => path,
                (Some((path, _)), _) => path,
                (None, _) => self.first.path.clone(),
            };
            Place {
                path,
                pattern: None,
            }
        })
    }

    /// The open calls among these, by the place that leaves them open, in the order of the calls.
    pub(super) fn open_by_place<'n>(
        &self,
        calls: impl Iterator<Item = (&'n str, Target)>,
    ) -> Vec<(Place<'a>, Vec<&'n str>)> {
        let mut all: Vec<(Place<'a>, Vec<&'n str>)> = Vec::new();
        for (action, target) in calls.filter(|(action, target)| self.passes(action, *target)) {
            let place = self.place(action);
            match all.iter_mut().find(|(known, _)| *known == place) {
                Some((_, actions)) => actions.push(action),
                None => all.push((place, vec![action])),
            }
        }
        all
    }
}
