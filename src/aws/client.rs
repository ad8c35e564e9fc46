//! The two calls that a login makes, through the AWS SDK for Rust, as a blocking trait.
//!
//! One attempt a call, no retry that could burn a code; a second one only when no connection was made or AWS refused the time
//! of the request. The SDK gets its credentials, region and endpoint from here: its own chain never runs.

use std::cell::OnceCell;
use std::error::Error as StdError;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_iam::config::ConfigBag;
use aws_sdk_iam::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::time::TimeSource;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder as HttpBuilder, Connector};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use secrecy::ExposeSecret;
use time::UtcDateTime;

use super::Refusal;
use super::endpoint::{Endpoint, Service};
use super::partition::Partition;
use super::trust::{TrustError, certificates};
use super::types::{AccessKeyId, Keys, SerialNumber, SessionCredentials, TokenCode};

/// No answer to a SYN within this time is no connection.
const CONNECT: Duration = Duration::from_secs(5);
/// A call takes at most this long, connecting included.
const CALL: Duration = Duration::from_secs(20);
/// A clock that is off by less than this is not worth correcting for.
const NOTICEABLE_SKEW: i64 = 60;

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
    fn endpoint(&self, service: Service) -> Option<&Endpoint> {
        match service {
            Service::Sts => self.sts_endpoint.as_ref(),
            Service::Iam => self.iam_endpoint.as_ref(),
        }
    }

    /// Sees that the CA bundle can be used, if a call will need it.
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

/// What GetSessionToken is asked for
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>).
#[derive(Debug, Clone)]
pub struct SessionRequest<'a> {
    /// The device.
    pub serial_number: &'a SerialNumber,
    /// Its code.
    pub token_code: &'a TokenCode,
    /// 900 to 129600 s.
    pub duration_seconds: u32,
}

/// An MFA device that ListMFADevices names
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The serial number or ARN, as AWS gives it.
    pub serial_number: String,
}

/// An answer, and what was learnt of the clock on the way.
#[derive(Debug, Clone)]
pub struct Answered<T> {
    /// The answer.
    pub value: T,
    /// AWS's clock minus this machine's, in seconds, by the Date header.
    pub skew_seconds: i64,
    /// AWS had refused the request's time, and a corrected one was signed.
    pub corrected: bool,
}

/// A call that gave no session.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// AWS answered with an error.
    #[error("AWS refused {action}: {message} ({code})", message = refusal.message, code = refusal.code)]
    Refused {
        /// e.g. `sts:GetSessionToken`.
        action: &'static str,
        /// Code, message, meaning.
        refusal: Refusal,
        /// AWS's clock minus this machine's, in seconds, where the answer told.
        skew_seconds: Option<i64>,
    },
    /// No connection was made: nothing was sent.
    #[error("no connection to {host}: {detail}")]
    NotSent {
        /// Whom it tried.
        host: String,
        /// Why.
        detail: String,
        /// The certificate was not trusted.
        untrusted: bool,
    },
    /// The request went out and no answer came back.
    #[error("{host} gave no answer: {detail}")]
    Lost {
        /// Whom it asked.
        host: String,
        /// Why.
        detail: String,
    },
    /// Something answered that is not AWS.
    #[error("{host} gave an answer that is not AWS's: {detail}")]
    NotAws {
        /// Whom it asked.
        host: String,
        /// What came.
        detail: String,
    },
    /// The CA bundle.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// This machine could not even try.
    #[error("cannot call AWS from here: {0}")]
    Local(String),
}

/// The calls that a login makes, blocking.
pub trait Aws {
    /// sts:GetSessionToken, one attempt, `limit` at most (20 s in any case).
    ///
    /// # Errors
    /// [`CallError`].
    fn session_token(
        &self,
        target: &Target,
        keys: &Keys,
        request: &SessionRequest<'_>,
        limit: Duration,
    ) -> Result<Answered<SessionCredentials>, CallError>;

