//! Which endpoint is in force, by the SDK's rules, and whether it may be called.
//!
//! Pure. The hook needs the answer without the SDK, so it is computed here and handed to the SDK, which then looks no further
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;

use super::partition::{PARTITIONS, Partition};

/// The service that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// AWS STS.
    Sts,
    /// AWS IAM.
    Iam,
}

impl Service {
    /// The variable that names its endpoint.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::Sts => "AWS_ENDPOINT_URL_STS",
            Self::Iam => "AWS_ENDPOINT_URL_IAM",
        }
    }
}

/// The places of the settings, in the order of their precedence.
#[derive(Debug, Clone, Copy, Default)]
pub struct Configured<'a> {
    /// `--endpoint-url`.
    pub flag: Option<&'a str>,
    /// AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL_IAM.
    pub service_variable: Option<&'a str>,
    /// AWS_ENDPOINT_URL.
    pub variable: Option<&'a str>,
    /// The `services` section of the profile.
    pub service_profile: Option<&'a str>,
    /// `endpoint_url` in the profile.
    pub profile: Option<&'a str>,
    /// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS or `ignore_configured_endpoint_urls`: only the flag counts.
    pub ignored: bool,
}

impl<'a> Configured<'a> {
    /// The URL in force; `None` is AWS's own endpoint of the region.
    #[must_use]
    pub fn in_force(&self) -> Option<&'a str> {
        let configured = self
            .service_variable
            .or(self.variable)
            .or(self.service_profile)
            .or(self.profile)
            .filter(|_| !self.ignored);
        self.flag.or(configured)
    }
}

/// An endpoint that must not be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not a URL with a scheme and a host.
    #[error(
        "`{0}` is not an endpoint: expected https://HOST or, on this machine, http://localhost:PORT"
    )]
    Malformed(String),
    /// Plain http to another machine would send the request, and the session that answers it, readable to all on the way.
    #[error("endpoint `{0}` is refused: plain http is only for this machine's loopback")]
    PlainHttp(String),
}

/// An endpoint that may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    host: String,
    port: Option<u16>,
    path: String,
    loopback: bool,
    tls: bool,
}

/// An endpoint that is not AWS's own, in normal form: two spellings of one endpoint are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignEndpoint(String);

impl ForeignEndpoint {
    /// As a URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ForeignEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Endpoint {
    /// Judges a URL.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub fn new(url: &str) -> Result<Self, EndpointError> {
        let shown = || without_userinfo(url);
        let uri: Uri = url.parse().map_err(|_| EndpointError::Malformed(shown()))?;
        let host = uri
            .host()
            .filter(|h| !h.is_empty() && !url.contains('@'))
            .ok_or_else(|| EndpointError::Malformed(shown()))?
            .trim_matches(['[', ']'])
            .to_ascii_lowercase();
        let loopback = host == "localhost"
            || host
                .parse::<IpAddr>()
                .is_ok_and(|ip| ip.to_canonical().is_loopback());
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if loopback => false,
            Some("http") => return Err(EndpointError::PlainHttp(shown())),
            _ => return Err(EndpointError::Malformed(shown())),
        };
        Ok(Self {
            url: url.to_owned(),
            host,
            port: uri.port_u16(),
            path: uri
                .path_and_query()
                .map_or_else(String::new, ToString::to_string),
            loopback,
            tls,
        })
    }

    /// As it was configured.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The host alone, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// On this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// By https.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// What a session from here keeps of its origin: `None` for AWS's own endpoints, whose sessions are valid at all of them.
    #[must_use]
    pub fn foreign(&self) -> Option<ForeignEndpoint> {
        if self.is_aws() {
            return None;
        }
        let (scheme, default_port) = if self.tls {
            ("https", 443)
        } else {
            ("http", 80)
        };
        let host = match self.host.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
            Ok(IpAddr::V6(Ipv6Addr::LOCALHOST)) => Ipv4Addr::LOCALHOST.to_string(),
            Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
            Ok(IpAddr::V4(ip)) => ip.to_string(),
            Err(_) if self.loopback => Ipv4Addr::LOCALHOST.to_string(),
            Err(_) => self.host.clone(),
        };
        let port = match self.port {
            Some(port) if port != default_port => format!(":{port}"),
            _ => String::new(),
        };
        let path = self.path.trim_end_matches('/');
        Some(ForeignEndpoint(format!("{scheme}://{host}{port}{path}")))
    }

    /// A host of AWS's own STS or IAM: its sessions are AWS's sessions.
    #[must_use]
    pub fn is_aws(&self) -> bool {
        self.tls
            && (self.host == GLOBAL_STS
                || IAM_HOSTS.contains(&self.host.as_str())
                || PARTITIONS
                    .iter()
                    .any(|partition| is_regional(&self.host, partition)))
    }
}

