//! PURE: what AWS's answers say about the key, the clock, the devices and the policies.

use time::UtcDateTime;

use crate::aws::types::SerialNumber;
use crate::aws::{
    AccessKey, CallError, CallerIdentity, EnabledDevice, KeyStatus, RefusalKind, Skew,
};
use crate::doctor::{Check, Finding};
use crate::quote::shell_quote;
use crate::ui::one_line;

/// From so many seconds on, a difference between the clocks is worth a word. AWS refuses a call from 5 or 15 minutes on.
const NOTABLE_SKEW: u64 = 60;
/// An access key that is older should be replaced, says the CIS AWS Foundations Benchmark.
const OLD_DAYS: i64 = 90;

/// Who was asked about.
#[derive(Debug)]
pub(super) struct Asked {
    /// The source profile.
    pub(super) profile: String,
    /// The id of its key.
    pub(super) key_id: String,
    /// The device that is configured.
    pub(super) serial_number: Option<String>,
    /// This machine's clock.
    pub(super) now: UtcDateTime,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            profile: "default".to_owned(),
            key_id: String::new(),
            serial_number: None,
            now: UtcDateTime::UNIX_EPOCH,
        }
    }
}

impl Asked {
    fn finding(&self, check: Check, what: impl Into<String>) -> Finding {
        Finding::new(check, what).of(&self.profile)
    }

    fn command(&self, words: &str) -> String {
        format!(
            "mfa-session {words} --profile {}",
            shell_quote(&self.profile)
        )
    }

    fn shown(&self) -> String {
        format!("`{}`", self.profile.escape_debug())
    }
}

/// A call that failed, whatever it asked for.
pub(super) fn failed(asked: &Asked, error: &CallError) -> Option<Finding> {
    let said = format!(
        "{}.",
        one_line(&error.to_string(), 300).trim_end_matches('.')
    );
    let said = said
        .chars()
        .take(1)
        .flat_map(char::to_uppercase)
        .chain(said.chars().skip(1));
    let said: String = said.collect();
    let offline = "Nothing here reaches AWS, and no login succeeds.";
    Some(match error {
        CallError::Proxy(_) => Finding::new(Check::Proxy, said)
            .breaks(offline)
            .repair("Correct the variable, or unset it.", "env | grep -i _proxy"),
        CallError::Trust(_) => Finding::new(Check::Certificates, said)
            .breaks(offline)
            .repair(
                "Name a file with the certificates in PEM form in AWS_CA_BUNDLE or `ca_bundle`.",
                "export AWS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt",
            ),
        CallError::NotSent { untrusted: true, .. } => Finding::new(Check::Certificates, said)
            .breaks(offline)
            .repair(
                "If a proxy of yours signs by itself, name its certificate.",
                "export AWS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt",
            ),
        CallError::NotSent { host, .. } | CallError::Lost { host, .. } => {
            Finding::new(Check::Unreachable, said).breaks(offline).repair(
                "Look at the network, at HTTPS_PROXY, at the region and at `endpoint_url`.",
                format!("curl -sSI https://{}", shell_quote(host)),
            )
        }
        CallError::NotAws { host, .. } | CallError::Unusable { host, .. } => {
            Finding::new(Check::NotAws, said)
                .breaks("Something between here and AWS answers in its place, for example a proxy or the sign-in page of a network.")
                .repair(
                    "Look at what answers.",
                    format!("curl -sS https://{}", shell_quote(host)),
                )
        }
        CallError::Local(_) => Finding::new(Check::Unreachable, said)
            .breaks(offline)
            .repair("Have each step shown.", asked.command("doctor -vv")),
        CallError::Refused { refusal, skew: of_refusal, .. } => {
            return Some(refused(asked, refusal.kind, *of_refusal, said));
        }
    })
}

fn refused(asked: &Asked, kind: RefusalKind, of_refusal: Skew, said: String) -> Finding {
    let name = asked.shown();
    match kind {
        RefusalKind::Key => asked
            .finding(
                Check::KeyUnknown,
                format!(
                    "AWS does not know the key {} of profile {name}, or it is inactive.",
                    asked.key_id
                ),
            )
            .breaks("No login succeeds with it. A key of another partition gets the same answer.")
            .repair(
                "Store a key that is active.",
                format!("aws configure --profile {}", shell_quote(&asked.profile)),
            ),
        RefusalKind::Secret => asked
            .finding(
                Check::SecretWrong,
                format!(
                    "The secret of profile {name} does not belong to its key {}.",
                    asked.key_id
                ),
            )
            .breaks("AWS refuses every call with it.")
            .repair(
                "Store the pair again.",
                format!("aws configure --profile {}", shell_quote(&asked.profile)),
            ),
        RefusalKind::Clock => clock(of_refusal.clocks(asked.now).map_or(said, |clocks| {
            format!("AWS refuses the time of a call: {clocks}.")
        })),
        _ => asked
            .finding(Check::CallRefused, said)
            .breaks("AWS answers, but refuses a call that no policy can deny.")
            .repair(
                "Try again later, and look at the region.",
                asked.command("doctor"),
            ),
    }
}

