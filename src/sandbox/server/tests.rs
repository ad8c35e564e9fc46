//! Over real sockets: clients that are many, slow, large, malformed or gone.

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

struct Scene {
    server: Server,
    key: Key,
    serial: String,
    code: String,
    lines: Mutex<mpsc::Receiver<String>>,
}

fn start(account: Account, persist: Option<AccountFile>) -> Scene {
    start_within(account, persist, WHOLE_REQUEST_WITHIN)
}

fn start_within(account: Account, persist: Option<AccountFile>, within: Duration) -> Scene {
    start_with(account, persist, within, TestClock::On)
}

fn start_with(
    account: Account,
    persist: Option<AccountFile>,
    within: Duration,
    test_clock: TestClock,
) -> Scene {
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
    Scene {
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

fn scene() -> Scene {
    start(Account::new(&Setup::default(), now()), None)
}

impl Scene {
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

    /// An unsigned request's head with one more header.
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

    /// Sends bytes on a connection of their own and reads to its end.
    fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // A server that has answered already may have closed the other way.
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

/// One answer of a connection that stays open.
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
fn it_listens_on_loopback_and_says_where() {
    let scene = scene();
    let url = scene.server.endpoint_url();
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
    let scene = scene();
    let answer = scene.exchange(&scene.identity());
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
    let scene = scene();
    let mut stream = scene.connect();
    for _ in 0..5 {
        stream.write_all(&scene.identity()).unwrap();
        assert!(read_one(&mut stream).contains("<Account>111122223333</Account>"));
    }
}

#[test]
fn one_code_gives_one_session_however_many_ask_at_once() {
    let scene = scene();
    let request = scene.gst();
    let answers: Vec<String> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| scene.exchange(&request)))
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
    let recorded = scene.server.with_account(|a| a.calls().len());
    assert_eq!(recorded, 8);
}

#[test]
fn each_request_is_one_line_without_secret_or_code() {
    let scene = scene();
    let answer = scene.exchange(&scene.gst());
    let line = scene
        .lines
        .lock()
        .unwrap()
        .recv_timeout(Duration::from_mins(1))
        .unwrap();
    assert_eq!(
        line,
        "2026-11-24T06:00:00Z arn:aws:iam::111122223333:user/admin (long-term key, MFA absent) sts:GetSessionToken allowed by AllowEverything, Success"
    );
    assert!(!line.contains(&scene.code) && answer.contains("ASIA"));
}

#[test]
fn malformed_requests_do_no_harm() {
    let scene = scene();
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(5_000));
    for bytes in [
        b"".as_slice(),
        b"\0\0\0\0",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: \xff\xfe\r\nauthorization: AWS4-HMAC-SHA256 \xff\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcde",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 100\r\n\r\nshort",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\n\r\n",
        b"GET http://elsewhere/ HTTP/1.1\r\n\r\n",
        long.as_bytes(),
        many.as_bytes(),
    ] {
        let answer = scene.exchange(bytes);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
    scene.still_answers();
}

#[test]
fn a_body_over_a_megabyte_is_refused_before_it_has_come() {
    let scene = scene();
    let head = scene.head("content-length: 1048577");
    let mut stream = scene.connect();
    stream.write_all(head.as_bytes()).unwrap();
    let answer = read_all(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");

    let head = scene.head("transfer-encoding: chunked");
    let chunk = format!("100001\r\n{}\r\n0\r\n\r\n", "x".repeat(0x10_0001));
    let answer = scene.exchange(&[head.as_bytes(), chunk.as_bytes()].concat());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    scene.still_answers();
}

#[test]
fn a_body_of_a_megabyte_is_read() {
    let scene = scene();
    let answer = scene.exchange(&scene.request(&format!(
        "Action=GetCallerIdentity&x={}",
        "x".repeat(super::exchange::LARGEST_BODY - 100)
    )));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn what_does_not_come_whole_is_dropped_unanswered_and_holds_nobody_up() {
    let account = Account::new(&Setup::default(), now());
    let scene = start_within(account, None, Duration::from_secs(1));
    let request = scene.identity();
    let in_head = &request[..40];
    let in_body = &request[..request.len() - 3];
    let mut slow: Vec<TcpStream> = [in_head, in_body]
        .into_iter()
        .map(|part| {
            let mut stream = scene.connect();
            stream.write_all(part).unwrap();
            stream
        })
        .collect();
    scene.still_answers();
    // A connection that stays open after its answer ends too when nothing follows.
    let mut idle = scene.connect();
    idle.write_all(&request).unwrap();
    read_one(&mut idle);
    slow.push(idle);
    // What is waited for is the server's end of the connection.
    for stream in &mut slow {
        let answer = read_all(stream);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
    scene.still_answers();
}

#[test]
fn hundreds_of_silent_clients_hold_nobody_up() {
    let scene = scene();
    let idle: Vec<TcpStream> = (0..300).map(|_| scene.connect()).collect();
    scene.still_answers();
    drop(idle);
    scene.still_answers();
}

#[test]
fn what_was_answered_is_stored() {
    let dir = tempfile::tempdir().unwrap();
    let folder = StateFolder::open(dir.path()).unwrap();
    let account = folder.account(&Setup::default(), now()).unwrap();
    let scene = start(account, Some(folder.account_file()));
    let request = scene.gst();
    assert!(scene.exchange(&request).contains("ASIA"));

    // As after a kill: a second server on what the file holds now.
    let account = folder.account(&Setup::default(), now()).unwrap();
    let again = start(account, Some(folder.account_file()));
    let answer = again.exchange(&again.gst());
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[test]
fn what_cannot_be_stored_has_not_happened() {
    let dir = tempfile::tempdir().unwrap();
    let folder = StateFolder::open(&dir.path().join("state")).unwrap();
    let account = folder.account(&Setup::default(), now()).unwrap();
    let scene = start(account, Some(folder.account_file()));
    let moved = dir.path().join("moved");
    std::fs::rename(folder.path(), &moved).unwrap();
    let answer = scene.exchange(&scene.gst());
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(answer.contains("<Code>InternalFailure</Code>"), "{answer}");
    assert!(!answer.contains("ASIA"), "{answer}");
    let outcome = scene
        .server
        .with_account(|a| a.calls().last().unwrap().outcome.clone());
    assert_eq!(outcome, "InternalFailure");
    // What changes nothing needs no disk.
    scene.still_answers();

    std::fs::rename(&moved, folder.path()).unwrap();
    let answer = scene.exchange(&scene.gst());
    assert!(answer.contains("ASIA"), "the code was not used up");
}

#[test]
fn it_stops_when_told_and_frees_its_port() {
    let mut scene = scene();
    let address = scene.server.address;
    let stopper = scene.server.stopper();
    let idle = scene.connect();
    let other = std::thread::spawn(move || stopper.stop());
    scene.server.wait();
    other.join().unwrap();
    drop(idle);
    assert!(TcpStream::connect(address).is_err());
    drop(scene);
}

#[test]
fn a_thousand_clients_that_never_finish_leave_it_serving() {
    let account = Account::new(&Setup::default(), now());
    // Long enough that none of them is dropped for its slowness.
    let scene = start_within(account, None, Duration::from_mins(5));
    let request = scene.identity();
    let mut clients = Vec::new();
    for n in 0..1_000 {
        let Ok(mut stream) = TcpStream::connect(scene.server.address) else {
            // This process may run out of files before the server runs out of places.
            clients.drain(..clients.len() / 2);
            continue;
        };
        let part = match n % 4 {
            0 => b"".as_slice(),
            1 => &request[..60],
            2 => &request[..request.len() - 1],
            _ => b"\x16\x03\x01\x02\x00\x01",
        };
        // Whoever lost its place to a newer client is gone.
        let _ = stream.write_all(part);
        clients.push(stream);
        if n % 100 == 99 {
            scene.still_answers();
        }
    }
    scene.still_answers();
}

#[test]
fn a_thousand_malformed_requests_leave_it_serving() {
    let scene = scene();
    for n in 0..1_000_u32 {
        let mut bytes = scene.identity();
        // One byte of the head is replaced, each time another one by another.
        let at = usize::try_from(n).unwrap() % 200;
        bytes[at] = n.to_le_bytes()[0].wrapping_mul(31);
        let mut stream = scene.connect();
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Both);
    }
    scene.still_answers();
}

#[test]
fn who_does_not_take_an_answer_loses_the_connection() {
    let account = Account::new(&Setup::default(), now());
    let scene = start_within(account, None, Duration::from_secs(1));
    let mut stream = scene.connect();
    let request = scene.identity();
    // Requests one after another, and nothing is read: the answers fill what lies between.
    let ended = (0..200_000).any(|_| stream.write_all(&request).is_err());
    assert!(ended, "it went on writing to nobody");
    scene.still_answers();
}

#[test]
fn bodies_have_a_room_together() {
    let scene = scene();
    let head = scene.head("content-length: 1048576");
    let most = vec![b'x'; super::exchange::LARGEST_BODY - 1];
    let mut clients: Vec<TcpStream> = (0..70)
        .map(|_| {
            let mut stream = scene.connect();
            stream.write_all(head.as_bytes()).unwrap();
            let _ = stream.write_all(&most);
            stream
        })
        .collect();
    let refused = clients
        .iter_mut()
        .map(|stream| {
            stream
                .set_read_timeout(Some(Duration::from_millis(50)))
                .unwrap();
            read_all(stream)
        })
        .filter(|answer| answer.starts_with("HTTP/1.1 503 "))
        .count();
    assert!(refused >= 5, "{refused} were refused");
    drop(clients);
    scene.still_answers();
}

#[test]
fn a_head_of_many_or_long_headers_is_refused() {
    let scene = scene();
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(101));
    let long = format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(300_000));
    for head in [many, long] {
        let answer = scene.exchange(head.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    scene.still_answers();
}

#[test]
fn the_clock_is_moved_over_the_socket_and_signatures_go_on() {
    let scene = scene();
    let body = r#"{"advance":"3m"}"#;
    let request = format!(
        "POST /_sandbox/clock HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        scene.server.address,
        body.len(),
    );
    let answer = scene.exchange(request.as_bytes());
    assert!(
        answer.ends_with(r#"{"now":"2026-11-24T06:03:00Z","frozen":false}"#),
        "{answer}"
    );
    // The code of three minutes ago serves no more, the signature of now does.
    let answer = scene.exchange(&scene.gst());
    assert!(
        answer.contains("invalid MFA one time pass code"),
        "{answer}"
    );
    let head = answer.to_lowercase();
    assert!(
        head.contains("date: tue, 24 nov 2026 06:00:00 gmt"),
        "{head}"
    );
    let page = request.replace(
        "connection:",
        "origin: http://localhost:3000\r\nconnection:",
    );
    let answer = scene.exchange(page.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    let other = request.replace("/_sandbox/clock", "/_sandbox/other");
    let answer = scene.exchange(other.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
}

#[test]
fn without_the_test_clock_its_path_is_like_any_other() {
    let account = Account::new(&Setup::default(), now());
    let scene = start_with(account, None, WHOLE_REQUEST_WITHIN, TestClock::Off);
    let host = scene.server.address;
    let ask = |path: &str| {
        let answer = scene.exchange(
            format!("POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 2\r\n\r\n{{}}")
                .as_bytes(),
        );
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let id = "<RequestId>";
        let body = body.split(id).next().unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    };
    let unknown = ask("/elsewhere/clock");
    assert!(unknown.0.starts_with("HTTP/1.1 4"), "{unknown:?}");
    assert_eq!(ask("/_sandbox/clock"), unknown);
    assert_eq!(ask("/_sandbox/"), unknown);
}

#[test]
fn a_request_for_another_host_is_refused_unread() {
    let scene = scene();
    let host = format!("host: {}", scene.server.address);
    let port = scene.server.address.port();
    // A request that would use up the code if it were looked at.
    let good = String::from_utf8(scene.gst()).unwrap();
    for named in [
        format!("host: evil.example:{port}\r\n"),
        format!("host: 127.0.0.1.evil.example:{port}\r\n"),
        "host: 127.0.0.1\r\n".to_owned(),
        format!("host: localhost:{}\r\n", port ^ 1),
        format!("host: 10.0.0.1:{port}\r\n"),
        format!("{host}\r\nhost: evil.example\r\n"),
        String::new(),
    ] {
        let request = good.replace(&format!("{host}\r\n"), &named);
        assert_ne!(request, good);
        let answer = scene.exchange(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 421 "), "{named}: {answer}");
        assert!(answer.ends_with(super::host::REFUSED), "{named}: {answer}");
    }
    assert_eq!(scene.server.with_account(|a| a.calls().len()), 0);
    // A body is not waited for.
    let mut stream = scene.connect();
    let head = scene.head("content-length: 1000");
    let head = head.replace(&host, "host: evil.example");
    stream.write_all(head.as_bytes()).unwrap();
    assert!(read_all(&mut stream).starts_with("HTTP/1.1 421 "));
    // The clock is no exception.
    let clock = format!("GET /_sandbox/clock HTTP/1.1\r\nhost: evil.example:{port}\r\n\r\n");
    let answer = scene.exchange(clock.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
    assert!(scene.exchange(good.as_bytes()).contains("ASIA"));
}

#[test]
fn no_web_page_is_let_in() {
    let scene = scene();
    let host = format!("host: {}\r\n", scene.server.address);
    let page = format!(
        "{host}origin: http://evil.example\r\naccess-control-request-method: POST\r\naccess-control-request-headers: authorization\r\n"
    );
    let with_origin = |request: Vec<u8>| String::from_utf8(request).unwrap().replace(&host, &page);
    for request in [
        format!("OPTIONS / HTTP/1.1\r\n{page}\r\n"),
        format!("OPTIONS /_sandbox/clock HTTP/1.1\r\n{page}\r\n"),
        format!("GET /_sandbox/clock HTTP/1.1\r\n{page}\r\n"),
        format!("POST / HTTP/1.1\r\n{page}\r\n"),
        with_origin(scene.identity()),
    ] {
        let answer = scene.exchange(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
        let preflight = request.starts_with("OPTIONS");
        assert!(!preflight || answer.starts_with("HTTP/1.1 4"), "{answer}");
        let head = answer.to_lowercase();
        assert!(!head.contains("access-control"), "{answer}");
    }
}