/// STS's endpoint of old, which is served from us-east-1.
const GLOBAL_STS: &str = "sts.amazonaws.com";

/// IAM's endpoints, one for each partition and variant, as the SDK's rules list them
/// (<https://docs.aws.amazon.com/general/latest/gr/iam-service.html>).
const IAM_HOSTS: [&str; 31] = [
    "iam.amazonaws.com",
    "iam-fips.amazonaws.com",
    "iam.global.api.aws",
    "iam-fips.global.api.aws",
    "iam.cn-north-1.amazonaws.com.cn",
    "iam-fips.amazonaws.com.cn",
    "iam.global.api.amazonwebservices.com.cn",
    "iam-fips.api.amazonwebservices.com.cn",
    "iam.us-gov.amazonaws.com",
    "iam.us-gov.api.aws",
    "iam.eusc-de-east-1.amazonaws.eu",
    "iam-fips.amazonaws.eu",
    "iam.global.api.amazonwebservices.eu",
    "iam-fips.api.amazonwebservices.eu",
    "iam.us-iso-east-1.c2s.ic.gov",
    "iam-fips.us-iso-east-1.c2s.ic.gov",
    "iam.api.aws.ic.gov",
    "iam-fips.api.aws.ic.gov",
    "iam.us-isob-east-1.sc2s.sgov.gov",
    "iam-fips.us-isob-east-1.sc2s.sgov.gov",
    "iam.api.aws.scloud",
    "iam-fips.api.aws.scloud",
    "iam.eu-isoe-west-1.cloud.adc-e.uk",
    "iam-fips.cloud.adc-e.uk",
    "iam.api.cloud-aws.adc-e.uk",
    "iam-fips.api.cloud-aws.adc-e.uk",
    "iam.us-isof-south-1.csp.hci.ic.gov",
    "iam-fips.csp.hci.ic.gov",
    "iam.api.aws.hci.ic.gov",
    "iam-fips.api.aws.hci.ic.gov",
    "iam.eusc-de-east-1.api.amazonwebservices.eu",
];

/// STS in a region of the partition, with FIPS or dual stack, or either service behind a VPC endpoint
/// (<https://docs.aws.amazon.com/general/latest/gr/sts.html>,
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html>).
fn is_regional(host: &str, partition: &Partition) -> bool {
    let in_partition = |rest: &str, suffix: &str| {
        rest.strip_suffix(suffix)
            .and_then(|region| region.strip_suffix('.'))
            .is_some_and(|region| partition.has_region(region))
    };
    let Some((first, rest)) = host.split_once('.') else {
        return false;
    };
    if matches!(first, "sts" | "sts-fips") {
        return in_partition(rest, partition.dns_suffix)
            || in_partition(rest, partition.dual_stack_suffix);
    }
    let is_vpc_endpoint = first.strip_prefix("vpce-").is_some_and(|id| !id.is_empty());
    match rest.split_once('.') {
        Some(("sts" | "sts-fips" | "iam" | "iam-fips", rest)) if is_vpc_endpoint => {
            in_partition(rest, &format!("vpce.{}", partition.dns_suffix))
        }
        _ => false,
    }
}

