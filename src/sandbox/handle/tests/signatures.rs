//! Who gets past the signature.

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

impl Scene {
    /// Signs, lets the request be altered, and sends it.
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
fn any_region_will_do() {
    for region in ["us-east-1", "aws-global", "cn-north-1", "mars-1"] {
        let mut scene = Scene::new();
        let mut request = request();
        sign_header(&mut request, &scene.key, "sts", region, scene.now);
        scene.send(&request).is_ok();
    }
}

#[test]
fn no_signature() {
    let missing = (
        403,
        "MissingAuthenticationToken",
        "Request is missing Authentication Token",
    );
    let mut scene = Scene::new();
    scene.send(&request()).is(missing);
    let mut basic = request();
    basic
        .headers
        .push(("authorization".to_owned(), "Basic eDp5".to_owned()));
    scene.send(&basic).is(missing);
}

#[test]
fn unknown_key_and_wrong_secret() {
    let mut scene = Scene::new();
    let unknown = Key {
        id: "AKIAUNKNOWN234567AAA".to_owned(),
        ..scene.key.clone()
    };
    scene.identity(&unknown).is(INVALID_TOKEN);
    let wrong = Key {
        secret: "wrong".to_owned(),
        ..scene.key.clone()
    };
    scene.identity(&wrong).is(DIFFERS);
}

#[test]
fn an_inactive_key_is_unknown() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    scene
        .account
        .records
        .access_keys
        .get_mut(&key.id)
        .unwrap()
        .status = super::super::super::account::Status::Inactive;
    scene.identity(&key).is(INVALID_TOKEN);
}

#[test]
fn whatever_was_signed_cannot_be_altered() {
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
        Scene::new().altered(request(), alter).is(DIFFERS);
    }
    // What was not signed may change on the way.
    let agent = |r: &mut Request| edit(r, "user-agent", "test", "proxy");
    Scene::new().altered(request(), agent).is_ok();
}

#[test]
fn host_and_amz_headers_must_be_signed() {
    let unsigned_host = |r: &mut Request| edit(r, "authorization", ";host;", ";");
    Scene::new().altered(request(), unsigned_host).is((
        403,
        "SignatureDoesNotMatch",
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    ));
    let extra = |r: &mut Request| {
        r.headers.push(("X-Amz-Target".to_owned(), "x".to_owned()));
    };
    Scene::new().altered(request(), extra).is((
        403,
        "SignatureDoesNotMatch",
        "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.",
    ));
    let gone = |r: &mut Request| r.headers.retain(|(n, _)| n != "content-type");
    Scene::new()
        .altered(request(), gone)
        .is_code(403, "SignatureDoesNotMatch");
    let mut signed = request();
    signed
        .headers
        .push(("x-amz-target".to_owned(), "  two  blanks ".to_owned()));
    Scene::new().altered(signed, |_| {}).is_ok();
}

#[test]
fn a_payload_hash_must_be_the_bodys() {
    let mut wrong = request();
    wrong.headers.push((
        "x-amz-content-sha256".to_owned(),
        "UNSIGNED-PAYLOAD".to_owned(),
    ));
    // Signed with the hash of a body that is not sent.
    Scene::new().altered(wrong, |r| r.body.clear()).is(DIFFERS);
}

#[test]
fn five_minutes_of_skew_and_no_more() {
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
        let mut scene = Scene::new();
        let mut request = request();
        let then = scene.now + Duration::seconds(skew);
        sign_header(&mut request, &scene.key, "sts", "us-east-1", then);
        let answer = scene.send(&request);
        match message {
            None => answer.is_ok(),
            Some(message) => answer.is((403, "SignatureDoesNotMatch", message)),
        }
    }
}

#[test]
fn the_scope_must_fit() {
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
        Scene::new().altered(request(), alter).is_code(status, code);
    }
}

#[test]
fn a_signature_in_pieces() {
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
        let answer = Scene::new().altered(request(), alter);
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
        let answer = Scene::new().altered(request(), alter);
        assert!(matches!(answer.0.status, 400 | 403), "{date}");
    }
    for value in ["AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 ,,,=,=,", "AWS"] {
        let alter = |r: &mut Request| *header(r, "authorization") = value.to_owned();
        Scene::new()
            .altered(request(), alter)
            .is_code(400, "IncompleteSignature");
    }
    let alter = |r: &mut Request| *header(r, "host") = "a b\u{fffd}".to_owned();
    Scene::new().altered(request(), alter).is(DIFFERS);
}

fn presigned(scene: &Scene, key: &Key, expires: u64) -> Request {
    let mut request = Request {
        method: "GET".to_owned(),
        path: "/".to_owned(),
        query: "Action=GetCallerIdentity&Version=2011-06-15".to_owned(),
        headers: vec![("host".to_owned(), "127.0.0.1:1".to_owned())],
        body: Vec::new(),
    };
    presign(&mut request, key, "sts", scene.now, expires);
    request
}

#[test]
fn a_presigned_request_serves_until_it_expires() {
    let mut scene = Scene::new();
    let session = scene.session();
    for key in [scene.key.clone(), session] {
        let request = presigned(&scene, &key, 60);
        scene.send(&request).is_ok();
        scene.after(60);
        scene.send(&request).is_ok();
        scene.after(1);
        scene.send(&request).is_code(403, "SignatureDoesNotMatch");
    }
}

