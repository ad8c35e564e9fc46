//! The record of a session, which is contained in its token.

use serde::{Deserialize, Serialize};
use time::{Duration, UtcDateTime};

use super::identity::Tags;
use super::stored_policy::StoredPolicy;
use crate::sandbox::stored::{self, whole_second};

/// A session of a user, a role or a federated user.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Session {
    pub(in crate::sandbox) of: SessionOf,
    pub(in crate::sandbox) mfa: Option<MfaContext>,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) issued: UtcDateTime,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) expiration: UtcDateTime,
    /// Session policies that were given as documents.
    pub(in crate::sandbox) policies: Vec<StoredPolicy>,
    /// Session policies that were given as ARNs.
    pub(in crate::sandbox) policy_arns: Vec<String>,
    /// Session tags.
    pub(in crate::sandbox) tags: Tags,
}

/// The holder of a session, by unique ID because names can change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) enum SessionOf {
    /// From sts:GetSessionToken.
    User { id: String },
    /// From sts:AssumeRole.
    Role { id: String, session: String },
    /// From sts:GetFederationToken, by this user.
    Federated { user: String, name: String },
}

/// How a session was authenticated with MFA. This stays true when the device is removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MfaContext {
    /// The serial number of the device.
    pub serial_number: String,
    /// When the code was accepted. `aws:MultiFactorAuthAge` counts from here.
    #[serde(with = "stored::moment")]
    pub authenticated: UtcDateTime,
}

impl Session {
    /// A session without policies and tags.
    pub(in crate::sandbox) fn new(
        of: SessionOf,
        mfa: Option<MfaContext>,
        duration: Duration,
        now: UtcDateTime,
    ) -> Self {
        let issued = whole_second(now);
        Self {
            of,
            mfa,
            issued,
            expiration: issued.saturating_add(duration),
            policies: Vec::new(),
            policy_arns: Vec::new(),
            tags: Tags::default(),
        }
    }
}
