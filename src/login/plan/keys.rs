//! Where the long-term key is, and whether it is one.

use secrecy::ExposeSecret;

use crate::aws::types::{AccessKeyId, Keys, SecretAccessKey};
use crate::shared_config::{FileKind, KeyState, Profiles, key};

use super::error::PlanError;
use super::names::Names;
use super::other_credentials::OtherCredentials;
use super::wanted::{KeysFrom, Variables, Wanted};

/// Where the source's long-term key is.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// In a shared file.
    Known(Keys),
    /// In the environment.
    Environment(Keys),
    /// In a shared file but for its secret, which is in the OS keychain.
    Keychain(AccessKeyId),
    /// Another program prints it.
    Process {
        /// Its command line.
        command: String,
        /// The file with that command line.
        file: FileKind,
    },
}

impl KeySource {
    /// The id, where it is known without running anything.
    #[must_use]
    pub fn id(&self) -> Option<&AccessKeyId> {
        match self {
            Self::Known(keys) | Self::Environment(keys) => Some(&keys.id),
            Self::Keychain(id) => Some(id),
            Self::Process { .. } => None,
        }
    }
}

/// Finds the long-term key.
///
/// # Errors
/// Those of [`PlanError`] that speak of keys.
pub fn key_source(
    wanted: &Wanted,
    var: Variables<'_>,
    profiles: &Profiles,
    names: &Names,
) -> Result<KeySource, PlanError> {
    let source = names.source.as_str();
    if wanted.keys == KeysFrom::Environment {
        return environment_keys(var).map(KeySource::Environment);
    }
    let profile = || source.to_owned();
    let Some(found) = profiles.profile(source) else {
        return Err(PlanError::NoKeys {
            profile: profile(),
            way: names.way(),
        });
    };
    match found.long_term_keys() {
        KeyState::LongTerm(keys) => Ok(KeySource::Known(keys)),
        KeyState::Stored(id) => Ok(KeySource::Keychain(id)),
        KeyState::Temporary { .. } => Err(PlanError::TemporaryKeys {
            instead: Some(format!("{source}-long-term"))
                .filter(|other| profiles.profile(other).is_some()),
            profile: profile(),
        }),
        KeyState::Incomplete { missing } => Err(PlanError::HalfKeys {
            profile: profile(),
            missing,
        }),
        KeyState::BadId => Err(PlanError::KeyId { profile: profile() }),
        KeyState::BadSecret(source) => Err(PlanError::Secret {
            profile: profile(),
            source,
        }),
        KeyState::None => match OtherCredentials::of(&found) {
            Some(credentials) => Err(PlanError::OtherCredentials {
                profile: profile(),
                way: names.way(),
                credentials,
            }),
            None => match found.get_with_file(key::CREDENTIAL_PROCESS) {
                Some((command, file)) => Ok(KeySource::Process {
                    command: command.to_owned(),
                    file,
                }),
                None => Err(PlanError::NoKeys {
                    profile: profile(),
                    way: names.way(),
                }),
            },
        },
    }
}

fn environment_keys(var: Variables<'_>) -> Result<Keys, PlanError> {
    let read = |missing: &'static str| var(missing).ok_or(PlanError::NoEnvironmentKeys { missing });
    let id = AccessKeyId::new(&read("AWS_ACCESS_KEY_ID")?).map_err(PlanError::EnvironmentKeyId)?;
    let secret = SecretAccessKey::new(&read("AWS_SECRET_ACCESS_KEY")?)
        .map_err(PlanError::EnvironmentSecret)?;
    let token = var("AWS_SESSION_TOKEN").or_else(|| var("AWS_SECURITY_TOKEN"));
    if id.is_asia() || (token.is_some() && !id.is_akia()) {
        return Err(PlanError::TemporaryEnvironment);
    }
    Ok(Keys { id, secret })
}

/// Reads the long-term key that another program printed.
///
/// # Errors
/// [`PlanError::TemporaryKeys`] and its like.
pub fn printed_keys(
    source: &str,
    id: &str,
    secret: &secrecy::SecretString,
    session_token: Option<&secrecy::SecretString>,
) -> Result<Keys, PlanError> {
    let id = AccessKeyId::new(id).map_err(|_| PlanError::KeyId {
        profile: source.to_owned(),
    })?;
    let token = session_token.is_some_and(|t| !t.expose_secret().is_empty());
    if id.is_asia() || (token && !id.is_akia()) {
        return Err(PlanError::TemporaryKeys {
            profile: source.to_owned(),
            instead: None,
        });
    }
    let secret =
        SecretAccessKey::new(secret.expose_secret()).map_err(|error| PlanError::Secret {
            profile: source.to_owned(),
            source: error,
        })?;
    Ok(Keys { id, secret })
}
