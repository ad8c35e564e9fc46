//! The operations of STS.

mod assume_role;
mod federation;
mod request;
mod session_policies;

use time::Duration;

use super::super::account::{Session, SessionOf, account_of};
use super::super::fault::Fault;
use super::super::response::{Node, Service};
use super::authorise::Permission;
use super::operation::{Operation, OperationCall, Sessions};
use super::params::Constraints;
use assume_role::{assume_role, on_role};
use federation::{get_federation_token, on_federated_user};
use request::{DEFAULT_SECONDS, LEAST_SECONDS, MOST_SECONDS, credentials, token_code, verify_code};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        service: Service::Sts,
        name: "GetSessionToken",
        sessions: Sessions::None,
        permissions: on_nothing,
        run: get_session_token,
    },
    Operation {
        service: Service::Sts,
        name: "GetCallerIdentity",
        sessions: Sessions::All,
        permissions: on_nothing,
        run: get_caller_identity,
    },
    Operation {
        service: Service::Sts,
        name: "AssumeRole",
        sessions: Sessions::NotFederated,
        permissions: on_role,
        run: assume_role,
    },
    Operation {
        service: Service::Sts,
        name: "GetFederationToken",
        sessions: Sessions::None,
        permissions: on_federated_user,
        run: get_federation_token,
    },
    Operation {
        service: Service::Sts,
        name: "GetAccessKeyInfo",
        sessions: Sessions::OfRoles,
        permissions: on_nothing,
        run: get_access_key_info,
    },
];

/// An action without a resource type is authorised on `*`.
#[expect(clippy::unnecessary_wraps, reason = "the signature of every operation")]
fn on_nothing(call: &OperationCall<'_>) -> Result<Vec<Permission>, Fault> {
    Ok(vec![Permission::new(call.operation.action(), "*")])
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
fn get_session_token(call: &mut OperationCall<'_>) -> Result<Vec<Node>, Fault> {
    let seconds = call.params.integer("DurationSeconds")?;
    let seconds = seconds.unwrap_or(DEFAULT_SECONDS);
    let mut constraints = Constraints::default();
    constraints.range("durationSeconds", seconds, LEAST_SECONDS, MOST_SECONDS);
    let serial_and_code = token_code(call.params, &mut constraints);
    constraints.check()?;
    let code = verify_code(call, serial_and_code)?;
    let mfa = code.map(|code| call.account.use_up(code));
    let of = SessionOf::User {
        id: call.caller.user.clone(),
    };
    let session = Session::new(of, mfa, Duration::seconds(seconds.into()), call.now);
    Ok(vec![credentials(&call.account.issue(&session))])
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
#[expect(clippy::unnecessary_wraps, reason = "the signature of every operation")]
fn get_caller_identity(call: &mut OperationCall<'_>) -> Result<Vec<Node>, Fault> {
    let account = call.account.account_id();
    Ok(vec![
        Node::text("Arn", call.caller.arn.as_str()),
        Node::text("UserId", call.caller.unique_id(account)),
        Node::text("Account", account),
    ])
}

/// An access key ID contains its account ID, whichever account it belongs to
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>).
fn get_access_key_info(call: &mut OperationCall<'_>) -> Result<Vec<Node>, Fault> {
    let id = call.params.required("AccessKeyId")?;
    let mut constraints = Constraints::default();
    constraints.length("accessKeyId", id, 16, 128);
    constraints.pattern("accessKeyId", id, r"[\w]*", |c| {
        c.is_ascii_alphanumeric() || c == '_'
    });
    constraints.check()?;
    let own = call.account.records.access_keys.contains_key(id);
    let account = if own {
        Some(call.account.account_id().to_owned())
    } else {
        account_of(id)
    };
    let account = account
        .ok_or_else(|| Fault::validation(format!("The access key ID {id} is not valid.")))?;
    Ok(vec![Node::text("Account", account)])
}
