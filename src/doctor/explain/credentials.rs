//! Errors about credentials: what AWS or a tool says before any policy is asked.

use crate::quote::shell_quote;

use super::cause::{Cause, Explanation};
use super::here::Here;
use super::message::Message;

pub(super) fn explain(message: &Message, here: &Here) -> Option<Explanation> {
    of_mfa(message, here)
        .or_else(|| of_time(message, here))
        .or_else(|| of_key(message, here))
        .or_else(|| of_tool(message, here))
}

/// What AWS says of codes, devices and sessions.
fn of_mfa(message: &Message, here: &Here) -> Option<Explanation> {
    let profile = shell_quote(&here.profile);
    if message.has("ensure that you are authenticated with an MFA device") {
        return Some(
            Explanation::new(
                Cause::RuleOf2023,
                "This is AWS's own rule of 2023, and no policy: a user who has an MFA device adds or removes one only with an MFA session.",
            )
            .because("Enrolling the first device and resynchronising a device are not stopped by it.")
            .repair(
                "Log in, and repeat the call with the session.",
                if here.is_live { here.again() } else { here.login() },
            ),
        );
    }
    if message.has("invalid MFA one time pass code") {
        return Some(
            Explanation::new(
                Cause::CodeRefused,
                "The token code is wrong, out of its time, or was used before: each code works once.",
            )
            .repair("Wait for the next code, and log in with it.", here.login()),
        );
    }
    if message.has("unable to validate MFA code") || message.has("Unable to validate MFA code") {
        return Some(
            Explanation::new(
                Cause::CodeNotValidated,
                "The serial number is not that of a device of this user, or the device was tried too often.",
            )
            .because("A device can be tried nine times in three minutes, and AWS then gives the same answer.")
            .because("A device that was just enrolled is not known to STS for up to 15 seconds.")
            .undecided("The text does not decide between these causes; the list of the user's devices does.")
            .repair(
                "Compare the serial number, and wait three minutes if it is right.",
                format!("mfa-session device list --profile {profile}"),
            ),
        );
    }
    if message.has("must provide both MFA serial number") {
        return Some(
            Explanation::new(
                Cause::CodeIncomplete,
                "The call names an MFA device without a code, or gives a code without a device.",
            )
            .repair("Log in: this program always sends both.", here.login()),
        );
    }
    if message.has("GetSessionToken with session credentials") {
        return Some(
            Explanation::new(
                Cause::SessionFromSession,
                "A session was asked for with temporary credentials, and AWS gives one for a long-term key only.",
            )
            .because(if here.has_env_keys {
                "The environment holds keys, which take precedence over every profile."
            } else {
                "The profile that the call was signed with holds a session already, or another tool's temporary keys."
            })
            .repair(
                "Name the profile with the long-term key, and find what hides it.",
                "mfa-session doctor",
            ),
        );
    }
    None
}

/// What AWS says of clocks and of credentials that have ended.
fn of_time(message: &Message, here: &Here) -> Option<Explanation> {
    let clock = [
        "Signature expired",
        "Signature not yet current",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "RequestInTheFuture",
        "The difference between the request time and the current time is too large",
    ];
    if message.has_any(&clock) {
        return Some(
            Explanation::new(
                Cause::Clock,
                "The clock of the machine that signed the call differs too far from AWS's.",
            )
            .repair("Set the clock.", "timedatectl set-ntp true"),
        );
    }
    if message.has_any(&[
        "ExpiredToken",
        "security token included in the request is expired",
        "provided token has expired",
        "Token has expired",
        "credentials have expired",
        "token is expired",
    ]) {
        let explanation = Explanation::new(
            Cause::Expired,
            "The temporary credentials of the call have expired.",
        );
        let explanation = match (here.has_env_keys, here.is_live) {
            (true, _) => return Some(
                explanation
                    .because("The environment holds keys, which take precedence over every profile and are never renewed.")
                    .repair(
                        "Remove them from the environment, so that the profile counts.",
                        "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_CREDENTIAL_EXPIRATION",
                    ),
            ),
            (false, true) => explanation
                .because("There is a live session here, so the call was not made with it: a program keeps old credentials, or another profile was used."),
            (false, false) => explanation.because("There is no live session here."),
        };
        return Some(if here.is_live {
            explanation.repair("Start the program again with the session.", here.again())
        } else {
            explanation.repair("Log in again.", here.login())
        });
    }
    None
}

