//! A request, its answer, and its line in the log.
//!
//! These types use no socket and no HTTP library. A request contains token codes and signatures, so it is never printed whole.

use std::borrow::Cow;
use std::fmt;

use time::UtcDateTime;

use super::account::SignedWith;
use crate::aws::types::rfc3339;

/// A complete HTTP request.
#[derive(Clone, Default)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: String,
    /// The path as sent, still percent-encoded.
    pub path: String,
    /// The query string as sent, without its `?`.
    pub query: String,
    /// The names and values of the headers, in the order in which they were sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The first value of a header, whose name may be in any letter case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {}, …)", self.method, self.path)
    }
}

/// The answer to one request.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Header names (lower case) and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body: XML, JSON or CBOR. It may contain new credentials.
    pub body: Vec<u8>,
    /// The entry of the request in the log.
    pub entry: Entry,
}

impl Response {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {})", self.status, self.entry)
    }
}

/// The log entry of one request. It never contains a secret, a token code, or text that the client chose freely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When the request arrived, by the account's clock.
    pub time: UtcDateTime,
    /// The ARN of the caller, if the caller was authenticated.
    pub caller: Option<String>,
    /// The credentials with which the request was signed.
    pub signed_with: Option<SignedWith>,
    /// `service:Action`, or only the action if the service is not known. `None` if no action can have the name.
    pub action: Option<String>,
    /// The decision of the policies, if the request came that far.
    pub decision: Option<Decided>,
    /// `Success`, or the code of the error.
    pub outcome: String,
}

/// A decision of the policies, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// `allowed`, `explicitDeny` or `implicitDeny`.
    pub decision: &'static str,
    /// The Sid of the deciding statement. A statement without a Sid is `#n`.
    pub statement: Option<String>,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} ({}) {} {}{}",
            rfc3339(self.time),
            self.caller.as_deref().unwrap_or("unknown caller"),
            self.signed_with
                .map_or("not authenticated", SignedWith::as_str),
            self.action.as_deref().unwrap_or("unknown action"),
            self.decision
                .as_ref()
                .map(|d| match &d.statement {
                    Some(statement) => format!("{} by {statement}, ", d.decision),
                    None => format!("{}, ", d.decision),
                })
                .unwrap_or_default(),
            self.outcome,
        )
    }
}
