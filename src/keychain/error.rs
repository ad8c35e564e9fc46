//! Why the keychain did not do what it was asked for, and what to do about it. Never repeats what it holds.

use std::io;
use std::time::Duration;

/// Why the keychain did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum KeychainError {
    /// There is no service.
    #[error("no keychain service is running: {0}")]
    Missing(String),
    /// It is locked, or the person did not unlock it.
    #[error("the keychain is locked, and was not unlocked")]
    Locked,
    /// It did not answer.
    #[error("the keychain did not answer within {} s; it may be asking for its password", .0.as_secs())]
    TimedOut(Duration),
    /// It has more than one entry for a key.
    #[error("the keychain has more than one secret for this key")]
    Ambiguous,
    /// What was stored is not what it gives back.
    #[error("the keychain did not keep the secret")]
    NotKept,
    /// What it holds for a key cannot be a secret.
    #[error("what the keychain holds for this key is not a secret access key")]
    Unusable,
    /// Anything else.
    #[error("the keychain failed: {0}")]
    Failed(String),
}

impl KeychainError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing(_) => {
                "start one in a graphical session, or a Secret Service such as gnome-keyring-daemon; the secret is never put elsewhere instead"
            }
            Self::Locked | Self::TimedOut(_) => {
                "unlock the keychain, for example by signing in to the desktop, and try again"
            }
            Self::Ambiguous => {
                "remove all but one in the keychain's own program: search it for mfa-session"
            }
            Self::NotKept | Self::Unusable | Self::Failed(_) => {
                "look at it in the keychain's own program: search it for mfa-session"
            }
        }
    }
}

/// What a test's keychain says.
impl From<io::Error> for KeychainError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing(error.to_string()),
            io::ErrorKind::PermissionDenied => Self::Locked,
            _ => Self::Failed(error.to_string()),
        }
    }
}
