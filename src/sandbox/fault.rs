//! AWS's errors, with their exact codes, HTTP statuses and messages.
//!
//! Programs match these messages, so spaces at their ends and double spaces are kept. A message may repeat what the client sent,
//! so it is sent to that client only and never written to the log.

use std::borrow::Cow;

/// One error of AWS
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: Cow<'static, str>,
}

impl Fault {
    pub(super) fn new(
        status: u16,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    // Token codes. The first message ends in a space, and the second has two spaces after "code.".

    pub(super) fn bad_code() -> Self {
        access_denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
    }

    pub(super) fn unable_to_validate() -> Self {
        access_denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  \
             Please verify your MFA serial number is valid and associated with this user.",
        )
    }

    pub(super) fn serial_and_code() -> Self {
        access_denied(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
        )
    }

    // Credentials.

    pub(super) fn missing_token() -> Self {
        Self::new(
            403,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        )
    }

    pub(super) fn unknown_token() -> Self {
        Self::new(
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        )
    }

    /// IAM's error for a session without MFA: the same message without the full stop.
    pub(super) fn no_iam_without_mfa() -> Self {
        Self::new(
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
        )
    }

    pub(super) fn expired_token() -> Self {
        Self::new(
            403,
            "ExpiredToken",
            "The security token included in the request is expired",
        )
    }

    pub(super) fn not_with_session(action: &str) -> Self {
        access_denied(format!("Cannot call {action} with session credentials"))
    }

    /// The error of AWS's rule on own MFA devices.
    pub(super) fn need_mfa() -> Self {
        access_denied(
            "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.",
        )
    }

    /// A denial by policy.
    pub(super) fn not_authorised(message: String) -> Self {
        access_denied(message)
    }

    // Signatures.

    pub(super) fn incomplete_signature(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "IncompleteSignature", message)
    }

    pub(super) fn wrong_signature(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(403, "SignatureDoesNotMatch", message)
    }

    pub(super) fn signature_differs() -> Self {
        Self::wrong_signature(
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
        )
    }

    // Amazon S3's errors for the time or the body of a signature.

    pub(super) fn time_too_skewed() -> Self {
        Self::new(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        )
    }

    pub(super) fn mechanism_not_supported() -> Self {
        Self::new(
            400,
            "InvalidRequest",
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        )
    }

    pub(super) fn request_has_expired() -> Self {
        access_denied("Request has expired")
    }

    pub(super) fn not_valid_yet() -> Self {
        access_denied("Request is not valid yet")
    }

    pub(super) fn payload_mismatch() -> Self {
        Self::new(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
    }

    // Requests.

    pub(super) fn unknown_action(action: &str, version: &str) -> Self {
        Self::new(
            400,
            "InvalidAction",
            format!("Could not find operation {action} for version {version}"),
        )
    }

    /// For a service whose requests name the operation in a header or the path.
    pub(super) fn unknown_operation() -> Self {
        Self::new(
            400,
            "InvalidAction",
            "The request does not name an operation of the service.",
        )
    }

    pub(super) fn no_such_path() -> Self {
        Self::new(
            404,
            "InvalidAction",
            "IAM and STS accept requests only at the path /.",
        )
    }

    /// The policies allow the request, but the account does not serve it.
    pub(super) fn not_implemented(action: &str) -> Self {
        Self::new(
            501,
            "NotImplemented",
            format!("{action} is allowed, but the sandbox does not implement it"),
        )
    }

    pub(super) fn missing_action() -> Self {
        Self::new(
            400,
            "MissingAction",
            "The request is missing an action or a required parameter.",
        )
    }

    pub(super) fn malformed_input(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "MalformedInput", message)
    }

    pub(super) fn validation(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    // Entities.

    pub(super) fn no_such_entity(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(404, "NoSuchEntity", message)
    }

    pub(super) fn already_exists(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(409, "EntityAlreadyExists", message)
    }

    pub(super) fn delete_conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(409, "DeleteConflict", message)
    }

    pub(super) fn limit_exceeded(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(409, "LimitExceeded", message)
    }

    pub(super) fn malformed_policy(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "MalformedPolicyDocument", message)
    }

    pub(super) fn invalid_input(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "InvalidInput", message)
    }

    pub(super) fn access_denied(message: impl Into<Cow<'static, str>>) -> Self {
        access_denied(message)
    }

    pub(super) fn internal() -> Self {
        Self::new(
            500,
            "InternalFailure",
            "The request processing has failed because of an unknown error, exception or failure.",
        )
    }

    /// The party that caused the error, as the protocol names it.
    pub(super) fn side(&self) -> &'static str {
        if self.status < 500 {
            "Sender"
        } else {
            "Receiver"
        }
    }
}

fn access_denied(message: impl Into<Cow<'static, str>>) -> Fault {
    Fault::new(403, "AccessDenied", message)
}
