//! Tests over real sockets.

mod limits;
mod web_pages;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;

use secrecy::ExposeSecret as _;

use super::super::account::Setup;
use super::super::message::Request;
use super::super::sigv4::tests::{Key, sign_header};
use super::super::state::StateFolder;
use super::*;

fn now() -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(1_795_500_000).unwrap()
}

struct Fixture {
    server: Server,
    key: Key,
    serial: String,
    code: String,
    lines: Mutex<mpsc::Receiver<String>>,
}

fn start(account: Account, persist: Option<AccountFile>) -> Fixture {
    start_within(account, persist, WHOLE_REQUEST_WITHIN)
}

fn start_within(account: Account, persist: Option<AccountFile>, within: Duration) -> Fixture {
    start_with(account, persist, within, TestClock::On)
}

fn start_with(
    account: Account,
    persist: Option<AccountFile>,
    within: Duration,
    test_clock: TestClock,
) -> Fixture {
    let owner = account.owner().unwrap();
    let keys = owner.keys.unwrap();
    let device = owner.device.unwrap();
    let (sender, lines) = mpsc::channel();
    let options = Options {
        port: 0,
        account,
        persist,
        clock: Box::new(now),
        test_clock,
        hosts: Hosts::Loopback,
        log: Box::new(move |line| {
            let _ = sender.send(line.to_owned());
        }),
    };
    let server = Server::start_within(options, within).unwrap();
    Fixture {
        server,
        key: Key {
            id: keys.id.to_string(),
            secret: keys.secret.expose_secret().to_owned(),
            token: None,
        },
        serial: device.serial_number.to_string(),
        code: device.secret.code_at(now()).expose_secret().to_owned(),
        lines: Mutex::new(lines),
    }
}

fn fixture() -> Fixture {
    start(Account::new(&Setup::default(), now()), None)
}

impl Fixture {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.server.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_mins(1)))
            .unwrap();
        stream
    }

    fn request(&self, params: &str) -> Vec<u8> {
        let mut request = Request {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers: vec![
                ("host".to_owned(), self.server.address.to_string()),
                (
                    "content-type".to_owned(),
                    "application/x-www-form-urlencoded".to_owned(),
                ),
            ],
            body: format!("Version=2011-06-15&{params}").into_bytes(),
            ..Request::default()
        };
        sign_header(&mut request, &self.key, "sts", "us-east-1", now());
        let mut bytes = b"POST / HTTP/1.1\r\n".to_vec();
        for (name, value) in &request.headers {
            write!(bytes, "{name}: {value}\r\n").unwrap();
        }
        write!(bytes, "content-length: {}\r\n\r\n", request.body.len()).unwrap();
        bytes.extend(&request.body);
        bytes
    }

    /// The head of an unsigned request with one more header.
    fn head(&self, header: &str) -> String {
        let host = self.server.address;
        format!("POST / HTTP/1.1\r\nhost: {host}\r\n{header}\r\n\r\n")
    }

    fn gst(&self) -> Vec<u8> {
        let (serial, code) = (&self.serial, &self.code);
        self.request(&format!(
            "Action=GetSessionToken&SerialNumber={serial}&TokenCode={code}"
        ))
    }

    fn identity(&self) -> Vec<u8> {
        self.request("Action=GetCallerIdentity")
    }

    /// Sends bytes on a new connection and reads the answer to its end.
    fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // A server that has answered already may have closed its side.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        read_all(&mut stream)
    }

    #[track_caller]
    fn still_answers(&self) {
        let answer = self.exchange(&self.identity());
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads one answer from a connection that stays open.
fn read_one(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut byte = [0];
    while !text.ends_with("Response>\n") {
        stream.read_exact(&mut byte).unwrap();
        text.push(char::from(byte[0]));
    }
    text
}

#[test]
fn the_server_listens_on_loopback_and_reports_its_address() {
    let fixture = fixture();
    let url = fixture.server.endpoint_url();
    let port = url.strip_prefix("http://127.0.0.1:").unwrap();
    assert_ne!(port.parse::<u16>().unwrap(), 0);
    let error = Server::start(Options {
        port: port.parse().unwrap(),
        account: Account::new(&Setup::default(), now()),
        persist: None,
        clock: Box::new(now),
        test_clock: TestClock::On,
        hosts: Hosts::Loopback,
        log: Box::new(|_| {}),
    })
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot listen on 127.0.0.1:{port}")
    );
}

