//! Verifies the signature of a request, by making it again with AWS's own signer.

use std::time::{Duration as StdDuration, SystemTime};

use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use secrecy::ExposeSecret as _;
use time::{Duration, UtcDateTime};

use super::super::account::Credentials;
use super::super::fault::Fault;
use super::super::message::Request;
use super::claim::{BASIC, Claim, Place};
use super::presigned::without_signature;
use crate::storage::sha256_hex;

/// How far a client's clock may differ from the account's.
const TOLERANCE: Duration = Duration::minutes(5);
/// How far it may differ in a request to Amazon S3.
const S3_TOLERANCE: Duration = Duration::minutes(15);
/// The longest life of a presigned request to STS, in seconds. A longer one is shortened to this.
const LONGEST_STS_EXPIRES: u32 = 900;
/// The services whose paths are signed as they are sent, and whose bodies need not be signed.
const S3: [&str; 4] = ["s3", "s3express", "s3-outposts", "s3-object-lambda"];
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

impl Claim {
    /// Checks that the request was signed at a time near `now` with these credentials.
    ///
    /// # Errors
    /// AWS's error for a signature that does not match.
    pub(in crate::sandbox) fn verify(
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
        // The date is in whole seconds, so the fraction of the clock's second does not count.
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

    /// Amazon S3 has a wider tolerance and its own messages.
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

    /// If a request to Amazon S3 states the hash of its body, the hash must be right.
    fn check_payload_hash(&self, request: &Request) -> Result<(), Fault> {
        let Some(hash) = self.payload_hash(request) else {
            return Ok(());
        };
        let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        if is_hash && hash != sha256_hex(&request.body) {
            return Err(Fault::payload_mismatch());
        }
        Ok(())
    }

    /// The value that the signature contains instead of the body, if the request states one: a hash, `UNSIGNED-PAYLOAD` or
    /// `STREAMING-…`. The chunks of a stream have signatures of their own, which are not verified.
    fn payload_hash<'r>(&self, request: &'r Request) -> Option<&'r str> {
        if !self.is_s3() {
            return None;
        }
        match self.place {
            Place::Header => request.header("x-amz-content-sha256"),
            Place::Query { .. } => Some(request.header("x-amz-content-sha256").unwrap_or(UNSIGNED)),
        }
    }

    /// The host and every `x-amz-*` header must be signed, and every signed header must be present.
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

    /// AWS's own signer does not sign this header in presigned requests.
    fn may_be_unsigned(&self, name: &str) -> bool {
        self.place != Place::Header && name == "x-amz-user-agent"
    }

    /// The signature that these credentials give the request.
    ///
    /// INVARIANT: `check_time` comes first, so that the signer can write the time.
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
        // The signer adds the date and the token itself.
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
        // The host of the signature is in the signed headers. This one only completes the address.
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
