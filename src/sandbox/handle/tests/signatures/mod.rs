//! Which signatures are accepted.

mod presigned;
mod s3;

use super::super::super::sigv4::tests::presign;
use super::super::Clocks;
use super::*;

const DIFFERS: (u16, &str, &str) = (
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and \
     signing method. Consult the service documentation for details.",
);

type Alteration = fn(&mut Request);

fn request() -> Request {
    post("sts", &[("Action", "GetCallerIdentity")])
}

impl Fixture {
    /// Signs a request, alters it, and sends it.
    fn altered(&mut self, request: Request, alter: impl FnOnce(&mut Request)) -> Answer {
        let mut request = request;
        let (key, now) = (self.key.clone(), self.now);
        sign_header(&mut request, &key, "sts", "us-east-1", now);
        alter(&mut request);
        self.send(&request)
    }
}

fn header<'r>(request: &'r mut Request, name: &str) -> &'r mut String {
    request
        .headers
        .iter_mut()
        .find(|(n, _)| n == name)
        .map(|(_, v)| v)
        .unwrap()
}

fn edit(request: &mut Request, name: &str, from: &str, to: &str) {
    let value = header(request, name);
    assert!(value.contains(from), "{value}");
    *value = value.replacen(from, to, 1);
}

#[test]
fn every_region_is_accepted() {
    for region in ["us-east-1", "aws-global", "cn-north-1", "mars-1"] {
        let mut fixture = Fixture::new();
        let mut request = request();
        sign_header(&mut request, &fixture.key, "sts", region, fixture.now);
        fixture.send(&request).is_ok();
    }
}

#[test]
fn no_signature() {
    let missing = (
        403,
        "MissingAuthenticationToken",
        "Request is missing Authentication Token",
    );
    let mut fixture = Fixture::new();
    fixture.send(&request()).is(missing);
    let mut basic = request();
    basic
        .headers
        .push(("authorization".to_owned(), "Basic eDp5".to_owned()));
    fixture.send(&basic).is(missing);
}

#[test]
fn unknown_key_and_wrong_secret() {
    let mut fixture = Fixture::new();
    let unknown = Key {
        id: "AKIAUNKNOWN234567AAA".to_owned(),
        ..fixture.key.clone()
    };
    fixture.identity(&unknown).is(INVALID_TOKEN);
    let wrong = Key {
        secret: "wrong".to_owned(),
        ..fixture.key.clone()
    };
    fixture.identity(&wrong).is(DIFFERS);
}

#[test]
fn an_inactive_key_is_unknown() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    fixture
        .account
        .records
        .access_keys
        .get_mut(&key.id)
        .unwrap()
        .status = super::super::super::account::Status::Inactive;
    fixture.identity(&key).is(INVALID_TOKEN);
}

#[test]
fn signed_parts_of_a_request_cannot_be_altered() {
    let alterations: [Alteration; 7] = [
        |r| r.body.push(b' '),
        |r| r.body = b"Action=GetSessionToken&Version=2011-06-15".to_vec(),
        |r| r.method = "PUT".to_owned(),
        |r| r.query = "a=b".to_owned(),
        |r| edit(r, "host", "127.0.0.1:1", "127.0.0.1:2"),
        |r| edit(r, "content-type", "; charset=utf-8", ""),
        |r| edit(r, "authorization", "us-east-1", "us-east-2"),
    ];
    for alter in alterations {
        Fixture::new().altered(request(), alter).is(DIFFERS);
    }
    // Headers that were not signed may change.
    let agent = |r: &mut Request| edit(r, "user-agent", "test", "proxy");
    Fixture::new().altered(request(), agent).is_ok();
}

#[test]
fn host_and_amz_headers_must_be_signed() {
    let unsigned_host = |r: &mut Request| edit(r, "authorization", ";host;", ";");
    Fixture::new().altered(request(), unsigned_host).is((
        403,
        "SignatureDoesNotMatch",
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    ));
    let extra = |r: &mut Request| {
        r.headers.push(("X-Amz-Target".to_owned(), "x".to_owned()));
    };
    Fixture::new().altered(request(), extra).is((
        403,
        "SignatureDoesNotMatch",
        "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.",
    ));
    let gone = |r: &mut Request| r.headers.retain(|(n, _)| n != "content-type");
    Fixture::new()
        .altered(request(), gone)
        .is_code(403, "SignatureDoesNotMatch");
    let mut signed = request();
    signed
        .headers
        .push(("x-amz-target".to_owned(), "  two  blanks ".to_owned()));
    Fixture::new().altered(signed, |_| {}).is_ok();
}

#[test]
fn a_payload_hash_must_be_that_of_the_body() {
    let mut wrong = request();
    wrong.headers.push((
        "x-amz-content-sha256".to_owned(),
        "UNSIGNED-PAYLOAD".to_owned(),
    ));
    // The signature has the hash of a body that is not sent.
    Fixture::new()
        .altered(wrong, |r| r.body.clear())
        .is(DIFFERS);
}

