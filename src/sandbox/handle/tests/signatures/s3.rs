//! Signatures of requests to Amazon S3.

use super::*;

fn s3(path: &str, hash: Option<&str>) -> Request {
    let mut request = Request {
        method: "PUT".to_owned(),
        path: path.to_owned(),
        headers: vec![("host".to_owned(), "127.0.0.1:1".to_owned())],
        body: b"body".to_vec(),
        ..Request::default()
    };
    let header = hash.map(|hash| ("x-amz-content-sha256".to_owned(), hash.to_owned()));
    request.headers.extend(header);
    request
}

const ALLOWED: (u16, &str, &str) = (
    501,
    "NotImplemented",
    "s3:PutObject is allowed, but the sandbox does not implement it",
);

#[test]
fn s3_may_leave_bodies_unsigned_and_encodes_paths_once() {
    let own = "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5";
    for hash in [
        Some(own),
        Some("UNSIGNED-PAYLOAD"),
        Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        None,
    ] {
        let mut fixture = Fixture::new();
        let mut request = s3("/bucket/a%20b//../%C3%A9", hash);
        sign_header(&mut request, &fixture.key, "s3", "us-east-1", fixture.now);
        fixture.send(&request).is(ALLOWED);
        if hash == Some("UNSIGNED-PAYLOAD") {
            request.body.clear();
            fixture.send(&request).is(ALLOWED);
        }
    }
    let mut fixture = Fixture::new();
    let other = "0".repeat(64);
    let mut request = s3("/bucket/key", Some(&other));
    sign_header(&mut request, &fixture.key, "s3", "us-east-1", fixture.now);
    fixture
        .send(&request)
        .is_code(400, "XAmzContentSHA256Mismatch");
}

#[test]
fn s3_has_its_own_clock_tolerance_and_messages() {
    for (skew, code) in [
        (900, "NotImplemented"),
        (-900, "NotImplemented"),
        (901, "RequestTimeTooSkewed"),
        (-901, "RequestTimeTooSkewed"),
    ] {
        let mut fixture = Fixture::new();
        let mut request = s3("/bucket/key", None);
        let then = fixture.now + Duration::seconds(skew);
        sign_header(&mut request, &fixture.key, "s3", "us-east-1", then);
        let status = if code == "NotImplemented" { 501 } else { 403 };
        fixture.send(&request).is_code(status, code);
    }
}

#[test]
fn a_presigned_request_to_s3_is_accepted_for_a_week() {
    let mut fixture = Fixture::new();
    let mut request = s3("/bucket/key", None);
    presign(&mut request, &fixture.key, "s3", fixture.now, 604_800);
    fixture.after(604_800);
    fixture.send(&request).is(ALLOWED);
    fixture.after(1);
    fixture
        .send(&request)
        .is((403, "AccessDenied", "Request has expired"));
}

#[test]
fn signature_version_2_has_its_own_error() {
    let mut fixture = Fixture::new();
    let mut request = s3("/bucket/key", None);
    request.query = "AWSAccessKeyId=AKIAUNKNOWN234567AAA&Signature=x&Expires=1".to_owned();
    fixture.send(&request).is((
        400,
        "InvalidRequest",
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    ));
}
