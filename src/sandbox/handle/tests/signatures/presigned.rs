//! Signatures in the query string of presigned requests.

use super::*;

fn presigned(fixture: &Fixture, key: &Key, expires: u64) -> Request {
    let mut request = Request {
        method: "GET".to_owned(),
        path: "/".to_owned(),
        query: "Action=GetCallerIdentity&Version=2011-06-15".to_owned(),
        headers: vec![("host".to_owned(), "127.0.0.1:1".to_owned())],
        body: Vec::new(),
    };
    presign(&mut request, key, "sts", fixture.now, expires);
    request
}

#[test]
fn a_presigned_request_is_accepted_until_it_expires() {
    let mut fixture = Fixture::new();
    let session = fixture.session();
    for key in [fixture.key.clone(), session] {
        let request = presigned(&fixture, &key, 60);
        fixture.send(&request).is_ok();
        fixture.after(60);
        fixture.send(&request).is_ok();
        fixture.after(1);
        fixture.send(&request).is_code(403, "SignatureDoesNotMatch");
    }
}

#[test]
fn a_presigned_request_cannot_be_altered() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let good = presigned(&fixture, &key, 60);
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
        fixture.send(&request).is_code(status, code);
    }
    fixture.send(&good).is_ok();
}

#[test]
fn a_presigned_request_to_sts_is_accepted_for_at_most_fifteen_minutes() {
    let mut fixture = Fixture::new();
    let request = presigned(&fixture, &fixture.key.clone(), 3_600);
    fixture.after(900);
    fixture.send(&request).is_ok();
    fixture.after(1);
    fixture.send(&request).is((
        403,
        "SignatureDoesNotMatch",
        "Signature expired: 20261124T060000Z is now earlier than 20261124T060001Z",
    ));
}
