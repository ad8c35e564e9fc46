//! The way to one endpoint: TLS, proxies, and how much of an answer is read.

use std::path::PathBuf;

use aws_sdk_iam::config::ConfigBag;
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder as HttpBuilder, Connector};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient};
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;

use super::endpoint::Endpoint;
use super::trust::{TrustError, certificates};

/// The most that is read of an answer's body. AWS's own take some 2 KiB; the client bounds the headers itself.
pub(super) const LARGEST_ANSWER: usize = 1024 * 1024;

/// Ends an answer that does not end by itself with an error.
#[derive(Debug)]
pub(super) struct BoundedAnswer;

#[dyn_dispatch_hint]
impl Intercept for BoundedAnswer {
    fn name(&self) -> &'static str {
        "BoundedAnswer"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        let whole = std::mem::replace(body, SdkBody::taken());
        *body = SdkBody::from_body_1_x(Limited::new(whole, LARGEST_ANSWER));
        Ok(())
    }
}

/// A client for one endpoint.
///
/// # Errors
/// As [`connector`].
pub(super) fn http_client(
    endpoint: Option<&Endpoint>,
    bundle: Option<&PathBuf>,
) -> Result<SharedHttpClient, TrustError> {
    let way = Way::to(endpoint, bundle)?;
    Ok(
        HttpBuilder::new().build_with_connector_fn(move |settings, components| {
            way.connector(settings, components.and_then(RuntimeComponents::sleep_impl))
        }),
    )
}

/// What makes the connections to one endpoint.
///
/// # Errors
/// The CA bundle cannot be used.
pub(super) fn connector(
    endpoint: Option<&Endpoint>,
    bundle: Option<&PathBuf>,
    settings: Option<&HttpConnectorSettings>,
    sleep: Option<SharedAsyncSleep>,
) -> Result<Connector, TrustError> {
    Ok(Way::to(endpoint, bundle)?.connector(settings, sleep))
}

/// The way to one endpoint.
enum Way {
    /// No TLS and no proxy, on loopback.
    Plain,
    /// TLS with these roots. Loopback has no proxy, and other hosts have those of the environment.
    Tls { context: TlsContext, loopback: bool },
}

impl Way {
    fn to(endpoint: Option<&Endpoint>, bundle: Option<&PathBuf>) -> Result<Self, TrustError> {
        if endpoint.is_some_and(|e| !e.is_tls()) {
            return Ok(Self::Plain);
        }
        let trust = match bundle {
            Some(path) => certificates(path)?
                .into_iter()
                .fold(TrustStore::empty(), TrustStore::with_pem_certificate),
            None => TrustStore::default(),
        };
        Ok(Self::Tls {
            // Building a context from a store cannot fail today; a default one is the same roots.
            context: TlsContext::builder()
                .with_trust_store(trust)
                .build()
                .unwrap_or_default(),
            loopback: endpoint.is_some_and(Endpoint::is_loopback),
        })
    }

    fn connector(
        &self,
        settings: Option<&HttpConnectorSettings>,
        sleep: Option<SharedAsyncSleep>,
    ) -> Connector {
        let mut builder = Connector::builder();
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(sleep);
        match self {
            Self::Plain => builder.build_http(),
            Self::Tls { context, loopback } => {
                let proxies = if *loopback {
                    ProxyConfig::disabled()
                } else {
                    ProxyConfig::from_env()
                };
                builder
                    .proxy_config(proxies)
                    .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
                    .tls_context(context.clone())
                    .build()
            }
        }
    }
}
