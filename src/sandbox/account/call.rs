//! The calls that the account has answered.

/// What a caller signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedWith {
    /// The key pair of an IAM user.
    LongTermKey,
    /// A session made without a code.
    Session,
    /// A session made with a code.
    MfaSession,
    /// A session of a role.
    RoleSession,
    /// A session of a federated user.
    FederatedSession,
}

impl SignedWith {
    /// For people: what it is, and what conditions see of MFA.
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
    /// What the call was signed with, and so whether it carried MFA.
    pub signed_with: SignedWith,
    /// `Success` or the error's code.
    pub outcome: String,
}
