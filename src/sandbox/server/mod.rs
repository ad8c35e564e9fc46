//! Serves the account over HTTP: hyper on a thread and a tokio runtime of its own.
//!
//! The server listens on 127.0.0.1 only. No client can block it: requests must arrive within ten seconds and have at most one
//! megabyte, and the number of connections is limited. No answer is sent before its change is stored. A request that names another
//! host, as a request of a web page may, is refused unread, and no answer has CORS headers.
//!
//! `connection` limits the clients, `host` refuses other hosts, `exchange` reads a request and sends its answer, `shared` answers
//! it, and `clock` is the clock that tests can move.

mod clock;
mod connection;
mod exchange;
mod host;
mod shared;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use time::UtcDateTime;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::account::Account;
use super::state::AccountFile;
use clock::Clock;
pub use clock::TestClock;
pub use host::Hosts;
use shared::{AccountAndLog, Shared};

/// How long a request may take to arrive, and a client to accept its answer.
const WHOLE_REQUEST_WITHIN: Duration = Duration::from_secs(10);

/// The options of a server.
pub struct Options {
    /// The port on 127.0.0.1. 0 chooses a free port.
    pub port: u16,
    /// The account.
    pub account: Account,
    /// The file in which changes are stored, if the account must outlive the server.
    pub persist: Option<AccountFile>,
    /// The system's clock.
    pub clock: Box<dyn Fn() -> UtcDateTime + Send + Sync>,
    /// Whether requests may move the account's clock.
    pub test_clock: TestClock,
    /// Which hosts a request may name.
    pub hosts: Hosts,
    /// Receives one line for each request, without a line break.
    pub log: Box<dyn Fn(&str) + Send>,
}

/// A server that could not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The port cannot be used.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port in the options.
        port: u16,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The thread or its event loop cannot be started.
    #[error("cannot start the server's thread")]
    Start {
        /// The system's error.
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
    /// Stops the server, and ends [`Server::wait`].
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

impl Server {
    /// Starts a server on a thread of its own.
    ///
    /// # Errors
    /// [`SandboxError`] if the port cannot be used or the thread cannot be started.
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
            locked: Mutex::new(AccountAndLog {
                account: options.account,
                log: options.log,
            }),
            persist: options.persist,
            clock: Clock::new(options.clock, options.test_clock),
            port: address.port(),
            hosts: options.hosts,
            within,
            bodies: AtomicUsize::new(0),
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
                    tokio::spawn(connection::accept(listener, accepting));
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

    /// The endpoint URL: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Reads or changes the account between two requests. A change is stored with that of the next request.
    pub fn with_account<R>(&self, look: impl FnOnce(&mut Account) -> R) -> R {
        look(&mut self.shared.lock().account)
    }

    /// A handle that stops the server from another thread.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Waits until a [`Stopper`] stops the server.
    pub fn wait(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has been reported already.
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

#[cfg(test)]
mod tests;
