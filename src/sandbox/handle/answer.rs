//! Encodes the answer in the protocol of the request.

use time::UtcDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::super::fault::Fault;
use super::super::message::{Entry, Response};
use super::super::response::{self, Node, Service};
use super::operation::Operation;
use super::wire::{EncodedAnswer, Protocol};

/// The date of HTTP headers (<https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7>).
const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// The longest error message, in bytes. A message may repeat what the client sent, and a client may be slow to read it.
const LONGEST_MESSAGE: usize = 16 * 1024;

/// The outcome of a successful request in the log.
pub(super) const SUCCESS: &str = "Success";

/// What a successful request returns.
pub(super) enum Success {
    /// The result of an operation that the account serves.
    Operation(&'static Operation, Vec<Node>),
    /// The complete document of another service's operation.
    Document(String),
}

/// The protocol, service and date of an answer.
pub(super) struct AnswerForm {
    pub(super) protocol: Protocol,
    pub(super) service: Option<Service>,
    /// The time of the clock for signatures. Clients correct their own clocks by it.
    pub(super) date: UtcDateTime,
}

/// The response to a request. An error must already be translated to the protocol.
pub(super) fn respond(
    from: &AnswerForm,
    result: Result<Success, Fault>,
    request_id: &str,
    entry: Entry,
) -> Response {
    let success = |body: String| EncodedAnswer {
        status: 200,
        headers: vec![
            ("x-amzn-requestid", request_id.to_owned()),
            ("content-type", "text/xml".to_owned()),
        ],
        body: body.into_bytes(),
    };
    let mut written = match result {
        // INVARIANT: the writer's target is memory, so there is nothing that could fail.
        Ok(Success::Operation(operation, nodes)) => success(
            response::success(operation.service, operation.name, &nodes, request_id)
                .unwrap_or_default(),
        ),
        Ok(Success::Document(body)) => success(body),
        Err(fault) => {
            let fault = shortened(fault);
            // An unknown action has no service.
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
