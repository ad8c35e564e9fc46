//! Verifies AWS Signature Version 4, in the Authorization header or in the query string of a presigned request
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>).
//!
//! A signature is checked by making it again with AWS's own signer. What the client claims is read first and believed only
//! once that has succeeded.

use std::fmt::Write as _;
use std::time::{Duration as StdDuration, SystemTime};

use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Duration, PrimitiveDateTime, UtcDateTime};

use super::account::Credentials;
use super::fault::Fault;
use super::message::Request;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
/// How far a client's clock may be off.
const TOLERANCE: Duration = Duration::minutes(5);
/// And with Amazon S3.
const S3_TOLERANCE: Duration = Duration::minutes(15);
/// What a presigned request to STS lives, whatever it says: longer is not heeded there.
const LONGEST_STS_EXPIRES: u32 = 900;
/// Amazon S3 signs paths as they are sent, and bodies need not be signed.
const S3: [&str; 4] = ["s3", "s3express", "s3-outposts", "s3-object-lambda"];
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
/// The longest life of a presigned request, in seconds.
const LONGEST_EXPIRES: u32 = 604_800;
const BASIC: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");

/// The parameters of a presigned request, which are no part of what it asks for.
const PRESIGNED: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
];

/// Whether a query parameter belongs to the signature.
pub(super) fn is_of_signature(name: &str) -> bool {
    PRESIGNED.contains(&name)
}

/// What a request says about its own signature.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) key_id: String,
    pub(super) service: String,
    pub(super) token: Option<String>,
    pub(super) region: String,
    signed_headers: Vec<String>,
    signature: String,
    date: String,
    time: UtcDateTime,
    place: Place,
}

/// Where the signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Header,
    Query { expires: u32 },
}

impl Claim {
    /// Reads the claim of a request.
    pub(super) fn of(request: &Request) -> Result<Self, Fault> {
        match request.header("authorization") {
            Some(header) => Self::of_header(request, header),
            None => Self::of_query(request),
        }
    }

    fn of_header(request: &Request, header: &str) -> Result<Self, Fault> {
        let (algorithm, rest) = header.trim().split_once(' ').unwrap_or((header, ""));
        if !algorithm.starts_with("AWS") {
            return Err(Fault::missing_token());
        }
        expect_algorithm(algorithm)?;
        let part = |name: &str| {
            rest.split(',').find_map(|part| {
                let (key, value) = part.trim().split_once('=')?;
                (key == name && !value.is_empty()).then_some(value)
            })
        };
        let (credential, signed_headers, signature) =
            (part("Credential"), part("SignedHeaders"), part("Signature"));
        let missing = |name: &str, part: Option<&str>| match part {
            Some(_) => String::new(),
            None => format!("Authorization header requires '{name}' parameter. "),
        };
        let date = request.header("x-amz-date");
        let (Some(credential), Some(signed_headers), Some(signature), Some(date)) =
            (credential, signed_headers, signature, date)
        else {
            let mut message = missing("Credential", credential);
            message += &missing("Signature", signature);
            message += &missing("SignedHeaders", signed_headers);
            if date.is_none() {
                message += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
            }
            return Err(Fault::incomplete_signature(message.trim_end().to_owned()));
        };
        let token = request.header("x-amz-security-token").map(str::to_owned);
        let parts = (credential, signed_headers, signature, date);
        Self::from_parts(parts, token, Place::Header)
    }

