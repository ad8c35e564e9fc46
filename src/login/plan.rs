//! PURE: what a login will do, from flags, variables and files; or why it must not.
//!
//! Order of the answers: names, keys, serial number, region and endpoint, duration. No I/O, no clock.

use std::path::PathBuf;

use secrecy::ExposeSecret;

use crate::aws::endpoint::{Configured, Endpoint, EndpointError, Service};
use crate::aws::partition::{COMMERCIAL, Partition};
use crate::aws::types::{AccessKeyId, Invalid, Keys, SecretAccessKey, SerialNumber};
use crate::process::shell_quote;
use crate::shared_config::{
    FileKind, KeyState, Profile, Profiles, ResolveError, Via, session_profile_name,
};

/// What GetSessionToken grants by default, in seconds.
pub const DEFAULT_DURATION: u32 = 43_200;
/// The shortest and the longest session, in seconds.
pub const DURATIONS: std::ops::RangeInclusive<u32> = 900..=129_600;

/// What the caller asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// `--profile`.
    pub profile: Option<String>,
    /// AWS_PROFILE and its like are not looked at: `--profile` is all.
    pub explicit_only: bool,
    /// `--session-profile`.
    pub session_profile: Option<String>,
    /// `--serial-number`.
    pub serial_number: Option<String>,
    /// `--duration-seconds` or `--duration`.
    pub duration_seconds: Option<u32>,
    /// `--min-remaining`, in seconds.
    pub min_remaining: Option<u32>,
    /// `--region`.
    pub region: Option<String>,
    /// `--endpoint-url`.
    pub endpoint_url: Option<String>,
    /// `--mfa-process`.
    pub mfa_process: Option<String>,
    /// Where the long-term key comes from.
    pub keys: KeysFrom,
}

/// Where the long-term key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeysFrom {
    /// The source profile.
    #[default]
    Profile,
    /// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (`--source-env`).
    Environment,
}

/// A look at the environment.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The profiles that a login is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The profile that was named.
    pub named: String,
    /// What it turned out to be.
    pub via: Via,
    /// The source profile.
    pub source: String,
    /// Where the session is written.
    pub session: String,
    /// What the user should be told.
    pub notes: Vec<String>,
}

/// Where the source's long-term key is.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// Here.
    Known(Keys),
    /// In the environment: no file knows it.
    Environment(Keys),
    /// Another program prints it.
    Process {
        /// Its command line.
        command: String,
        /// Where that stands.
        file: FileKind,
    },
}

impl KeySource {
    /// The id, where it is known without running anything.
    #[must_use]
    pub fn id(&self) -> Option<&AccessKeyId> {
        match self {
            Self::Known(keys) | Self::Environment(keys) => Some(&keys.id),
            Self::Process { .. } => None,
        }
    }
}

/// Everything else that a login goes by.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The device, unless it has to be looked up.
    pub serial_number: Option<SerialNumber>,
    /// What will be asked for, in seconds.
    pub duration_seconds: u32,
    /// A live session is reused with this much left; without it, with half of what it was granted.
    pub min_remaining: Option<u32>,
    /// The command whose output is the code.
    pub mfa_process: Option<String>,
    /// The shared file that the command stands in; `None` if it was typed.
    pub mfa_process_file: Option<FileKind>,
    /// A region from a flag, a variable or the profile.
    pub region: Option<String>,
    /// The region of the profile alone: what exec exports.
    pub profile_region: Option<String>,
    /// Instead of AWS's STS endpoint.
    pub sts_endpoint: Option<Endpoint>,
    /// Instead of AWS's IAM endpoint.
    pub iam_endpoint: Option<Endpoint>,
    /// AWS_CA_BUNDLE or `ca_bundle`.
    pub ca_bundle: Option<PathBuf>,
}

impl Settings {
    /// The region that is called: a fallback is for the call only.
    #[must_use]
    pub fn call_region(&self, serial: Option<&SerialNumber>) -> String {
        self.region.clone().unwrap_or_else(|| {
            serial
                .and_then(SerialNumber::partition)
                .and_then(Partition::named)
                .unwrap_or(COMMERCIAL)
                .home_region
                .to_owned()
        })
    }

    /// The endpoint that names a session's origin: `None` for AWS's own.
    #[must_use]
    pub fn foreign_endpoint(&self) -> Option<&str> {
        self.sts_endpoint
            .as_ref()
            .filter(|e| !e.is_aws())
            .map(Endpoint::url)
    }
}

