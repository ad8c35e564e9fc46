//! The parameters and results that several operations of STS share.

use secrecy::ExposeSecret as _;

use super::super::super::account::{Issued, Refusal, ValidCode};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::OperationCall;
use super::super::params::{Constraints, Params};
use crate::aws::types::rfc3339;

/// The shortest session, in seconds.
pub(super) const LEAST_SECONDS: i32 = 900;
/// The longest session of a user or a federated user, in seconds.
pub(super) const MOST_SECONDS: i32 = 129_600;
/// The session of a user or a federated user lasts this many seconds if the request does not say how long.
pub(super) const DEFAULT_SECONDS: i32 = 43_200;

/// The serial number and the token code of a request, with their form checked.
pub(super) fn token_code<'p>(
    params: &'p Params,
    constraints: &mut Constraints,
) -> (Option<&'p str>, Option<&'p str>) {
    let serial = params.text("SerialNumber");
    let code = params.text("TokenCode");
    if let Some(serial) = serial {
        let is_serial = |c: char| c.is_ascii_alphanumeric() || "_+=/:,.@-".contains(c);
        constraints.length("serialNumber", serial, 9, 256);
        constraints.pattern("serialNumber", serial, r"[\w+=/:,.@-]*", is_serial);
    }
    if let Some(code) = code {
        constraints.pattern("tokenCode", code, r"[\d]*", |c| c.is_ascii_digit());
        constraints.length("tokenCode", code, 6, 6);
    }
    (serial, code)
}

/// Verifies the token code of a request. Operations call this after every other check, so that a request that fails does not
/// use up its code.
pub(super) fn verify_code(
    call: &mut OperationCall<'_>,
    serial_and_code: (Option<&str>, Option<&str>),
) -> Result<Option<ValidCode>, Fault> {
    match serial_and_code {
        (Some(serial), Some(code)) => call
            .account
            .verify_code(&call.caller.user, serial, code, call.now)
            .map(Some)
            .map_err(|refusal| match refusal {
                Refusal::NotTheUsers | Refusal::Exhausted => Fault::unable_to_validate(),
                Refusal::BadCode => Fault::bad_code(),
            }),
        (None, None) => Ok(None),
        _ => Err(Fault::serial_and_code()),
    }
}

pub(super) fn credentials(issued: &Issued) -> Node {
    Node::Tree(
        "Credentials",
        vec![
            Node::text("AccessKeyId", issued.id.as_str()),
            Node::text("SecretAccessKey", issued.secret.expose_secret()),
            Node::text("SessionToken", issued.token.expose_secret()),
            Node::text("Expiration", rfc3339(issued.expiration)),
        ],
    )
}

/// Checks that a parameter has this length and only the characters that a session name can have.
pub(super) fn session_text<'p>(
    constraints: &mut Constraints,
    member: &str,
    text: &'p str,
    (least, most): (usize, usize),
) -> &'p str {
    constraints.length(member, text, least, most);
    constraints.pattern(member, text, r"[\w+=,.@-]*", |c| {
        c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
    });
    text
}
