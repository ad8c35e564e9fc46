//! How a request value compares with the policy values of one condition.

/// How one request value compares with the policy's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// One of them matches.
    Hit,
    /// None matches.
    Miss,
    /// The request value cannot be compared: neither the operator nor its negation holds.
    Incomparable,
    /// A policy value that came before any hit is malformed, and the family fails closed.
    Malformed,
}

impl From<bool> for Match {
    fn from(hit: bool) -> Self {
        if hit { Self::Hit } else { Self::Miss }
    }
}
