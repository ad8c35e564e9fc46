//! Where the calls of a command go, and what keeps them from getting there.

use crate::aws::types::SerialNumber;
use crate::aws::{CallError, Target};
use crate::context::Context;
use crate::shared_config::location::Locations;

use super::plan::{Names, Settings};

/// Where calls go. The region may depend on the device, because its ARN names the partition.
pub(super) fn target(
    locations: &Locations,
    names: &Names,
    settings: &Settings,
    device: Option<&SerialNumber>,
) -> Target {
    Target {
        profile: names.source.clone(),
        region: settings.call_region(device),
        files: [locations.config.clone(), locations.credentials.clone()],
        sts_endpoint: settings.sts_endpoint.clone(),
        iam_endpoint: settings.iam_endpoint.clone(),
        ca_bundle: settings.ca_bundle.clone(),
    }
}

/// Checks the proxies and the CA bundle, before anything is sent.
///
/// # Errors
/// A variable or a file that would make a call fail or go astray.
pub(super) fn check(context: &Context, target: &Target) -> Result<(), CallError> {
    let variable = |name: &str| context.env.get(name).map(str::to_owned);
    target.check_proxies(&variable)?;
    Ok(target.check_trust()?)
}
