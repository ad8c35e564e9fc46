//! The client's side: requests signed as SDKs do.

use std::time::{Duration as StdDuration, SystemTime};

use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use time::UtcDateTime;

use super::super::message::Request;

/// Credentials as a client holds them.
#[derive(Clone)]
pub(in crate::sandbox) struct Key {
    pub(in crate::sandbox) id: String,
    pub(in crate::sandbox) secret: String,
    pub(in crate::sandbox) token: Option<String>,
}

/// Signs a request in its Authorization header for a service and region at a moment.
pub(in crate::sandbox) fn sign_header(
    request: &mut Request,
    key: &Key,
    service: &str,
    region: &str,
    now: UtcDateTime,
) {
    let (headers, _) = signature(request, key, service, region, now, None);
    request.headers.extend(headers);
}

/// Signs a request in its query string.
pub(in crate::sandbox) fn presign(
    request: &mut Request,
    key: &Key,
    service: &str,
    now: UtcDateTime,
    expires: u64,
) {
    let (_, params) = signature(request, key, service, "us-east-1", now, Some(expires));
    let mut query = form_urlencoded::Serializer::new(request.query.clone());
    query.extend_pairs(params);
    request.query = query.finish();
}

type Pairs = Vec<(String, String)>;

fn signature(
    request: &Request,
    key: &Key,
    service: &str,
    region: &str,
    now: UtcDateTime,
    expires: Option<u64>,
) -> (Pairs, Pairs) {
    let identity: Identity = aws_credential_types::Credentials::new(
        &key.id,
        &key.secret,
        key.token.clone(),
        None,
        "test",
    )
    .into();
    let mut settings = SigningSettings::default();
    let hash = request.header("x-amz-content-sha256");
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    if let Some(expires) = expires {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(StdDuration::from_secs(expires));
    }
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(SystemTime::from(now))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let uri = format!("http://127.0.0.1:1{}?{}", request.path, request.query);
    let headers = request
        .headers
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()));
    let body = match (service, hash, expires) {
        ("s3", Some(hash), _) => SignableBody::Precomputed(hash.to_owned()),
        ("s3", None, Some(_)) => SignableBody::UnsignedPayload,
        _ => SignableBody::Bytes(&request.body),
    };
    let signable = SignableRequest::new(&request.method, uri, headers, body).unwrap();
    let (instructions, _) = sign(signable, &params).unwrap().into_parts();
    let (headers, params) = instructions.into_parts();
    (
        headers
            .iter()
            .map(|h| (h.name().to_owned(), h.value().to_owned()))
            .collect(),
        params
            .into_iter()
            .map(|(n, v)| (n.to_owned(), v.into_owned()))
            .collect(),
    )
}
