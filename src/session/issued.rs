//! Credentials that AWS has issued, with what a program that uses them must know.

use time::{Duration, UtcDateTime};

use crate::aws::types::SessionCredentials;

/// The credentials of a session or a role.
#[derive(Clone, Copy, Debug)]
pub struct Issued<'a> {
    /// The credentials. Their end is by AWS's clock.
    pub credentials: &'a SessionCredentials,
    /// AWS's clock minus this machine's, in seconds.
    pub skew_seconds: i64,
    /// The account that they are for, if it is known.
    pub account: Option<&'a str>,
}

impl Issued<'_> {
    /// Their end by this machine's clock, as far as the skew is known: programs compare it with their own clock.
    #[must_use]
    pub fn expiration_here(&self) -> UtcDateTime {
        let skew = Duration::seconds(self.skew_seconds);
        self.credentials.expiration.saturating_sub(skew)
    }
}