#[test]
fn clock_skew_of_more_than_five_minutes_is_refused() {
    for (skew, message) in [
        (-300, None),
        (300, None),
        (
            -301,
            Some(
                "Signature expired: 20261124T055459Z is now earlier than 20261124T055500Z (20261124T060000Z - 5 min.)",
            ),
        ),
        (
            301,
            Some(
                "Signature not yet current: 20261124T060501Z is still later than 20261124T060500Z (20261124T060000Z + 5 min.)",
            ),
        ),
    ] {
        let mut fixture = Fixture::new();
        let mut request = request();
        let then = fixture.now + Duration::seconds(skew);
        sign_header(&mut request, &fixture.key, "sts", "us-east-1", then);
        let answer = fixture.send(&request);
        match message {
            None => answer.is_ok(),
            Some(message) => answer.is((403, "SignatureDoesNotMatch", message)),
        }
    }
}

#[test]
fn the_credential_scope_must_match() {
    let cases: [(&str, &str, u16, &str); 6] = [
        ("/20261124/", "/20261123/", 403, "SignatureDoesNotMatch"),
        ("aws4_request", "aws3_request", 403, "SignatureDoesNotMatch"),
        ("/us-east-1/", "//", 403, "SignatureDoesNotMatch"),
        ("/us-east-1/", "/", 400, "IncompleteSignature"),
        ("/sts/", "/iam/", 403, "SignatureDoesNotMatch"),
        ("HMAC-SHA256", "HMAC-SHA512", 400, "IncompleteSignature"),
    ];
    for (from, to, status, code) in cases {
        let alter = |r: &mut Request| edit(r, "authorization", from, to);
        Fixture::new()
            .altered(request(), alter)
            .is_code(status, code);
    }
}

#[test]
fn a_signature_with_missing_parts_is_incomplete() {
    let cases: [(Alteration, &str); 4] = [
        (
            |r| edit(r, "authorization", "Credential=", "X="),
            "Authorization header requires 'Credential' parameter.",
        ),
        (
            |r| *header(r, "authorization") = "AWS4-HMAC-SHA256".to_owned(),
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
             Authorization header requires 'SignedHeaders' parameter.",
        ),
        (
            |r| r.headers.retain(|(n, _)| n != "x-amz-date"),
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        ),
        (
            |r| *header(r, "x-amz-date") = "yesterday".to_owned(),
            "Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601",
        ),
    ];
    for (alter, message) in cases {
        let answer = Fixture::new().altered(request(), alter);
        answer.is((400, "IncompleteSignature", message));
    }
}

#[test]
fn hostile_signatures_are_answered() {
    for date in ["00000101T000000Z", "99991231T235959Z", "-00010101T000000Z"] {
        let alter = |r: &mut Request| {
            let day = date.split('T').next().unwrap();
            edit(r, "authorization", "20261124", day);
            *header(r, "x-amz-date") = date.to_owned();
        };
        let answer = Fixture::new().altered(request(), alter);
        assert!(matches!(answer.0.status, 400 | 403), "{date}");
    }
    for value in ["AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 ,,,=,=,", "AWS"] {
        let alter = |r: &mut Request| *header(r, "authorization") = value.to_owned();
        Fixture::new()
            .altered(request(), alter)
            .is_code(400, "IncompleteSignature");
    }
    let alter = |r: &mut Request| *header(r, "host") = "a b\u{fffd}".to_owned();
    Fixture::new().altered(request(), alter).is(DIFFERS);
}

#[test]
fn a_get_signed_in_its_header() {
    let mut fixture = Fixture::new();
    let mut request = Request {
        method: "GET".to_owned(),
        path: "/".to_owned(),
        query: "Version=2011-06-15&Action=GetSessionToken&DurationSeconds=%2B900".to_owned(),
        headers: vec![("host".to_owned(), "127.0.0.1:1".to_owned())],
        body: Vec::new(),
    };
    sign_header(&mut request, &fixture.key, "sts", "us-east-1", fixture.now);
    fixture.send(&request).is_ok();
}

#[test]
fn signatures_are_checked_by_their_own_clock() {
    let mut fixture = Fixture::new();
    let mut request = request();
    sign_header(&mut request, &fixture.key, "sts", "us-east-1", fixture.now);
    let years = fixture.now + Duration::days(3_650);
    let clocks = Clocks {
        account: years,
        signature: fixture.now,
    };
    Answer(handle(&mut fixture.account, &request, clocks)).is_ok();
    let clocks = Clocks {
        account: fixture.now,
        signature: years,
    };
    Answer(handle(&mut fixture.account, &request, clocks)).is_code(403, "SignatureDoesNotMatch");
}
