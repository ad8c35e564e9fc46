//! The calls of the commands that manage the user's own devices and keys.

use secrecy::SecretString;

use crate::aws::{Answered, CallError, CallerIdentity, Sdk, Signer, Skew, Target, UserCalls};
use crate::cli::CallArgs;
use crate::context::Context;
use crate::error::Error;
use crate::login::plan::Wanted;
use crate::login::{Delivery, LoginError, Purpose, Request, Reuse, User, log_in, warn_about_clock};
use crate::process::shell_quote;
use crate::prompt::{Deferred, Signals};
use crate::session::record::Record;
use crate::test_hooks;

use super::outcome::Outcome;

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

    /// A command of this program for the same profile.
    pub(super) fn command(&self, words: &str) -> String {
        let profile = shell_quote(&self.user.names.source);
        format!("mfa-session {words} --profile {profile}")
    }

    /// The error for a call that failed, as a login reports it.
    pub(super) fn failed(&self, error: CallError) -> Error {
        self.user.call_failed(error).into()
    }
    /// Who signs with these credentials, and the name of that IAM user.
    ///
    /// # Errors
    /// The call fails, or the caller is root or a role.
    pub(super) fn identity(&self, by: &Signer) -> Result<(CallerIdentity, String), Error> {
        let (caller, _) = self
            .call(|aws, to| aws.caller(to, by))
            .map_err(|error| self.failed(error))?;
        match caller.user_name().map(str::to_owned) {
            Some(name) => Ok((caller, name)),
            None => Err(Error::Refused {
                message: format!(
                    "`{}` is not an IAM user, and only an IAM user has devices and keys that this command manages",
                    caller.arn
                ),
                hint:
                    "root's devices and keys are managed in the AWS console: Security credentials"
                        .to_owned(),
            }),
        }
    }

    /// A live MFA session of the user: that of the cache, else that of a login, which asks for a token code.
    ///
    /// # Errors
    /// The login fails, or nobody can be asked for a code.
    pub(super) fn mfa_session(
        &self,
        args: &CallArgs,
        why: &str,
    ) -> Result<Box<Record>, LoginError> {
        if let Some(record) = &self.user.session {
            return Ok(record.clone());
        }
        self.context.ui.say(why);
        let source = &self.user.names.source;
        own_session(self.context, source, args, None, Delivery::Cache)
    }
}

/// A live MFA session of the user of a source profile, also where the profile that was named stands for a role.
///
/// # Errors
/// The login fails, or nobody can be asked for a code.
pub(super) fn own_session(
    context: &Context,
    source: &str,
    args: &CallArgs,
    token_code: Option<SecretString>,
    delivery: Delivery,
) -> Result<Box<Record>, LoginError> {
    let request = Request {
        wanted: wanted(Some(source), args),
        token_code,
        delivery,
        reuse: Reuse::Live,
    };
    Ok(log_in(context, &request)?.record)
}

/// Obeys the signals that were held back.
///
/// # Errors
/// The cancellation, if one of them ends the program.
pub(super) fn obey(signals: Option<Deferred>) -> Outcome {
    match signals {
        Some(Deferred::End(signal)) => Err(LoginError::Cancelled(signal.exit_code()).into()),
        Some(Deferred::Stop) => {
            Signals::stop();
            Ok(0)
        }
        Some(Deferred::Nothing) | None => Ok(0),
    }
}