    /// iam:ListMFADevices of the caller.
    ///
    /// # Errors
    /// [`CallError`].
    fn mfa_devices(
        &self,
        target: &Target,
        keys: &Keys,
        limit: Duration,
    ) -> Result<Answered<Vec<Device>>, CallError>;
}

/// The AWS SDK; its runtime is built at the first call.
#[derive(Debug)]
pub struct Sdk {
    clock_offset: i64,
    runtime: OnceCell<tokio::runtime::Runtime>,
}

impl Sdk {
    /// `clock_offset`: seconds added to the system's clock (tests; else 0).
    #[must_use]
    pub fn new(clock_offset: i64) -> Self {
        Self {
            clock_offset,
            runtime: OnceCell::new(),
        }
    }

    fn runtime(&self) -> Result<&tokio::runtime::Runtime, CallError> {
        if self.runtime.get().is_none() {
            let built = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|e| CallError::Local(e.to_string()))?;
            let _ = self.runtime.set(built);
        }
        self.runtime
            .get()
            .ok_or_else(|| CallError::Local("no runtime".to_owned()))
    }

    /// Calls, and calls once more when nothing was sent or AWS refused the time.
    fn call<T>(
        &self,
        target: &Target,
        service: Service,
        keys: &Keys,
        limit: Duration,
        one: &impl AsyncFn(&SdkConfig, &ServerDate) -> Result<T, CallError>,
    ) -> Result<Answered<T>, CallError> {
        let runtime = self.runtime()?;
        let http = http_client(target.endpoint(service), target.ca_bundle.as_ref())?;
        let began = std::time::Instant::now();
        let mut shift = self.clock_offset;
        let mut corrected = false;
        let mut retried = false;
        loop {
            let left = limit.min(CALL).saturating_sub(began.elapsed());
            let date = ServerDate::default();
            let clock = ShiftedClock(shift);
            let outcome = runtime.block_on(async {
                let config = config(target, keys, left, &http, clock).await;
                one(&config, &date).await
            });
            // By this machine's clock, not by the shifted one.
            let skew = date.minus(unix_now() + self.clock_offset);
            match outcome {
                Ok(value) => {
                    return Ok(Answered {
                        value,
                        skew_seconds: skew.unwrap_or(0),
                        corrected,
                    });
                }
                Err(CallError::NotSent {
                    untrusted: false, ..
                }) if !retried && limit.min(CALL) > began.elapsed() + CONNECT => {
                    retried = true;
                    std::thread::sleep(Duration::from_millis(300));
                }
                Err(CallError::Refused { refusal, .. })
                    if refusal.kind == super::RefusalKind::Clock
                        && !corrected
                        && skew.is_some_and(|s| s.abs() >= NOTICEABLE_SKEW) =>
                {
                    corrected = true;
                    shift = self.clock_offset + skew.unwrap_or(0);
                }
                Err(CallError::Refused {
                    action, refusal, ..
                }) => {
                    return Err(CallError::Refused {
                        action,
                        refusal,
                        skew_seconds: skew,
                    });
                }
                Err(other) => return Err(other),
            }
        }
    }
}

