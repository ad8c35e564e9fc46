//! Settings whose values AWS would refuse: regions, endpoints and devices.

use crate::aws::endpoint::Endpoint;
use crate::aws::partition::Partition;
use crate::aws::types::SerialNumber;
use crate::quote::shell_quote;
use crate::shared_config::{FileKind, Profile, key, near};

use super::check::Check;
use super::finding::Finding;
use super::view::View;

/// Regions that a misspelt one may be meant to be. A region that is not listed is no fault.
const REGIONS: [&str; 45] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "cn-north-1",
    "cn-northwest-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
];
/// The first words of the regions of the partition `aws`.
const AREAS: [&str; 9] = ["af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us"];
const DIRECTIONS: [&str; 9] = [
    "central",
    "east",
    "north",
    "northeast",
    "northwest",
    "south",
    "southeast",
    "southwest",
    "west",
];
/// For so many regions, names like them are looked for.
const MOST_GUESSES: usize = 20;
const DEVICES: [&str; 2] = [key::MFA_SERIAL, "aws_mfa_device"];
const ENDPOINT_VARIABLES: [&str; 3] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_IAM",
];

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let is_elsewhere = ENDPOINT_VARIABLES
        .into_iter()
        .any(|name| view.variable(name).is_some());
    if !is_elsewhere {
        regions(view, found);
    }
    endpoints(view, found);
    for profile in view.with(&DEVICES) {
        for key in DEVICES {
            found.extend(device(view, profile, key));
        }
    }
}

/// Whether a partition can have such a region, judged by its form: new regions come every year.
fn is_possible(region: &str) -> bool {
    if region.ends_with("-global") || region.contains("fips") {
        return true;
    }
    let partition = Partition::of_region(region);
    let words: Vec<_> = region.split('-').collect();
    let has_direction = words.iter().any(|word| DIRECTIONS.contains(word));
    let is_in_area = partition.name != "aws"
        || words.first().is_some_and(|area| AREAS.contains(area)) && words.len() == 3;
    partition.has_region(region) && has_direction && is_in_area
}

fn regions(view: &View<'_>, found: &mut Vec<Finding>) {
    for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        let Some(region) = view.variable(variable).filter(|r| !is_possible(r)) else {
            continue;
        };
        let guess = guess(&region);
        found.push(
            region_finding(&region, variable)
                .in_variable(variable)
                .repair(
                    "Correct the variable.",
                    format!("export {variable}={guess}"),
                ),
        );
    }
    let mut guesses = 0;
    for profile in view.with(&["region"]) {
        let has_endpoint =
            profile.get("endpoint_url").is_some() || profile.get(key::SERVICES).is_some();
        let Some((region, file)) = profile.get_with_file("region") else {
            continue;
        };
        if has_endpoint || is_possible(region) {
            continue;
        }
        guesses += 1;
        let guess = if guesses <= MOST_GUESSES {
            guess(region)
        } else {
            "REGION".to_owned()
        };
        let command = match file {
            FileKind::Config => format!(
                "aws configure set region {guess} --profile {}",
                shell_quote(profile.name())
            ),
            FileKind::Credentials => view.edit_key(profile, "region"),
        };
        let place = format!("`region` of profile `{}`", profile.name().escape_debug());
        found.push(
            region_finding(region, &place)
                .of(profile.name())
                .at(view.at_key(profile, "region"))
                .repair("Name a region of AWS.", command),
        );
    }
}

fn region_finding(region: &str, place: &str) -> Finding {
    let is_zone = region
        .strip_suffix(|c: char| c.is_ascii_lowercase())
        .is_some_and(is_possible);
    let what = if is_zone {
        format!("{place} is `{region}`, which is an availability zone and no region.")
    } else {
        format!(
            "{place} is `{}`, which is no region of AWS.",
            region.escape_debug()
        )
    };
    Finding::new(Check::Region, what)
        .breaks("Calls go to a host that does not exist, unless an endpoint is configured.")
}

/// A region like the one that was written.
fn guess(region: &str) -> String {
    let region = region.to_lowercase().replace('_', "-");
    let found = near(&region, &REGIONS);
    found
        .into_iter()
        .next()
        .unwrap_or_else(|| "REGION".to_owned())
}

fn endpoints(view: &View<'_>, found: &mut Vec<Finding>) {
    let breaks =
        "This program calls no such endpoint, and ends with an error before anything is sent.";
    for variable in ENDPOINT_VARIABLES {
        let Some(Err(error)) = view.variable(variable).map(|url| Endpoint::new(&url)) else {
            continue;
        };
        found.push(
            Finding::new(Check::Endpoint, format!("In {variable}: {error}."))
                .in_variable(variable)
                .breaks(breaks)
                .repair(
                    "Correct the variable, or unset it.",
                    format!("unset {variable}"),
                ),
        );
    }
    for profile in view.with(&["endpoint_url"]) {
        let Some(Err(error)) = profile.get("endpoint_url").map(Endpoint::new) else {
            continue;
        };
        let name = profile.name();
        found.push(
            Finding::new(
                Check::Endpoint,
                format!(
                    "In `endpoint_url` of profile `{}`: {error}.",
                    name.escape_debug()
                ),
            )
            .of(name)
            .at(view.at_key(profile, "endpoint_url"))
            .breaks(breaks)
            .repair("Correct the line.", view.edit_key(profile, "endpoint_url")),
        );
    }
}

fn device(view: &View<'_>, profile: &Profile<'_>, key: &str) -> Option<Finding> {
    let text = profile.get(key)?;
    let why = match SerialNumber::new(text) {
        Err(error) => error.to_string(),
        Ok(serial) if serial.user().is_some() => {
            "the ARN of a user, and not of an MFA device".to_owned()
        }
        Ok(serial) if serial.is_nameless() => "an ARN without the name of a device".to_owned(),
        Ok(serial) if !serial.has_token_code() => {
            "a passkey or a FIDO key, which shows no codes".to_owned()
        }
        Ok(_) => return None,
    };
    let name = profile.name();
    Some(
        Finding::new(
            Check::Serial,
            format!("`{key}` of profile `{}` is {why}.", name.escape_debug()),
        )
        .of(name)
        .at(view.at_key(profile, key))
        .breaks("A login with it is refused, before a code is asked for.")
        .repair(
            "Name a device of yours that shows codes.",
            format!("mfa-session device list --profile {}", shell_quote(name)),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_region_is_possible_and_misspelt_ones_are_not() {
        for region in REGIONS {
            assert!(is_possible(region), "{region}");
        }
        for region in [
            "aws-global",
            "sa-west-1",
            "eu-northeast-2",
            "us-east-1-fips",
        ] {
            assert!(is_possible(region), "{region}");
        }
        for (region, meant) in [
            ("eu-centrall-1", "eu-central-1"),
            ("eu_west_1", "eu-west-1"),
            ("us-east", "us-east-1"),
            ("eu-central-1a", "eu-central-1"),
            ("EU-WEST-3", "eu-west-3"),
            ("frankfurt", "REGION"),
            ("xx-east-1", "us-east-1"),
        ] {
            assert!(!is_possible(region), "{region}");
            let guess = guess(region);
            assert!(
                guess == meant || meant != "REGION" && guess.ends_with('1'),
                "{region}: {guess}"
            );
        }
    }
}
