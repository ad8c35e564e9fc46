//! Exchanges a role's credentials for a sign-in token of AWS's console.
//!
//! AWS documents this exchange as a GET request with the credentials in its query, so they stand in a URL. It is sent by TLS, or to
//! loopback, and is printed nowhere. `SessionDuration` is not sent: AWS refuses it for the credentials of a role that was assumed with
//! temporary credentials.

use std::path::PathBuf;
use std::time::Duration;

use aws_smithy_async::future::timeout::Timeout;
use aws_smithy_async::rt::sleep::{AsyncSleep as _, SharedAsyncSleep};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use http_body_util::{BodyExt as _, Limited};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::client::{CONNECT, Sdk};
use super::endpoint::Endpoint;
use super::error::{CallError, connection_error};
use super::http_client::{LARGEST_ANSWER, connector};
use super::proxy::check_proxies;
use super::running_time::RunningTime;
use super::types::SessionCredentials;

/// The longest token that is taken. AWS's have some 1,500 characters.
const LONGEST_TOKEN: usize = 16 * 1024;

/// Why there is no sign-in token.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The endpoint answered with an error.
    #[error("{host} refused to sign the role in to the console (HTTP status {status})")]
    Refused {
        /// The host of the call.
        host: String,
        /// Its answer.
        status: u16,
    },
    /// The call failed.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// The credentials as the federation endpoint takes them.
#[derive(Serialize)]
struct Session<'a> {
    #[serde(rename = "sessionId")]
    id: &'a str,
    #[serde(rename = "sessionKey")]
    secret: &'a str,
    #[serde(rename = "sessionToken")]
    token: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    signin_token: SecretString,
}

/// The federation endpoint, and the way to it.
#[derive(Debug, Clone)]
pub struct Federation {
    /// Its URL.
    pub endpoint: Endpoint,
    /// AWS_CA_BUNDLE or `ca_bundle`: trusted instead of the system's certificates.
    pub ca_bundle: Option<PathBuf>,
}

impl Sdk {
    /// A sign-in token for a role's credentials. It is valid for 15 minutes.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn sign_in_token(
        &self,
        to: &Federation,
        credentials: &SessionCredentials,
        limit: Duration,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<SecretString, SignInError> {
        let host = to.endpoint.host();
        if !to.endpoint.is_loopback() {
            check_proxies(host, variable).map_err(CallError::from)?;
        }
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT)
            .build();
        let sleep = SharedAsyncSleep::new(RunningTime);
        let connector = connector(
            Some(&to.endpoint),
            to.ca_bundle.as_ref(),
            Some(&settings),
            Some(sleep),
        )
        .map_err(CallError::from)?;
        let request = request(&to.endpoint, credentials)
            .ok_or_else(|| CallError::Local("the request cannot be written".to_owned()))?;
        let exchange = async {
            let answer = connector.call(request).await;
            read(host, answer.map_err(|e| connection_error(host, &e))?).await
        };
        let runtime = self.runtime()?;
        let answered = runtime.block_on(Timeout::new(Box::pin(exchange), RunningTime.sleep(limit)));
        answered.unwrap_or_else(|_| {
            Err(SignInError::Call(CallError::Lost {
                host: host.to_owned(),
                detail: format!("no answer within {} s", limit.as_secs()),
            }))
        })
    }
}

fn request(to: &Endpoint, credentials: &SessionCredentials) -> Option<HttpRequest> {
    let session = Session {
        id: credentials.id.as_str(),
        secret: credentials.secret.expose_secret(),
        token: credentials.token.expose_secret(),
    };
    let session = Zeroizing::new(serde_json::to_string(&session).ok()?);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "getSigninToken")
        .append_pair("Session", &session)
        .finish();
    let url = Zeroizing::new(format!("{}?{}", to.url(), *Zeroizing::new(query)));
    HttpRequest::get(url.as_str()).ok()
}

async fn read(host: &str, answer: HttpResponse) -> Result<SecretString, SignInError> {
    let status = answer.status().as_u16();
    if (400..500).contains(&status) {
        return Err(SignInError::Refused {
            host: host.to_owned(),
            status,
        });
    }
    let not_aws = |detail: String| {
        SignInError::Call(CallError::NotAws {
            host: host.to_owned(),
            detail,
        })
    };
    if status != 200 {
        return Err(not_aws(format!("HTTP status {status}")));
    }
    let body = Limited::new(answer.into_body(), LARGEST_ANSWER)
        .collect()
        .await
        .map_err(|_| not_aws("it ended early or is longer than 1 MiB".to_owned()))?
        .to_bytes();
    let token = serde_json::from_slice::<Answer>(&body).map(|answer| answer.signin_token);
    token
        .ok()
        .filter(|token| is_token(token.expose_secret()))
        .ok_or_else(|| not_aws("it holds no sign-in token".to_owned()))
}

fn is_token(text: &str) -> bool {
    (1..=LONGEST_TOKEN).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::types::{AccessKeyId, SecretAccessKey, SessionToken};

    #[test]
    fn the_request_names_the_action_and_the_session_and_no_duration() {
        let credentials = SessionCredentials {
            id: AccessKeyId::new("ASIAIOSFODNN7EXAMPLE").unwrap(),
            secret: SecretAccessKey::new("a/b+c").unwrap(),
            token: SessionToken::new("t==").unwrap(),
            expiration: time::UtcDateTime::MAX,
        };
        let endpoint = Endpoint::new("https://signin.aws.amazon.com/federation").unwrap();
        let request = request(&endpoint, &credentials).unwrap();
        assert_eq!(request.method(), "GET");
        let (path, query) = request.uri().split_once('?').unwrap();
        assert_eq!(path, "https://signin.aws.amazon.com/federation");
        let query: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
        let session =
            r#"{"sessionId":"ASIAIOSFODNN7EXAMPLE","sessionKey":"a/b+c","sessionToken":"t=="}"#;
        let expected = [("Action", "getSigninToken"), ("Session", session)];
        let expected = expected.map(|(name, value)| (name.into(), value.into()));
        assert_eq!(query, expected);
    }

    #[test]
    fn a_token_is_printable_and_not_endless() {
        assert!(is_token("VCQgs5qZZt3Q6fn8-_="));
        for bad in ["", "a b", "a\n", "ü", &"x".repeat(LONGEST_TOKEN + 1)] {
            assert!(!is_token(bad));
        }
    }
}
