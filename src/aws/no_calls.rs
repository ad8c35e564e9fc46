//! The AWS client of a program that makes no calls.

use std::time::Duration;

use super::call::{Answered, Aws, Device, RoleRequest, SessionRequest};
use super::error::CallError;
use super::target::Target;
use super::types::{Keys, SessionCredentials};

/// An AWS client that sends nothing: each call fails. The launcher has it, so that it does not contain the SDK.
#[derive(Debug, Clone, Copy)]
pub struct NoCalls;

impl NoCalls {
    fn refuse<T>() -> Result<T, CallError> {
        Err(CallError::Local(
            "this program makes no calls to AWS".to_owned(),
        ))
    }
}

impl Aws for NoCalls {
    fn session_token(
        &self,
        _: &Target,
        _: &Keys,
        _: &SessionRequest<'_>,
        _: Duration,
    ) -> Result<Answered<SessionCredentials>, CallError> {
        Self::refuse()
    }

    fn assume_role(
        &self,
        _: &Target,
        _: &SessionCredentials,
        _: &RoleRequest<'_>,
        _: Duration,
    ) -> Result<Answered<SessionCredentials>, CallError> {
        Self::refuse()
    }

    fn mfa_devices(
        &self,
        _: &Target,
        _: &Keys,
        _: Duration,
    ) -> Result<Answered<Vec<Device>>, CallError> {
        Self::refuse()
    }
}
