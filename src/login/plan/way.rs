//! What profiles say about the way to AWS: a session profile takes it over, and exec and env export it.

use crate::shared_config::{Profile, Profiles};

use super::names::Names;

/// The settings about the way to AWS that have a variable of their own
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>). Endpoints are looked at apart from these.
const WITH_VARIABLE: [(&str, &str); 7] = [
    ("ca_bundle", "AWS_CA_BUNDLE"),
    ("use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT"),
    ("use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT"),
    ("sts_regional_endpoints", "AWS_STS_REGIONAL_ENDPOINTS"),
    ("retry_mode", "AWS_RETRY_MODE"),
    ("max_attempts", "AWS_MAX_ATTEMPTS"),
    ("defaults_mode", "AWS_DEFAULTS_MODE"),
];
/// Settings that a profile takes over from its source beside those.
const WITHOUT_VARIABLE: [&str; 3] = ["region", "endpoint_url", "services"];
/// The output format of the AWS CLI. It has nothing to do with reaching AWS, but a new session profile takes it over as well.
const OUTPUT: &str = "output";
/// The beginning of the variables that name endpoints.
pub const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL";

/// The settings that a new session profile takes over from its source, as they are written there.
#[must_use]
pub fn inherited(source: Option<&Profile<'_>>) -> Vec<(&'static str, String)> {
    let value = |key| Some((key, source?.get(key)?.to_owned()));
    keys().chain([OUTPUT]).filter_map(value).collect()
}

/// The settings about the way to AWS that `source` has and `profile` lacks.
#[must_use]
pub fn lacking(profile: &Profile<'_>, source: &Profile<'_>) -> Vec<(&'static str, String)> {
    let missing = keys().filter(|key| profile.get(key).is_none());
    missing
        .filter_map(|key| Some((key, source.get(key)?.to_owned())))
        .collect()
}

fn keys() -> impl Iterator<Item = &'static str> {
    let with_variable = WITH_VARIABLE.into_iter().map(|(key, _)| key);
    WITHOUT_VARIABLE.into_iter().chain(with_variable)
}

/// The variables for programs that read no profile. Of each setting, the profile nearest to the named one that has it counts.
#[must_use]
pub(super) fn exported(profiles: &Profiles, names: &Names) -> Vec<(String, String)> {
    let chain: Vec<_> = names
        .chain
        .iter()
        .filter_map(|name| profiles.profile(name))
        .collect();
    let find = |key: &str| chain.iter().find_map(|profile| profile.get(key));
    let settings = WITH_VARIABLE.into_iter();
    let mut variables: Vec<_> = settings
        .filter_map(|(key, name)| Some((name.to_owned(), find(key)?.to_owned())))
        .collect();
    let ignored = find("ignore_configured_endpoint_urls")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let with_endpoint = |profile: &&Profile<'_>| {
        profile.get("endpoint_url").is_some() || profile.get("services").is_some()
    };
    if let Some(profile) = chain.iter().find(|p| !ignored && with_endpoint(p)) {
        let general = profile.get("endpoint_url");
        variables.extend(general.map(|url| (ENDPOINT_VARIABLE.to_owned(), url.to_owned())));
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let services = profiles.service_endpoints(profile.name()).into_iter();
        let services = services.filter(|(service, _)| service.bytes().all(is_name));
        variables.extend(services.map(|(service, url)| {
            let service = service.to_ascii_uppercase();
            (format!("{ENDPOINT_VARIABLE}_{service}"), url.to_owned())
        }));
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_config::{Document, FileKind, Via};

    fn profiles(config: &str) -> Profiles {
        let document =
            |text: &str, kind| Document::parse(text.as_bytes(), kind).expect("a well-formed file");
        Profiles::new(
            document(config, FileKind::Config),
            document("", FileKind::Credentials),
        )
    }

    fn names(chain: &[&str]) -> Names {
        let name = |name: Option<&&str>| (*name.unwrap()).to_owned();
        Names {
            named: name(chain.first()),
            via: Via::Source,
            source: name(chain.last()),
            session: "x-mfa".to_owned(),
            roles: Vec::new(),
            chain: chain.iter().map(|name| (*name).to_owned()).collect(),
            notes: Vec::new(),
        }
    }

    const CONFIG: &str = "[profile source]\nregion = eu-west-1\nca_bundle = /etc/ca.pem\nretry_mode = standard\n\
        endpoint_url = http://localhost:1\nservices = dev\n[services dev]\ns3 =\n  endpoint_url = http://localhost:2\n\
        no name =\n  endpoint_url = http://localhost:4\nelastic_beanstalk =\n  endpoint_url = http://localhost:3\nsts =\n  other = x\n\
        [profile role]\nretry_mode = adaptive\n[profile plain]\nignore_configured_endpoint_urls = TRUE\n";

    #[test]
    fn the_nearest_profile_that_has_a_setting_counts() {
        let profiles = profiles(CONFIG);
        let shown = |chain: &[&str]| -> Vec<String> {
            let variables = exported(&profiles, &names(chain));
            variables
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect()
        };
        assert_eq!(
            shown(&["role", "source"]),
            [
                "AWS_CA_BUNDLE=/etc/ca.pem",
                "AWS_RETRY_MODE=adaptive",
                "AWS_ENDPOINT_URL=http://localhost:1",
                "AWS_ENDPOINT_URL_S3=http://localhost:2",
                "AWS_ENDPOINT_URL_ELASTIC_BEANSTALK=http://localhost:3",
            ]
        );
        assert_eq!(
            shown(&["plain", "source"]),
            ["AWS_CA_BUNDLE=/etc/ca.pem", "AWS_RETRY_MODE=standard"]
        );
        assert!(shown(&["plain"]).is_empty());
    }

    #[test]
    fn a_profile_lacks_what_only_its_source_has() {
        let profiles = profiles(CONFIG);
        let profile = |name| profiles.profile(name).unwrap();
        let keys = |found: Vec<(&'static str, String)>| -> Vec<&str> {
            found.into_iter().map(|(key, _)| key).collect()
        };
        assert_eq!(
            keys(lacking(&profile("role"), &profile("source"))),
            ["region", "endpoint_url", "services", "ca_bundle"]
        );
        assert!(lacking(&profile("source"), &profile("source")).is_empty());
        assert_eq!(
            keys(inherited(Some(&profile("source")))),
            [
                "region",
                "endpoint_url",
                "services",
                "ca_bundle",
                "retry_mode"
            ]
        );
    }
}
