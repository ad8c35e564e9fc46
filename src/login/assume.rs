//! The credentials of the role that a profile stands for: from the cache, else by assuming its roles with the MFA session.
//!
//! INVARIANT: credentials are served only as long as the cache holds the session that they were assumed with, which may have ended.
//! After a logout, or a login by somebody else, they are not served, whatever another process stored meanwhile.

use std::time::Duration;

use time::UtcDateTime;

use crate::aws::endpoint::{ForeignEndpoint, Service};
use crate::aws::types::{AccessKeyId, SessionCredentials};
use crate::aws::{CallError, RoleRequest, Target};
use crate::context::Context;
use crate::session::record::Record;
use crate::session::role_cache::RoleName;
use crate::session::role_record::RoleRecord;
use crate::storage::lock::{Lock, LockError, Waited};

use super::LoginError;
use super::clocks::clock_warning;
use super::granted::{AlreadyEnded, bounded};
use super::local_state::{CachedSession, LocalState};
use super::plan::{Assumption, Names, RoleChain, Settings, Wanted};
use super::reach;
use super::role_error::{AssumedWith, RoleError};
use super::watch::Watch;

/// What the cache holds of a role.
pub(super) struct CachedRole {
    /// The session that the role was assumed with, which may have ended.
    pub(super) session: Box<Record>,
    pub(super) role: Box<RoleRecord>,
}

/// The credentials of the last role of a chain, if the cache holds any that have not ended. This reads two records and writes
/// nothing.
///
/// # Errors
/// The endpoint is wrong.
pub(super) fn cached_role(
    context: &Context,
    state: &LocalState,
    wanted: &Wanted,
    names: &Names,
    chain: &RoleChain,
) -> Result<Option<CachedRole>, LoginError> {
    let Some(id) = state.source_id(context, &names.source) else {
        return Ok(None);
    };
    let endpoint = state.origin(context, wanted, &names.source)?;
    let name = role_name(&id, endpoint.as_ref(), chain);
    let now = context.clock.now();
    Ok(load(context, state, &name, now).and_then(|role| {
        let session = match state.session(context, &id, endpoint.as_ref(), now) {
            CachedSession::Live(record) | CachedSession::Ended(record) => record,
            CachedSession::Missing => return None,
        };
        (session.credentials.id == role.session_access_key_id)
            .then_some(CachedRole { session, role })
    }))
}

fn load(
    context: &Context,
    state: &LocalState,
    name: &RoleName,
    now: UtcDateTime,
) -> Option<Box<RoleRecord>> {
    let found = state.cache.role(name).unwrap_or_else(|why| {
        state.warn_once(context, &why);
        None
    });
    found.filter(|role| role.seconds_left(now) > 0)
}

/// Everything that the credentials of a role depend on.
fn role_name(id: &AccessKeyId, endpoint: Option<&ForeignEndpoint>, chain: &RoleChain) -> RoleName {
    let roles: Vec<_> = chain
        .iter()
        .map(|role| {
            (
                role.arn.as_str(),
                &role.external_id,
                &role.session_name,
                role.duration_seconds,
            )
        })
        .collect();
    RoleName::new(id, &(endpoint.map(ForeignEndpoint::as_str), roles))
}

/// What is needed to assume roles with a session.
pub(super) struct Assuming<'a> {
    pub(super) context: &'a Context,
    pub(super) state: &'a LocalState,
    pub(super) names: &'a Names,
    pub(super) settings: &'a Settings,
    pub(super) watch: &'a Watch,
    pub(super) chain: &'a RoleChain,
    pub(super) session: &'a Record,
    /// `--min-remaining`, in seconds.
    pub(super) min_remaining: Option<u32>,
}

