//! The calls of a login through the AWS SDK for Rust.
//!
//! Each call is attempted once, because a retry could use up a token code. There is a second attempt only if no connection was
//! made, or if AWS refused the time of the request. Credentials, region and endpoint come from here: the SDK's own provider
//! chain never runs.

use std::cell::OnceCell;
use std::time::{Duration, Instant};

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use secrecy::ExposeSecret;
use time::UtcDateTime;

use crate::test_hooks;

use super::call::{Answered, Aws, Device, RoleRequest, SessionRequest};
use super::clock::{ServerDate, ShiftedClock, Skew, unix_now};
use super::endpoint::{Endpoint, Service};
use super::error::{CallError, call_error};
use super::http_client::{BoundedAnswer, http_client};
use super::refusal::RefusalKind;
use super::role::DEFAULT_ROLE_SECONDS;
use super::running_time::RunningTime;
use super::signer::Signer;
use super::target::Target;
use super::types::{AccessKeyId, Invalid, Keys, SecretAccessKey, SessionCredentials, SessionToken};

/// No answer to a SYN within this time is no connection.
pub(super) const CONNECT: Duration = Duration::from_secs(5);
/// A call takes at most this long, connecting included.
const CALL: Duration = Duration::from_secs(20);
/// A clock that is off by less than this is not worth correcting for.
const NOTICEABLE_SKEW: i64 = 60;

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

    pub(super) fn runtime(&self) -> Result<&tokio::runtime::Runtime, CallError> {
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
    pub(super) fn call<T>(
        &self,
        target: &Target,
        service: Service,
        signer: &Signer,
        limit: Duration,
        one: &impl AsyncFn(&SdkConfig, &ServerDate) -> Result<T, CallError>,
    ) -> Result<Answered<T>, CallError> {
        let runtime = self.runtime()?;
        let http = http_client(target.endpoint(service), target.ca_bundle.as_ref())?;
        let began = Instant::now();
        let limit = limit.min(test_hooks::call_limit().unwrap_or(CALL));
        let mut shift = self.clock_offset;
        let mut corrected = false;
        let mut retried = false;
        loop {
            let left = limit.saturating_sub(began.elapsed());
            let date = ServerDate::default();
            let sent = unix_now() + self.clock_offset;
            let outcome = runtime.block_on(async {
                let config = config(target, signer, left, &http, ShiftedClock(shift)).await;
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
                }) if !retried && limit > began.elapsed() + CONNECT => {
                    retried = true;
                    std::thread::sleep(Duration::from_millis(300));
                }
                Err(CallError::Refused { refusal, .. })
                    if refusal.kind == RefusalKind::Clock
                        && !corrected
                        && heard.is_some_and(|s| s.abs() >= NOTICEABLE_SKEW) =>
                {
                    // However large: if AWS accepts the signature, it has proved the time. See `clock`.
                    corrected = true;
                    shift = self.clock_offset.saturating_add(heard.unwrap_or(0));
                }
                Err(error) => return Err(error.with_skew(skew).at(date.host())),
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
            &Signer::Key(keys.clone()),
            limit,
            &async |config: &SdkConfig, date: &ServerDate| {
                let answer = sts_client(target, config, date)
                    .get_session_token()
                    .serial_number(request.serial_number.as_str())
                    .token_code(request.token_code.expose())
                    .duration_seconds(i32::try_from(request.duration_seconds).unwrap_or(i32::MAX))
                    .send()
                    .await
                    .map_err(|e| call_error(ACTION, &host, &e))?;
                session(answer.credentials.as_ref(), &host)
            },
        )
    }

    fn assume_role(
        &self,
        target: &Target,
        credentials: &SessionCredentials,
        request: &RoleRequest<'_>,
        limit: Duration,
    ) -> Result<Answered<SessionCredentials>, CallError> {
        const ACTION: &str = "sts:AssumeRole";
        let host = target.host(Service::Sts);
        self.call(
            target,
            Service::Sts,
            &Signer::Session(credentials.clone()),
            limit,
            &async |config: &SdkConfig, date: &ServerDate| {
                let answer = sts_client(target, config, date)
                    .assume_role()
                    .role_arn(request.role_arn.as_str())
                    .role_session_name(request.session_name)
                    .set_external_id(request.external_id.map(str::to_owned))
                    .set_duration_seconds(unusual_duration(request.duration_seconds))
                    .send()
                    .await
                    .map_err(|e| call_error(ACTION, &host, &e))?;
                session(answer.credentials.as_ref(), &host)
            },
        )
    }

    fn mfa_devices(
        &self,
        target: &Target,
        keys: &Keys,
        limit: Duration,
    ) -> Result<Answered<Vec<Device>>, CallError> {
        let began = Instant::now();
        let refused = match self.devices_of(target, keys, None, limit) {
            Err(error @ CallError::Refused { .. }) if is_denied(&error) => error,
            other => return other,
        };
        // Some policies allow the call only on the user's own ARN, which AWS takes from the name of the user.
        let left = limit.saturating_sub(began.elapsed());
        match self.user_name(target, keys, left) {
            Ok(Some(name)) => {
                let left = limit.saturating_sub(began.elapsed());
                self.devices_of(target, keys, Some(&name), left)
            }
            Ok(None) | Err(_) => Err(refused),
        }
    }
}

