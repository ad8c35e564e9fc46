//! The protocols of AWS's services: which one a request uses, and how an error is encoded in it.
//!
//! Within the sandbox, an error has the code and status of IAM and STS. Here it gets the code, status and form of the other
//! protocols, because clients match them.

use std::io;

use super::super::fault::Fault;
use super::super::message::Request;
use super::super::response::{self, Service};
use super::params::Params;

/// The protocol of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Protocol {
    /// Forms in requests, XML in answers: IAM, STS, Amazon SNS and other early services.
    #[default]
    Query,
    /// The same, with XML of its own: Amazon EC2.
    Ec2,
    /// Amazon S3's XML.
    S3,
    /// XML, with the operation in the path: Amazon Route 53 and `CloudFront`.
    RestXml,
    /// JSON, with the operation in the path: AWS Lambda and most others.
    RestJson,
    /// JSON, with the operation in `X-Amz-Target`. Contains the content type of the answer.
    Json(&'static str),
    /// CBOR, with the operation in the path (`rpc-v2-cbor`): `CloudWatch`.
    Cbor,
}

/// An answer as it is sent.
pub(super) struct EncodedAnswer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

const JSON_1_0: &str = "application/x-amz-json-1.0";
const JSON_1_1: &str = "application/x-amz-json-1.1";

impl Protocol {
    /// The protocol of a request to the service that it is signed for.
    pub(super) fn of(request: &Request, params: &Params, signing_name: Option<&str>) -> Self {
        if let Some("iam" | "sts") = signing_name {
            return Self::Query;
        }
        if request.header("smithy-protocol") == Some("rpc-v2-cbor") {
            return Self::Cbor;
        }
        if request.header("x-amz-target").is_some() {
            let content_type = request.header("content-type").unwrap_or_default();
            return Self::Json(if content_type.contains("json-1.0") {
                JSON_1_0
            } else {
                JSON_1_1
            });
        }
        match signing_name {
            Some("ec2") => Self::Ec2,
            // S3 Control answers as Route 53 does.
            Some("s3") if request.path.starts_with("/v20180820/") => Self::RestXml,
            Some("s3" | "s3express" | "s3-outposts" | "s3-object-lambda") => Self::S3,
            Some("route53" | "cloudfront") => Self::RestXml,
            _ if params.text("Action").is_some() => Self::Query,
            Some(_) => Self::RestJson,
            None if params.text("AWSAccessKeyId").is_some() => Self::S3,
            None => Self::Query,
        }
    }

    /// The error with the code and status of this protocol.
    pub(super) fn translate(self, fault: Fault) -> Fault {
        match self {
            Self::Query | Self::RestXml => fault,
            Self::Json(_) | Self::Cbor => in_json(fault, 400),
            Self::RestJson => in_json(fault, 403),
            Self::Ec2 => in_ec2(fault),
            Self::S3 => in_s3(fault),
        }
    }

    /// Encodes an error that has been translated. `service` is the service that answers in the query protocol.
    pub(super) fn write(
        self,
        service: Option<Service>,
        fault: &Fault,
        request_id: &str,
    ) -> EncodedAnswer {
        let xml = |body: io::Result<String>| {
            // INVARIANT: the writer writes to memory, so this cannot fail.
            let body = body.unwrap_or_default().into_bytes();
            (body, "text/xml".to_owned())
        };
        let mut headers = vec![("x-amzn-requestid", request_id.to_owned())];
        let (body, content_type) = match self {
            Self::Query | Self::RestXml => xml(response::error(service, fault, request_id)),
            Self::Ec2 => xml(response::ec2_error(fault, request_id)),
            Self::S3 => {
                headers.push(("x-amz-request-id", request_id.to_owned()));
                let (body, _) = xml(response::s3_error(fault, request_id));
                (body, "application/xml".to_owned())
            }
            Self::Json(content_type) => {
                let body = serde_json::json!({"__type": fault.code, "message": fault.message});
                (body.to_string().into_bytes(), content_type.to_owned())
            }
            Self::RestJson => {
                headers.push(("x-amzn-errortype", fault.code.to_owned()));
                let body = serde_json::json!({"message": fault.message});
                (body.to_string().into_bytes(), "application/json".to_owned())
            }
            Self::Cbor => {
                headers.push(("smithy-protocol", "rpc-v2-cbor".to_owned()));
                let body = cbor(&[("__type", fault.code), ("message", &fault.message)]);
                (body, "application/cbor".to_owned())
            }
        };
        headers.push(("content-type", content_type));
        EncodedAnswer {
            status: fault.status,
            headers,
            body,
        }
    }
}

/// The codes of JSON services for errors of authentication.
fn in_json(fault: Fault, refused: u16) -> Fault {
    let code = match fault.code {
        "AccessDenied" => "AccessDeniedException",
        "InvalidClientTokenId" => "UnrecognizedClientException",
        "SignatureDoesNotMatch" => "InvalidSignatureException",
        "IncompleteSignature" => "IncompleteSignatureException",
        "MissingAuthenticationToken" => "MissingAuthenticationTokenException",
        "ExpiredToken" => "ExpiredTokenException",
        "InvalidAction" | "MissingAction" => "UnknownOperationException",
        "ValidationError" => "ValidationException",
        other => other,
    };
    let status = match fault.status {
        server if server >= 500 => server,
        _ if code == "UnknownOperationException" => 400,
        _ => refused,
    };
    Fault {
        status,
        code,
        ..fault
    }
}

