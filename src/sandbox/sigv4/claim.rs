//! Reads the signature of a request from its Authorization header, or from the query string of a presigned request.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{PrimitiveDateTime, UtcDateTime};

use super::super::fault::Fault;
use super::super::message::Request;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
/// The longest life of a presigned request, in seconds.
const LONGEST_EXPIRES: u32 = 604_800;
/// The form of a date in a signature.
pub(super) const BASIC: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");

/// The signature of a request, as the request states it. Nothing in it is proved before it is verified.
#[derive(Debug)]
pub(in crate::sandbox) struct Claim {
    pub(in crate::sandbox) key_id: String,
    pub(in crate::sandbox) service: String,
    pub(in crate::sandbox) token: Option<String>,
    pub(in crate::sandbox) region: String,
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: String,
    pub(super) date: String,
    pub(super) time: UtcDateTime,
    pub(super) place: Place,
}

/// The part of the request that contains the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Header,
    Query { expires: u32 },
}

impl Claim {
    /// Reads the signature of a request.
    ///
    /// # Errors
    /// AWS's error for a request without a signature, or with one that is not in AWS's form.
    pub(in crate::sandbox) fn of(request: &Request) -> Result<Self, Fault> {
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
            // Signature version 2, which S3 no longer accepts.
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
