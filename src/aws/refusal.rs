//! What AWS's refusals mean: its messages are distinguished by their code and their first words.
//!
//! Never matches a whole message: some end in a link of the day.

/// An error that AWS answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The error code, e.g. `AccessDenied`.
    pub code: String,
    /// The message, trimmed.
    pub message: String,
    /// What it means.
    pub kind: RefusalKind,
}

/// What a refusal means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The code is wrong, outside its window, or was used.
    Code,
    /// The serial number is not this user's device, or the device was tried too often.
    Serial,
    /// A serial number without a code, or the other way round.
    Incomplete,
    /// Two codes that do not enable or resynchronise the device.
    Pair,
    /// AWS asks for an MFA session before a device is changed: not a policy's word.
    LogInFirst,
    /// The keys are temporary.
    TemporaryKeys,
    /// Unknown or inactive key, or another partition's.
    Key,
    /// The secret access key does not belong to the id.
    Secret,
    /// The request's time is too far from AWS's.
    Clock,
    /// The duration is out of bounds for this caller.
    Duration,
    /// STS is not active in the region.
    Region,
    /// A policy does not allow it.
    Policy,
    /// The session has ended.
    Expired,
    /// Too many requests.
    Throttled,
    /// A fault on AWS's side.
    Service,
    /// Anything else.
    Other,
}

impl Refusal {
    /// Reads AWS's answer.
    #[must_use]
    pub fn new(code: &str, message: &str, status: u16) -> Self {
        Self {
            code: code.to_owned(),
            message: message.trim().to_owned(),
            kind: kind(code, message.trim(), status),
        }
    }
}

fn kind(code: &str, message: &str, status: u16) -> RefusalKind {
    const MFA: &str = "MultiFactorAuthentication failed, ";
    let begins = |start: &str| message.starts_with(start);
    match code {
        "AccessDenied" | "AccessDeniedException" => {
            if begins("MultiFactorAuthentication failed with invalid MFA one time pass code") {
                RefusalKind::Code
            } else if message
                .strip_prefix(MFA)
                .is_some_and(|m| m.starts_with("unable to validate"))
            {
                RefusalKind::Serial
            } else if message
                .strip_prefix(MFA)
                .is_some_and(|m| m.starts_with("must provide both"))
            {
                RefusalKind::Incomplete
            } else if begins("To complete this action, please ensure that you are authenticated") {
                RefusalKind::LogInFirst
            } else if begins("Cannot call GetSessionToken with session credentials") {
                RefusalKind::TemporaryKeys
            } else {
                RefusalKind::Policy
            }
        }
        "InvalidClientTokenId" | "UnrecognizedClientException" => RefusalKind::Key,
        "SignatureDoesNotMatch" | "InvalidSignatureException" => {
            if begins("Signature expired") || begins("Signature not yet current") {
                RefusalKind::Clock
            } else {
                RefusalKind::Secret
            }
        }
        "InvalidAuthenticationCode" => RefusalKind::Pair,
        "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture" => RefusalKind::Clock,
        "ValidationError" | "ValidationException" => {
            if message.contains("urationSeconds") {
                RefusalKind::Duration
            } else if message.contains("okenCode") {
                RefusalKind::Code
            } else if message.contains("erialNumber") {
                RefusalKind::Serial
            } else {
                RefusalKind::Other
            }
        }
        "RegionDisabledException" | "RegionDisabled" => RefusalKind::Region,
        "ExpiredToken" | "ExpiredTokenException" => RefusalKind::Expired,
        "Throttling"
        | "ThrottlingException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException" => RefusalKind::Throttled,
        _ if status >= 500 => RefusalKind::Service,
        _ => RefusalKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::RefusalKind::*;
    use super::*;

    #[test]
    fn each_message_has_its_meaning() {
        let cases = [
            (
                "AccessDenied",
                "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
                403,
                Code,
            ),
            (
                "AccessDenied",
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
                403,
                Serial,
            ),
            (
                "AccessDenied",
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
                403,
                Incomplete,
            ),
            (
                "AccessDenied",
                "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.",
                403,
                LogInFirst,
            ),
            (
                "AccessDenied",
                "Cannot call GetSessionToken with session credentials",
                403,
                TemporaryKeys,
            ),
            (
                "AccessDenied",
                "User: arn:aws:iam::1:user/a is not authorized to perform: iam:ListMFADevices on resource: user a with an explicit deny in an identity-based policy",
                403,
                Policy,
            ),
            (
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
                403,
                Key,
            ),
            (
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided.",
                403,
                Secret,
            ),
            (
                "SignatureDoesNotMatch",
                "Signature expired: 20260101T000000Z is now earlier than …",
                403,
                Clock,
            ),
            (
                "SignatureDoesNotMatch",
                "Signature not yet current: 20260101T000000Z is still later than …",
                403,
                Clock,
            ),
            (
                "InvalidAuthenticationCode",
                "Authentication code for device is not valid.",
                403,
                Pair,
            ),
            ("RequestExpired", "Request has expired.", 400, Clock),
            (
                "ValidationError",
                "1 validation error detected: Value '1' at 'durationSeconds' failed to satisfy constraint",
                400,
                Duration,
            ),
            (
                "RegionDisabledException",
                "STS is not activated in this region for account: 1",
                403,
                Region,
            ),
            ("Throttling", "Rate exceeded", 400, Throttled),
            ("InternalFailure", "", 500, Service),
            ("Strange", "", 400, Other),
        ];
        for (code, message, status, expected) in cases {
            assert_eq!(
                Refusal::new(code, message, status).kind,
                expected,
                "{code}: {message}"
            );
        }
    }
}
