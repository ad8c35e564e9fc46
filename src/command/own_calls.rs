//! The calls of the commands that manage the user's own devices and keys.

use crate::aws::{Answered, CallError, Sdk, Skew, Target, UserCalls};
use crate::cli::CallArgs;
use crate::context::Context;
use crate::error::Error;
use crate::login::plan::Wanted;
use crate::login::{Purpose, User, warn_about_clock};
use crate::test_hooks;

/// A user, and the way to AWS.
pub(super) struct OwnCalls<'a> {
    pub context: &'a Context,
    pub user: User,
    pub target: Target,
    pub aws: Sdk,
}

/// What the user asked for.
pub(super) fn wanted(profile: Option<&str>, args: &CallArgs) -> Wanted {
    Wanted {
        profile: profile.map(str::to_owned),
        region: args.region.clone(),
        endpoint_url: args.endpoint_url.clone(),
        ..Wanted::default()
    }
}

impl<'a> OwnCalls<'a> {
    /// Finds the user behind a profile.
    ///
    /// # Errors
    /// As [`User::look_up`].
    pub(super) fn of(
        context: &'a Context,
        wanted: &Wanted,
        purpose: Purpose,
    ) -> Result<Self, Error> {
        let user = User::look_up(context, wanted, purpose)?;
        Ok(Self {
            context,
            target: user.target(),
            user,
            aws: Sdk::new(test_hooks::clock_offset()),
        })
    }

    /// Makes a call. The answer comes with what it says about the clocks, which a warning reports if they are far apart.
    pub(super) fn call<T>(
        &self,
        call: impl FnOnce(&dyn UserCalls, &Target) -> Result<Answered<T>, CallError>,
    ) -> Result<(T, Skew), CallError> {
        let answered = call(&self.aws, &self.target)?;
        warn_about_clock(self.context, answered.skew, answered.corrected);
        Ok((answered.value, answered.skew))
    }

    /// The error for a call that failed, as a login reports it.
    pub(super) fn failed(&self, error: CallError) -> Error {
        self.user.call_failed(error).into()
    }
}
