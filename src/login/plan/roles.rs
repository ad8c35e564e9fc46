//! The roles that a profile stands for, as they are assumed one after the other.

use crate::aws::role::{
    DEFAULT_ROLE_SECONDS, MOST_CHAINED_SECONDS, ROLE_SECONDS, RoleArn, check_external_id,
    check_role_session_name,
};
use crate::aws::types::Invalid;
use crate::shared_config::{Role, key};

use super::error::PlanError;

/// A role to assume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// The role profile.
    pub profile: String,
    /// Its role.
    pub arn: RoleArn,
    /// The external id.
    pub external_id: Option<String>,
    /// The name of the session; without one, a new name is made for each call.
    pub session_name: Option<String>,
    /// How long its credentials are to last, in seconds.
    pub duration_seconds: u32,
}

/// Roles that are assumed one after the other, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleChain {
    before: Vec<Assumption>,
    last: Assumption,
}

impl RoleChain {
    /// The roles in the order in which they are assumed.
    pub fn iter(&self) -> impl Iterator<Item = &Assumption> {
        self.before.iter().chain([&self.last])
    }

    /// The role whose credentials are wanted.
    #[must_use]
    pub fn last(&self) -> &Assumption {
        &self.last
    }
}

/// The roles to assume, of which `roles` names the last one first; `None` if there are none. From the second role on, an hour is the
/// most that AWS grants, whatever the profile says.
///
/// # Errors
/// [`PlanError::RoleSetting`].
pub fn role_chain(roles: &[Role]) -> Result<Option<RoleChain>, PlanError> {
    let mut all: Vec<_> = roles
        .iter()
        .rev()
        .map(assumption)
        .collect::<Result<_, _>>()?;
    for chained in all.iter_mut().skip(1) {
        chained.duration_seconds = chained.duration_seconds.min(MOST_CHAINED_SECONDS);
    }
    Ok(all.pop().map(|last| RoleChain { before: all, last }))
}

fn assumption(role: &Role) -> Result<Assumption, PlanError> {
    let invalid = |key: &'static str| {
        let profile = role.profile.clone();
        move |source: Invalid| PlanError::RoleSetting {
            profile,
            key,
            source,
        }
    };
    if let Some(id) = &role.external_id {
        check_external_id(id).map_err(invalid(key::EXTERNAL_ID))?;
    }
    if let Some(name) = &role.session_name {
        check_role_session_name(name).map_err(invalid(key::ROLE_SESSION_NAME))?;
    }
    Ok(Assumption {
        profile: role.profile.clone(),
        arn: RoleArn::new(&role.arn).map_err(invalid(key::ROLE_ARN))?,
        external_id: role.external_id.clone(),
        session_name: role.session_name.clone(),
        duration_seconds: duration(role.duration_seconds.as_deref())
            .map_err(invalid(key::DURATION_SECONDS))?,
    })
}

fn duration(text: Option<&str>) -> Result<u32, Invalid> {
    let Some(text) = text else {
        return Ok(DEFAULT_ROLE_SECONDS);
    };
    text.parse()
        .ok()
        .filter(|seconds| ROLE_SECONDS.contains(seconds))
        .ok_or(Invalid {
            what: "duration of a role",
            form: "900 to 43200",
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(profile: &str) -> Role {
        Role {
            profile: profile.to_owned(),
            arn: format!("arn:aws:iam::111122223333:role/{profile}"),
            external_id: None,
            session_name: None,
            duration_seconds: None,
            mfa_serial: None,
        }
    }

    fn with(change: impl FnOnce(&mut Role)) -> Result<RoleChain, PlanError> {
        let mut role = role("r");
        change(&mut role);
        role_chain(&[role]).map(Option::unwrap)
    }

    #[test]
    fn the_role_next_to_the_source_is_assumed_first_and_the_others_for_an_hour_at_most() {
        let long = |name: &str, seconds: &str| Role {
            duration_seconds: Some(seconds.to_owned()),
            ..role(name)
        };
        let found = role_chain(&[long("a", "7200"), long("b", "900"), long("c", "43200")]);
        let found = found.unwrap().unwrap();
        let shown: Vec<_> = found
            .iter()
            .map(|a| (a.profile.as_str(), a.duration_seconds))
            .collect();
        assert_eq!(shown, [("c", 43200), ("b", 900), ("a", 3600)]);
        assert_eq!(found.last().profile, "a");
        assert_eq!(with(|_| {}).unwrap().last().duration_seconds, 3600);
        assert_eq!(role_chain(&[]).unwrap(), None);
    }

    #[test]
    fn settings_that_aws_would_refuse_are_named() {
        let text = |found: Result<RoleChain, PlanError>| found.unwrap_err().to_string();
        assert_eq!(
            text(with(|r| r.arn = "readonly".to_owned())),
            "`role_arn` of profile `r` is not a valid role ARN: expected arn:aws:iam::ACCOUNT:role/NAME"
        );
        assert_eq!(
            text(with(|r| r.duration_seconds = Some("12h".to_owned()))),
            "`duration_seconds` of profile `r` is not a valid duration of a role: expected 900 to 43200"
        );
        assert_eq!(
            text(with(|r| r.session_name = Some("a b".to_owned()))),
            "`role_session_name` of profile `r` is not a valid role session name: expected 2 to 64 characters of letters, digits and _=,.@+-"
        );
        assert_eq!(
            text(with(|r| r.external_id = Some("x".to_owned()))),
            "`external_id` of profile `r` is not a valid external id: expected 2 to 1224 characters of letters, digits and _+=,.@:/-"
        );
    }
}