impl Drop for Sdk {
    fn drop(&mut self) {
        // A name look-up that hangs must not hold the program up.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Aws for Sdk {
    fn session_token(
        &self,
        target: &Target,
        keys: &Keys,
        request: &SessionRequest<'_>,
        limit: Duration,
    ) -> Result<Answered<SessionCredentials>, CallError> {
        const ACTION: &str = "sts:GetSessionToken";
        let host = target.host(Service::Sts);
        self.call(
            target,
            Service::Sts,
            keys,
            limit,
            &async |config: &SdkConfig, date: &ServerDate| {
                let mut builder =
                    aws_sdk_sts::config::Builder::from(config).interceptor(date.clone());
                builder.set_endpoint_url(target.sts_endpoint.as_ref().map(|e| e.url().to_owned()));
                let answer = aws_sdk_sts::Client::from_conf(builder.build())
                    .get_session_token()
                    .serial_number(request.serial_number.as_str())
                    .token_code(request.token_code.expose())
                    .duration_seconds(i32::try_from(request.duration_seconds).unwrap_or(i32::MAX))
                    .send()
                    .await
                    .map_err(|e| call_error(ACTION, &host, &e))?;
                session(answer.credentials.as_ref()).ok_or_else(|| CallError::NotAws {
                    host: host.clone(),
                    detail: "it holds no credentials".to_owned(),
                })
            },
        )
    }

    fn mfa_devices(
        &self,
        target: &Target,
        keys: &Keys,
        limit: Duration,
    ) -> Result<Answered<Vec<Device>>, CallError> {
        const ACTION: &str = "iam:ListMFADevices";
        let host = target.host(Service::Iam);
        self.call(
            target,
            Service::Iam,
            keys,
            limit,
            &async |config: &SdkConfig, date: &ServerDate| {
                let mut builder =
                    aws_sdk_iam::config::Builder::from(config).interceptor(date.clone());
                builder.set_endpoint_url(target.iam_endpoint.as_ref().map(|e| e.url().to_owned()));
                let answer = aws_sdk_iam::Client::from_conf(builder.build())
                    .list_mfa_devices()
                    .send()
                    .await
                    .map_err(|e| call_error(ACTION, &host, &e))?;
                Ok(answer
                    .mfa_devices()
                    .iter()
                    .map(|d| Device {
                        serial_number: d.serial_number().to_owned(),
                    })
                    .collect())
            },
        )
    }
}

fn session(credentials: Option<&aws_sdk_sts::types::Credentials>) -> Option<SessionCredentials> {
    let c = credentials?;
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned().into());
    Some(SessionCredentials {
        id: AccessKeyId::new(c.access_key_id()).ok()?,
        secret: filled(c.secret_access_key())?,
        token: filled(c.session_token())?,
        expiration: UtcDateTime::from_unix_timestamp(c.expiration().secs()).ok()?,
    })
}

async fn config(
    target: &Target,
    keys: &Keys,
    left: Duration,
    http: &SharedHttpClient,
    clock: ShiftedClock,
) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_timeout(left)
        .build();
    let credentials = Credentials::new(
        keys.id.as_str(),
        keys.secret.expose_secret(),
        None,
        None,
        "mfa-session",
    );
    // The SDK takes a named file that is missing for an error.
    let files = [EnvConfigFileKind::Config, EnvConfigFileKind::Credentials]
        .into_iter()
        .zip(&target.files)
        .filter(|(_, path)| path.is_file())
        .fold(EnvConfigFiles::builder(), |files, (kind, path)| {
            files.with_file(kind, path)
        })
        .build();
    let loopback = target
        .sts_endpoint
        .as_ref()
        .is_some_and(Endpoint::is_loopback);
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if loopback {
        // A local account has neither variant, and the SDK refuses them beside an endpoint of one's own.
        loader = loader.use_fips(false).use_dual_stack(false);
    }
    loader
        .profile_files(files)
        .profile_name(&target.profile)
        .region(Region::new(target.region.clone()))
        .credentials_provider(credentials)
        .retry_config(RetryConfig::disabled())
        .disable_clock_skew_correction(true)
        .timeout_config(timeouts)
        .http_client(http.clone())
        .time_source(clock)
        .load()
        .await
}

/// The Date header of the last answer, as Unix seconds.
#[derive(Debug, Clone, Default)]
struct ServerDate(Arc<Mutex<Option<i64>>>);

impl ServerDate {
    fn minus(&self, local: i64) -> Option<i64> {
        let date = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The header is cut to the second: one second off is none.
        date.map(|d| d - local)
            .map(|skew| if skew.abs() <= 1 { 0 } else { skew })
    }
}

#[dyn_dispatch_hint]
impl Intercept for ServerDate {
    fn name(&self) -> &'static str {
        "ServerDate"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context
            .response()
            .headers()
            .get("date")
            .and_then(|d| DateTime::from_str(d, Format::HttpDate).ok());
        if let Some(date) = date {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(date.secs());
        }
        Ok(())
    }
}

