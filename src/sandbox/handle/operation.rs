//! An operation of the account, its call, and the kinds of session that AWS lets call it.

use time::UtcDateTime;

use super::super::account::{Account, Caller, SignedWith};
use super::super::fault::Fault;
use super::super::response::{Node, Service};
use super::authorise::Permission;
use super::params::Params;

/// One operation of IAM or STS that the account serves.
pub(super) struct Operation {
    pub(super) service: Service,
    pub(super) name: &'static str,
    pub(super) sessions: Sessions,
    /// The permissions that the request needs. They name the ARNs that are stored in the account.
    pub(super) permissions: fn(&OperationCall<'_>) -> Result<Vec<Permission>, Fault>,
    pub(super) run: fn(&mut OperationCall<'_>) -> Result<Vec<Node>, Fault>,
}

/// One call of an operation.
pub(super) struct OperationCall<'a> {
    pub(super) operation: &'static Operation,
    pub(super) account: &'a mut Account,
    pub(super) caller: &'a Caller,
    pub(super) params: &'a Params,
    /// The region of the credential scope.
    pub(super) region: &'a str,
    pub(super) now: UtcDateTime,
}

/// The kinds of session that AWS lets call an operation, whatever the policies allow
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html>).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sessions {
    /// All sessions: sts:GetCallerIdentity.
    All,
    /// All sessions except those of federated users: sts:AssumeRole.
    NotFederated,
    /// Sessions of users with MFA, and sessions of roles: IAM.
    WithMfa,
    /// Sessions of roles: the other operations of STS.
    OfRoles,
    /// No sessions: sts:GetSessionToken and sts:GetFederationToken.
    None,
}

impl Operation {
    /// `iam:GetUser`.
    pub(super) fn action(&self) -> String {
        format!("{}:{}", self.service.name(), self.name)
    }
}

impl Service {
    /// The kinds of session that may call an operation that the account does not serve.
    pub(super) fn sessions(self) -> Sessions {
        match self {
            Self::Iam => Sessions::WithMfa,
            Self::Sts => Sessions::OfRoles,
        }
    }

    /// Refuses a session that AWS does not let call this operation.
    pub(super) fn admit(
        self,
        name: &str,
        sessions: Sessions,
        signed_with: SignedWith,
    ) -> Result<(), Fault> {
        match self {
            _ if sessions.admit(signed_with) => Ok(()),
            Self::Iam => Err(Fault::no_iam_without_mfa()),
            Self::Sts => Err(Fault::not_with_session(name)),
        }
    }
}

impl Sessions {
    fn admit(self, signed_with: SignedWith) -> bool {
        use SignedWith::{FederatedSession, LongTermKey, MfaSession, RoleSession, Session};
        match (self, signed_with) {
            (_, LongTermKey)
            | (Self::All, _)
            | (Self::OfRoles, RoleSession)
            | (Self::WithMfa, MfaSession | RoleSession) => true,
            (Self::NotFederated, kind) => kind != FederatedSession,
            (Self::WithMfa, Session | FederatedSession)
            | (Self::OfRoles, Session | MfaSession | FederatedSession)
            | (Self::None, _) => false,
        }
    }
}
