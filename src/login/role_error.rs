//! Why a role could not be assumed, and what to do about it.

use std::fmt;

use crate::aws::role::RoleArn;
use crate::aws::{CallError, Refusal, RefusalKind};
use crate::process::shell_quote;
use crate::ui::one_line;

/// Why a role could not be assumed.
#[derive(Debug, thiserror::Error)]
pub struct RoleError {
    /// What the call ended with.
    pub error: CallError,
    /// The role profile.
    pub profile: String,
    /// Its role.
    pub arn: RoleArn,
    /// The time that was asked for, in seconds.
    pub duration_seconds: u32,
    /// With what it was to be assumed.
    pub with: AssumedWith,
    /// The profile that logs in.
    pub to_log_in: String,
    /// The source profile, which stands for the session.
    pub source_profile: String,
}

/// With what a role is assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssumedWith {
    /// The MFA session.
    Session {
        /// How long ago its code was entered, e.g. `2h`.
        age: String,
        /// The account of its user, if it is known.
        account: Option<String>,
    },
    /// The credentials of another role.
    Role(RoleArn),
}

impl RoleError {
    fn refusal(&self) -> Option<&Refusal> {
        match &self.error {
            CallError::Refused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }

    /// Whether AWS answered with an error.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.refusal().is_some()
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let login = format!(
            "mfa-session login --force --profile {}",
            shell_quote(&self.to_log_in)
        );
        let Some(refusal) = self.refusal() else {
            return self.hint_without_answer();
        };
        let hint = match refusal.kind {
            RefusalKind::Policy | RefusalKind::LogInFirst => self.hint_of_policies(),
            RefusalKind::Duration => format!(
                "ask for less: aws configure set duration_seconds 3600 --profile {}",
                shell_quote(&self.profile)
            ),
            RefusalKind::Key | RefusalKind::Secret | RefusalKind::Expired => {
                format!(
                    "the session may be from another endpoint or partition, or its key may be gone; for a new one: {login}"
                )
            }
            RefusalKind::Region => {
                "name another region with --region, or activate STS there in the account settings"
                    .to_owned()
            }
            RefusalKind::Clock => "set the clock, e.g. timedatectl set-ntp true".to_owned(),
            RefusalKind::Throttled | RefusalKind::Service => "try again in a minute".to_owned(),
            _ => format!(
                "check the role: aws configure get role_arn --profile {}",
                shell_quote(&self.profile)
            ),
        };
        Some(hint)
    }

    fn hint_without_answer(&self) -> Option<String> {
        let text = match &self.error {
            CallError::NotSent {
                untrusted: true, ..
            }
            | CallError::Trust(_) => {
                "name the CA of a proxy with a certificate of its own: export AWS_CA_BUNDLE=FILE"
                    .to_owned()
            }
            CallError::NotSent { .. } | CallError::Lost { .. } => {
                "no code was used, so try again; see also HTTPS_PROXY, --region and --endpoint-url"
                    .to_owned()
            }
            CallError::NotAws { .. } | CallError::Unusable { .. } => {
                "a captive portal or a proxy may have answered; open a browser, or set HTTPS_PROXY"
                    .to_owned()
            }
            CallError::Proxy(error) => format!(
                "export {variable}=http://HOST:PORT, or: unset {variable}",
                variable = error.variable
            ),
            CallError::Refused { .. } | CallError::Local(_) => return None,
        };
        Some(text)
    }

    /// What a policy can be about: the caller's MFA, the trust policy, the caller's own policies, or a role that does not exist.
    fn hint_of_policies(&self) -> String {
        let source = shell_quote(&self.source_profile);
        match &self.with {
            AssumedWith::Role(first) => format!(
                "the credentials of role `{}` carry no MFA, so a trust policy that requires MFA refuses them; to check the role: aws configure get role_arn --profile {}",
                first.name(),
                shell_quote(&self.profile)
            ),
            AssumedWith::Session { age, account } => {
                let elsewhere = account.as_deref().is_some_and(|a| a != self.arn.account());
                let look = if elsewhere {
                    format!(
                        "ask for the trust policy in account {}; to check the role: aws configure get role_arn --profile {}",
                        self.arn.account(),
                        shell_quote(&self.profile)
                    )
                } else {
                    format!(
                        "look: mfa-session exec --profile {source} -- aws iam get-role --role-name {}",
                        shell_quote(self.arn.name())
                    )
                };
                format!(
                    "the session has MFA (its code was entered {age} ago); the role's trust policy must allow your user, your policies must allow sts:AssumeRole, and the role must exist; {look}"
                )
            }
        }
    }
}

