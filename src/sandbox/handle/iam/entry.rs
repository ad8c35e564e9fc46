//! The entry of an operation of IAM in its table.

use super::super::super::fault::Fault;
use super::super::super::response::{Node, Service};
use super::super::authorise::Permission;
use super::super::operation::{Operation, OperationCall, Sessions};

pub(super) type RequiredPermissions = Result<Vec<Permission>, Fault>;
pub(super) type OperationResult = Result<Vec<Node>, Fault>;

/// An operation of IAM.
pub(super) const fn operation(
    name: &'static str,
    permissions: fn(&OperationCall<'_>) -> RequiredPermissions,
    run: fn(&mut OperationCall<'_>) -> OperationResult,
) -> Operation {
    Operation {
        service: Service::Iam,
        name,
        sessions: Sessions::WithMfa,
        permissions,
        run,
    }
}

/// The result of an operation that returns nothing.
#[expect(clippy::unnecessary_wraps, reason = "the result of an operation")]
pub(super) fn no_content() -> OperationResult {
    Ok(Vec::new())
}
