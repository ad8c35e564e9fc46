//! The addresses of AWS's console: where it is signed in to, and which of its pages a sign-in may lead to.
//!
//! AWS documents the federation endpoint for these partitions
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html>).

use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};

use super::endpoint::Endpoint;
use super::partition::Partition;
use super::types::Invalid;

/// What AWS tells the page that a person is sent to when the console session has ended.
const ISSUER: &str = "mfa-session";

/// The console of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Console {
    partition: &'static str,
    /// The host of the federation endpoint.
    sign_in: &'static str,
    /// The host of its pages, also behind a region or a service.
    pages: &'static str,
}

const CONSOLES: [Console; 3] = [
    Console {
        partition: "aws",
        sign_in: "signin.aws.amazon.com",
        pages: "console.aws.amazon.com",
    },
    Console {
        partition: "aws-cn",
        sign_in: "signin.amazonaws.cn",
        pages: "console.amazonaws.cn",
    },
    Console {
        partition: "aws-us-gov",
        sign_in: "signin.amazonaws-us-gov.com",
        pages: "console.amazonaws-us-gov.com",
    },
];

/// A page of the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page(Url);

/// Why a URL is not a page of the console.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPage {
    /// It is not a URL with https and a host alone.
    #[error("`{0}` is not the URL of a page of AWS's console: expected https://HOST/…")]
    Malformed(String),
    /// It leads elsewhere.
    #[error("`{host}` is not a host of AWS's console: expected {pages} or a host below it")]
    Host {
        /// The host in the URL.
        host: String,
        /// The host of the console's pages.
        pages: &'static str,
    },
}

impl Console {
    /// The console of a partition; `None` if AWS documents no federation endpoint for it.
    #[must_use]
    pub fn of_partition(name: &str) -> Option<Self> {
        CONSOLES
            .into_iter()
            .find(|console| console.partition == name)
    }

    /// Whether a region of this partition can have this name.
    #[must_use]
    pub fn has_region(&self, region: &str) -> bool {
        Partition::named(self.partition).is_some_and(|partition| partition.has_region(region))
    }

    /// The federation endpoint.
    #[must_use]
    pub fn federation(&self) -> Option<Endpoint> {
        Endpoint::new(&format!("https://{}/federation", self.sign_in)).ok()
    }

    /// The home page, or the page of a service, in a region or where the person was last.
    ///
    /// # Errors
    /// [`Invalid`] if a service cannot have this name.
    pub fn page(&self, service: Option<&str>, region: Option<&str>) -> Result<Page, Invalid> {
        let service = service.unwrap_or("console");
        let fits = (1..=64).contains(&service.len())
            && service
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let pages = self.pages;
        let url = match region {
            Some(region) => {
                format!("https://{region}.{pages}/{service}/home?region={region}")
            }
            None => format!("https://{pages}/{service}/home"),
        };
        Url::parse(&url)
            .ok()
            .filter(|_| fits)
            .map(Page)
            .ok_or(Invalid {
                what: "service name",
                form: "the name in the console's URLs, e.g. s3 or ec2",
            })
    }

    /// The page with this URL, which must be one of this console. It is read as browsers read it.
    ///
    /// # Errors
    /// [`NotAPage`].
    pub fn destination(&self, text: &str) -> Result<Page, NotAPage> {
        let malformed = || NotAPage::Malformed(text.to_owned());
        let url = Url::parse(text).map_err(|_| malformed())?;
        let is_plain = url.scheme() == "https"
            && url.username().is_empty()
            && url.password().is_none()
            && url.port().is_none();
        let Some(Host::Domain(host)) = url.host().filter(|_| is_plain) else {
            return Err(malformed());
        };
        let below = |host: &str| host.strip_suffix(self.pages)?.strip_suffix('.').map(drop);
        if host == self.pages || below(host).is_some() {
            Ok(Page(url))
        } else {
            Err(NotAPage::Host {
                host: host.to_owned(),
                pages: self.pages,
            })
        }
    }
}