#[test]
fn a_presigned_request_cannot_be_altered() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    let good = presigned(&scene, &key, 60);
    for (from, to, status, code) in [
        (
            "GetCallerIdentity",
            "GetSessionToken",
            403,
            "SignatureDoesNotMatch",
        ),
        (
            "X-Amz-Expires=60",
            "X-Amz-Expires=61",
            403,
            "SignatureDoesNotMatch",
        ),
        (
            "X-Amz-Expires=60",
            "X-Amz-Expires=0",
            400,
            "IncompleteSignature",
        ),
        (
            "X-Amz-Expires=60",
            "X-Amz-Expires=604801",
            400,
            "IncompleteSignature",
        ),
        (
            "X-Amz-Signature=",
            "X-Amz-Signature=0",
            403,
            "SignatureDoesNotMatch",
        ),
        (
            "X-Amz-SignedHeaders=host",
            "X-Amz-SignedHeaders=",
            400,
            "IncompleteSignature",
        ),
        ("&X-Amz-Algorithm", "&Y", 403, "MissingAuthenticationToken"),
    ] {
        let mut request = good.clone();
        assert!(request.query.contains(from), "{}", request.query);
        request.query = request.query.replacen(from, to, 1);
        scene.send(&request).is_code(status, code);
    }
    scene.send(&good).is_ok();
}

#[test]
fn a_get_signed_in_its_header() {
    let mut scene = Scene::new();
    let mut request = Request {
        method: "GET".to_owned(),
        path: "/".to_owned(),
        query: "Version=2011-06-15&Action=GetSessionToken&DurationSeconds=%2B900".to_owned(),
        headers: vec![("host".to_owned(), "127.0.0.1:1".to_owned())],
        body: Vec::new(),
    };
    sign_header(&mut request, &scene.key, "sts", "us-east-1", scene.now);
    scene.send(&request).is_ok();
}

#[test]
fn a_presigned_request_to_sts_lives_fifteen_minutes_at_most() {
    let mut scene = Scene::new();
    let request = presigned(&scene, &scene.key.clone(), 3_600);
    scene.after(900);
    scene.send(&request).is_ok();
    scene.after(1);
    scene.send(&request).is((
        403,
        "SignatureDoesNotMatch",
        "Signature expired: 20261124T060000Z is now earlier than 20261124T060001Z",
    ));
}

#[test]
fn the_signature_goes_by_its_own_clock() {
    let mut scene = Scene::new();
    let mut request = request();
    sign_header(&mut request, &scene.key, "sts", "us-east-1", scene.now);
    let years = scene.now + Duration::days(3_650);
    let clocks = Clocks {
        account: years,
        signature: scene.now,
    };
    Answer(handle(&mut scene.account, &request, clocks)).is_ok();
    let clocks = Clocks {
        account: scene.now,
        signature: years,
    };
    Answer(handle(&mut scene.account, &request, clocks)).is_code(403, "SignatureDoesNotMatch");
}

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
        let mut scene = Scene::new();
        let mut request = s3("/bucket/a%20b//../%C3%A9", hash);
        sign_header(&mut request, &scene.key, "s3", "us-east-1", scene.now);
        scene.send(&request).is(ALLOWED);
        if hash == Some("UNSIGNED-PAYLOAD") {
            request.body.clear();
            scene.send(&request).is(ALLOWED);
        }
    }
    let mut scene = Scene::new();
    let other = "0".repeat(64);
    let mut request = s3("/bucket/key", Some(&other));
    sign_header(&mut request, &scene.key, "s3", "us-east-1", scene.now);
    scene
        .send(&request)
        .is_code(400, "XAmzContentSHA256Mismatch");
}

#[test]
fn s3_has_a_tolerance_and_words_of_its_own() {
    for (skew, code) in [
        (900, "NotImplemented"),
        (-900, "NotImplemented"),
        (901, "RequestTimeTooSkewed"),
        (-901, "RequestTimeTooSkewed"),
    ] {
        let mut scene = Scene::new();
        let mut request = s3("/bucket/key", None);
        let then = scene.now + Duration::seconds(skew);
        sign_header(&mut request, &scene.key, "s3", "us-east-1", then);
        let status = if code == "NotImplemented" { 501 } else { 403 };
        scene.send(&request).is_code(status, code);
    }
}

#[test]
fn a_presigned_request_to_s3_lives_a_week() {
    let mut scene = Scene::new();
    let mut request = s3("/bucket/key", None);
    presign(&mut request, &scene.key, "s3", scene.now, 604_800);
    scene.after(604_800);
    scene.send(&request).is(ALLOWED);
    scene.after(1);
    scene
        .send(&request)
        .is((403, "AccessDenied", "Request has expired"));
}

#[test]
fn version_2_of_the_signature_is_told_apart() {
    let mut scene = Scene::new();
    let mut request = s3("/bucket/key", None);
    request.query = "AWSAccessKeyId=AKIAUNKNOWN234567AAA&Signature=x&Expires=1".to_owned();
    scene.send(&request).is((
        400,
        "InvalidRequest",
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    ));
}
