//! Where the calls of a login go, and what can be checked about it before a token code is asked for.

use std::path::PathBuf;

use super::endpoint::{Endpoint, Service};
use super::partition::Partition;
use super::proxy::{ProxyError, check_proxies};
use super::trust::{TrustError, certificates};

/// Where the calls go.
#[derive(Debug, Clone)]
pub struct Target {
    /// The source profile: the SDK reads its FIPS and dual-stack settings, nothing secret.
    pub profile: String,
    /// The region of the endpoint and of the signature.
    pub region: String,
    /// The shared config and credentials files, where that profile stands.
    pub files: [PathBuf; 2],
    /// Instead of AWS's own STS endpoint of the region.
    pub sts_endpoint: Option<Endpoint>,
    /// Instead of AWS's own IAM endpoint.
    pub iam_endpoint: Option<Endpoint>,
    /// AWS_CA_BUNDLE or `ca_bundle`: trusted instead of the system's certificates.
    pub ca_bundle: Option<PathBuf>,
}

impl Target {
    pub(super) fn endpoint(&self, service: Service) -> Option<&Endpoint> {
        match service {
            Service::Sts => self.sts_endpoint.as_ref(),
            Service::Iam => self.iam_endpoint.as_ref(),
        }
    }

    /// Checks that the CA bundle can be used, if a call will need it.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn check_trust(&self) -> Result<(), TrustError> {
        let plain = |service| self.endpoint(service).is_some_and(|e| !e.is_tls());
        match &self.ca_bundle {
            Some(path) if !plain(Service::Sts) || !plain(Service::Iam) => {
                certificates(path).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Checks the variables that name a proxy, if a call will need them. Calls to loopback never use a proxy.
    ///
    /// # Errors
    /// [`ProxyError`].
    pub fn check_proxies(
        &self,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), ProxyError> {
        [Service::Sts, Service::Iam]
            .into_iter()
            .filter(|service| !self.endpoint(*service).is_some_and(Endpoint::is_loopback))
            .try_for_each(|service| check_proxies(&self.host(service), variable))
    }

    /// The host that a call reaches, for messages.
    #[must_use]
    pub fn host(&self, service: Service) -> String {
        if let Some(endpoint) = self.endpoint(service) {
            return endpoint.host().to_owned();
        }
        let suffix = Partition::of_region(&self.region).dns_suffix;
        match service {
            Service::Sts => format!("sts.{}.{suffix}", self.region),
            Service::Iam => format!("iam.{suffix}"),
        }
    }
}
