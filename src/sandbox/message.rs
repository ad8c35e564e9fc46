//! One request and its answer as `handle` sees them, and the line that the log gets.
//!
//! No socket and no HTTP library here. A request carries codes and signatures: it is never printed whole.

use std::borrow::Cow;
use std::fmt;

use time::UtcDateTime;

use super::account::SignedWith;
use crate::aws::types::rfc3339;

/// An HTTP request that has arrived whole.
#[derive(Clone, Default)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: String,
    /// The path as sent, still percent-encoded.
    pub path: String,
    /// The query string as sent, without its `?`.
    pub query: String,
    /// Names and values in the order sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The first value of a header; names are compared without regard to case.
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
    /// HTTP status.
    pub status: u16,
    /// Header names (lower case) and values.
    pub headers: Vec<(&'static str, String)>,
    /// XML, JSON or CBOR; it may hold new credentials.
    pub body: Vec<u8>,
    /// What the log says about it.
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

/// What the log says about one request: never a secret, a code or a text that the client chose freely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it came, by the account's clock.
    pub time: UtcDateTime,
    /// The ARN of the caller, once it has proved who it is.
    pub caller: Option<String>,
    /// What the caller signed with.
    pub signed_with: Option<SignedWith>,
    /// `service:Action`, or the bare action of a request whose service is not known. `None` for a name that none can have.
    pub action: Option<String>,
    /// What the policies said, once they were asked.
    pub decision: Option<Decided>,
    /// `Success` or the error's code.
    pub outcome: String,
}

/// A decision of the policies, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// `allowed`, `explicitDeny` or `implicitDeny`.
    pub decision: &'static str,
    /// The statement that made it: its Sid, else `#n`.
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
