//! The request that is decided on: the caller, the action and the resource.

use crate::policy::caller::Caller;
use crate::policy::context::Context;

/// The caller with the request context, completed by what follows from the caller.
#[derive(Debug, Clone)]
pub struct Requester {
    pub(super) caller: Caller,
    pub(super) context: Context,
}

impl Requester {
    /// The keys that follow from the caller are added unless the context has them.
    #[must_use]
    pub fn new(caller: Caller, mut context: Context) -> Self {
        caller.complete(&mut context);
        Self { caller, context }
    }

    /// The caller.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The completed context.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }
}

/// One call to be decided on.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// E.g. `s3:GetObject`.
    pub action: &'a str,
    /// An ARN, or `*` for actions that have no resource type.
    pub resource: &'a str,
    /// Who asks.
    pub requester: &'a Requester,
    /// The account of the resource; without one it is taken for the caller's own.
    pub owner: Option<&'a str>,
    /// Which of AWS's evaluators is followed.
    pub habits: Habits,
}

/// AWS's simulation differs from its services in small things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Habits {
    /// As services decide: what a resource policy grants to an account needs an identity policy, too.
    #[default]
    Live,
    /// As `SimulateCustomPolicy` decides: a grant to the account passes without one.
    Simulation,
}
