//! Why there is no plan: each refusal, and the next command to type.

use crate::aws::endpoint::EndpointError;
use crate::aws::types::Invalid;
use crate::process::shell_quote;
use crate::shared_config::ResolveError;

use super::other_credentials::OtherCredentials;

/// Why there is no plan. Nothing was asked, called or written.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The profile that was named.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// A profile that is needed has a line that cannot be read.
    #[error("profile `{profile}` cannot be read: {path}:{line}: {message}")]
    Fault {
        /// The profile.
        profile: String,
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        message: &'static str,
    },
    /// The config file has a section with the name of the profile, but without the word `profile`.
    #[error("`[{name}]` in {path} is not a profile: AWS's tools ignore it")]
    Ignored {
        /// The name.
        name: String,
        /// The config file.
        path: String,
    },
    /// No key anywhere.
    #[error("profile `{profile}` has no access key{way}")]
    NoKeys {
        /// The source.
        profile: String,
        /// The way to it, if another profile was named.
        way: String,
    },
    /// Half a key pair.
    #[error("profile `{profile}` has only half a key pair: `{missing}` is missing")]
    HalfKeys {
        /// The source.
        profile: String,
        /// The key that is not there.
        missing: &'static str,
    },
    /// The id has not the form of one.
    #[error("`aws_access_key_id` of profile `{profile}` does not have the form of one")]
    KeyId {
        /// The source.
        profile: String,
    },
    /// GetSessionToken takes long-term keys only.
    #[error(
        "profile `{profile}` holds temporary credentials, and sts:GetSessionToken takes a long-term key only"
    )]
    TemporaryKeys {
        /// The source.
        profile: String,
        /// A profile that may be the one meant.
        instead: Option<String>,
    },
    /// Credentials that no session can be got with.
    #[error("profile `{profile}` {credentials}{way}")]
    OtherCredentials {
        /// The source.
        profile: String,
        /// What they are.
        credentials: OtherCredentials,
        /// The way to it, if another profile was named.
        way: String,
    },
    /// A setting of a role that AWS would refuse.
    #[error("`{key}` of profile `{profile}` is {source}")]
    RoleSetting {
        /// The role profile.
        profile: String,
        /// The setting.
        key: &'static str,
        /// What is wrong.
        source: Invalid,
    },
    /// Half a key pair in the environment, or none.
    #[error(
        "--source-env needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `{missing}` is not set"
    )]
    NoEnvironmentKeys {
        /// The variable.
        missing: &'static str,
    },
    /// The id in the environment has not the form of one.
    #[error("AWS_ACCESS_KEY_ID is {0}")]
    EnvironmentKeyId(#[source] Invalid),
    /// The secret has not the form of one.
    #[error("`aws_secret_access_key` of profile `{profile}` is {source}")]
    Secret {
        /// The source.
        profile: String,
        /// What is wrong.
        source: Invalid,
    },
    /// The secret in the environment has not the form of one.
    #[error("AWS_SECRET_ACCESS_KEY is {0}")]
    EnvironmentSecret(#[source] Invalid),
    /// Temporary credentials in the environment.
    #[error(
        "the environment holds temporary credentials, and sts:GetSessionToken takes a long-term key only"
    )]
    TemporaryEnvironment,
    /// A serial number that is none.
    #[error("{origin} is {source}")]
    Serial {
        /// Where it stood.
        origin: String,
        /// What is wrong.
        source: Invalid,
    },
    /// The ARN of a user.
    #[error("{origin} is the ARN of a user, not of an MFA device")]
    SerialOfUser {
        /// Where it stood.
        origin: String,
        /// The name of the user.
        user: String,
        /// The ARN of a device that is named like the user.
        device: String,
    },
    /// The ARN of a device that lacks its name.
    #[error("{origin} has no name after `mfa/`")]
    SerialWithoutName {
        /// Where it stood.
        origin: String,
    },
    /// A device without codes.
    #[error(
        "`{serial}` is a passkey, security key or phone number: it has no six-digit code for sts:GetSessionToken"
    )]
    NoCodes {
        /// The serial number.
        serial: String,
    },
    /// A region that is none.
    #[error("{origin} is not a region: `{region}`")]
    Region {
        /// Where it stood.
        origin: &'static str,
        /// What stood there.
        region: String,
    },
    /// An endpoint that is not called.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// A duration outside AWS's bounds.
    #[error("`duration_seconds` of profile `{profile}` is `{value}`: expected 900 to 129600")]
    Duration {
        /// The source.
        profile: String,
        /// What stands there.
        value: String,
    },
    /// The hook was called without a profile.
    #[error("credential-process needs --profile PROFILE: AWS_PROFILE is not looked at here")]
    ProfileMissing,
}

impl PlanError {
    /// The next command to type, or what to know.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Resolve(e) => Some(e.hint()),
            Self::Fault { path, .. } => Some(format!(
                "correct that line and try again; {path} was left as it is"
            )),
            Self::Ignored { name, path } => {
                Some(format!("write its header as `[profile {name}]` in {path}"))
            }
            Self::NoKeys { profile, .. } | Self::HalfKeys { profile, .. } => Some(format!(
                "`aws configure --profile {}` stores a key; `mfa-session login --source-env` takes it from the environment",
                shell_quote(profile)
            )),
            Self::TemporaryKeys { instead: Some(other), .. } => {
                Some(format!("mfa-session login --profile {}", shell_quote(other)))
            }
            Self::TemporaryKeys { .. } => Some(
                "name the profile that holds the long-term key: mfa-session login --profile PROFILE".to_owned(),
            ),
            Self::RoleSetting { profile, key, .. } => Some(format!(
                "aws configure set {key} VALUE --profile {}",
                shell_quote(profile)
            )),
            Self::OtherCredentials { profile, credentials, .. } => Some(credentials.hint(profile)),
            Self::NoEnvironmentKeys { .. } | Self::TemporaryEnvironment => Some(
                "export a long-term key, or leave --source-env away: mfa-session login --profile PROFILE".to_owned(),
            ),
            Self::NoCodes { .. } => Some(
                "add an authenticator app as a second device, or use `aws login`".to_owned(),
            ),
            Self::SerialOfUser { user, device, .. } => Some(format!(
                "the device's ARN ends in `:mfa/NAME`, often {device}; to see it: aws iam list-mfa-devices --user-name {}",
                shell_quote(user)
            )),
            Self::Serial { .. } | Self::SerialWithoutName { .. } => Some(
                "`aws iam list-mfa-devices` shows it; without one the device is looked up: mfa-session login"
                    .to_owned(),
            ),
            Self::Region { .. } => Some("mfa-session login --region us-east-1".to_owned()),
            Self::Endpoint(_) => Some(
                "see --endpoint-url, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL_IAM, and in the profile `endpoint_url` and `services`".to_owned(),
            ),
            Self::Duration { .. } => Some("mfa-session login --duration 12h".to_owned()),
            Self::KeyId { profile } | Self::Secret { profile, .. } => {
                Some(format!("aws configure --profile {}", shell_quote(profile)))
            }
            Self::EnvironmentKeyId(_) => Some("export AWS_ACCESS_KEY_ID=ID".to_owned()),
            Self::EnvironmentSecret(_) => Some("export AWS_SECRET_ACCESS_KEY=SECRET".to_owned()),
            Self::ProfileMissing => Some("mfa-session credential-process --profile PROFILE".to_owned()),
        }
    }
}