/// What AWS says of keys, secrets and regions.
fn of_key(message: &Message, here: &Here) -> Option<Explanation> {
    if message.has_any(&[
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "security token included in the request is invalid",
        "Access Key Id you provided does not exist",
        "InvalidToken",
        "AWS was not able to validate the provided access credentials",
    ]) {
        return Some(
            Explanation::new(
                Cause::UnknownKey,
                "AWS does not accept the access key, or its session token.",
            )
            .because("The key may be deleted or inactive, or belong to another partition (aws, aws-cn, aws-us-gov).")
            .because("A session token may be missing, or an old one may stand beside the key.")
            .because("A session that was got without a token code gets this answer for every call to IAM.")
            .undecided("The text does not decide between these causes; a check of the files and of the key does.")
            .repair("Have the profile checked.", format!("mfa-session doctor --profile {}", shell_quote(&here.profile))),
        );
    }
    if message.has_any(&[
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "The request signature we calculated does not match",
    ]) {
        return Some(
            Explanation::new(
                Cause::WrongSecret,
                "The secret access key does not belong to the access key id.",
            )
            .because("The secret was cut or changed when it was copied, or each half is of another key; a proxy that changes requests has the same effect.")
            .repair(
                "Store the pair again.",
                format!("aws configure --profile {}", shell_quote(&here.source)),
            ),
        );
    }
    if message.has_any(&[
        "RegionDisabledException",
        "OptInRequired",
        "InvalidRegion",
        "Could not connect to the endpoint URL",
        "Invalid endpoint: ",
    ]) {
        return Some(
            Explanation::new(
                Cause::Region,
                "The region is not enabled in the account, is misspelt, or cannot be reached from here.",
            )
            .repair("Have the region and the way to AWS checked.", format!("mfa-session doctor --profile {}", shell_quote(&here.profile))),
        );
    }
    None
}

/// What tools say when they have no credentials to sign with.
fn of_tool(message: &Message, here: &Here) -> Option<Explanation> {
    let profile = shell_quote(&here.profile);
    if message.has_any(&[
        "custom-process",
        "credential_process",
        "ProcessProviderExecutionError",
        "process credential provider",
    ]) {
        return Some(
            Explanation::new(
                Cause::HookFailed,
                "The program in `credential_process` gave no credentials.",
            )
            .because("If it is this program, there is no session, and it could not ask for a code there.")
            .repair(
                "Log in once; the hook then answers without asking.",
                here.login(),
            ),
        );
    }
    if message.has("artial credentials found") {
        return Some(
            Explanation::new(
                Cause::HalfPair,
                "One half of a key pair is missing, in a profile or in the environment.",
            )
            .repair("Have it found.", "mfa-session doctor"),
        );
    }
    if message.has("config profile (")
        || message.has("failed to get shared config profile")
        || message.has("Could not resolve credentials using profile")
        || message.has("profile") && message.has("could not be found")
    {
        return Some(
            Explanation::new(
                Cause::ProfileMissing,
                "There is no profile with that name, or it leads to none that has credentials.",
            )
            .repair("List the profiles.", "aws configure list-profiles"),
        );
    }
    if message.has_any(&[
        "Unable to locate credentials",
        "NoCredentialProviders",
        "Could not load credentials",
        "No valid credential sources found",
        "no valid credential sources",
        "NoCredentialsError",
        "Missing credentials in config",
        "failed to retrieve credentials",
        "no EC2 IMDS role found",
        "CredentialsProviderError",
        "Unable to load credentials",
    ]) {
        return Some(
            Explanation::new(
                Cause::NoCredentials,
                "The program found no credentials to sign the call with.",
            )
            .because("No profile was named, or the one that was named has none.")
            .repair(
                if here.is_live {
                    "Name the profile with the session."
                } else {
                    "Log in, and name the profile with the session."
                },
                if here.is_live {
                    here.use_session()
                } else {
                    here.login()
                },
            ),
        );
    }
    if message.has_any(&[
        "You must be logged in to the server",
        "the server has asked for the client to provide credentials",
        "error: Unauthorized",
    ]) {
        return Some(
            Explanation::new(
                Cause::Cluster,
                "The Kubernetes cluster refuses the caller: kubectl got no credentials, or the cluster does not know the identity.",
            )
            .because("EKS admits the identities in its access entries (or in the ConfigMap aws-auth), whatever IAM allows them.")
            .undecided("The text does not decide between the two; the identity that signs does.")
            .repair(
                "See who signs, and compare it with the access entries of the cluster.",
                format!("aws sts get-caller-identity --profile {profile}"),
            ),
        );
    }
    None
}