impl fmt::Display for RoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (arn, profile) = (&self.arn, &self.profile);
        let Some(refusal) = self.refusal() else {
            return write!(
                f,
                "role `{arn}` of profile `{profile}` was not assumed: {}",
                self.error
            );
        };
        let said = format!("`{}` ({})", one_line(&refusal.message, 300), refusal.code);
        match refusal.kind {
            RefusalKind::Duration => write!(
                f,
                "role `{arn}` of profile `{profile}` does not allow a duration of {} s: AWS says {said}",
                self.duration_seconds
            ),
            RefusalKind::Policy => write!(
                f,
                "AWS does not allow role `{arn}` of profile `{profile}` to be assumed: {said}"
            ),
            _ => write!(f, "AWS refused role `{arn}` of profile `{profile}`: {said}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Skew;

    fn refused(code: &str, message: &str, with: AssumedWith) -> RoleError {
        RoleError {
            error: CallError::Refused {
                host: "sts.eu-central-1.amazonaws.com".to_owned(),
                action: "sts:AssumeRole",
                refusal: Refusal::new(code, message, 403),
                skew: Skew::Unknown,
            },
            profile: "my role".to_owned(),
            arn: RoleArn::new("arn:aws:iam::111122223333:role/path/readonly").unwrap(),
            duration_seconds: 43_200,
            with,
            to_log_in: "my role".to_owned(),
            source_profile: "default".to_owned(),
        }
    }

    fn session(account: &str) -> AssumedWith {
        AssumedWith::Session {
            age: "2h".to_owned(),
            account: Some(account.to_owned()),
        }
    }

    fn shown(error: &RoleError) -> String {
        format!("{error}\nhint: {}", error.hint().unwrap())
    }

    #[test]
    fn a_refusal_names_the_role_the_reason_and_what_to_look_at() {
        let message = "User: arn:aws:iam::111122223333:user/anna is not authorized to perform: sts:AssumeRole on resource: x";
        insta::assert_snapshot!(shown(&refused("AccessDenied", message, session("111122223333"))), @r"
        AWS does not allow role `arn:aws:iam::111122223333:role/path/readonly` of profile `my role` to be assumed: `User: arn:aws:iam::111122223333:user/anna is not authorized to perform: sts:AssumeRole on resource: x` (AccessDenied)
        hint: the session has MFA (its code was entered 2h ago); the role's trust policy must allow your user, your policies must allow sts:AssumeRole, and the role must exist; look: mfa-session exec --profile default -- aws iam get-role --role-name readonly
        ");
        insta::assert_snapshot!(shown(&refused("AccessDenied", "no", session("444455556666"))), @r"
        AWS does not allow role `arn:aws:iam::111122223333:role/path/readonly` of profile `my role` to be assumed: `no` (AccessDenied)
        hint: the session has MFA (its code was entered 2h ago); the role's trust policy must allow your user, your policies must allow sts:AssumeRole, and the role must exist; ask for the trust policy in account 111122223333; to check the role: aws configure get role_arn --profile 'my role'
        ");
        let first = RoleArn::new("arn:aws:iam::111122223333:role/first").unwrap();
        insta::assert_snapshot!(shown(&refused("AccessDenied", "no", AssumedWith::Role(first))), @r"
        AWS does not allow role `arn:aws:iam::111122223333:role/path/readonly` of profile `my role` to be assumed: `no` (AccessDenied)
        hint: the credentials of role `first` carry no MFA, so a trust policy that requires MFA refuses them; to check the role: aws configure get role_arn --profile 'my role'
        ");
        let message =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        insta::assert_snapshot!(shown(&refused("ValidationError", message, session("1"))), @r"
        role `arn:aws:iam::111122223333:role/path/readonly` of profile `my role` does not allow a duration of 43200 s: AWS says `The requested DurationSeconds exceeds the MaxSessionDuration set for this role.` (ValidationError)
        hint: ask for less: aws configure set duration_seconds 3600 --profile 'my role'
        ");
        let message = "The security token included in the request is expired";
        insta::assert_snapshot!(shown(&refused("ExpiredToken", message, session("1"))), @r"
        AWS refused role `arn:aws:iam::111122223333:role/path/readonly` of profile `my role`: `The security token included in the request is expired` (ExpiredToken)
        hint: the session may be from another endpoint or partition, or its key may be gone; for a new one: mfa-session login --force --profile 'my role'
        ");
    }

    #[test]
    fn a_call_without_an_answer_is_not_a_refusal() {
        let mut error = refused("x", "x", session("1"));
        error.error = CallError::NotSent {
            host: "sts.eu-central-1.amazonaws.com".to_owned(),
            detail: "refused".to_owned(),
            untrusted: false,
        };
        assert!(!error.is_refusal());
        insta::assert_snapshot!(shown(&error), @r"
        role `arn:aws:iam::111122223333:role/path/readonly` of profile `my role` was not assumed: cannot connect to sts.eu-central-1.amazonaws.com: refused
        hint: no code was used, so try again; see also HTTPS_PROXY, --region and --endpoint-url
        ");
    }
}