/// The duration of a role, unless AWS grants it without being asked. AWS documents that its console refuses the credentials of a role
/// that was assumed with temporary credentials and a duration.
fn unusual_duration(seconds: u32) -> Option<i32> {
    (seconds != DEFAULT_ROLE_SECONDS).then(|| i32::try_from(seconds).unwrap_or(i32::MAX))
}

fn is_denied(error: &CallError) -> bool {
    matches!(error, CallError::Refused { refusal, .. } if refusal.kind == RefusalKind::Policy)
}

/// The name of the user with this ARN, which stands behind the path; `None` if it is not a user's.
fn user_of_arn(arn: &str) -> Option<String> {
    let resource = arn.splitn(6, ':').nth(5)?;
    let path_and_name = resource.strip_prefix("user/")?;
    let name = path_and_name.rsplit('/').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

impl Sdk {
    /// The user whose key it is; `None` for the root user.
    fn user_name(
        &self,
        target: &Target,
        keys: &Keys,
        limit: Duration,
    ) -> Result<Option<String>, CallError> {
        let host = target.host(Service::Sts);
        let answered = self.call(
            target,
            Service::Sts,
            &Signer::Key(keys.clone()),
            limit,
            &async |config: &SdkConfig, date: &ServerDate| {
                let answer = sts_client(target, config, date)
                    .get_caller_identity()
                    .send()
                    .await
                    .map_err(|e| call_error("sts:GetCallerIdentity", &host, &e))?;
                Ok(answer.arn().and_then(user_of_arn))
            },
        )?;
        Ok(answered.value)
    }

    fn devices_of(
        &self,
        target: &Target,
        keys: &Keys,
        user_name: Option<&str>,
        limit: Duration,
    ) -> Result<Answered<Vec<Device>>, CallError> {
        const ACTION: &str = "iam:ListMFADevices";
        let host = target.host(Service::Iam);
        self.call(
            target,
            Service::Iam,
            &Signer::Key(keys.clone()),
            limit,
            &async |config: &SdkConfig, date: &ServerDate| {
                let answer = iam_client(target, config, date)
                    .list_mfa_devices()
                    .set_user_name(user_name.map(str::to_owned))
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

/// A client of STS for one call.
pub(super) fn sts_client(
    target: &Target,
    config: &SdkConfig,
    date: &ServerDate,
) -> aws_sdk_sts::Client {
    let mut builder = aws_sdk_sts::config::Builder::from(config)
        .interceptor(date.clone())
        .interceptor(BoundedAnswer);
    builder.set_endpoint_url(target.sts_endpoint.as_ref().map(|e| e.url().to_owned()));
    aws_sdk_sts::Client::from_conf(builder.build())
}

/// A client of IAM for one call.
pub(super) fn iam_client(
    target: &Target,
    config: &SdkConfig,
    date: &ServerDate,
) -> aws_sdk_iam::Client {
    let mut builder = aws_sdk_iam::config::Builder::from(config)
        .interceptor(date.clone())
        .interceptor(BoundedAnswer);
    builder.set_endpoint_url(target.iam_endpoint.as_ref().map(|e| e.url().to_owned()));
    aws_sdk_iam::Client::from_conf(builder.build())
}

/// The one way in for what AWS grants: each part is judged before it is kept anywhere.
fn session(
    granted: Option<&aws_sdk_sts::types::Credentials>,
    host: &str,
) -> Result<SessionCredentials, CallError> {
    let Some(granted) = granted else {
        return Err(CallError::NotAws {
            host: host.to_owned(),
            detail: "it holds no credentials".to_owned(),
        });
    };
    judged(granted).map_err(|problem| CallError::Unusable {
        host: host.to_owned(),
        problem,
    })
}

fn judged(granted: &aws_sdk_sts::types::Credentials) -> Result<SessionCredentials, Invalid> {
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
    signer: &Signer,
    left: Duration,
    http: &SharedHttpClient,
    clock: ShiftedClock,
) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_timeout(left)
        .build();
    let (id, secret, token) = signer.parts();
    let credentials = Credentials::new(
        id.as_str(),
        secret.expose_secret(),
        token.map(|token| token.expose_secret().to_owned()),
        None,
        "mfa-session",
    );
    // The SDK takes a named file that is missing for an error, and panics if it is given none at all.
    let empty = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, "");
    let files = [EnvConfigFileKind::Config, EnvConfigFileKind::Credentials]
        .into_iter()
        .zip(&target.files)
        .filter(|(_, path)| path.is_file())
        .fold(empty, |files, (kind, path)| files.with_file(kind, path))
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
    fn the_name_of_a_user_stands_behind_the_path() {
        for (arn, name) in [
            ("arn:aws:iam::123456789012:user/anna", Some("anna")),
            (
                "arn:aws-us-gov:iam::123456789012:user/div/team/anna@x",
                Some("anna@x"),
            ),
            ("arn:aws:iam::123456789012:root", None),
            ("arn:aws:sts::123456789012:assumed-role/r/s", None),
            ("arn:aws:iam::123456789012:user/", None),
            ("", None),
        ] {
            assert_eq!(user_of_arn(arn).as_deref(), name, "{arn}");
        }
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
