//! What an operation is and what it works with, and whom AWS lets call it at all.

use time::UtcDateTime;

use super::super::account::{Account, Caller, SignedWith};
use super::super::fault::Fault;
use super::super::response::{Node, Service};
use super::authorise::Ask;
use super::params::Params;

/// One thing that the account can be asked for.
pub(super) struct Operation {
    pub(super) service: Service,
    pub(super) name: &'static str,
    pub(super) sessions: Sessions,
    /// What the request asks for, looked up in the account: names are authorised on the ARNs that are stored.
    pub(super) asks: fn(&Turn<'_>) -> Result<Vec<Ask>, Fault>,
    pub(super) run: fn(&mut Turn<'_>) -> Result<Vec<Node>, Fault>,
}

/// What an operation works with.
pub(super) struct Turn<'a> {
    pub(super) operation: &'static Operation,
    pub(super) account: &'a mut Account,
    pub(super) caller: &'a Caller,
    pub(super) params: &'a Params,
    /// Of the credential scope.
    pub(super) region: &'a str,
    pub(super) now: UtcDateTime,
}

/// Which sessions AWS lets call an operation at all, whatever the policies say
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html>).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sessions {
    /// sts:GetCallerIdentity.
    All,
    /// sts:AssumeRole: every session but a federated user's.
    NotFederated,
    /// IAM: a user's session with MFA, and a role's.
    WithMfa,
    /// The rest of STS: a role's.
    OfRoles,
    /// sts:GetSessionToken and sts:GetFederationToken.
    None,
}

impl Operation {
    /// `iam:GetUser`.
    pub(super) fn action(&self) -> String {
        format!("{}:{}", self.service.name(), self.name)
    }
}

impl Service {
    /// Which sessions may call what is not served here.
    pub(super) fn sessions(self) -> Sessions {
        match self {
            Self::Iam => Sessions::WithMfa,
            Self::Sts => Sessions::OfRoles,
        }
    }

    /// Refuses the sessions that AWS lets nowhere near.
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
