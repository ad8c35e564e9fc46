//! What a caller can do at each state of MFA. Callers for whom the same statements apply share one answer.

use std::collections::HashMap;
use std::rc::Rc;

use crate::account::Identity;
use crate::policy::actions::ActionSet;
use crate::policy::caller::Caller;
use crate::policy::context::{Context, Mfa};
use crate::policy::document::Effect;
use crate::policy::evaluate::Requester;
use crate::policy::reach::{Bound, Field, Held, Holding, Limit, Terrain};
use crate::policy::verify::ByState;

/// When the credentials of a session or of the console were made: later than any moment that a policy names.
const ISSUED: &str = "2100-01-01T00:00:00Z";

/// What a caller can do at each state of MFA.
pub(super) struct Outlook {
    pub(super) possible: ByState<ActionSet>,
    /// Whether an action that no policy names is denied without MFA and not with it: at `absent` and at `false`.
    pub(super) is_guarded: ByState<bool>,
    /// Whether the policies are too large to be looked at wholly.
    pub(super) is_cut: bool,
}

/// The answers so far.
#[derive(Default)]
pub(super) struct Outlooks {
    known: HashMap<Key, Rc<Outlook>>,
}

/// The policies by their addresses; which statements cover what; which apply at each state.
type Key = (Vec<(Limit, usize)>, Terrain, [Holding; 3]);

/// A caller with the policies that bind it.
pub(super) struct Standing {
    pub(super) requesters: ByState<Requester>,
    pub(super) holding: ByState<Holding>,
    pub(super) outlook: Rc<Outlook>,
}

impl Outlooks {
    /// What this caller can do.
    pub(super) fn of(
        &mut self,
        field: &Field,
        bound: &Bound,
        requesters: ByState<Requester>,
    ) -> Standing {
        let terrain = bound.terrain(field, &requesters.absent, &[]);
        let holding = requesters.map(|requester| bound.holding(requester));
        let key = (
            bound.addresses(),
            terrain,
            [
                holding.absent.clone(),
                holding.without.clone(),
                holding.with.clone(),
            ],
        );
        let known = self.known.get(&key).cloned();
        let outlook = known.unwrap_or_else(|| {
            let outlook = Rc::new(Outlook::of(field, bound, &key.1, &holding));
            self.known.insert(key, outlook.clone());
            outlook
        });
        Standing {
            requesters,
            holding,
            outlook,
        }
    }
}

impl Outlook {
    fn of(field: &Field, bound: &Bound, terrain: &Terrain, holding: &ByState<Holding>) -> Self {
        let everything = field.matching(&["*"]);
        let stranger = field.stranger();
        let reaches = holding.map(|holding| {
            let reach = bound.possible(field, terrain, holding, Some(&everything));
            reach.meets(stranger)
        });
        Self {
            possible: holding.map(|holding| bound.possible(field, terrain, holding, None)),
            is_cut: terrain.is_cut || field.is_cut(),
            is_guarded: reaches.map(|reaches_it| reaches.with && !reaches_it),
        }
    }
}

/// The requests of a user at each state of MFA.
pub(super) fn requesters(identity: &Identity) -> Option<ByState<Requester>> {
    let mut caller = Caller::from_arn(&identity.arn).ok()?;
    caller.id = Some(identity.id.clone());
    Some(at_each_state(&caller, &identity.tags))
}

/// The requests of a caller at each state of MFA.
pub(super) fn at_each_state(caller: &Caller, tags: &[(String, String)]) -> ByState<Requester> {
    ByState {
        absent: Mfa::Absent,
        without: Mfa::False,
        with: Mfa::True { age: 60 },
    }
    .map(|mfa| {
        let mut context = direct_call(tags);
        if *mfa != Mfa::Absent {
            context.set("aws:TokenIssueTime", ISSUED);
        }
        mfa.apply(&mut context);
        Requester::new(caller.clone(), context)
    })
}

/// The requests of a role's sessions, which never carry the MFA key.
pub(super) fn of_role(identity: &Identity) -> Option<Requester> {
    let mut caller = Caller::from_arn(&identity.arn).ok()?;
    caller.id = Some(identity.id.clone());
    let mut context = direct_call(&identity.tags);
    context.set("aws:TokenIssueTime", ISSUED);
    Some(Requester::new(caller, context))
}

fn direct_call(tags: &[(String, String)]) -> Context {
    let mut context = Context::new().with("aws:ViaAWSService", "false");
    for (key, value) in tags {
        context.set(&format!("aws:PrincipalTag/{key}"), value.as_str());
    }
    context
}

impl Standing {
    /// The statements that make the difference between this state and a call with MFA, each with its policy: Denys that apply, and
    /// Allows that do not.
    pub(super) fn guards<'a>(
        &'a self,
        bound: &'a Bound,
        state: &'a Holding,
    ) -> impl Iterator<Item = (&'a Held, usize, Effect)> {
        bound
            .differing(state, &self.holding.with)
            .filter(|(held, _, effect, holds)| match effect {
                Effect::Deny => *holds,
                Effect::Allow => !*holds && held.limit != Limit::ResourceControl,
            })
            .map(|(held, statement, effect, _)| (held, statement, effect))
    }
}
