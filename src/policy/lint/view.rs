//! One policy as the rules see it: its statements taken apart, what each of them covers, and which Denys apply to callers without
//! MFA.
//!
//! It is built once for all rules. The work is bounded for every document: if there are more statements than AWS stores, only the
//! first ones are evaluated, and those about MFA come first.

use std::cell::{Cell, OnceCell};

use crate::policy::context::Mfa;
use crate::policy::document::{Document, Effect, Element, Statement, StatementElement, Statements};
use crate::policy::evaluate::Policy;

use super::situation::{Situation, resources};
use super::statement::Judged;
use super::subject::Subject;
use crate::policy::actions::{ActionSet, Universe};
use crate::policy::generate::Kind;
use crate::policy::source::Attachment;

/// Statements that are evaluated, at most.
const MAX_JUDGED: usize = 500;

/// Resources that stand for those of one statement, or of all, at most.
const MAX_RESOURCES: usize = 64;

/// Resource patterns and sets of actions that may be looked at for one document.
const MAX_WORK: usize = 5_000_000;

/// The states in which a caller has not used MFA.
pub(super) const WITHOUT_MFA: [Mfa; 2] = [Mfa::Absent, Mfa::False];

/// One policy, ready for the rules.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) situation: Situation,
    pub(super) universe: Universe,
    pub(super) statements: Vec<Judged<'a>>,
    /// Instances of the resources that the document names.
    named: Vec<String>,
    /// The statements that make the guard, by their numbers, once [`super::guard::Guard::of`] has found them.
    pub(super) guard: OnceCell<Vec<usize>>,
    spent: Cell<usize>,
}

impl<'a> View<'a> {
    pub(super) fn new(subject: &'a Subject<'a>) -> Self {
        let document = subject.document;
        let universe = Universe::of(document);
        let mut statements: Vec<Judged<'a>> = document
            .placed_statements()
            .map(|(path, source)| Judged::new(source, path, document.version()))
            .collect();
        let mut order: Vec<&mut Judged<'a>> = statements
            .iter_mut()
            .filter(|s| s.can_be_judged())
            .collect();
        order.sort_by_key(|s| (s.truth.is_none(), s.effect == Effect::Allow));
        for statement in order.into_iter().take(MAX_JUDGED) {
            let actions = (statement.actions()).and_then(|(_, e)| universe.covered(e));
            let alone = Policy::new(alone(document, statement.source));
            if let (Some(actions), Ok(policy)) = (actions, alone) {
                statement.compile(policy, actions);
            }
        }
        // What Denys name matters more than what Allows do.
        let of = |effect| resources(document, effect).filter(|text| *text != "*");
        let mut named: Vec<String> = (of(Effect::Deny).chain(of(Effect::Allow)))
            .take(MAX_RESOURCES)
            .map(Situation::instance)
            .collect();
        named.sort_unstable();
        named.dedup();
        Self {
            subject,
            situation: Situation::of(subject),
            universe,
            statements,
            named,
            guard: OnceCell::new(),
            spent: Cell::new(0),
        }
    }

    /// The Denys that can be evaluated.
    pub(super) fn denies(&self) -> impl Iterator<Item = &Judged<'a>> {
        self.evaluated(Effect::Deny)
    }

    /// The Allows that can be evaluated.
    pub(super) fn allows(&self) -> impl Iterator<Item = &Judged<'a>> {
        self.evaluated(Effect::Allow)
    }

    fn evaluated(&self, effect: Effect) -> impl Iterator<Item = &Judged<'a>> {
        (self.statements.iter()).filter(move |s| s.effect == effect && s.compiled.is_some())
    }

    /// An action that `statement` covers, that is not in `but`, and that no Deny stops at this state where the statement's
    /// further conditions hold.
    pub(super) fn passing(
        &self,
        statement: &Judged<'a>,
        mfa: Mfa,
        but: &ActionSet,
    ) -> Option<String> {
        let covered = &statement.compiled.as_ref()?.actions;
        let context = statement.situated(self.situation.user(mfa));
        let stopping: Vec<&Judged<'a>> = (self.denies())
            .filter(|deny| {
                deny.includes_principals_of(statement)
                    && deny
                        .compiled
                        .as_ref()
                        .is_some_and(|c| c.actions.meets(covered))
                    && deny.holds(&context, &[statement])
            })
            .collect();
        let stand_ins = self.stand_ins(statement);
        let reached = stand_ins
            .iter()
            .filter(|r| statement.covers_resource(r, &context));
        for resource in reached {
            let mut rest = covered.clone();
            rest.remove_all(but);
            for deny in &stopping {
                if !self.may_spend(1 + deny.resource_patterns()) {
                    return None;
                }
                if let Some(compiled) = &deny.compiled
                    && deny.covers_resource(resource, &context)
                {
                    rest.remove_all(&compiled.actions);
                }
            }
            if let Some(action) = self.universe.example(&rest) {
                return Some(action.to_owned());
            }
        }
        None
    }

    /// Two resources that no document names: of actions that have none, and of all others.
    pub(super) fn anywhere(&self) -> [String; 2] {
        ["*".to_owned(), self.situation.anything()]
    }

    /// Instances of the resources that the document names, of the service of this prefix.
    pub(super) fn named(&self, service: &str) -> impl Iterator<Item = &String> {
        (self.named.iter()).filter(move |arn| arn.split(':').nth(2) == Some(service))
    }

    /// Resources that stand for all that the statement may be about.
    fn stand_ins(&self, statement: &Judged<'a>) -> Vec<String> {
        let mut all = self.anywhere().to_vec();
        all.extend([
            self.situation.own_user(),
            self.situation.own_user_with_a_path(),
            self.situation.other_user(),
            self.situation.own_device(),
            self.situation.device(),
        ]);
        if let Some((_, StatementElement::Resource(patterns))) = statement.resources() {
            all.extend(
                patterns
                    .texts()
                    .take(MAX_RESOURCES)
                    .map(Situation::instance),
            );
        }
        all.extend(self.named.iter().cloned());
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether so much more work may still be done.
    fn may_spend(&self, work: usize) -> bool {
        let spent = self.spent.get() + work;
        self.spent.set(spent);
        spent <= MAX_WORK
    }

    /// Whether the policy applies to IAM users, as far as is known.
    pub(super) fn binds_users(&self) -> bool {
        !self.binds_roles() && self.subject.attachment != Some(Attachment::Trust)
    }

    /// Whether the policy is known to apply to role sessions.
    pub(super) fn binds_roles(&self) -> bool {
        matches!(
            self.subject.attachment,
            Some(Attachment::Role | Attachment::PermissionSet)
        ) || self.subject.kind == Some(Kind::InlineRole)
    }

    /// Whether the policy is known to be a service control policy.
    pub(super) fn is_scp(&self) -> bool {
        self.subject.attachment == Some(Attachment::Scp) || self.subject.kind == Some(Kind::Scp)
    }

    /// Whether the policy is known to be the trust policy of a role.
    pub(super) fn is_trust(&self) -> bool {
        self.subject.attachment == Some(Attachment::Trust) || self.subject.kind == Some(Kind::Trust)
    }
}

/// A document of the same version with this statement only.
fn alone(document: &Document, statement: &Statement) -> Document {
    Document {
        elements: vec![
            Element::Version(document.version()),
            Element::Statement(Statements::One(Box::new(statement.clone()))),
        ],
    }
}
