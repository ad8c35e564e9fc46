//! Servers on loopback that are not AWS, or that give answers which the sandbox never gives.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A server that answers one request per connection with a given function, and records the requests.
pub struct Fake {
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// `answer` turns a complete HTTP request into a complete response; `None` closes the connection.
    pub fn start(answer: impl Fn(&str) -> Option<String> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, &answer, &seen);
            }
        });
        Self { url, requests }
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    answer: &dyn Fn(&str) -> Option<String>,
    seen: &Mutex<Vec<String>>,
) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    while !complete(&request) {
        match stream.read(&mut chunk) {
            Ok(n) if n > 0 => request.extend_from_slice(&chunk[..n]),
            _ => return,
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let response = answer(&request);
    seen.lock().unwrap().push(request);
    if let Some(response) = response {
        let _ = stream.write_all(response.as_bytes());
    }
}

fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length:")
                .map(|v| v.trim().parse().unwrap())
        })
        .unwrap_or(0_usize);
    body.len() >= length
}

/// An HTTP response with the present time in its `Date` header.
pub fn http(status: &str, kind: &str, body: &str) -> Option<String> {
    Some(format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ))
}

/// An error as STS and IAM send it. `message` is inserted as XML.
pub fn refusal(status: &str, code: &str, message: &str) -> Option<String> {
    http(
        status,
        "text/xml",
        &format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        ),
    )
}

/// An answer to GetSessionToken.
pub fn session(id: &str, expiration: &str) -> Option<String> {
    http(
        "200 OK",
        "text/xml",
        &format!(
            "<GetSessionTokenResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetSessionTokenResult>\
             <Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>session/secret+of/a+fake/server</SecretAccessKey>\
             <SessionToken>session/token+of/a+fake/server==</SessionToken><Expiration>{expiration}</Expiration>\
             </Credentials></GetSessionTokenResult></GetSessionTokenResponse>"
        ),
    )
}

/// An answer to ListMFADevices.
pub fn devices(serials: &[&str]) -> Option<String> {
    let members: String = serials
        .iter()
        .map(|s| {
            format!(
                "<member><UserName>admin</UserName><SerialNumber>{s}</SerialNumber>\
                 <EnableDate>2026-01-01T00:00:00Z</EnableDate></member>"
            )
        })
        .collect();
    http(
        "200 OK",
        "text/xml",
        &format!(
            "<ListMFADevicesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListMFADevicesResult>\
             <IsTruncated>false</IsTruncated><MFADevices>{members}</MFADevices></ListMFADevicesResult></ListMFADevicesResponse>"
        ),
    )
}

/// An address on which no server listens.
pub fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
