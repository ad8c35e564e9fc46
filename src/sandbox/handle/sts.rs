//! The operations of STS.

use secrecy::ExposeSecret as _;
use time::Duration;

use super::super::account::Refusal;
use super::super::fault::Fault;
use super::super::response::{Node, Service};
use super::authorise::Ask;
use super::params::Constraints;
use super::{Operation, Sessions, Turn};
use crate::aws::types::rfc3339;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        service: Service::Sts,
        name: "GetSessionToken",
        sessions: Sessions::None,
        asks: on_nothing,
        run: get_session_token,
    },
    Operation {
        service: Service::Sts,
        name: "GetCallerIdentity",
        sessions: Sessions::All,
        asks: on_nothing,
        run: get_caller_identity,
    },
];

/// Without a resource type an action is authorised on `*`.
#[expect(clippy::unnecessary_wraps, reason = "the signature of every operation")]
fn on_nothing(turn: &Turn<'_>) -> Result<Vec<Ask>, Fault> {
    Ok(vec![Ask::new(turn.operation.action(), "*")])
}

const LEAST_SECONDS: i32 = 900;
const MOST_SECONDS: i32 = 129_600;
const DEFAULT_SECONDS: i32 = 43_200;

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
fn get_session_token(turn: &mut Turn<'_>) -> Result<Vec<Node>, Fault> {
    let seconds = turn
        .params
        .integer("DurationSeconds")?
        .unwrap_or(DEFAULT_SECONDS);
    let serial = turn.params.text("SerialNumber");
    let code = turn.params.text("TokenCode");
    let mut constraints = Constraints::default();
    constraints.range("durationSeconds", seconds, LEAST_SECONDS, MOST_SECONDS);
    if let Some(serial) = serial {
        let is_serial = |c: char| c.is_ascii_alphanumeric() || "_+=/:,.@-".contains(c);
        constraints.length("serialNumber", serial, 9, 256);
        constraints.pattern("serialNumber", serial, r"[\w+=/:,.@-]*", is_serial);
    }
    if let Some(code) = code {
        constraints.pattern("tokenCode", code, r"[\d]*", |c| c.is_ascii_digit());
        constraints.length("tokenCode", code, 6, 6);
    }
    constraints.check()?;

    // Last of all that can refuse, so that no code is used up by a request that fails.
    let mfa = match (serial, code) {
        (Some(serial), Some(code)) => Some(
            turn.account
                .use_code(&turn.caller.user, serial, code, turn.now)
                .map_err(|refusal| match refusal {
                    Refusal::NotTheirs | Refusal::Exhausted => Fault::unable_to_validate(),
                    Refusal::BadCode => Fault::bad_code(),
                })?,
        ),
        (None, None) => None,
        _ => return Err(Fault::serial_and_code()),
    };
    let duration = Duration::seconds(seconds.into());
    let session = turn
        .account
        .issue_session(&turn.caller.user, mfa, duration, turn.now);
    Ok(vec![Node::Tree(
        "Credentials",
        vec![
            Node::text("AccessKeyId", session.id),
            Node::text("SecretAccessKey", session.secret.expose_secret()),
            Node::text("SessionToken", session.token.expose_secret()),
            Node::text("Expiration", rfc3339(session.expiration)),
        ],
    )])
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
#[expect(clippy::unnecessary_wraps, reason = "the signature of every operation")]
fn get_caller_identity(turn: &mut Turn<'_>) -> Result<Vec<Node>, Fault> {
    Ok(vec![
        Node::text("Arn", turn.caller.arn.as_str()),
        Node::text("UserId", turn.caller.user.as_str()),
        Node::text("Account", turn.account.account_id()),
    ])
}