/// The system's clock, shifted: what signs a request.
#[derive(Debug, Clone, Copy)]
struct ShiftedClock(i64);

impl TimeSource for ShiftedClock {
    fn now(&self) -> SystemTime {
        let seconds = Duration::from_secs(self.0.unsigned_abs());
        if self.0 < 0 {
            system_now() - seconds
        } else {
            system_now() + seconds
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the SDK asks for the system's own type"
)]
fn system_now() -> SystemTime {
    SystemTime::now()
}

fn unix_now() -> i64 {
    system_now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|d| i64::try_from(d.as_secs()).ok())
        .unwrap_or(0)
}

/// A client for one endpoint: no TLS and no proxy for loopback, else the proxies of the environment and the trusted roots.
fn http_client(
    endpoint: Option<&Endpoint>,
    bundle: Option<&PathBuf>,
) -> Result<SharedHttpClient, TrustError> {
    if endpoint.is_some_and(|e| !e.is_tls()) {
        return Ok(HttpBuilder::new().build_http());
    }
    let loopback = endpoint.is_some_and(Endpoint::is_loopback);
    let trust = match bundle {
        Some(path) => certificates(path)?
            .into_iter()
            .fold(TrustStore::empty(), TrustStore::with_pem_certificate),
        None => TrustStore::default(),
    };
    // Building a context from a store cannot fail today; a default one is the same roots.
    let context = TlsContext::builder()
        .with_trust_store(trust)
        .build()
        .unwrap_or_default();
    Ok(
        HttpBuilder::new().build_with_connector_fn(move |settings, components| {
            let proxies = if loopback {
                ProxyConfig::disabled()
            } else {
                ProxyConfig::from_env()
            };
            let mut connector = Connector::builder();
            connector.set_connector_settings(settings.cloned());
            connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
            connector
                .proxy_config(proxies)
                .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
                .tls_context(context.clone())
                .build()
        }),
    )
}

fn call_error<E>(action: &'static str, host: &str, error: &SdkError<E, HttpResponse>) -> CallError
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let host = host.to_owned();
    match error {
        SdkError::ServiceError(e) => {
            let status = e.raw().status().as_u16();
            match e.err().code() {
                Some(code) => CallError::Refused {
                    action,
                    refusal: Refusal::new(code, e.err().message().unwrap_or_default(), status),
                    skew_seconds: None,
                },
                None => CallError::NotAws {
                    host,
                    detail: format!("HTTP status {status}"),
                },
            }
        }
        SdkError::ResponseError(e) => {
            let status = e.raw().status().as_u16();
            CallError::NotAws {
                host,
                detail: format!("HTTP status {status}, and the body cannot be read"),
            }
        }
        SdkError::ConstructionFailure(_) => CallError::Local(chain(error)),
        _ if never_connected(error) => CallError::NotSent {
            host,
            untrusted: chain(error).contains("invalid peer certificate"),
            detail: root_cause(error),
        },
        _ => CallError::Lost {
            host,
            detail: root_cause(error),
        },
    }
}

fn sources<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |e: &&'a (dyn StdError + 'static)| {
        (*e).source()
    })
}

/// The client says so itself: anything else may have reached the server.
fn never_connected(error: &(dyn StdError + 'static)) -> bool {
    sources(error)
        .filter_map(|e| e.downcast_ref::<hyper_util::client::legacy::Error>())
        .any(hyper_util::client::legacy::Error::is_connect)
}

fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let texts: Vec<_> = sources(error).map(ToString::to_string).collect();
    // A time-out's own source only says "timeout"; the link above it says which and how long.
    texts
        .iter()
        .rev()
        .find(|t| t.contains("timeout occurred after"))
        .or(texts.last())
        .cloned()
        .unwrap_or_default()
}

fn chain(error: &(dyn StdError + 'static)) -> String {
    sources(error)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
