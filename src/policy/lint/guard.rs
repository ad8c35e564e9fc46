//! The guard: the Denys of a document that together deny nearly everything without MFA, and what they leave open.
//!
//! The rules about exceptions use it. Each Deny of the guard counts as denying at both states without MFA, even if it is written
//! so that long-term keys pass: another rule reports that, and it does not change the exceptions.

use crate::policy::context::{Context, Mfa};
use crate::policy::document::{Effect, Path, StatementElement};
use crate::policy::pattern::ActionPattern;

use super::clause::Truth;
use super::statement::Judged;
use super::view::{View, WITHOUT_MFA};
use crate::policy::actions::ActionSet;

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
    /// Another user.
    Other,
    /// Any user.
    User,
    /// A virtual MFA device.
    Device,
    /// A role.
    Role,
    /// An account's root user.
    Root,
    /// A federated user's session.
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
    /// The element in which it stands: the list of actions, or of resources.
    pub(super) element: Path,
    /// The pattern that excepts; `None` where it is a list of actions that leaves out.
    pub(super) pattern: Option<&'a str>,
}

impl<'v, 'a> Guard<'v, 'a> {
    /// The Denys that stop nearly everything without MFA, if there are any. They are searched for once per document.
    pub(super) fn of(view: &'v View<'a>) -> Option<Self> {
        let numbers = view.guard.get_or_init(|| find(view));
        let statements: Vec<&'v Judged<'a>> = (numbers.iter())
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
        statement.holds(context, &self.statements)
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
            Target::Other => vec![situation.other_user()],
            Target::User => vec![situation.own_user(), situation.other_user()],
            // If the document names devices, it is the user's own one.
            Target::Device => vec![situation.device(), situation.own_device()],
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

    /// The first part of the guard that is about the call.
    pub(super) fn denying(&self, action: &str, target: Target) -> Option<&'v Judged<'a>> {
        let context = self.context(Mfa::Absent);
        let resources = self.resources(target);
        (self.statements.iter().copied()).find(|s| {
            resources
                .iter()
                .any(|resource| s.covers(action, resource, &context))
        })
    }

    /// Where the guard leaves the action out.
    pub(super) fn place(&self, action: &str) -> Place<'a> {
        let excepted = self.statements.iter().find_map(|statement| {
            let items = statement.exceptions();
            let found = (items.into_iter())
                .find(|(_, pattern)| ActionPattern::new(pattern).matches(action));
            found.map(|(path, pattern)| Place {
                path,
                element: statement.path.key("NotAction"),
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
                element: path.clone(),
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
        for (action, _) in calls.filter(|(action, target)| self.passes(action, *target)) {
            let place = self.place(action);
            match all.iter_mut().find(|(known, _)| *known == place) {
                Some((_, actions)) => actions.push(action),
                None => all.push((place, vec![action])),
            }
        }
        all
    }
}

/// Whether nearly everything is stopped at this state, so that what passes are exceptions.
pub(super) fn stops_nearly_everything(view: &View<'_>, mfa: Mfa) -> bool {
    let Some(guard) = Guard::of(view) else {
        return false;
    };
    let context = guard.context(mfa);
    let mut stopped = view.universe.nothing();
    for deny in view.denies().filter(|d| guard.holds(d, &context)) {
        let reaches = view
            .anywhere()
            .iter()
            .any(|r| deny.covers_resource(r, &context));
        if let Some(compiled) = deny.compiled.as_ref().filter(|_| reaches) {
            stopped.add_all(&compiled.actions);
        }
    }
    view.universe.is_most(&stopped)
}

/// The statements that make the guard of the document, by their numbers; none if they leave most actions open.
///
/// Those that stop nearly everything by themselves, else those that do together; and those that stop both long-term keys
/// and sessions before those that are written for one of them.
fn find(view: &View<'_>) -> Vec<usize> {
    if !view.binds_users() {
        return Vec::new();
    }
    let context = view.situation.user(Mfa::Absent);
    let stopping: Vec<(usize, Truth, &ActionSet)> = (view.statements.iter().enumerate())
        .filter(|(_, s)| s.effect == Effect::Deny)
        .filter(|(_, s)| s.principal().is_none() || view.is_scp())
        .filter_map(|(n, s)| {
            let truth = s.truth.filter(|t| t.stops_without_mfa())?;
            let context = s.situated(context.clone());
            let reaches = view
                .anywhere()
                .iter()
                .any(|r| s.covers_resource(r, &context));
            let compiled = s.compiled.as_ref().filter(|_| reaches)?;
            Some((n, truth, &compiled.actions))
        })
        .collect();
    let numbers = |fits: &dyn Fn(Truth, &ActionSet) -> bool| -> Vec<usize> {
        (stopping.iter())
            .filter(|(_, truth, actions)| fits(*truth, actions))
            .map(|(n, ..)| *n)
            .collect()
    };
    let together = |fits: &dyn Fn(Truth) -> bool| {
        let mut all = view.universe.nothing();
        for (_, _, actions) in stopping.iter().filter(|(_, truth, _)| fits(*truth)) {
            all.add_all(actions);
        }
        if view.universe.is_most(&all) {
            numbers(&|truth, _| fits(truth))
        } else {
            Vec::new()
        }
    };
    let stops_both = |truth: Truth| truth.absent && truth.without;
    let alone = |actions: &ActionSet| view.universe.is_most(actions);
    let choices = [
        numbers(&|truth, actions| stops_both(truth) && alone(actions)),
        together(&stops_both),
        numbers(&|_, actions| alone(actions)),
        together(&|_| true),
    ];
    choices
        .into_iter()
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}