#[test]
fn an_answer_has_its_headers_and_the_accounts_date_once() {
    let fixture = fixture();
    let answer = fixture.exchange(&fixture.identity());
    let head = answer.split("\r\n\r\n").next().unwrap().to_lowercase();
    assert!(head.starts_with("http/1.1 200 ok\r\n"), "{head}");
    for header in [
        "x-amzn-requestid: ",
        "content-type: text/xml\r\n",
        "date: tue, 24 nov 2026 06:00:00 gmt",
    ] {
        assert_eq!(head.matches(header).count(), 1, "{header} in {head}");
    }
    assert_eq!(head.matches("date: ").count(), 1, "{head}");
}

#[test]
fn one_connection_serves_many_requests() {
    let fixture = fixture();
    let mut stream = fixture.connect();
    for _ in 0..5 {
        stream.write_all(&fixture.identity()).unwrap();
        assert!(read_one(&mut stream).contains("<Account>111122223333</Account>"));
    }
}

#[test]
fn one_code_gives_one_session_when_many_requests_use_it_at_once() {
    let fixture = fixture();
    let request = fixture.gst();
    let answers: Vec<String> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| fixture.exchange(&request)))
            .collect();
        clients.into_iter().map(|c| c.join().unwrap()).collect()
    });
    let sessions = answers.iter().filter(|a| a.contains("ASIA")).count();
    assert_eq!(sessions, 1);
    let refused = answers
        .iter()
        .filter(|a| a.starts_with("HTTP/1.1 403 "))
        .count();
    assert_eq!(refused, 7);
    let recorded = fixture.server.with_account(|a| a.calls().len());
    assert_eq!(recorded, 8);
}

#[test]
fn each_request_is_one_line_without_secret_or_code() {
    let fixture = fixture();
    let answer = fixture.exchange(&fixture.gst());
    let line = fixture
        .lines
        .lock()
        .unwrap()
        .recv_timeout(Duration::from_mins(1))
        .unwrap();
    assert_eq!(
        line,
        "2026-11-24T06:00:00Z arn:aws:iam::111122223333:user/admin (long-term key, MFA absent) sts:GetSessionToken allowed by AllowEverything, Success"
    );
    assert!(!line.contains(&fixture.code) && answer.contains("ASIA"));
}

#[test]
fn a_change_is_stored_before_its_answer() {
    let dir = tempfile::tempdir().unwrap();
    let folder = StateFolder::open(dir.path()).unwrap();
    let account = folder.account(&Setup::default(), now()).unwrap();
    let fixture = start(account, Some(folder.account_file()));
    let request = fixture.gst();
    assert!(fixture.exchange(&request).contains("ASIA"));

    // As after a kill: a second server starts from the file.
    let account = folder.account(&Setup::default(), now()).unwrap();
    let again = start(account, Some(folder.account_file()));
    let answer = again.exchange(&again.gst());
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[test]
fn a_change_that_cannot_be_stored_is_undone() {
    let dir = tempfile::tempdir().unwrap();
    let folder = StateFolder::open(&dir.path().join("state")).unwrap();
    let account = folder.account(&Setup::default(), now()).unwrap();
    let fixture = start(account, Some(folder.account_file()));
    let moved = dir.path().join("moved");
    std::fs::rename(folder.path(), &moved).unwrap();
    let answer = fixture.exchange(&fixture.gst());
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(answer.contains("<Code>InternalFailure</Code>"), "{answer}");
    assert!(!answer.contains("ASIA"), "{answer}");
    let outcome = fixture
        .server
        .with_account(|a| a.calls().last().unwrap().outcome.clone());
    assert_eq!(outcome, "InternalFailure");
    // A request that changes nothing is not stored.
    fixture.still_answers();

    std::fs::rename(&moved, folder.path()).unwrap();
    let answer = fixture.exchange(&fixture.gst());
    assert!(answer.contains("ASIA"), "the code was not used up");
}

#[test]
fn a_stopped_server_frees_its_port() {
    let mut fixture = fixture();
    let address = fixture.server.address;
    let stopper = fixture.server.stopper();
    let idle = fixture.connect();
    let other = std::thread::spawn(move || stopper.stop());
    fixture.server.wait();
    other.join().unwrap();
    drop(idle);
    assert!(TcpStream::connect(address).is_err());
    drop(fixture);
}