    fn of_query(request: &Request) -> Result<Self, Fault> {
        let part = |name: &str| {
            form_urlencoded::parse(request.query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let Some(algorithm) = part("X-Amz-Algorithm") else {
            // Version 2, which S3 took and takes no more.
            return Err(match part("AWSAccessKeyId") {
                Some(_) => Fault::mechanism_not_supported(),
                None => Fault::missing_token(),
            });
        };
        expect_algorithm(&algorithm)?;
        let need = |name: &'static str| {
            part(name).filter(|v| !v.is_empty()).ok_or_else(|| {
                Fault::incomplete_signature(format!(
                    "AWS query-string parameters must include '{name}'."
                ))
            })
        };
        let credential = need("X-Amz-Credential")?;
        let signed_headers = need("X-Amz-SignedHeaders")?;
        let signature = need("X-Amz-Signature")?;
        let date = need("X-Amz-Date")?;
        let expires = need("X-Amz-Expires")?
            .parse()
            .ok()
            .filter(|seconds| (1..=LONGEST_EXPIRES).contains(seconds))
            .ok_or_else(|| {
                Fault::incomplete_signature(format!(
                    "X-Amz-Expires must be a number of seconds from 1 to {LONGEST_EXPIRES}."
                ))
            })?;
        let parts = (
            credential.as_str(),
            signed_headers.as_str(),
            signature.as_str(),
            date.as_str(),
        );
        Self::from_parts(
            parts,
            part("X-Amz-Security-Token"),
            Place::Query { expires },
        )
    }

    fn from_parts(
        (credential, signed_headers, signature, date): (&str, &str, &str, &str),
        token: Option<String>,
        place: Place,
    ) -> Result<Self, Fault> {
        let elements: Vec<&str> = credential.split('/').collect();
        let [key_id, day, region, service, terminator] = elements.as_slice() else {
            return Err(Fault::incomplete_signature(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term",
            ));
        };
        let time = PrimitiveDateTime::parse(date, BASIC)
            .map_err(|_| {
                Fault::incomplete_signature(
                    "Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601",
                )
            })?
            .as_utc();
        if *terminator != TERMINATOR {
            return Err(Fault::wrong_signature(format!(
                "Credential should be scoped with a valid terminator: '{TERMINATOR}'."
            )));
        }
        if region.is_empty() {
            return Err(Fault::wrong_signature(
                "Credential should be scoped to a valid region.",
            ));
        }
        let own_day = date.split('T').next().unwrap_or_default();
        if *day != own_day {
            return Err(Fault::wrong_signature(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                 '{day}' != '{own_day}', from '{date}'."
            )));
        }
        Ok(Self {
            key_id: (*key_id).to_owned(),
            service: (*service).to_owned(),
            token,
            region: (*region).to_owned(),
            signed_headers: signed_headers.split(';').map(str::to_owned).collect(),
            signature: signature.to_owned(),
            date: date.to_owned(),
            time,
            place,
        })
    }

    /// Whether the request was signed near enough to `now`, and then whether with these credentials.
    pub(super) fn verify(
        &self,
        request: &Request,
        credentials: &Credentials,
        now: UtcDateTime,
    ) -> Result<(), Fault> {
        self.check_time(now)?;
        self.check_headers(request)?;
        self.check_payload_hash(request)?;
        let own = self
            .sign_again(request, credentials)
            .ok_or_else(Fault::signature_differs)?;
        if own == self.signature {
            Ok(())
        } else {
            Err(Fault::signature_differs())
        }
    }

    fn is_s3(&self) -> bool {
        S3.contains(&self.service.as_str())
    }

    fn check_time(&self, now: UtcDateTime) -> Result<(), Fault> {
        if self.is_s3() {
            return self.check_s3_time(now);
        }
        let basic = |at: UtcDateTime| at.format(BASIC).unwrap_or_default();
        let date = &self.date;
        if self.time > now + TOLERANCE {
            return Err(Fault::wrong_signature(format!(
                "Signature not yet current: {date} is still later than {} ({} + 5 min.)",
                basic(now + TOLERANCE),
                basic(now),
            )));
        }
        let (end, life) = match self.place {
            Place::Header => (now - TOLERANCE, " - 5 min."),
            Place::Query { expires } => {
                let life = match self.service.as_str() {
                    "sts" => expires.min(LONGEST_STS_EXPIRES),
                    _ => expires,
                };
                (now - Duration::seconds(life.into()), "")
            }
        };
        // Seconds are what the date says; the fraction of the account's clock must not shorten them.
        if self.time.unix_timestamp() < end.unix_timestamp() {
            let now = basic(now);
            let end = basic(end);
            return Err(Fault::wrong_signature(if life.is_empty() {
                format!("Signature expired: {date} is now earlier than {end}")
            } else {
                format!("Signature expired: {date} is now earlier than {end} ({now}{life})")
            }));
        }
        Ok(())
    }

    /// Amazon S3 has a wider tolerance and words of its own.
    fn check_s3_time(&self, now: UtcDateTime) -> Result<(), Fault> {
        let ahead = (self.time - now).whole_seconds();
        let tolerance = S3_TOLERANCE.whole_seconds();
        match self.place {
            Place::Header if ahead.abs() > tolerance => Err(Fault::time_too_skewed()),
            Place::Query { .. } if ahead > tolerance => Err(Fault::not_valid_yet()),
            Place::Query { expires } if -ahead > i64::from(expires) => {
                Err(Fault::request_has_expired())
            }
            _ => Ok(()),
        }
    }

