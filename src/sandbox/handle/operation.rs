//! The operations that the account serves, and whom AWS lets call them at all.

use super::super::account::SignedWith;
use super::super::action;
use super::super::fault::Fault;
use super::super::response::{Node, Service};
use super::authorise::Ask;
use super::params::Params;
use super::{Turn, iam, sts};

/// One thing that the account can be asked for.
pub(super) struct Operation {
    pub(super) service: Service,
    pub(super) name: &'static str,
    pub(super) sessions: Sessions,
    /// What the request asks for, looked up in the account: names are authorised on the ARNs that are stored.
    pub(super) asks: fn(&Turn<'_>) -> Result<Vec<Ask>, Fault>,
    pub(super) run: fn(&mut Turn<'_>) -> Result<Vec<Node>, Fault>,
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

/// Every operation; a table stands beside what it runs.
fn operations() -> impl Iterator<Item = &'static Operation> {
    std::iter::once(&sts::OPERATIONS)
        .chain(iam::OPERATIONS)
        .flat_map(|table| table.iter())
}

impl Operation {
    /// `iam:GetUser`.
    pub(super) fn action(&self) -> String {
        format!("{}:{}", self.service.name(), self.name)
    }
}

/// What a request to IAM or STS names.
pub(super) enum Named {
    /// One of ours.
    Ours(&'static Operation),
    /// An action of the service that is not served here.
    Known,
}

impl Service {
    /// The operation that the parameters name, in the version of the API that they name.
    pub(super) fn operation(self, params: &Params) -> Result<Named, Fault> {
        let action = params
            .text("Action")
            .filter(|a| !a.is_empty())
            .ok_or_else(Fault::missing_action)?;
        let version = params.text("Version").unwrap_or(self.version());
        let unknown = || Fault::unknown_action(action, version);
        if version != self.version() {
            return Err(unknown());
        }
        let ours = operations().find(|o| o.service == self && o.name == action);
        match ours {
            Some(operation) => Ok(Named::Ours(operation)),
            None if action::is_exactly(&format!("{}:{action}", self.name())) => Ok(Named::Known),
            None => Err(unknown()),
        }
    }

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
