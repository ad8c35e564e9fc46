//! Serial number, region, endpoints, duration and the other settings of a login.

use std::path::PathBuf;

use crate::aws::endpoint::{Configured, Endpoint, ForeignEndpoint, Service};
use crate::aws::partition::{COMMERCIAL, Partition};
use crate::aws::types::SerialNumber;
use crate::shared_config::{FileKind, Profiles, key};

use super::error::PlanError;
use super::names::Names;
use super::wanted::{Variables, Wanted};
use super::way::exported;

/// What GetSessionToken grants by default, in seconds.
pub const DEFAULT_DURATION: u32 = 43_200;
/// The shortest and the longest session, in seconds.
pub const DURATIONS: std::ops::RangeInclusive<u32> = 900..=129_600;

/// The settings of a login.
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
    /// The variables for the other settings about the way to AWS, which exec exports.
    pub exported: Vec<(String, String)>,
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
    pub fn foreign_endpoint(&self) -> Option<ForeignEndpoint> {
        self.sts_endpoint.as_ref().and_then(Endpoint::foreign)
    }
}

/// Finds the settings.
///
/// # Errors
/// Those of [`PlanError`] that speak of serial numbers, regions, endpoints and durations.
pub fn settings(
    wanted: &Wanted,
    var: Variables<'_>,
    profiles: &Profiles,
    names: &Names,
) -> Result<Settings, PlanError> {
    let source = names.source.as_str();
    let profile = profiles.profile(source);
    let key = |name: &str| {
        profile
            .as_ref()
            .and_then(|p| p.get(name))
            .map(str::to_owned)
    };
    let (region, profile_region) = regions(wanted, var, key("region"))?;
    let profile_region = nearest_region(profiles, names).or(profile_region);
    let endpoint = |service| endpoint(wanted, var, profiles, source, service);
    let (mfa_process, mfa_process_file) = match &wanted.mfa_process {
        Some(typed) => (Some(typed.clone()), None),
        None => profile
            .as_ref()
            .and_then(|p| p.get_with_file("mfa_process"))
            .map(|(command, file)| (command.to_owned(), file))
            .unzip(),
    };
    // In a profile with a role, the setting is about the role.
    let duration_in_profile = match key(key::ROLE_ARN) {
        Some(_) => None,
        None => key(key::DURATION_SECONDS),
    };
    Ok(Settings {
        serial_number: serial(wanted, var, names, &key)?,
        duration_seconds: duration(wanted, source, duration_in_profile)?,
        min_remaining: wanted.min_remaining,
        mfa_process,
        mfa_process_file,
        region,
        profile_region,
        exported: exported(profiles, names),
        sts_endpoint: endpoint(Service::Sts)?,
        iam_endpoint: endpoint(Service::Iam)?,
        ca_bundle: var("AWS_CA_BUNDLE")
            .or_else(|| key("ca_bundle"))
            .map(PathBuf::from),
    })
}

/// The region of the profile nearest to the named one that has one: there a program with the credentials works.
fn nearest_region(profiles: &Profiles, names: &Names) -> Option<String> {
    let chain = names.chain.iter();
    chain
        .filter_map(|name| profiles.profile(name)?.get("region").map(str::to_owned))
        .find(|region| is_region(region))
}

/// The serial number of the device. A role on the way names it where the source does not; the role next to the source comes first.
fn serial(
    wanted: &Wanted,
    var: Variables<'_>,
    names: &Names,
    key: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<SerialNumber>, PlanError> {
    let source = &names.source;
    let in_profile = |name: &str| key(name).map(|v| (v, format!("`{name}` of profile `{source}`")));
    let in_roles = || {
        names.roles.iter().rev().find_map(|role| {
            let serial = role.mfa_serial.clone()?;
            Some((
                serial,
                format!("`mfa_serial` of profile `{}`", role.profile),
            ))
        })
    };
    let found = wanted
        .serial_number
        .clone()
        .map(|v| (v, "--serial-number".to_owned()))
        .or_else(|| var("AWS_MFA_SERIAL").map(|v| (v, "AWS_MFA_SERIAL".to_owned())))
        .or_else(|| in_profile(key::MFA_SERIAL))
        .or_else(|| in_profile("aws_mfa_device"))
        .or_else(in_roles);
    let Some((text, origin)) = found else {
        return Ok(None);
    };
    let serial = match SerialNumber::new(&text) {
        Ok(serial) => serial,
        Err(source) => return Err(PlanError::Serial { origin, source }),
    };
    if let Some(user) = serial.user() {
        return Err(PlanError::SerialOfUser {
            device: text
                .split_once(":user/")
                .map_or_else(String::new, |(account, _)| format!("{account}:mfa/{user}")),
            user: user.to_owned(),
            origin,
        });
    }
    if serial.is_nameless() {
        return Err(PlanError::SerialWithoutName { origin });
    }
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

/// Whether a text can be a region. It must be a host label; AWS decides the rest.
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
