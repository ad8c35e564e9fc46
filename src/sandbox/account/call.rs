//! The calls that the account has answered.

/// The credentials with which a request was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedWith {
    /// The key pair of an IAM user.
    LongTermKey,
    /// A session that was created without a token code.
    Session,
    /// A session that was created with a token code.
    MfaSession,
    /// A session of a role.
    RoleSession,
    /// A session of a federated user.
    FederatedSession,
}

impl SignedWith {
    /// A description for the log, with the MFA state that conditions see.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LongTermKey => "long-term key, MFA absent",
            Self::Session => "session, MFA false",
            Self::MfaSession => "session, MFA true",
            Self::RoleSession => "role session, MFA absent",
            Self::FederatedSession => "federated session, MFA absent",
        }
    }
}

/// One authenticated call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `iam:ListMFADevices`.
    pub action: String,
    /// The caller's ARN.
    pub caller: String,
    /// The credentials with which it was signed, and so its MFA state.
    pub signed_with: SignedWith,
    /// `Success` or the error's code.
    pub outcome: String,
}
