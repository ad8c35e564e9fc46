//! How the operations of IAM begin and end.

use super::super::super::fault::Fault;
use super::super::super::response::{Node, Service};
use super::super::authorise::Ask;
use super::super::operation::{Operation, Sessions, Turn};

pub(super) type Asked = Result<Vec<Ask>, Fault>;
pub(super) type Done = Result<Vec<Node>, Fault>;

/// An operation of IAM.
pub(super) const fn operation(
    name: &'static str,
    asks: fn(&Turn<'_>) -> Asked,
    run: fn(&mut Turn<'_>) -> Done,
) -> Operation {
    Operation {
        service: Service::Iam,
        name,
        sessions: Sessions::WithMfa,
        asks,
        run,
    }
}

/// The result of what only does something.
#[expect(clippy::unnecessary_wraps, reason = "how operations end")]
pub(super) fn done() -> Done {
    Ok(Vec::new())
}
