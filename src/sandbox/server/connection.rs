//! Connections, and the limits that keep a client from blocking the others.
//!
//! The number of connections is limited, and a new one replaces the oldest. Each has a limited time to send a complete request and
//! to accept its answer, and a limited size for the head of a request. The crate `tokio-io-timeout` was considered: it limits the
//! time of each single read, and not that of a whole request.

use std::collections::VecDeque;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio::time::Sleep;

use super::exchange::exchange;
use super::shared::Shared;

/// The most connections: fewer than the files that a process can open by default.
const MOST_CONNECTIONS: usize = 512;
/// The pause after a connection that could not be accepted, usually because no more files can be opened.
const PAUSE: Duration = Duration::from_millis(50);
/// The largest head of a request, and the most that is read of a body at once.
const LARGEST_HEAD: usize = 64 * 1024;
const MOST_HEADERS: usize = 100;

pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            make_room(&mut open);
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        if open.len() >= MOST_CONNECTIONS {
            make_room(&mut open);
        }
        let shared = Arc::clone(&shared);
        let task = tokio::spawn(async move { serve(stream, &shared).await });
        open.push_back(task.abort_handle());
    }
}

/// Forgets the connections that have ended. If none has, ends the oldest.
fn make_room(open: &mut VecDeque<AbortHandle>) {
    let before = open.len();
    open.retain(|task| !task.is_finished());
    if open.len() == before
        && let Some(oldest) = open.pop_front()
    {
        oldest.abort();
    }
}

async fn serve(stream: TcpStream, shared: &Arc<Shared>) {
    let started = RequestStart::default();
    let io = TimedStream {
        inner: TokioIo::new(stream),
        started: started.clone(),
        within: shared.within,
        stalled: None,
    };
    let service = service_fn(|request| {
        let shared = Arc::clone(shared);
        let deadline = started.time() + shared.within;
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
        .max_buf_size(LARGEST_HEAD)
        .max_headers(MOST_HEADERS)
        // A client that has closed its sending side still gets its answer.
        .half_close(true)
        .serve_connection(io, service)
        .await;
    if let Err(error) = served
        && (error.is_parse() || error.is_user() || error.is_timeout())
    {
        let why = match () {
            () if error.is_parse() => "it is malformed",
            () => "it did not arrive in time",
        };
        shared.note(&format!("a request was dropped: {why}"));
    }
}

/// When the request that is being read began to arrive.
#[derive(Clone, Default)]
struct RequestStart(Arc<Mutex<Option<Instant>>>);

impl RequestStart {
    fn get(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn time(&self) -> Instant {
        self.get().unwrap_or_else(Instant::now)
    }

    fn clear(&self) {
        *self.get() = None;
    }
}

/// A connection that notes when a request begins to arrive, and ends if the client does not accept its answer in time.
struct TimedStream {
    inner: TokioIo<TcpStream>,
    started: RequestStart,
    within: Duration,
    /// When the client must have accepted what is written.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl TimedStream {
    /// Lets a write wait for at most `within`.
    fn with_deadline<T>(
        &mut self,
        poll: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.stalled = None;
            return poll;
        }
        let within = self.within;
        let until = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(within)));
        match until.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Read for TimedStream {
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

impl Write for TimedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.with_deadline(poll, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.inner).poll_flush(cx);
        self.with_deadline(poll, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
