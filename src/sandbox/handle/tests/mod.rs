//! Scenarios with an account, a client that signs as SDKs do, and AWS's exact answers.

mod cases;
mod codes;
mod sessions;
mod shapes;
mod signatures;

use secrecy::ExposeSecret as _;
use time::{Duration, UtcDateTime};

use super::super::account::Account;
use super::super::message::{Request, Response};
use super::super::sigv4::tests::{Key, sign_header};
use super::handle;
use crate::aws::types::{Keys, SerialNumber};

/// A multiple of 180 s, and so of 30 s.
const START: i64 = 1_795_500_000;

const BADCODE: (u16, &str, &str) = (
    403,
    "AccessDenied",
    "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
);
const UNABLE: (u16, &str, &str) = (
    403,
    "AccessDenied",
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and \
     associated with this user.",
);
const INVALID_TOKEN: (u16, &str, &str) = (
    403,
    "InvalidClientTokenId",
    "The security token included in the request is invalid.",
);

struct Fixture {
    account: Account,
    now: UtcDateTime,
    key: Key,
    serial: SerialNumber,
}

impl Fixture {
    fn new() -> Self {
        let now = UtcDateTime::from_unix_timestamp(START).unwrap();
        let account = Account::seeded(7, now);
        let owner = account.owner().unwrap();
        Self {
            account,
            now,
            key: held(&owner.keys.unwrap()),
            serial: owner.device.unwrap().serial_number,
        }
    }

    fn after(&mut self, seconds: i64) {
        self.now += Duration::seconds(seconds);
    }

    /// The code of the step `k` steps from now.
    fn code(&self, k: i64) -> String {
        let then = self.now + Duration::seconds(30 * k);
        let code = self.account.token_code(&self.serial, then).unwrap();
        code.expose().to_owned()
    }

    /// A code that is not valid at any step near the present.
    fn wrong_code(&self) -> String {
        let near: Vec<String> = (-20..=20).map(|k| self.code(k)).collect();
        (0..100)
            .map(|n| format!("{n:06}"))
            .find(|code| !near.contains(code))
            .unwrap()
    }

    fn send(&mut self, request: &Request) -> Answer {
        Answer(handle(&mut self.account, request, self.now))
    }

    fn call(&mut self, key: &Key, service: &str, params: &[(&str, &str)]) -> Answer {
        let mut request = post(service, params);
        sign_header(&mut request, key, service, "eu-west-1", self.now);
        self.send(&request)
    }

    /// GetSessionToken with the long-term key.
    fn gst(&mut self, code: &str) -> Answer {
        let key = self.key.clone();
        let serial = self.serial.to_string();
        self.gst_with(&key, &[("SerialNumber", &serial), ("TokenCode", code)])
    }

    fn gst_with(&mut self, key: &Key, params: &[(&str, &str)]) -> Answer {
        let mut all = vec![("Action", "GetSessionToken")];
        all.extend(params);
        self.call(key, "sts", &all)
    }

    fn identity(&mut self, key: &Key) -> Answer {
        self.call(key, "sts", &[("Action", "GetCallerIdentity")])
    }

    fn session(&mut self) -> Key {
        let code = self.code(0);
        self.gst(&code).session()
    }

    fn session_without_mfa(&mut self) -> Key {
        let key = self.key.clone();
        self.gst_with(&key, &[]).session()
    }
}

fn held(keys: &Keys) -> Key {
    Key {
        id: keys.id.to_string(),
        secret: keys.secret.expose_secret().to_owned(),
        token: None,
    }
}

/// A request as SDKs send it, without a signature.
fn post(service: &str, params: &[(&str, &str)]) -> Request {
    let version = match service {
        "iam" => "2010-05-08",
        _ => "2011-06-15",
    };
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("Version", version)
        .extend_pairs(params)
        .finish();
    Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: String::new(),
        headers: vec![
            ("host".to_owned(), "127.0.0.1:1".to_owned()),
            (
                "content-type".to_owned(),
                "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
            ),
            ("user-agent".to_owned(), "test".to_owned()),
        ],
        body: body.into_bytes(),
    }
}

struct Answer(Response);

impl Answer {
    /// The text of the first element with this name.
    fn text(&self, name: &str) -> Option<String> {
        let body = self.0.text();
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        Some(quick_xml::escape::unescape(text).unwrap().into_owned())
    }

    #[track_caller]
    fn is_ok(&self) {
        assert_eq!(self.0.status, 200, "{}", self.0.text());
    }

    #[track_caller]
    fn is(&self, (status, code, message): (u16, &str, &str)) {
        let there = (self.0.status, self.text("Code"), self.text("Message"));
        assert_eq!(
            there,
            (status, Some(code.to_owned()), Some(message.to_owned()))
        );
    }

    #[track_caller]
    fn is_code(&self, status: u16, code: &str) {
        let there = (self.0.status, self.text("Code"));
        assert_eq!(there, (status, Some(code.to_owned())), "{}", self.0.text());
    }

    #[track_caller]
    fn session(&self) -> Key {
        self.is_ok();
        Key {
            id: self.text("AccessKeyId").unwrap(),
            secret: self.text("SecretAccessKey").unwrap(),
            token: self.text("SessionToken"),
        }
    }
}