    /// The hash of its body that a request to Amazon S3 brings must be right, where it is one.
    fn check_payload_hash(&self, request: &Request) -> Result<(), Fault> {
        let Some(hash) = self.payload_hash(request) else {
            return Ok(());
        };
        let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        if is_hash && hash != sha256(&request.body) {
            return Err(Fault::payload_mismatch());
        }
        Ok(())
    }

    /// What stands for the body in the signature, if the request says so: a hash, `UNSIGNED-PAYLOAD` or `STREAMING-…`. The
    /// chunks of a stream carry signatures of their own, which are not looked at.
    fn payload_hash<'r>(&self, request: &'r Request) -> Option<&'r str> {
        if !self.is_s3() {
            return None;
        }
        match self.place {
            Place::Header => request.header("x-amz-content-sha256"),
            Place::Query { .. } => Some(request.header("x-amz-content-sha256").unwrap_or(UNSIGNED)),
        }
    }

    /// The host and every `x-amz-*` header must be signed, and every signed header be there.
    fn check_headers(&self, request: &Request) -> Result<(), Fault> {
        let is_signed = |name: &str| self.signed_headers.iter().any(|s| s == name);
        if !is_signed("host") {
            return Err(Fault::wrong_signature(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            ));
        }
        for (name, _) in &request.headers {
            let name = name.to_ascii_lowercase();
            if name.starts_with("x-amz-") && !is_signed(&name) && !self.may_be_unsigned(&name) {
                return Err(Fault::wrong_signature(format!(
                    "'{name}' must be a 'SignedHeader' in the AWS Authorization."
                )));
            }
        }
        match self
            .signed_headers
            .iter()
            .find(|name| request.header(name).is_none())
        {
            Some(name) => Err(Fault::wrong_signature(format!(
                "'{name}' is named as a SignedHeader, but it does not exist in the HTTP request."
            ))),
            None => Ok(()),
        }
    }

    /// AWS's own signer leaves this one out of presigned requests.
    fn may_be_unsigned(&self, name: &str) -> bool {
        self.place != Place::Header && name == "x-amz-user-agent"
    }

    /// INVARIANT: only after `check_time`, so that the moment is one that the signer can write.
    fn sign_again(&self, request: &Request, credentials: &Credentials) -> Option<String> {
        let identity: Identity = aws_credential_types::Credentials::new(
            self.key_id.as_str(),
            credentials.secret.expose_secret(),
            credentials
                .token
                .as_ref()
                .map(|t| t.expose_secret().to_owned()),
            None,
            "sandbox",
        )
        .into();
        let mut settings = SigningSettings::default();
        settings.excluded_headers = None;
        if self.is_s3() {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        let query = match self.place {
            Place::Header => request.query.clone(),
            Place::Query { expires } => {
                settings.signature_location = SignatureLocation::QueryParams;
                settings.expires_in = Some(StdDuration::from_secs(expires.into()));
                without_signature(&request.query)
            }
        };
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(SystemTime::from(self.time))
            .settings(settings)
            .build()
            .ok()?
            .into();
        // The signer puts date and token in by itself.
        let headers = request.headers.iter().filter_map(|(name, value)| {
            let lower = name.to_ascii_lowercase();
            let ours = self.place == Place::Header
                && matches!(lower.as_str(), "x-amz-date" | "x-amz-security-token");
            (!ours && self.signed_headers.contains(&lower))
                .then_some((name.as_str(), value.as_str()))
        });
        let path = if request.path.starts_with('/') {
            request.path.as_str()
        } else {
            "/"
        };
        // The host is among the signed headers; this one only completes the address.
        let uri = format!("http://localhost{path}?{query}");
        let body = match self.payload_hash(request) {
            Some(hash) => SignableBody::Precomputed(hash.to_owned()),
            None => SignableBody::Bytes(&request.body),
        };
        let signable = SignableRequest::new(&request.method, uri, headers, body).ok()?;
        let (_, signature) = sign(signable, &params).ok()?.into_parts();
        Some(signature)
    }
}

/// In lower-case hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let mut text = String::with_capacity(64);
    for byte in digest {
        // INVARIANT: writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn expect_algorithm(algorithm: &str) -> Result<(), Fault> {
    if algorithm == ALGORITHM {
        Ok(())
    } else {
        Err(Fault::incomplete_signature(format!(
            "Unsupported AWS 'algorithm': '{algorithm}' (only {ALGORITHM} for now)."
        )))
    }
}

fn without_signature(query: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !is_of_signature(name)),
        )
        .finish()
}

#[cfg(test)]
pub(super) mod tests {
    //! The client's side: requests signed as SDKs do.

    use super::*;

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
}
