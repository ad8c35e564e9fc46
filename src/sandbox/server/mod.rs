//! The account on a socket: hyper on a thread and a tokio runtime of its own.
//!
//! It listens on 127.0.0.1 and nowhere else. A client can neither hold it up (whole requests within ten seconds, of one
//! megabyte at most, from a bounded number of connections) nor bring it down, and no answer leaves before what it changed is
//! stored.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use time::UtcDateTime;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};

use super::account::Account;
use super::handle::{handle, internal_failure};
use super::message::{Request, Response};
use super::state::AccountFile;
use crate::aws::types::rfc3339;

const WHOLE_REQUEST_WITHIN: Duration = Duration::from_secs(10);
const LARGEST_BODY: usize = 1024 * 1024;
const MOST_CONNECTIONS: usize = 512;
/// After a connection that could not be accepted, mostly because files ran out.
const PAUSE: Duration = Duration::from_millis(50);

/// What a server needs.
pub struct Options {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The account.
    pub account: Account,
    /// Where the account is kept, if it is to outlive the server.
    pub persist: Option<AccountFile>,
    /// The account's clock.
    pub clock: Box<dyn Fn() -> UtcDateTime + Send + Sync>,
    /// Takes one line a request, without its end.
    pub log: Box<dyn Fn(&str) + Send>,
}

/// A server that could not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The port is not to be had.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// As asked for.
        port: u16,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// No thread or no event loop.
    #[error("cannot start the server's thread")]
    Start {
        /// The system's reason.
        #[source]
        source: io::Error,
    },
}

impl SandboxError {
    /// The next command to type.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Listen { .. } => Some("mfa-session sandbox --port 0".to_owned()),
            Self::Start { .. } => None,
        }
    }
}

/// A running server; dropping it stops it.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
}

/// Stops a server from another thread.
#[derive(Clone)]
pub struct Stopper(Arc<Notify>);

impl Stopper {
    /// Ends the server; whoever waits for it goes on.
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

struct Shared {
    held: Mutex<Held>,
    persist: Option<AccountFile>,
    clock: Box<dyn Fn() -> UtcDateTime + Send + Sync>,
    /// What a request may take to arrive.
    within: Duration,
}

/// Account and log go together, so that the lines stand in the order of the calls.
struct Held {
    account: Account,
    log: Box<dyn Fn(&str) + Send>,
}

impl Server {
    /// Listens, and serves on a thread of its own.
    ///
    /// # Errors
    /// [`SandboxError`] when the port or the thread is not to be had.
    pub fn start(options: Options) -> Result<Self, SandboxError> {
        Self::start_within(options, WHOLE_REQUEST_WITHIN)
    }

    fn start_within(options: Options, within: Duration) -> Result<Self, SandboxError> {
        let port = options.port;
        let listen = |source| SandboxError::Listen { port, source };
        let start = |source| SandboxError::Start { source };
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(start)?;
        let shared = Arc::new(Shared {
            held: Mutex::new(Held {
                account: options.account,
                log: options.log,
            }),
            persist: options.persist,
            clock: options.clock,
            within,
        });
        let stop = Arc::new(Notify::new());
        let stopper = Stopper(Arc::clone(&stop));
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener).map_err(listen)?
        };
        let accepting = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::spawn(accept(listener, accepting));
                    stop.notified().await;
                });
            })
            .map_err(start)?;
        Ok(Self {
            address,
            shared,
            stopper,
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Looks at the account, or changes it, between two requests. A change is stored with the next request's.
    pub fn with_account<R>(&self, look: impl FnOnce(&mut Account) -> R) -> R {
        look(&mut self.shared.hold().account)
    }

    /// Stops it from elsewhere.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Sleeps until a [`Stopper`] ends the server.
    pub fn wait(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported; the server has ended either way.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopper.stop();
        self.wait();
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.address)
    }
}