/// The URL that signs in to the console and opens the page. It is a secret for as long as the token is valid.
#[must_use]
pub fn sign_in_url(federation: &Endpoint, page: &Page, token: &SecretString) -> SecretString {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "login")
        .append_pair("Issuer", ISSUER)
        .append_pair("Destination", page.0.as_str())
        .append_pair("SigninToken", token.expose_secret())
        .finish();
    format!("{}?{query}", federation.url()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn console(partition: &str) -> Console {
        Console::of_partition(partition).unwrap()
    }

    fn page(partition: &str, service: Option<&str>, region: Option<&str>) -> String {
        let page = console(partition).page(service, region).unwrap();
        page.0.to_string()
    }

    #[test]
    fn each_partition_has_its_own_hosts() {
        for (partition, federation, home) in [
            (
                "aws",
                "https://signin.aws.amazon.com/federation",
                "https://console.aws.amazon.com/console/home",
            ),
            (
                "aws-cn",
                "https://signin.amazonaws.cn/federation",
                "https://console.amazonaws.cn/console/home",
            ),
            (
                "aws-us-gov",
                "https://signin.amazonaws-us-gov.com/federation",
                "https://console.amazonaws-us-gov.com/console/home",
            ),
        ] {
            let found = console(partition).federation().unwrap();
            assert_eq!(found.url(), federation);
            assert_eq!(page(partition, None, None), home);
        }
        assert_eq!(Console::of_partition("aws-iso"), None);
        assert!(console("aws-cn").has_region("cn-north-1"));
        assert!(!console("aws").has_region("cn-north-1"));
    }

    #[test]
    fn a_service_has_a_page_in_a_region() {
        assert_eq!(
            page("aws", Some("s3"), Some("eu-central-1")),
            "https://eu-central-1.console.aws.amazon.com/s3/home?region=eu-central-1"
        );
        for bad in ["", "a/b", "a?b", "a b", "..", "ü", &"x".repeat(65)] {
            let found = console("aws").page(Some(bad), None);
            assert!(found.is_err(), "{bad}");
        }
    }

    #[test]
    fn only_pages_of_the_partitions_console_are_destinations() {
        let aws = console("aws");
        for good in [
            "https://console.aws.amazon.com",
            "https://console.aws.amazon.com:443/ec2/home?region=eu-west-1#Instances:",
            "https://eu-west-1.console.aws.amazon.com/s3/buckets/a",
            "HTTPS://S3.Console.AWS.Amazon.com/",
        ] {
            assert!(aws.destination(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "console.aws.amazon.com",
            "/ec2/home",
            "http://console.aws.amazon.com/",
            "https://console.aws.amazon.com:8443/",
            "https://user@console.aws.amazon.com/",
            "https://console.aws.amazon.com@evil.example/",
            "https://console.aws.amazon.com\\@evil.example/",
            "https://evil.example/console.aws.amazon.com",
            "https://evilconsole.aws.amazon.com/",
            "https://console.aws.amazon.com.evil.example/",
            "https://console.amazonaws.cn/",
            "https://signin.aws.amazon.com/federation",
            "https://127.0.0.1/",
            "javascript:alert(1)",
            "file:///etc/passwd",
        ] {
            // A browser takes the backslash for a slash, so that one is a page of the console.
            let is_page = aws.destination(bad).is_ok();
            assert_eq!(is_page, bad.contains('\\'), "{bad}");
        }
        let error = aws
            .destination("https://console.amazonaws.cn/")
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "`console.amazonaws.cn` is not a host of AWS's console: expected console.aws.amazon.com or a host below it"
        );
    }

    #[test]
    fn the_sign_in_url_carries_the_page_and_the_token_encoded() {
        let aws = console("aws");
        let page = aws.page(Some("s3"), Some("eu-west-1")).unwrap();
        let url = sign_in_url(&aws.federation().unwrap(), &page, &"a+b/c=".into());
        assert_eq!(
            url.expose_secret(),
            "https://signin.aws.amazon.com/federation?Action=login&Issuer=mfa-session&Destination=https%3A%2F%2Feu-west-1.console.aws.amazon.com%2Fs3%2Fhome%3Fregion%3Deu-west-1&SigninToken=a%2Bb%2Fc%3D"
        );
        assert!(!format!("{url:?}").contains("SigninToken"));
    }
}
