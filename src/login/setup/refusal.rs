//! Why a setup is refused.

use super::super::LoginError;

/// A profile that is not written, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("profile `{profile}` is not written: {reason}")]
pub struct Refusal {
    /// The profile.
    pub profile: String,
    /// Why not.
    pub reason: String,
    /// The command to type, or advice.
    pub hint: String,
}

impl From<Refusal> for LoginError {
    fn from(refusal: Refusal) -> Self {
        Self::NotWritable {
            profile: refusal.profile,
            reason: refusal.reason,
            hint: refusal.hint,
        }
    }
}