fn clock(what: String) -> Finding {
    Finding::new(Check::Clock, what)
        .breaks("AWS refuses calls whose time is minutes off, and token codes do not fit. This program corrects for it, other programs may not.")
        .repair("Set the clock.", "timedatectl set-ntp true")
}

/// A clock that differs.
pub(super) fn skew(asked: &Asked, skew: Skew, corrected: bool) -> Option<Finding> {
    let (Skew::Used(seconds) | Skew::Ignored(seconds)) = skew else {
        return None;
    };
    if seconds.unsigned_abs() < NOTABLE_SKEW && !corrected {
        return None;
    }
    let direction = if seconds > 0 { "behind" } else { "ahead of" };
    let clocks = skew
        .clocks(asked.now)
        .map_or_else(String::new, |clocks| format!(" ({clocks})"));
    Some(clock(format!(
        "This machine's clock is {} s {direction} AWS's{clocks}.",
        seconds.unsigned_abs()
    )))
}

/// A caller who is no IAM user.
pub(super) fn identity(asked: &Asked, caller: &CallerIdentity) -> Option<Finding> {
    if caller.user_name().is_some() {
        return None;
    }
    Some(
        asked
            .finding(
                Check::NotAUser,
                format!("The key of profile {} belongs to `{}`, which is no IAM user.", asked.shown(), caller.arn.escape_debug()),
            )
            .breaks("A policy that asks for MFA cannot be attached to it; root's sessions last an hour at most.")
            .repair(
                "Make a key of an IAM user, and delete this one.",
                format!("aws configure --profile {}", shell_quote(&asked.profile)),
            ),
    )
}

/// The devices of the user, against the one that is configured.
pub(super) fn devices(asked: &Asked, all: &[EnabledDevice]) -> Option<Finding> {
    let name = asked.shown();
    let shows_codes = |serial: &str| SerialNumber::new(serial).is_ok_and(|s| s.has_token_code());
    let serials: Vec<&str> = all
        .iter()
        .map(|device| device.serial_number.as_str())
        .collect();
    if serials.is_empty() {
        return Some(
            asked
                .finding(
                    Check::NoDevice,
                    format!("The user of profile {name} has no MFA device."),
                )
                .breaks("There are no codes to log in with.")
                .repair("Enroll a device.", asked.command("device enroll")),
        );
    }
    if !serials.iter().any(|serial| shows_codes(serial)) {
        return Some(
            asked
                .finding(
                    Check::NoDevice,
                    format!("The user of profile {name} has only passkeys or FIDO keys, which show no codes."),
                )
                .breaks("AWS gives a session (sts:GetSessionToken) for a code only.")
                .repair("Enroll a device that shows codes.", asked.command("device enroll")),
        );
    }
    let configured = asked.serial_number.as_deref()?;
    if serials.contains(&configured) {
        return None;
    }
    let guess = serials
        .iter()
        .find(|serial| shows_codes(serial))
        .unwrap_or(&"SERIAL");
    Some(
        asked
            .finding(
                Check::DeviceForeign,
                format!(
                    "The MFA device of profile {name}, `{configured}`, is not enabled for its user."
                ),
            )
            .breaks("AWS refuses every code with \"unable to validate\".")
            .repair(
                "Name a device of the user.",
                format!(
                    "aws configure set mfa_serial {} --profile {}",
                    shell_quote(guess),
                    shell_quote(&asked.profile)
                ),
            ),
    )
}

/// The lookup of the device, refused: a login needs it where no device is configured.
pub(super) fn denied(asked: &Asked, error: &CallError) -> Option<Finding> {
    if asked.serial_number.is_some() {
        return None;
    }
    Some(
        asked
            .finding(
                Check::LookupDenied,
                format!(
                    "The key of profile {} may not look up its own MFA devices: {}.",
                    asked.shown(),
                    one_line(&error.to_string(), 300).trim_end_matches('.')
                ),
            )
            .breaks("A login cannot find the device by itself.")
            .repair(
                "Name the device; or let the policy except iam:ListMFADevices (see mfa-session policy generate).",
                format!(
                    "aws configure set mfa_serial SERIAL --profile {}",
                    shell_quote(&asked.profile)
                ),
            ),
    )
}

/// A key that should be replaced.
pub(super) fn key_age(asked: &Asked, keys: &[AccessKey]) -> Option<Finding> {
    let key = keys.iter().find(|key| key.id.as_str() == asked.key_id)?;
    let days = (asked.now - key.created).whole_days();
    if key.status == KeyStatus::Inactive || days <= OLD_DAYS {
        return None;
    }
    Some(
        asked
            .finding(
                Check::KeyOld,
                format!("The key of profile {} is {days} days old.", asked.shown()),
            )
            .breaks("Audits ask for a new key every 90 days, because nobody knows where an old one has been.")
            .repair("Replace it.", asked.command("key rotate")),
    )
}