/// The codes of Amazon EC2, which has one code for most errors of authentication and one beginning for all denials.
fn in_ec2(fault: Fault) -> Fault {
    match fault.code {
        "AccessDenied" => Fault::new(
            403,
            "UnauthorizedOperation",
            format!(
                "You are not authorized to perform this operation. {}",
                fault.message
            ),
        ),
        "InvalidClientTokenId" | "SignatureDoesNotMatch" | "IncompleteSignature" => Fault::new(
            401,
            "AuthFailure",
            "AWS was not able to validate the provided access credentials",
        ),
        "ExpiredToken" => Fault::new(400, "RequestExpired", "Request has expired."),
        _ => fault,
    }
}

/// The codes and messages of Amazon S3 (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>).
fn in_s3(fault: Fault) -> Fault {
    match fault.code {
        "InvalidClientTokenId" => Fault::new(
            403,
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        "ExpiredToken" => Fault::new(400, "ExpiredToken", "The provided token has expired."),
        // A request without a signature is anonymous in S3.
        "MissingAuthenticationToken" => Fault::new(403, "AccessDenied", "Access Denied"),
        "IncompleteSignature" => Fault {
            status: 400,
            code: "AuthorizationHeaderMalformed",
            ..fault
        },
        _ => fault,
    }
}

/// A CBOR map of strings (<https://www.rfc-editor.org/rfc/rfc8949#section-3>).
fn cbor(pairs: &[(&str, &str)]) -> Vec<u8> {
    const TEXT: u8 = 3 << 5;
    const MAP: u8 = 5 << 5;
    let mut bytes = Vec::new();
    head(&mut bytes, MAP, pairs.len());
    for text in pairs.iter().flat_map(|(key, value)| [*key, *value]) {
        head(&mut bytes, TEXT, text.len());
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// The head of a CBOR item: its type and its length in the shortest form.
fn head(bytes: &mut Vec<u8>, kind: u8, length: usize) {
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(n), _) if n < 24 => bytes.push(kind | n),
        (Ok(n), _) => bytes.extend([kind | 0x18, n]),
        (_, Ok(n)) => {
            bytes.push(kind | 0x19);
            bytes.extend(n.to_be_bytes());
        }
        _ => {
            bytes.push(kind | 0x1a);
            bytes.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(protocol: Protocol, fault: Fault) -> (u16, String) {
        let fault = protocol.translate(fault);
        let written = protocol.write(None, &fault, "ID");
        (
            written.status,
            String::from_utf8_lossy(&written.body).into_owned(),
        )
    }

    #[test]
    fn a_denial_in_each_protocol() {
        let denial = || Fault::not_authorised("User: U <no>".to_owned());
        assert_eq!(
            written(Protocol::Json(JSON_1_0), denial()),
            (
                400,
                r#"{"__type":"AccessDeniedException","message":"User: U <no>"}"#.to_owned()
            )
        );
        assert_eq!(
            written(Protocol::RestJson, denial()),
            (403, r#"{"message":"User: U <no>"}"#.to_owned())
        );
        let (status, xml) = written(Protocol::Ec2, denial());
        assert_eq!(status, 403);
        insta::assert_snapshot!(xml, @"
        <Response>
          <Errors>
            <Error>
              <Code>UnauthorizedOperation</Code>
              <Message>You are not authorized to perform this operation. User: U &lt;no&gt;</Message>
            </Error>
          </Errors>
          <RequestID>ID</RequestID>
        </Response>
        ");
        let (status, xml) = written(Protocol::S3, denial());
        assert_eq!(status, 403);
        insta::assert_snapshot!(xml, @"
        <Error>
          <Code>AccessDenied</Code>
          <Message>User: U &lt;no&gt;</Message>
          <RequestId>ID</RequestId>
          <HostId>sandbox</HostId>
        </Error>
        ");
    }

    #[test]
    fn a_map_in_cbor() {
        let long = "x".repeat(300);
        let bytes = cbor(&[
            ("a", "b"),
            ("__type", "AccessDeniedException1234"),
            ("m", &long),
        ]);
        assert_eq!(bytes.get(..5), Some(&[0xa3, 0x61, b'a', 0x61, b'b'][..]));
        assert_eq!(bytes.get(5), Some(&0x66));
        assert_eq!(bytes.get(12..14), Some(&[0x78, 25][..]));
        assert_eq!(bytes.get(41..44), Some(&[0x79, 0x01, 0x2c][..]));
        assert_eq!(bytes.len(), 44 + 300);
    }

    #[test]
    fn authentication_errors_have_each_services_code() {
        let code = |protocol: Protocol, fault: Fault| {
            let fault = protocol.translate(fault);
            (fault.status, fault.code)
        };
        let json = Protocol::Json(JSON_1_1);
        for (protocol, fault, is) in [
            (
                json,
                Fault::unknown_token(),
                (400, "UnrecognizedClientException"),
            ),
            (
                json,
                Fault::signature_differs(),
                (400, "InvalidSignatureException"),
            ),
            (json, Fault::expired_token(), (400, "ExpiredTokenException")),
            (json, Fault::internal(), (500, "InternalFailure")),
            (
                Protocol::RestJson,
                Fault::signature_differs(),
                (403, "InvalidSignatureException"),
            ),
            (Protocol::Ec2, Fault::unknown_token(), (401, "AuthFailure")),
            (
                Protocol::S3,
                Fault::unknown_token(),
                (403, "InvalidAccessKeyId"),
            ),
            (
                Protocol::S3,
                Fault::signature_differs(),
                (403, "SignatureDoesNotMatch"),
            ),
            (Protocol::S3, Fault::missing_token(), (403, "AccessDenied")),
            (
                Protocol::Query,
                Fault::unknown_token(),
                (403, "InvalidClientTokenId"),
            ),
        ] {
            assert_eq!(code(protocol, fault), is, "{protocol:?}");
        }
    }
}
