//! Clients that are many, slow or disconnected, and requests that are large or malformed.

use super::*;

#[test]
fn malformed_requests_are_refused() {
    let fixture = fixture();
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
        let answer = fixture.exchange(bytes);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
    fixture.still_answers();
}

#[test]
fn a_body_over_a_megabyte_is_refused_before_it_has_arrived() {
    let fixture = fixture();
    let head = fixture.head("content-length: 1048577");
    let mut stream = fixture.connect();
    stream.write_all(head.as_bytes()).unwrap();
    let answer = read_all(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");

    let head = fixture.head("transfer-encoding: chunked");
    let chunk = format!("100001\r\n{}\r\n0\r\n\r\n", "x".repeat(0x10_0001));
    let answer = fixture.exchange(&[head.as_bytes(), chunk.as_bytes()].concat());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    fixture.still_answers();
}

#[test]
fn a_body_of_a_megabyte_is_read() {
    let fixture = fixture();
    let answer = fixture.exchange(&fixture.request(&format!(
        "Action=GetCallerIdentity&x={}",
        "x".repeat(super::exchange::LARGEST_BODY - 100)
    )));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn an_incomplete_request_is_dropped_and_blocks_nobody() {
    let account = Account::new(&Setup::default(), now());
    let fixture = start_within(account, None, Duration::from_secs(1));
    let request = fixture.identity();
    let in_head = &request[..40];
    let in_body = &request[..request.len() - 3];
    let mut slow: Vec<TcpStream> = [in_head, in_body]
        .into_iter()
        .map(|part| {
            let mut stream = fixture.connect();
            stream.write_all(part).unwrap();
            stream
        })
        .collect();
    fixture.still_answers();
    // A connection without another request ends too.
    let mut idle = fixture.connect();
    idle.write_all(&request).unwrap();
    read_one(&mut idle);
    slow.push(idle);
    // The test waits for the server to close the connection.
    for stream in &mut slow {
        let answer = read_all(stream);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
    fixture.still_answers();
}

#[test]
fn hundreds_of_silent_clients_do_not_block_others() {
    let fixture = fixture();
    let idle: Vec<TcpStream> = (0..300).map(|_| fixture.connect()).collect();
    fixture.still_answers();
    drop(idle);
    fixture.still_answers();
}

#[test]
fn the_server_survives_a_thousand_clients_that_never_finish() {
    let account = Account::new(&Setup::default(), now());
    // Long enough that no connection is dropped because it is slow.
    let fixture = start_within(account, None, Duration::from_mins(5));
    let request = fixture.identity();
    let mut clients = Vec::new();
    for n in 0..1_000 {
        let Ok(mut stream) = TcpStream::connect(fixture.server.address) else {
            // This process may reach its limit of open files before the server reaches its limit of connections.
            clients.drain(..clients.len() / 2);
            continue;
        };
        let part = match n % 4 {
            0 => b"".as_slice(),
            1 => &request[..60],
            2 => &request[..request.len() - 1],
            _ => b"\x16\x03\x01\x02\x00\x01",
        };
        // A client that was replaced by a newer one is gone.
        let _ = stream.write_all(part);
        clients.push(stream);
        if n % 100 == 99 {
            fixture.still_answers();
        }
    }
    fixture.still_answers();
}

#[test]
fn the_server_survives_a_thousand_malformed_requests() {
    let fixture = fixture();
    for n in 0..1_000_u32 {
        let mut bytes = fixture.identity();
        // Each request has another byte of its head replaced.
        let at = usize::try_from(n).unwrap() % 200;
        bytes[at] = n.to_le_bytes()[0].wrapping_mul(31);
        let mut stream = fixture.connect();
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Both);
    }
    fixture.still_answers();
}

#[test]
fn a_client_that_does_not_accept_its_answer_loses_the_connection() {
    let account = Account::new(&Setup::default(), now());
    let fixture = start_within(account, None, Duration::from_secs(1));
    let mut stream = fixture.connect();
    let request = fixture.identity();
    // Requests are sent and no answer is read, so that the answers fill the buffers of the connection.
    let ended = (0..200_000).any(|_| stream.write_all(&request).is_err());
    assert!(
        ended,
        "the server went on writing to a client that does not read"
    );
    fixture.still_answers();
}

#[test]
fn all_bodies_together_have_a_size_limit() {
    let fixture = fixture();
    let head = fixture.head("content-length: 1048576");
    let most = vec![b'x'; super::exchange::LARGEST_BODY - 1];
    let mut clients: Vec<TcpStream> = (0..70)
        .map(|_| {
            let mut stream = fixture.connect();
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
    fixture.still_answers();
}

#[test]
fn a_head_of_many_or_long_headers_is_refused() {
    let fixture = fixture();
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(101));
    let long = format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(300_000));
    for head in [many, long] {
        let answer = fixture.exchange(head.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    fixture.still_answers();
}
