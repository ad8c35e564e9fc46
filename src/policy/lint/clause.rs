//! One condition of a statement: what it is about and, for the MFA keys, whether it holds at each state of MFA.

use crate::policy::condition::{Condition, Family, Operator, Verdict};
use crate::policy::context::{Context, ContextValue, Mfa};
use crate::policy::document::{Effect, Strings, Version};

use super::situation::{Situation, is_known};

const MFA_PRESENT: &str = "aws:multifactorauthpresent";
const MFA_AGE: &str = "aws:multifactorauthage";

/// One key under one operator.
#[derive(Debug)]
pub(super) struct Clause<'a> {
    /// The operator as written.
    pub(super) operator: &'a str,
    /// The operator, taken apart.
    pub(super) parsed: Operator,
    /// The key as written.
    pub(super) key: &'a str,
    pub(super) values: &'a Strings,
    pub(super) about: About,
    condition: Condition,
    sorted: Vec<&'a str>,
}

/// What a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// Whether the caller used MFA.
    MfaPresent,
    /// How long ago.
    MfaAge,
    /// Who calls, and whether directly.
    Caller,
    /// Anything else about the request.
    Request,
}

/// What a statement's conditions on the MFA keys say at each state, as if all its other conditions held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one answer for each state")]
pub(super) struct Truth {
    /// At a long-term key.
    pub(super) absent: bool,
    /// In the console or with a session without MFA.
    pub(super) without: bool,
    /// With MFA, at this second.
    pub(super) fresh: bool,
    /// With MFA, at some age.
    pub(super) ever: bool,
    /// With MFA, at every age.
    pub(super) always: bool,
}

impl Truth {
    /// Whether it says the same of two of the states, with MFA at any age.
    pub(super) fn is(self, absent: bool, without: bool, with: bool) -> bool {
        self.absent == absent && self.without == without && self.ever == with && self.always == with
    }

    /// What it says at one state.
    pub(super) fn at(self, mfa: Mfa) -> bool {
        match mfa {
            Mfa::Absent => self.absent,
            Mfa::False => self.without,
            Mfa::True { .. } => self.ever,
        }
    }

    /// Whether a Deny with it is meant for callers without MFA.
    pub(super) fn stops_without_mfa(self) -> bool {
        (self.absent || self.without) && !self.always
    }

    /// What the clauses say together.
    pub(super) fn of<'c, 'a: 'c>(
        clauses: &(impl Iterator<Item = &'c Clause<'a>> + Clone),
        effect: Effect,
    ) -> Self {
        let at = |mfa: Mfa| {
            let mut context = Context::new();
            mfa.apply(&mut context);
            let verdicts = clauses.clone().map(|c| c.condition.evaluate(&context));
            holds(verdicts.min().unwrap_or(Verdict::True), effect)
        };
        let mut ages = vec![0, 60, 43_200];
        for clause in clauses.clone().filter(|c| c.about == About::MfaAge) {
            let limits = clause.values.texts().take(64);
            for limit in limits.filter_map(|text| text.parse::<u64>().ok()) {
                ages.extend([limit.saturating_sub(1), limit, limit.saturating_add(1)]);
            }
        }
        let with: Vec<bool> = (ages.into_iter())
            .map(|age| at(Mfa::True { age }))
            .collect();
        Self {
            absent: at(Mfa::Absent),
            without: at(Mfa::False),
            fresh: at(Mfa::True { age: 0 }),
            ever: with.contains(&true),
            always: !with.contains(&false),
        }
    }
}

/// If a malformed value leaves it open, a Deny applies and an Allow does not.
fn holds(verdict: Verdict, effect: Effect) -> bool {
    verdict == Verdict::True || (verdict == Verdict::Malformed && effect == Effect::Deny)
}

impl<'a> Clause<'a> {
    /// `None` for an operator that AWS does not know.
    pub(super) fn new(
        operator: &'a str,
        key: &'a str,
        values: &'a Strings,
        version: Version,
    ) -> Option<Self> {
        let parsed = Operator::parse(operator)?;
        let condition = Condition::new(parsed, key, values.texts(), version);
        let about = match condition.key() {
            MFA_PRESENT => About::MfaPresent,
            MFA_AGE => About::MfaAge,
            key if is_known(key, parsed.family) => About::Caller,
            _ => About::Request,
        };
        let mut sorted: Vec<&str> = values.texts().collect();
        sorted.sort_unstable();
        Some(Self {
            operator,
            parsed,
            key,
            values,
            about,
            condition,
            sorted,
        })
    }

    /// Whether it asks for MFA or for its age.
    pub(super) fn is_mfa(&self) -> bool {
        matches!(self.about, About::MfaPresent | About::MfaAge)
    }

    /// The key in lower case.
    pub(super) fn lower_key(&self) -> &str {
        self.condition.key()
    }

    /// Whether it holds for a statement of this effect.
    pub(super) fn holds(&self, context: &Context, effect: Effect) -> bool {
        holds(self.condition.evaluate(context), effect)
    }

    /// Whether both hold in the same cases because they are the same.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.parsed == other.parsed
            && self.condition.key() == other.condition.key()
            && self.sorted == other.sorted
    }

    /// Changes the context so that the clause holds in it, where that is easily done.
    pub(super) fn satisfy(&self, context: &mut Context) {
        let first = self.values.texts().next().unwrap_or_default();
        let value = Situation::instance(first);
        match (self.parsed.family, self.parsed.negated) {
            (Family::Null, _) if first.eq_ignore_ascii_case("true") => {
                context.set(self.key, ContextValue::List(Vec::new()));
            }
            (_, false) if self.lower_key() == "aws:calledvia" => {
                context.set(self.key, ContextValue::List(vec![value]));
            }
            (_, false) => {
                let name = value.rsplit('/').next().unwrap_or_default();
                if self.lower_key() == "aws:principalarn" {
                    context.set("aws:username", name);
                }
                context.set(self.key, value);
            }
            (_, true) => {}
        }
    }
}
