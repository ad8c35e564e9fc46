//! The two calls that a login makes, through the AWS SDK for Rust, as a blocking trait.
//!
//! One attempt a call, no retry that could burn a code; a second one only when no connection was made or AWS refused the time
//! of the request. The SDK gets its credentials, region and endpoint from here: its own chain never runs.

use std::cell::OnceCell;
use std::error::Error as StdError;
use std::path::PathBuf;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use http_body_util::LengthLimitError;
use secrecy::ExposeSecret;
use time::UtcDateTime;

use crate::test_hooks;

use super::Refusal;
use super::clock::{ServerDate, ShiftedClock, Skew, unix_now};
use super::endpoint::{Endpoint, Service};
use super::http_client::{BoundedAnswer, http_client};
use super::partition::Partition;
use super::proxy::{ProxyError, check_proxies};
use super::running_time::RunningTime;
use super::trust::{TrustError, certificates};
use super::types::{
    AccessKeyId, Invalid, Keys, SecretAccessKey, SerialNumber, SessionCredentials, SessionToken,
    TokenCode,
};

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

    /// Sees that the variables that name a proxy can be used, if a call will need them. Loopback is never proxied.
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
    /// This machine's clock, by the Date header.
    pub skew: Skew,
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
        /// This machine's clock, by the Date header.
        skew: Skew,
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
    /// AWS granted a session with credentials that cannot be kept: the code is spent.
    #[error("{host} gave an answer that is not AWS's: {problem}")]
    Unusable {
        /// Whom it asked.
        host: String,
        /// What is wrong with it.
        problem: Invalid,
    },
    /// A variable that names a proxy.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
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
        let most = test_hooks::call_limit().unwrap_or(CALL);
        let mut shift = self.clock_offset;
        let mut corrected = false;
        let mut retried = false;
        loop {
            let left = limit.min(most).saturating_sub(began.elapsed());
            let date = ServerDate::default();
            let clock = ShiftedClock(shift);
            let sent = unix_now() + self.clock_offset;
            let outcome = runtime.block_on(async {
                let config = config(target, keys, left, &http, clock).await;
                one(&config, &date).await
            });
            // By this machine's clock, not by the shifted one.
            let heard = date.outside(sent, unix_now() + self.clock_offset);
            let skew = Skew::judge(heard, shift - self.clock_offset);
            match outcome {
                Ok(value) => {
                    return Ok(Answered {
                        value,
                        skew,
                        corrected,
                    });
                }
                Err(CallError::NotSent {
                    untrusted: false, ..
                }) if !retried && limit.min(most) > began.elapsed() + CONNECT => {
                    retried = true;
                    std::thread::sleep(Duration::from_millis(300));
                }
                Err(CallError::Refused { refusal, .. })
                    if refusal.kind == super::RefusalKind::Clock
                        && !corrected
                        && heard.is_some_and(|s| s.abs() >= NOTICEABLE_SKEW) =>
                {
                    // However large: if AWS accepts the signature, it has proved the time. See `clock`.
                    corrected = true;
                    shift = self.clock_offset.saturating_add(heard.unwrap_or(0));
                }
                Err(CallError::Refused {
                    action, refusal, ..
                }) => {
                    return Err(CallError::Refused {
                        action,
                        refusal,
                        skew,
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
                let mut builder = aws_sdk_sts::config::Builder::from(config)
                    .interceptor(date.clone())
                    .interceptor(BoundedAnswer);
                builder.set_endpoint_url(target.sts_endpoint.as_ref().map(|e| e.url().to_owned()));
                let answer = aws_sdk_sts::Client::from_conf(builder.build())
                    .get_session_token()
                    .serial_number(request.serial_number.as_str())
                    .token_code(request.token_code.expose())
                    .duration_seconds(i32::try_from(request.duration_seconds).unwrap_or(i32::MAX))
                    .send()
                    .await
                    .map_err(|e| call_error(ACTION, &host, &e))?;
                let Some(credentials) = answer.credentials else {
                    return Err(CallError::NotAws {
                        host: host.clone(),
                        detail: "it holds no credentials".to_owned(),
                    });
                };
                session(&credentials).map_err(|problem| CallError::Unusable {
                    host: host.clone(),
                    problem,
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
                let mut builder = aws_sdk_iam::config::Builder::from(config)
                    .interceptor(date.clone())
                    .interceptor(BoundedAnswer);
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

/// The one way in for what AWS grants: each part is judged before it is kept anywhere.
fn session(granted: &aws_sdk_sts::types::Credentials) -> Result<SessionCredentials, Invalid> {
    let expiration =
        UtcDateTime::from_unix_timestamp(granted.expiration().secs()).map_err(|_| Invalid {
            what: "expiration",
            form: "a time of this era",
        })?;
    Ok(SessionCredentials {
        id: AccessKeyId::new(granted.access_key_id())?,
        secret: SecretAccessKey::new(granted.secret_access_key())?,
        token: SessionToken::new(granted.session_token())?,
        expiration,
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
        // Its clock goes on while this process is stopped; the limit of the whole call does not.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .sleep_impl(SharedAsyncSleep::new(RunningTime))
        .http_client(http.clone())
        .time_source(clock)
        .load()
        .await
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
                    skew: Skew::Unknown,
                },
                None => CallError::NotAws {
                    host,
                    detail: format!("HTTP status {status}"),
                },
            }
        }
        _ if sources(error).any(<dyn StdError>::is::<LengthLimitError>) => CallError::NotAws {
            host,
            detail: "it is longer than 1 MiB".to_owned(),
        },
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

#[cfg(test)]
mod tests {
    use aws_sdk_iam::config::endpoint as iam;
    use aws_sdk_sts::config::endpoint as sts;

    use super::*;
    use crate::aws::partition::PARTITIONS;

    const VARIANTS: [(bool, bool); 4] =
        [(false, false), (true, false), (false, true), (true, true)];

    #[track_caller]
    fn is_aws(url: &str) {
        assert!(Endpoint::new(url).is_ok_and(|e| e.is_aws()), "{url}");
    }

    #[test]
    fn every_endpoint_that_the_sdk_knows_is_aws() {
        use iam::ResolveEndpoint as _;
        use sts::ResolveEndpoint as _;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let regions = PARTITIONS.iter().flat_map(|p| {
            let first = p.home_region;
            [
                first.to_owned(),
                first.replace(|c: char| c.is_ascii_digit(), "7"),
            ]
        });
        for region in regions.chain(["us-gov-east-1".to_owned(), "ap-southeast-1".to_owned()]) {
            for (fips, dual_stack) in VARIANTS {
                for global in [false, true] {
                    let params = sts::Params::builder()
                        .region(region.clone())
                        .use_fips(fips)
                        .use_dual_stack(dual_stack)
                        .use_global_endpoint(global)
                        .build()
                        .unwrap();
                    let resolver = sts::DefaultResolver::new();
                    let found = runtime
                        .block_on(resolver.resolve_endpoint(&params))
                        .unwrap();
                    is_aws(found.url());
                }
                let params = iam::Params::builder()
                    .region(region.clone())
                    .use_fips(fips)
                    .use_dual_stack(dual_stack)
                    .build()
                    .unwrap();
                let resolver = iam::DefaultResolver::new();
                let found = runtime
                    .block_on(resolver.resolve_endpoint(&params))
                    .unwrap();
                is_aws(found.url());
            }
        }
    }
}
