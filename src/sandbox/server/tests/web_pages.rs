//! Requests of web pages and for other hosts, and the clock that tests can move.

use super::*;

#[test]
fn the_clock_is_moved_over_the_socket_and_signatures_go_on() {
    let fixture = fixture();
    let body = r#"{"advance":"3m"}"#;
    let request = format!(
        "POST /_sandbox/clock HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        fixture.server.address,
        body.len(),
    );
    let answer = fixture.exchange(request.as_bytes());
    assert!(
        answer.ends_with(r#"{"now":"2026-11-24T06:03:00Z","frozen":false}"#),
        "{answer}"
    );
    // The code of three minutes ago is not accepted any more, but the present signature is.
    let answer = fixture.exchange(&fixture.gst());
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
    let answer = fixture.exchange(page.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    let other = request.replace("/_sandbox/clock", "/_sandbox/other");
    let answer = fixture.exchange(other.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
}

#[test]
fn without_the_test_clock_its_path_is_an_ordinary_path() {
    let account = Account::new(&Setup::default(), now());
    let fixture = start_with(account, None, WHOLE_REQUEST_WITHIN, TestClock::Off);
    let host = fixture.server.address;
    let ask = |path: &str| {
        let answer = fixture.exchange(
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
    let fixture = fixture();
    let host = format!("host: {}", fixture.server.address);
    let port = fixture.server.address.port();
    // A request that would use up the code if it were read.
    let good = String::from_utf8(fixture.gst()).unwrap();
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
        let answer = fixture.exchange(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 421 "), "{named}: {answer}");
        assert!(answer.ends_with(super::host::REFUSED), "{named}: {answer}");
    }
    assert_eq!(fixture.server.with_account(|a| a.calls().len()), 0);
    // The body is not read.
    let mut stream = fixture.connect();
    let head = fixture.head("content-length: 1000");
    let head = head.replace(&host, "host: evil.example");
    stream.write_all(head.as_bytes()).unwrap();
    assert!(read_all(&mut stream).starts_with("HTTP/1.1 421 "));
    // The same applies to the path of the clock.
    let clock = format!("GET /_sandbox/clock HTTP/1.1\r\nhost: evil.example:{port}\r\n\r\n");
    let answer = fixture.exchange(clock.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
    assert!(fixture.exchange(good.as_bytes()).contains("ASIA"));
}

#[test]
fn requests_of_web_pages_are_refused() {
    let fixture = fixture();
    let host = format!("host: {}\r\n", fixture.server.address);
    let page = format!(
        "{host}origin: http://evil.example\r\naccess-control-request-method: POST\r\naccess-control-request-headers: authorization\r\n"
    );
    let with_origin = |request: Vec<u8>| String::from_utf8(request).unwrap().replace(&host, &page);
    for request in [
        format!("OPTIONS / HTTP/1.1\r\n{page}\r\n"),
        format!("OPTIONS /_sandbox/clock HTTP/1.1\r\n{page}\r\n"),
        format!("GET /_sandbox/clock HTTP/1.1\r\n{page}\r\n"),
        format!("POST / HTTP/1.1\r\n{page}\r\n"),
        with_origin(fixture.identity()),
    ] {
        let answer = fixture.exchange(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
        let preflight = request.starts_with("OPTIONS");
        assert!(!preflight || answer.starts_with("HTTP/1.1 4"), "{answer}");
        let head = answer.to_lowercase();
        assert!(!head.contains("access-control"), "{answer}");
    }
}