fn without_userinfo(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => {
            let (head, _) = url.split_at(scheme + 3);
            let (_, tail) = url.split_at(at + 1);
            format!("{head}…@{tail}")
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_setting_wins() {
        let mut all = Configured {
            flag: Some("a"),
            service_variable: Some("b"),
            variable: Some("c"),
            service_profile: Some("d"),
            profile: Some("e"),
            ignored: false,
        };
        assert_eq!(all.in_force(), Some("a"));
        all.flag = None;
        assert_eq!(all.in_force(), Some("b"));
        all.service_variable = None;
        assert_eq!(all.in_force(), Some("c"));
        all.variable = None;
        assert_eq!(all.in_force(), Some("d"));
        all.service_profile = None;
        assert_eq!(all.in_force(), Some("e"));
        all.ignored = true;
        assert_eq!(all.in_force(), None);
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for ok in [
            "http://localhost:1",
            "http://127.0.0.1:80",
            "http://[::1]:9",
            "http://127.9.9.9/x",
            "https://x.example",
        ] {
            assert!(Endpoint::new(ok).is_ok(), "{ok}");
        }
        for refused in [
            "http://sts.amazonaws.com",
            "http://localhost.example",
            "http://10.0.0.1",
            "http://127.0.0.1.example",
        ] {
            assert!(
                matches!(Endpoint::new(refused), Err(EndpointError::PlainHttp(_))),
                "{refused}"
            );
        }
        for bad in [
            "",
            "sts.amazonaws.com",
            "ftp://x",
            "https://",
            "://",
            "https://a b",
            "http://localhost@evil.example/",
        ] {
            assert!(Endpoint::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_not_repeated() {
        let error = Endpoint::new("http://user:secret@example.com").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn the_spellings_of_one_endpoint_have_one_normal_form() {
        for (normal, spellings) in [
            (
                "http://127.0.0.1:4566",
                &[
                    "http://localhost:4566",
                    "HTTP://LocalHost:4566/",
                    "http://[::1]:4566",
                    "http://[0:0:0:0:0:0:0:1]:4566/",
                    "http://[::ffff:127.0.0.1]:4566",
                ][..],
            ),
            (
                "http://127.0.0.1",
                &["http://127.0.0.1:80/", "http://localhost"],
            ),
            (
                "https://sts.example.com",
                &[
                    "https://STS.Example.com:443",
                    "HTTPS://sts.example.com//",
                    "https://sts.example.com",
                ],
            ),
            (
                "https://sts.example.com:8443/Path",
                &["https://sts.example.com:8443/Path/"],
            ),
            ("https://[2001:db8::1]", &["https://[2001:DB8:0::1]:443"]),
            ("http://127.0.0.2:1", &["http://127.0.0.2:1"]),
            ("https://127.0.0.1:80", &["https://localhost:80"]),
        ] {
            for spelling in spellings {
                let endpoint = Endpoint::new(spelling).unwrap();
                assert_eq!(endpoint.url(), *spelling);
                assert_eq!(endpoint.foreign().unwrap().as_str(), normal, "{spelling}");
            }
            let again = Endpoint::new(normal).unwrap().foreign().unwrap();
            assert_eq!(again.as_str(), normal);
        }
        let own = Endpoint::new("https://sts.eu-west-1.amazonaws.com").unwrap();
        assert_eq!(own.foreign(), None);
    }

    #[test]
    fn aws_knows_its_own() {
        for own in [
            "https://sts.eu-west-1.amazonaws.com",
            "https://sts.amazonaws.com",
            "https://STS.Amazonaws.com:443/",
            "https://sts-fips.us-east-1.amazonaws.com",
            "https://sts-fips.us-gov-west-1.api.aws",
            "https://vpce-1.sts.us-east-1.vpce.amazonaws.com",
            "https://vpce-0a1b-2c3d-us-east-1a.sts.us-east-1.vpce.amazonaws.com",
            "https://vpce-1.sts.cn-north-1.vpce.amazonaws.com.cn",
            "https://vpce-1.iam.us-east-1.vpce.amazonaws.com",
            "https://sts.cn-north-1.amazonaws.com.cn",
            "https://sts.eusc-de-east-1.amazonaws.eu",
            "https://iam.amazonaws.com",
            "https://iam.us-gov.amazonaws.com",
        ] {
            assert!(Endpoint::new(own).is_ok_and(|e| e.is_aws()), "{own}");
        }
        for other in [
            "https://evilamazonaws.com",
            "https://amazonaws.com.example",
            "http://127.0.0.1:1",
            "https://localhost",
            "https://amazonaws.com",
            "https://bucket.s3.amazonaws.com",
            "https://sts.s3.amazonaws.com",
            "https://sts.eu-west-1.s3.amazonaws.com",
            "https://x.execute-api.eu-west-1.amazonaws.com",
            "https://sts.eu-west-1.elb.amazonaws.com",
            "https://ec2-1-2-3-4.eu-west-1.compute.amazonaws.com",
            "https://evil.sts.us-east-1.vpce.amazonaws.com",
            "https://vpce-.sts.us-east-1.vpce.amazonaws.com",
            "https://vpce-1.s3.us-east-1.vpce.amazonaws.com",
            "https://vpce-1.execute-api.us-east-1.vpce.amazonaws.com",
            "https://sts.cn-north-1.amazonaws.com",
            "https://sts.eu-west-1.amazonaws.com.cn",
            "https://sts.evil.api.aws",
            "https://x.lambda-url.us-east-1.on.aws",
            "https://sts.eu-west-1.on.aws",
            "https://iam.eu-west-1.amazonaws.com",
            "https://x.iam.amazonaws.com",
        ] {
            assert!(Endpoint::new(other).is_ok_and(|e| !e.is_aws()), "{other}");
        }
    }
}
