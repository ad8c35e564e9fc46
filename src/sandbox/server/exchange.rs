//! Reads one HTTP request and sends its answer.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue};

use super::clock::PATH as CLOCK;
use super::clock::TestClock;
use super::host::{self, Hosts};
use super::shared::Shared;
use crate::sandbox::message::{Request, Response};

/// The paths of requests that are not for AWS. They exist only for tests.
const CONTROL: &str = "/_sandbox/";
pub(super) const LARGEST_BODY: usize = 1024 * 1024;
/// The most bytes of all bodies together, so that many clients cannot fill the memory.
const MOST_OF_BODIES: usize = 64 * LARGEST_BODY;

/// A request that did not arrive completely. Its connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the request did not arrive completely")]
pub(super) struct Dropped;

pub(super) async fn exchange(
    shared: &Shared,
    request: hyper::Request<Incoming>,
    deadline: Instant,
) -> Result<hyper::Response<Full<Bytes>>, Dropped> {
    let (head, body) = request.into_parts();
    if shared.hosts == Hosts::Loopback && !host::is_own(&head, shared.port) {
        return Ok(misdirected(shared));
    }
    let mut room = Room::new(&shared.bodies);
    let reading = pin!(read(body, &mut room));
    let body = match tokio::time::timeout_at(deadline.into(), reading).await {
        Ok(Ok(body)) => body,
        Ok(Err(Unread::TooLarge)) => return Ok(too_large(shared)),
        Ok(Err(Unread::NoRoom)) => return Ok(no_room(shared)),
        Ok(Err(Unread::Broken)) | Err(_) => return Err(Dropped),
    };
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let request = Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        body,
    };
    if shared.clock.kind() == TestClock::On && request.path.starts_with(CONTROL) {
        if request.path != CLOCK {
            return Ok(json(
                404,
                format!(r#"{{"error":"unknown path; the only one is {CLOCK}"}}"#),
            ));
        }
        let answer = shared.clock.answer(&request);
        shared.note(&answer.note);
        return Ok(json(answer.status, answer.body));
    }
    Ok(over_http(shared.answer(&request)))
}

/// Why a body was not read.
enum Unread {
    TooLarge,
    NoRoom,
    Broken,
}

/// Reads a body, and stops as soon as it is too large.
async fn read(body: Incoming, room: &mut Room<'_>) -> Result<Vec<u8>, Unread> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > LARGEST_BODY {
        return Err(Unread::TooLarge);
    }
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Unread::Broken)?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > LARGEST_BODY {
            return Err(Unread::TooLarge);
        }
        room.take(data.len()).ok_or(Unread::NoRoom)?;
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// The bytes that one body takes of the limit for all bodies.
struct Room<'a> {
    all: &'a AtomicUsize,
    own: usize,
}

impl<'a> Room<'a> {
    fn new(all: &'a AtomicUsize) -> Self {
        Self { all, own: 0 }
    }

    fn take(&mut self, bytes: usize) -> Option<()> {
        let before = self.all.fetch_add(bytes, Ordering::Relaxed);
        self.own += bytes;
        (before + bytes <= MOST_OF_BODIES).then_some(())
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(self.own, Ordering::Relaxed);
    }
}

fn over_http(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in response.headers {
        builder = builder.header(name, value);
    }
    builder
        .body(Full::new(response.body.into()))
        .unwrap_or_else(|_| plain(500))
}

fn json(status: u16, body: String) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::new(Full::new(body.into()));
    *response.status_mut() = status_code(status);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// 421, and the end of the connection. Only the host of the request was read.
fn misdirected(shared: &Shared) -> hyper::Response<Full<Bytes>> {
    shared.note("a request was refused: it names another host");
    let mut response = plain(421);
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    *response.body_mut() = Full::new(host::REFUSED.into());
    response
}

/// 413, and the end of the connection. The rest of the body is not read.
fn too_large(shared: &Shared) -> hyper::Response<Full<Bytes>> {
    shared.note("a request was refused: its body is larger than 1 MB");
    plain(413)
}

fn no_room(shared: &Shared) -> hyper::Response<Full<Bytes>> {
    shared.note("a request was refused: too many bytes are being sent at once");
    plain(503)
}

fn plain(status: u16) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::new(Full::default());
    *response.status_mut() = status_code(status);
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn status_code(status: u16) -> hyper::StatusCode {
    hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR)
}