/// Why there is no plan. Nothing was asked, called or written.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The profile that was named.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// No key anywhere.
    #[error("profile `{profile}` has no access key")]
    NoKeys {
        /// The source.
        profile: String,
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
    /// Credentials of `aws login`.
    #[error(
        "profile `{profile}` is signed in by `aws login`, whose credentials cannot call sts:GetSessionToken"
    )]
    LoginSession {
        /// The source.
        profile: String,
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
            Self::NoKeys { profile } | Self::HalfKeys { profile, .. } => Some(format!(
                "`aws configure --profile {}` stores a key; `mfa-session login --source-env` takes it from the environment",
                shell_quote(profile)
            )),
            Self::TemporaryKeys { instead: Some(other), .. } => {
                Some(format!("mfa-session login --profile {}", shell_quote(other)))
            }
            Self::TemporaryKeys { .. } => Some(
                "name the profile that holds the long-term key: mfa-session login --profile PROFILE".to_owned(),
            ),
            Self::LoginSession { .. } => Some(
                "`aws login` is a session of its own; name a profile with a long-term key: mfa-session login --profile PROFILE".to_owned(),
            ),
            Self::NoEnvironmentKeys { .. } | Self::TemporaryEnvironment => Some(
                "export a long-term key, or leave --source-env away: mfa-session login --profile PROFILE".to_owned(),
            ),
            Self::NoCodes { .. } => Some(
                "add an authenticator app as a second device, or use `aws login`".to_owned(),
            ),
            Self::Serial { .. } => Some(
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

/// Finds the profiles. `outside` says whether a source that is in no file has logged in by a key of its environment.
///
/// # Errors
/// [`PlanError::Resolve`]; a source need not be in the files if its key comes, or once came, from the environment.
pub fn names(
    wanted: &Wanted,
    var: Variables<'_>,
    profiles: &Profiles,
    outside: &dyn Fn(&str) -> bool,
) -> Result<Names, PlanError> {
    let outside = |source: &str| wanted.keys == KeysFrom::Environment || outside(source);
    let mut notes = Vec::new();
    let named = match &wanted.profile {
        Some(name) => name.clone(),
        None if wanted.explicit_only => return Err(PlanError::ProfileMissing),
        None => {
            let (first, second) = (var("AWS_PROFILE"), var("AWS_DEFAULT_PROFILE"));
            if let (Some(a), Some(b)) = (&first, &second)
                && a != b
            {
                notes.push(format!(
                    "AWS_PROFILE is `{a}` and AWS_DEFAULT_PROFILE is `{b}`: `{a}` is taken (boto3 would take `{b}`)"
                ));
            }
            first.or(second).unwrap_or_else(|| "default".to_owned())
        }
    };
    let (via, source) = match profiles.resolve(&named) {
        Ok(resolved) => (resolved.via, resolved.source),
        Err(ResolveError::Unknown { .. }) if outside(&named) => (Via::Source, named.clone()),
        Err(ResolveError::NoSource { source_profile, .. }) if outside(&source_profile) => {
            let is_hook = profiles.profile(&named).is_some_and(|p| p.is_hook());
            (
                if is_hook { Via::Hook } else { Via::Session },
                source_profile,
            )
        }
        Err(other) => return Err(other.into()),
    };
    let session = wanted.session_profile.clone().unwrap_or_else(|| match via {
        Via::Session => named.clone(),
        Via::Source | Via::Hook => session_name(&source, profiles),
    });
    Ok(Names {
        named,
        via,
        source,
        session,
        notes,
    })
}

/// The session profile of a source, which need not be in any file.
#[must_use]
pub fn session_name(source: &str, profiles: &Profiles) -> String {
    match profiles.profile(source) {
        Some(profile) => session_profile_name(&profile),
        None => format!("{source}-mfa"),
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
    source: &str,
) -> Result<KeySource, PlanError> {
    if wanted.keys == KeysFrom::Environment {
        return environment_keys(var).map(KeySource::Environment);
    }
    let profile = || source.to_owned();
    let Some(found) = profiles.profile(source) else {
        return Err(PlanError::NoKeys { profile: profile() });
    };
    match found.long_term_keys() {
        KeyState::LongTerm(keys) => Ok(KeySource::Known(keys)),
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
        KeyState::None if found.get("login_session").is_some() => {
            Err(PlanError::LoginSession { profile: profile() })
        }
        KeyState::None => match found.get_with_file("credential_process") {
            Some((command, file)) => Ok(KeySource::Process {
                command: command.to_owned(),
                file,
            }),
            None => Err(PlanError::NoKeys { profile: profile() }),
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

/// Finds the rest.
///
/// # Errors
/// Those of [`PlanError`] that speak of serial numbers, regions, endpoints and durations.
pub fn settings(
    wanted: &Wanted,
    var: Variables<'_>,
    profiles: &Profiles,
    source: &str,
) -> Result<Settings, PlanError> {
    let profile = profiles.profile(source);
    let key = |name: &str| {
        profile
            .as_ref()
            .and_then(|p| p.get(name))
            .map(str::to_owned)
    };
    let (region, profile_region) = regions(wanted, var, key("region"))?;
    let endpoint = |service| endpoint(wanted, var, profiles, source, service);
    let (mfa_process, mfa_process_file) = match &wanted.mfa_process {
        Some(typed) => (Some(typed.clone()), None),
        None => profile
            .as_ref()
            .and_then(|p| p.get_with_file("mfa_process"))
            .map(|(command, file)| (command.to_owned(), file))
            .unzip(),
    };
    Ok(Settings {
        serial_number: serial(wanted, var, source, &key)?,
        duration_seconds: duration(wanted, source, key("duration_seconds"))?,
        min_remaining: wanted.min_remaining,
        mfa_process,
        mfa_process_file,
        region,
        profile_region,
        sts_endpoint: endpoint(Service::Sts)?,
        iam_endpoint: endpoint(Service::Iam)?,
        ca_bundle: var("AWS_CA_BUNDLE")
            .or_else(|| key("ca_bundle"))
            .map(PathBuf::from),
    })
}

fn serial(
    wanted: &Wanted,
    var: Variables<'_>,
    source: &str,
    key: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<SerialNumber>, PlanError> {
    let in_profile = |name: &str| key(name).map(|v| (v, format!("`{name}` of profile `{source}`")));
    let found = wanted
        .serial_number
        .clone()
        .map(|v| (v, "--serial-number".to_owned()))
        .or_else(|| var("AWS_MFA_SERIAL").map(|v| (v, "AWS_MFA_SERIAL".to_owned())))
        .or_else(|| in_profile("mfa_serial"))
        .or_else(|| in_profile("aws_mfa_device"));
    let Some((text, origin)) = found else {
        return Ok(None);
    };
    let serial = SerialNumber::new(&text).map_err(|source| PlanError::Serial { origin, source })?;
    if serial.has_token_code() {
        Ok(Some(serial))
    } else {
        Err(PlanError::NoCodes { serial: text })
    }
}

fn regions(
    wanted: &Wanted,
    var: Variables<'_>,
    in_profile: Option<String>,
) -> Result<(Option<String>, Option<String>), PlanError> {
    let found = wanted
        .region
        .clone()
        .map(|r| (r, "--region"))
        .or_else(|| var("AWS_REGION").map(|r| (r, "AWS_REGION")))
        .or_else(|| var("AWS_DEFAULT_REGION").map(|r| (r, "AWS_DEFAULT_REGION")))
        .or_else(|| in_profile.clone().map(|r| (r, "`region` of the profile")));
    if let Some((region, origin)) = &found
        && !is_region(region)
    {
        return Err(PlanError::Region {
            origin,
            region: region.clone(),
        });
    }
    Ok((found.map(|(r, _)| r), in_profile.filter(|r| is_region(r))))
}

/// A host label: what else a region may be is AWS's business.
fn is_region(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The STS endpoint in force; `None` is AWS's own of the region. The hook's hit asks for no more than this.
///
/// # Errors
/// [`PlanError::Endpoint`].
pub fn sts_endpoint(
    wanted: &Wanted,
    var: Variables<'_>,
    profiles: &Profiles,
    source: &str,
) -> Result<Option<Endpoint>, PlanError> {
    endpoint(wanted, var, profiles, source, Service::Sts)
}

fn endpoint(
    wanted: &Wanted,
    var: Variables<'_>,
    profiles: &Profiles,
    source: &str,
    service: Service,
) -> Result<Option<Endpoint>, PlanError> {
    let profile = profiles.profile(source);
    let key = |name: &str| profile.as_ref().and_then(|p| p.get(name));
    let (specific, general) = (var(service.variable()), var("AWS_ENDPOINT_URL"));
    let configured = Configured {
        flag: wanted.endpoint_url.as_deref(),
        service_variable: specific.as_deref(),
        variable: general.as_deref(),
        service_profile: profiles.service_endpoint(source, service),
        profile: key("endpoint_url"),
        ignored: var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .or_else(|| key("ignore_configured_endpoint_urls").map(str::to_owned))
            .is_some_and(|v| v.eq_ignore_ascii_case("true")),
    };
    Ok(configured.in_force().map(Endpoint::new).transpose()?)
}

fn duration(wanted: &Wanted, source: &str, in_profile: Option<String>) -> Result<u32, PlanError> {
    if let Some(seconds) = wanted.duration_seconds {
        return Ok(seconds);
    }
    let Some(value) = in_profile else {
        return Ok(DEFAULT_DURATION);
    };
    value
        .parse()
        .ok()
        .filter(|seconds| DURATIONS.contains(seconds))
        .ok_or_else(|| PlanError::Duration {
            profile: source.to_owned(),
            value,
        })
}

/// The region and output that a new session profile takes over from its source, as it has them.
#[must_use]
pub fn inherited(source: Option<&Profile<'_>>) -> Vec<(&'static str, String)> {
    ["region", "output"]
        .into_iter()
        .filter_map(|key| Some((key, source?.get(key)?.to_owned())))
        .collect()
}
