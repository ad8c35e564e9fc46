//! What AWS's refusals mean for the commands that change the user's own devices and keys, and the way out.

use crate::aws::{CallError, Refusal, RefusalKind, Signer};
use crate::error::Error;
use crate::process::shell_quote;
use crate::ui::one_line;

use super::own_calls::OwnCalls;

/// The error for a call that failed.
pub(super) fn explained(calls: &OwnCalls<'_>, by: &Signer, error: CallError) -> Error {
    let explanation = match &error {
        CallError::Refused {
            action, refusal, ..
        } => {
            let profile = shell_quote(&calls.user.names.source);
            explain(action, refusal, by, &profile)
        }
        _ => None,
    };
    match explanation {
        Some((message, hint)) => Error::Aws { message, hint },
        None => calls.failed(error),
    }
}

/// The headline and the hint; `None` where a login would report the refusal in the same way.
fn explain(
    action: &str,
    refusal: &Refusal,
    by: &Signer,
    profile: &str,
) -> Option<(String, String)> {
    let login = format!("mfa-session login --profile {profile}");
    let said = |what: String| {
        let message = one_line(&refusal.message, 300);
        format!("{what}: AWS says `{message}` ({})", refusal.code)
    };
    let (what, hint) = match (refusal.kind, refusal.code.as_str()) {
        (RefusalKind::LogInFirst, _) => (
            "an MFA session is needed: once a user has an MFA device, AWS requires one to add or remove a device, whatever the policies say"
                .to_owned(),
            login,
        ),
        (RefusalKind::Policy, _) if matches!(by, Signer::Key(_)) => (
            format!("{action} is denied to the long-term key"),
            format!(
                "with a device that works, log in first: {login}; without one, the policy must except this call (see mfa-session policy generate)"
            ),
        ),
        (RefusalKind::Policy, _) => (
            format!("{action} is denied"),
            format!("ask an administrator to allow {action} on your own user"),
        ),
        (_, "EntityAlreadyExists") if action == "iam:CreateVirtualMFADevice" => (
            "a device with this name exists already, enrolled or left unfinished".to_owned(),
            format!("choose another name: mfa-session device enroll --name NAME --profile {profile}"),
        ),
        (_, "EntityAlreadyExists") => (
            "the device is enabled already".to_owned(),
            format!("mfa-session device list --profile {profile}"),
        ),
        (_, "LimitExceeded") if action == "iam:CreateAccessKey" => (
            "the user has two access keys, which is AWS's limit".to_owned(),
            format!("aws iam list-access-keys --profile {profile}"),
        ),
        (_, "LimitExceeded") => (
            "the user has eight MFA devices, which is AWS's limit, or the account has too many".to_owned(),
            format!("mfa-session device remove --profile {profile}"),
        ),
        (RefusalKind::Pair, _) => (
            "AWS refused the two codes: they are not consecutive, not newer than the last pair, or not this device's".to_owned(),
            "type two codes that the device shows one after the other".to_owned(),
        ),
        (_, "NoSuchEntity") => (
            format!("{action} found nothing"),
            format!("mfa-session device list --profile {profile}"),
        ),
        _ => return None,
    };
    Some((said(what), hint))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::aws::types::{AccessKeyId, Keys, SecretAccessKey};

    fn of(action: &str, code: &str, message: &str) -> Option<(String, String)> {
        let by = Signer::Key(Keys {
            id: AccessKeyId::new("AKIAIOSFODNN7EXAMPLE").unwrap(),
            secret: SecretAccessKey::new("secret/of/a/test").unwrap(),
        });
        let found = explain(action, &Refusal::new(code, message, 403), &by, "work");
        if let (Signer::Key(keys), Some((message, hint))) = (&by, &found) {
            let secret = keys.secret.expose_secret();
            assert!(!message.contains(secret) && !hint.contains(secret));
        }
        found
    }

    #[test]
    fn the_rule_of_2023_asks_for_a_login() {
        let (message, hint) = of(
            "iam:EnableMFADevice",
            "AccessDenied",
            "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.",
        )
        .unwrap();
        assert!(message.starts_with("an MFA session is needed"), "{message}");
        assert_eq!(hint, "mfa-session login --profile work");
    }

    #[test]
    fn a_name_that_is_taken_is_about_the_device_that_is_created() {
        let code = "EntityAlreadyExists";
        let create = of("iam:CreateVirtualMFADevice", code, "").unwrap();
        assert!(create.1.contains("--name NAME"), "{create:?}");
        let enable = of("iam:EnableMFADevice", code, "").unwrap();
        assert!(enable.1.contains("device list"), "{enable:?}");
    }

    #[test]
    fn each_limit_names_what_has_to_go() {
        let key = of("iam:CreateAccessKey", "LimitExceeded", "").unwrap();
        assert!(key.0.contains("two access keys"), "{key:?}");
        let device = of("iam:EnableMFADevice", "LimitExceeded", "").unwrap();
        assert!(device.1.contains("device remove"), "{device:?}");
    }

    #[test]
    fn what_a_login_explains_as_well_is_left_to_it() {
        assert_eq!(
            of("iam:ListMFADevices", "Throttling", "Rate exceeded"),
            None
        );
        assert_eq!(of("iam:ListMFADevices", "InvalidClientTokenId", ""), None);
    }
}