impl Assuming<'_> {
    /// Assumes the roles one after the other and stores the credentials of the last one. Of many processes that need them at once,
    /// one makes the calls.
    ///
    /// # Errors
    /// [`LoginError::Role`], or the lock of the role is not released.
    pub(super) fn run(&self) -> Result<Box<RoleRecord>, LoginError> {
        let endpoint = self.settings.foreign_endpoint();
        let id = &self.session.source_access_key_id;
        let name = role_name(id, endpoint.as_ref(), self.chain);
        let _lock = self.lock(&name)?;
        let now = self.context.clock.now();
        if let Some(role) = load(self.context, self.state, &name, now)
            && role.session_access_key_id == self.session.credentials.id
            && is_enough(&role, self.min_remaining, now)
        {
            return Ok(role);
        }
        let role = self.assume(&name)?;
        if let Err(error) = self.state.cache.store_role(&role) {
            self.context.ui.warn(&format!(
                "the credentials of the role could not be stored in the cache, so the next command will assume it again: {error}"
            ));
        }
        self.warn_if_too_short(&role);
        Ok(role)
    }

    /// The lock of the role; `None` where there are no locks, or where the cache cannot be written: the role is assumed all the same.
    fn lock(&self, name: &RoleName) -> Result<Option<Lock>, LoginError> {
        let lock = self.state.cache.role_lock(name);
        match lock.acquire(&mut || self.watch.check()) {
            Ok(Waited::Held(lock)) => Ok(Some(lock)),
            Ok(Waited::Left(reason)) => Err(LoginError::stopped_waiting(self.names, reason, &lock)),
            Err(error @ LockError::Held { .. }) => Err(LoginError::locked(self.names, error)),
            Ok(Waited::Unsupported) | Err(_) => Ok(None),
        }
    }

    fn assume(&self, name: &RoleName) -> Result<Box<RoleRecord>, LoginError> {
        let device = &self.session.serial_number;
        let target = reach::target(
            &self.state.locations,
            self.names,
            self.settings,
            Some(device),
        );
        let mut credentials = self.session.credentials.clone();
        let mut skew_seconds = self.session.skew_seconds;
        let mut assumed: Option<&Assumption> = None;
        for assumption in self.chain.iter() {
            self.context
                .ui
                .info(&format!("assuming role {}", assumption.arn));
            let answer = self.call(&target, &credentials, assumption);
            (credentials, skew_seconds) =
                answer.map_err(|error| self.failed(error, assumption, assumed))?;
            assumed = Some(assumption);
        }
        Ok(Box::new(RoleRecord {
            name: name.as_str().to_owned(),
            session_access_key_id: self.session.credentials.id.clone(),
            role_arn: self.chain.last().arn.clone(),
            credentials,
            skew_seconds,
        }))
    }

    fn call(
        &self,
        target: &Target,
        credentials: &SessionCredentials,
        assumption: &Assumption,
    ) -> Result<(SessionCredentials, i64), CallError> {
        reach::check(self.context, target)?;
        let now = self.context.clock.now();
        // botocore names its sessions in the same way.
        let new_name = || format!("mfa-session-{}", now.unix_timestamp());
        let session_name = assumption.session_name.clone().unwrap_or_else(new_name);
        let request = RoleRequest {
            role_arn: &assumption.arn,
            session_name: &session_name,
            external_id: assumption.external_id.as_deref(),
            duration_seconds: assumption.duration_seconds,
        };
        let limit = self.watch.time_left().max(Duration::from_secs(1));
        let answered = (self.context.aws).assume_role(target, credentials, &request, limit)?;
        let now = self.context.clock.now();
        if let Some(warning) = clock_warning(answered.skew, answered.corrected, now) {
            self.context.ui.warn(&warning);
        }
        let asked = assumption.duration_seconds;
        let granted = bounded(answered.value, asked, answered.skew, now).map_err(|ended| {
            let AlreadyEnded { expiration, clocks } = ended;
            CallError::NotAws {
                host: target.host(Service::Sts),
                detail: format!("the credentials end at {expiration}, but {clocks}"),
            }
        })?;
        Ok((granted, answered.skew.seconds()))
    }

    fn failed(
        &self,
        error: CallError,
        assumption: &Assumption,
        before: Option<&Assumption>,
    ) -> LoginError {
        let session = self.session;
        let left = session.seconds_left(self.context.clock.now());
        let age = i64::from(session.granted_seconds).saturating_sub(left) / 60 * 60;
        let age = Duration::from_secs(u64::try_from(age).unwrap_or(0));
        let with = match before {
            Some(role) => AssumedWith::Role(role.arn.clone()),
            None => AssumedWith::Session {
                age: humantime::format_duration(age).to_string(),
                account: session.serial_number.account().map(str::to_owned),
            },
        };
        LoginError::Role(Box::new(RoleError {
            error,
            profile: assumption.profile.clone(),
            arn: assumption.arn.clone(),
            duration_seconds: assumption.duration_seconds,
            with,
            to_log_in: self.names.to_log_in().to_owned(),
            source_profile: self.names.source.clone(),
        }))
    }

    fn warn_if_too_short(&self, role: &RoleRecord) {
        let left = role.seconds_left(self.context.clock.now());
        if self
            .min_remaining
            .is_some_and(|least| left < i64::from(least))
        {
            self.context.ui.warn(&format!(
                "the credentials of role `{}` last {left} s, less than --min-remaining asks for: see `duration_seconds` of its profile, and the maximum of the role",
                role.role_arn
            ));
        }
    }
}

/// Whether credentials from the cache last long enough.
pub(super) fn is_enough(role: &RoleRecord, min_remaining: Option<u32>, now: UtcDateTime) -> bool {
    let least = min_remaining.map_or(0, i64::from);
    role.is_fresh(now) && role.seconds_left(now) >= least
}
