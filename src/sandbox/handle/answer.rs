//! The answer as it goes out, in the protocol of the request.

use time::UtcDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::super::fault::Fault;
use super::super::message::{Entry, Response};
use super::super::response::{self, Node, Service};
use super::operation::Operation;
use super::wire::{Protocol, Written};

/// The date of HTTP headers (<https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7>).
const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// What a refusal says at most, in bytes: it may repeat what the client sent, and many clients may not read it.
const LONGEST_MESSAGE: usize = 16 * 1024;

/// What was done.
pub(super) enum Done {
    /// One of the account's operations, with its result.
    Operation(&'static Operation, Vec<Node>),
    /// Something of another service, whole.
    Document(String),
}

/// Who answers, how and when.
pub(super) struct From {
    pub(super) protocol: Protocol,
    pub(super) service: Option<Service>,
    /// By the clock that clients sign by: they correct theirs by it.
    pub(super) date: UtcDateTime,
}

/// The response to a request. A refusal is in the protocol's words already.
pub(super) fn respond(
    from: &From,
    result: Result<Done, Fault>,
    request_id: &str,
    entry: Entry,
) -> Response {
    let done = |body: String| Written {
        status: 200,
        headers: vec![
            ("x-amzn-requestid", request_id.to_owned()),
            ("content-type", "text/xml".to_owned()),
        ],
        body: body.into_bytes(),
    };
    let mut written = match result {
        // INVARIANT: the writer's target is memory, so there is nothing that could fail.
        Ok(Done::Operation(operation, nodes)) => done(
            response::success(operation.service, operation.name, &nodes, request_id)
                .unwrap_or_default(),
        ),
        Ok(Done::Document(body)) => done(body),
        Err(fault) => {
            let fault = shortened(fault);
            // An action that nobody has answered is refused in nobody's name.
            let service = from.service.filter(|_| fault.code != "InvalidAction");
            from.protocol.write(service, &fault, request_id)
        }
    };
    written
        .headers
        .push(("date", from.date.format(HTTP_DATE).unwrap_or_default()));
    Response {
        status: written.status,
        headers: written.headers,
        body: written.body,
        entry,
    }
}

fn shortened(fault: Fault) -> Fault {
    if fault.message.len() <= LONGEST_MESSAGE {
        return fault;
    }
    let end = fault.message.floor_char_boundary(LONGEST_MESSAGE);
    let message = fault.message.get(..end).unwrap_or_default().to_owned();
    Fault {
        message: message.into(),
        ..fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_between_characters() {
        let short = shortened(Fault::validation("é".repeat(10)));
        assert_eq!(short.message.chars().count(), 10);
        let long = shortened(Fault::validation(format!("x{}", "é".repeat(100_000))));
        assert_eq!(long.message.len(), LONGEST_MESSAGE - 1);
    }
}
