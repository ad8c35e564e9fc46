//! A client of the account in the same process. It signs its requests as SDKs do, and they pass the same checks.
//!
//! The demo uses it to show how requests are decided. It knows only what the answers contain.

use std::time::SystemTime;

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use quick_xml::Reader;
use quick_xml::events::Event;
use secrecy::{ExposeSecret as _, SecretString};
use time::UtcDateTime;

use super::account::Account;
use super::handle::handle;
use super::message::{Request, Response};
use crate::aws::types::{Keys, SessionCredentials};

const REGION: &str = "us-east-1";

/// The credentials with which calls are signed.
#[derive(Debug, Clone)]
pub struct Client {
    id: String,
    secret: SecretString,
    token: Option<SecretString>,
}

impl Client {
    /// A client with a long-term key.
    #[must_use]
    pub fn with_keys(keys: &Keys) -> Self {
        Self {
            id: keys.id.to_string(),
            secret: keys.secret.clone().into(),
            token: None,
        }
    }

    /// A client with a session.
    #[must_use]
    pub fn with_session(session: &SessionCredentials) -> Self {
        Self {
            id: session.id.to_string(),
            secret: session.secret.clone().into(),
            token: Some(session.token.clone().into()),
        }
    }

    /// A client with the credentials in an answer: those of a new key or a session. `None` if the answer contains none.
    #[must_use]
    pub fn with_answer(response: &Response) -> Option<Self> {
        Some(Self {
            id: text(response, "AccessKeyId")?,
            secret: text(response, "SecretAccessKey")?.into(),
            token: text(response, "SessionToken").map(SecretString::from),
        })
    }

    /// Calls `service:Action` with its parameters, e.g. `iam:GetUser`. `None` if the request cannot be signed.
    pub fn call(
        &self,
        account: &mut Account,
        action: &str,
        params: &[(&str, &str)],
        now: UtcDateTime,
    ) -> Option<Response> {
        let (service, name) = action.split_once(':')?;
        let mut request = match (service, name) {
            ("s3", "ListAllMyBuckets") => get(),
            _ => post(service, name, params),
        };
        self.sign(&mut request, service, now)?;
        Some(handle(account, &request, now))
    }

    fn sign(&self, request: &mut Request, service: &str, now: UtcDateTime) -> Option<()> {
        let identity: Identity = aws_credential_types::Credentials::new(
            &self.id,
            self.secret.expose_secret(),
            self.token.as_ref().map(|t| t.expose_secret().to_owned()),
            None,
            "sandbox",
        )
        .into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(service)
            .time(SystemTime::from(now))
            .settings(SigningSettings::default())
            .build()
            .ok()?
            .into();
        let headers = request
            .headers
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()));
        let uri = format!("http://127.0.0.1{}", request.path);
        let body = SignableBody::Bytes(&request.body);
        let signable = SignableRequest::new(&request.method, uri, headers, body).ok()?;
        let (instructions, _) = sign(signable, &params).ok()?.into_parts();
        let (headers, _) = instructions.into_parts();
        let signed = headers
            .iter()
            .map(|h| (h.name().to_owned(), h.value().to_owned()));
        request.headers.extend(signed);
        Some(())
    }
}

fn get() -> Request {
    Request {
        method: "GET".to_owned(),
        path: "/".to_owned(),
        headers: vec![("host".to_owned(), "127.0.0.1".to_owned())],
        ..Request::default()
    }
}

fn post(service: &str, action: &str, params: &[(&str, &str)]) -> Request {
    let version = match service {
        "iam" => "2010-05-08",
        "ec2" => "2016-11-15",
        _ => "2011-06-15",
    };
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", action)
        .append_pair("Version", version)
        .extend_pairs(params)
        .finish();
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        headers: vec![
            ("host".to_owned(), "127.0.0.1".to_owned()),
            ("content-type".to_owned(), form.to_owned()),
        ],
        body: body.into_bytes(),
        ..Request::default()
    }
}

/// The text of the first element with this name in an answer.
#[must_use]
pub fn text(response: &Response, name: &str) -> Option<String> {
    let body = response.text();
    let mut reader = Reader::from_str(&body);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if start.name().as_ref() == name => {
                let raw = reader.read_text(start.name()).ok()?;
                return quick_xml::escape::unescape(&raw)
                    .ok()
                    .map(std::borrow::Cow::into_owned);
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Setup;

    #[test]
    fn its_requests_are_authenticated_and_its_answers_are_read() {
        let now = UtcDateTime::from_unix_timestamp(1_795_500_000).unwrap();
        let mut account = Account::new(&Setup::default(), now);
        let keys = account.owner().unwrap().keys.unwrap();
        let client = Client::with_keys(&keys);
        let user = client
            .call(&mut account, "iam:GetUser", &[], now)
            .expect("an answer");
        assert_eq!(user.status, 200, "{}", user.text());
        assert_eq!(text(&user, "UserName").as_deref(), Some("admin"));
        let session = client
            .call(&mut account, "sts:GetSessionToken", &[], now)
            .unwrap();
        let client = Client::with_answer(&session).unwrap();
        let who = client
            .call(&mut account, "sts:GetCallerIdentity", &[], now)
            .unwrap();
        assert_eq!(
            text(&who, "Arn").as_deref(),
            Some("arn:aws:iam::111122223333:user/admin")
        );
        assert_eq!(text(&who, "Nothing"), None);
        assert!(!format!("{client:?}").contains(&text(&session, "SecretAccessKey").unwrap()));
    }
}