impl Shared {
    /// A request that panicked has changed the account by whole steps or not at all: go on.
    fn hold(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request and stores what it changed; if that fails nothing has happened.
    fn answer(&self, request: &Request) -> Response {
        let now = (self.clock)();
        let mut held = self.hold();
        let before = self.persist.as_ref().map(|_| held.account.checkpoint());
        let mut response = handle(&mut held.account, request, now);
        if let (Some(file), Some(before)) = (&self.persist, before)
            && held.account.is_changed()
            && let Err(error) = file.save(&mut held.account)
        {
            held.account.roll_back(before);
            held.log_line(&format!("{} {error}: {}", rfc3339(now), source_of(&error)));
            response = internal_failure(&mut held.account, response.entry);
        }
        held.log_line(&response.entry.to_string());
        response
    }

    fn note(&self, what: &str) {
        let now = rfc3339((self.clock)());
        self.hold().log_line(&format!("{now} {what}"));
    }
}

impl Held {
    fn log_line(&self, line: &str) {
        let line: String = line.chars().filter(|c| !c.is_control()).collect();
        (self.log)(&line);
    }
}

fn source_of(error: &dyn std::error::Error) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    serve(stream, &shared).await;
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn serve(stream: TcpStream, shared: &Arc<Shared>) {
    let started = Started::default();
    let io = Timed {
        inner: TokioIo::new(stream),
        started: started.clone(),
    };
    let service = service_fn(|request| {
        let shared = Arc::clone(shared);
        let deadline = started.begun() + shared.within;
        let started = started.clone();
        async move {
            let answer = exchange(&shared, request, deadline).await;
            started.clear();
            answer
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.within)
        // A client that has said all it had to say still gets its answer.
        .half_close(true)
        .serve_connection(io, service)
        .await;
    if let Err(error) = served
        && (error.is_parse() || error.is_user() || error.is_timeout())
    {
        let why = match () {
            () if error.is_parse() => "malformed",
            () => "not whole in time",
        };
        shared.note(&format!("a request was dropped: {why}"));
    }
}

/// A request that did not come whole: its connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the request did not come whole")]
struct Dropped;

async fn exchange(
    shared: &Shared,
    request: hyper::Request<Incoming>,
    deadline: Instant,
) -> Result<hyper::Response<Full<Bytes>>, Dropped> {
    let (head, body) = request.into_parts();
    let largest = u64::try_from(LARGEST_BODY).unwrap_or(u64::MAX);
    if body.size_hint().lower() > largest {
        return Ok(too_large(shared));
    }
    let collect = pin!(Limited::new(body, LARGEST_BODY).collect());
    let body = match tokio::time::timeout_at(deadline.into(), collect).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Ok(too_large(shared)),
        Ok(Err(_)) | Err(_) => return Err(Dropped),
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
        body: body.into(),
    };
    Ok(over_http(shared.answer(&request)))
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

/// 413, and the end of the connection: the rest of the body is not waited for.
fn too_large(shared: &Shared) -> hyper::Response<Full<Bytes>> {
    shared.note("a request was refused: its body is over 1 MB");
    plain(413)
}

fn plain(status: u16) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::new(Full::default());
    *response.status_mut() =
        hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        hyper::header::CONNECTION,
        hyper::header::HeaderValue::from_static("close"),
    );
    response
}

/// When the request that is being read began to arrive.
#[derive(Clone, Default)]
struct Started(Arc<Mutex<Option<Instant>>>);

impl Started {
    fn get(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begun(&self) -> Instant {
        self.get().unwrap_or_else(Instant::now)
    }

    fn clear(&self) {
        *self.get() = None;
    }
}

/// A connection that notes when a request begins.
struct Timed {
    inner: TokioIo<TcpStream>,
    started: Started,
}

impl Read for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.inner).poll_read(cx, buf);
        if poll.is_ready() {
            self.started.get().get_or_insert_with(Instant::now);
        }
        poll
    }
}

impl Write for Timed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
