//! Gives a secret URL to a browser without writing it into the arguments of a process.
//!
//! Other users of the machine can read the arguments of every process, and a browser may keep its first URL there until it is closed.
//! So the browser is started with an address on loopback. The first request for it, by the same user, is redirected to the secret
//! URL, and then the address is gone. A private file that redirects was considered: browsers in a sandbox of their own (Snap) cannot
//! read it, and nobody knows when it may be removed.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rand::RngExt as _;
use secrecy::{ExposeSecret as _, SecretString};

use crate::process::is_from_other_user;
use crate::storage::hex;

/// How long a browser may take to start.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a connection may take to send its request. Browsers also open connections that they do not use.
const REQUEST: Duration = Duration::from_millis(500);
const LARGEST_HEAD: usize = 16 * 1024;

/// A server that redirects one request.
pub(super) struct Handoff {
    address: String,
    fetched: Receiver<()>,
    until: Instant,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A browser was redirected.
    Fetched,
    /// None came.
    TimedOut,
}

impl Handoff {
    /// Starts to listen on a free port.
    ///
    /// # Errors
    /// The system refuses to.
    pub(super) fn start(url: SecretString) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let path = format!("/{}", hex(&rand::rng().random::<[u8; 16]>()));
        let address = format!("http://{}{path}", listener.local_addr()?);
        let (done, fetched) = channel();
        std::thread::Builder::new()
            .name("handoff".to_owned())
            .spawn(move || {
                let served = listener
                    .incoming()
                    .flatten()
                    .find(|stream| serve(stream, &path, &url));
                let is_served = served.is_some();
                // The address is gone before anybody hears that it was used.
                drop((served, listener));
                if is_served {
                    // Nobody waits any more if the time is over.
                    let _ = done.send(());
                }
            })?;
        Ok(Self {
            address,
            fetched,
            until: Instant::now() + PATIENCE,
        })
    }

    /// What the browser is started with.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Waits for the browser.
    pub(super) fn wait(self) -> Outcome {
        let left = self.until.saturating_duration_since(Instant::now());
        match self.fetched.recv_timeout(left) {
            Ok(()) => Outcome::Fetched,
            Err(_) => Outcome::TimedOut,
        }
    }
}

/// Answers one connection. Returns whether it was redirected.
fn serve(mut stream: &TcpStream, path: &str, url: &SecretString) -> bool {
    let asks_for_it = read_head(stream)
        .is_ok_and(|head| head.starts_with(format!("GET {path} HTTP/1.").as_bytes()));
    if asks_for_it && !is_from_other_user(stream) {
        let answer = format!(
            "HTTP/1.1 302 Found\r\nLocation: {}\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            url.expose_secret()
        );
        return stream.write_all(answer.as_bytes()).is_ok();
    }
    let _ = stream
        .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    false
}

/// The bytes up to the empty line after the headers.
fn read_head(mut stream: &TcpStream) -> io::Result<Vec<u8>> {
    let until = Instant::now() + REQUEST;
    let mut head = Vec::new();
    let mut chunk = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || head.len() > LARGEST_HEAD {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut chunk)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => head.extend_from_slice(chunk.get(..read).unwrap_or_default()),
        }
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(address: &str, path: &str) -> String {
        let server = address.strip_prefix("http://").unwrap();
        let (host, _) = server.split_once('/').unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn one_request_for_the_address_is_redirected() {
        let handoff = Handoff::start("https://example.com/?secret".into()).unwrap();
        let address = handoff.address().to_owned();
        assert!(!address.contains("secret"));
        let path = format!("/{}", address.rsplit('/').next().unwrap());
        assert_eq!(path.len(), 33);
        // A connection that asks for nothing does not hold up the others.
        let host = address.strip_prefix("http://").unwrap();
        let silent = TcpStream::connect(host.split_once('/').unwrap().0).unwrap();
        for other in ["/", "/favicon.ico", &format!("{path}0"), &path[..32]] {
            assert!(ask(&address, other).starts_with("HTTP/1.1 404 "), "{other}");
        }
        let answer = ask(&address, &path);
        assert!(answer.starts_with("HTTP/1.1 302 "), "{answer}");
        assert!(answer.contains("\r\nLocation: https://example.com/?secret\r\n"));
        drop(silent);
        assert_eq!(handoff.wait(), Outcome::Fetched);
        let gone = TcpStream::connect(host.split_once('/').unwrap().0);
        assert!(gone.is_err(), "the address is still there");
    }
}
