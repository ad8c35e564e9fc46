//! The record of a session, which its token carries.

use serde::{Deserialize, Serialize};
use time::{Duration, UtcDateTime};

use super::identity::Tags;
use super::stored_policy::StoredPolicy;
use crate::sandbox::stored::{self, whole_second};

/// What a session is, as its token tells.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct Session {
    pub(in crate::sandbox) of: SessionOf,
    pub(in crate::sandbox) mfa: Option<MfaContext>,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) issued: UtcDateTime,
    #[serde(with = "stored::moment")]
    pub(in crate::sandbox) expiration: UtcDateTime,
    /// Session policies that came as documents.
    pub(in crate::sandbox) policies: Vec<StoredPolicy>,
    /// Session policies that came as ARNs.
    pub(in crate::sandbox) policy_arns: Vec<String>,
    /// Session tags.
    pub(in crate::sandbox) tags: Tags,
}

/// Whose session it is, by unique ids: names may change.
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

/// What a session knows of the code that it was made with. It outlives the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MfaContext {
    /// The device.
    pub serial_number: String,
    /// When its code was taken: the start of `aws:MultiFactorAuthAge`.
    #[serde(with = "stored::moment")]
    pub authenticated: UtcDateTime,
}

impl Session {
    /// One without policies and tags.
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
