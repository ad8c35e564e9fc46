//! Identifiers and credentials as AWS defines them. A value of these types is always valid.
//!
//! Nothing here prints a secret: credentials have a hand-written `Debug`, and there is no `Display`.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// The id of an access key: 16 to 128 characters of `[A-Za-z0-9_]`
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html>).
///
/// It names files, so nothing else may be one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccessKeyId(String);

impl AccessKeyId {
    /// The id, if `text` is one.
    ///
    /// # Errors
    /// [`Invalid`] when the length or a character is outside the form.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let fits = (16..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid {
                what: "access key id",
                form: "16 to 128 characters of A-Z, a-z, 0-9 and _",
            })
        }
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Begins with `AKIA`: the long-term key of an IAM user
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes>).
    #[must_use]
    pub fn is_akia(&self) -> bool {
        self.0.starts_with("AKIA")
    }

    /// Begins with `ASIA`: temporary credentials.
    #[must_use]
    pub fn is_asia(&self) -> bool {
        self.0.starts_with("ASIA")
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that does not have the form that AWS asks for. It does not repeat the text, which may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what}: expected {form}")]
pub struct Invalid {
    /// The expected form.
    pub what: &'static str,
    /// The form.
    pub form: &'static str,
}

/// The serial number of an MFA device: an ARN for a virtual device, a plain serial for hardware; 9 to 256 characters of
/// `[\w+=/:,.@-]` (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialNumber(String);

impl SerialNumber {
    /// The serial number, if `text` is one.
    ///
    /// # Errors
    /// [`Invalid`] when the length or a character is outside the form.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let fits = (9..=256).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_+=/:,.@-".contains(&b));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid {
                what: "MFA serial number",
                form: "9 to 256 characters of letters, digits and _+=/:,.@-",
            })
        }
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition of an ARN, e.g. `aws-cn`; `None` for hardware.
    #[must_use]
    pub fn partition(&self) -> Option<&str> {
        self.arn_part(1)
    }

    /// The account of an ARN, twelve digits; `None` for hardware.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.arn_part(4)
            .filter(|a| a.len() == 12 && a.bytes().all(|b| b.is_ascii_digit()))
    }

    /// Whether the device shows six digits. Passkeys and FIDO keys (`u2f/…`) and SMS do not serve GetSessionToken.
    #[must_use]
    pub fn has_token_code(&self) -> bool {
        self.arn_part(5).is_none_or(|r| r.starts_with("mfa/"))
    }

    /// The name of the user, if this is the ARN of a user and not of a device.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        let user = self.arn_part(5)?.strip_prefix("user/")?;
        user.rsplit('/').next()
    }

    /// Whether this is the ARN of a device with no name behind `mfa/`.
    #[must_use]
    pub fn is_nameless(&self) -> bool {
        self.arn_part(5)
            .and_then(|resource| resource.strip_prefix("mfa/"))
            .is_some_and(|name| name.is_empty() || name.ends_with('/'))
    }

    fn arn_part(&self, n: usize) -> Option<&str> {
        let mut parts = self.0.splitn(6, ':');
        (parts.next() == Some("arn")).then_some(())?;
        parts.nth(n - 1).filter(|p| !p.is_empty())
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Six digits from an MFA device. Blanks in the typed text are dropped.
#[derive(Clone)]
pub struct TokenCode(SecretString);

impl TokenCode {
    /// The code, if `text` is six ASCII digits once its white space is gone.
    ///
    /// # Errors
    /// [`Invalid`] otherwise; it does not repeat the text.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(digits.into()))
        } else {
            Err(Invalid {
                what: "token code",
                form: "six digits",
            })
        }
    }

    /// The six digits, to be sent or hashed.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for TokenCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenCode(…)")
    }
}

/// The longest secret access key; AWS's have 40 characters.
const LONGEST_SECRET: usize = 1024;
/// The longest session token. AWS states no limit; its tokens have some 1,000 characters in practice.
pub const LONGEST_TOKEN: usize = 16 * 1024;

/// A secret access key: printable ASCII without blanks, quotes and backslashes.
///
/// Secrets are written to shared files, environments and shells. A text that one of these would read differently is not a
/// secret of AWS's, so it is refused wherever it comes from: this constructor is the only way to one.
#[derive(Clone)]
pub struct SecretAccessKey(SecretString);

impl SecretAccessKey {
    /// The key, if `text` has the form of one.
    ///
    /// # Errors
    /// [`Invalid`], which does not repeat the text.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        if is_opaque(text, LONGEST_SECRET) {
            Ok(Self(text.to_owned().into()))
        } else {
            Err(Invalid {
                what: "secret access key",
                form: "1 to 1024 printable ASCII characters without blanks, quotes and backslashes",
            })
        }
    }
}

/// A session token, in the same form as a [`SecretAccessKey`].
#[derive(Clone)]
pub struct SessionToken(SecretString);

impl SessionToken {
    /// The token, if `text` has the form of one.
    ///
    /// # Errors
    /// [`Invalid`], which does not repeat the text.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        if is_opaque(text, LONGEST_TOKEN) {
            Ok(Self(text.to_owned().into()))
        } else {
            Err(Invalid {
                what: "session token",
                form: "1 to 16384 printable ASCII characters without blanks, quotes and backslashes",
            })
        }
    }
}

/// Whether every file, environment and shell reads `text` back as it is.
fn is_opaque(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"'\"`\\".contains(&b))
}

impl ExposeSecret<str> for SecretAccessKey {
    fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }
}

impl ExposeSecret<str> for SessionToken {
    fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<SecretAccessKey> for SecretString {
    fn from(key: SecretAccessKey) -> Self {
        key.0
    }
}

impl From<SessionToken> for SecretString {
    fn from(token: SessionToken) -> Self {
        token.0
    }
}

impl fmt::Debug for SecretAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretAccessKey(…)")
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// A long-term key pair.
#[derive(Clone)]
pub struct Keys {
    /// The public half.
    pub id: AccessKeyId,
    /// The secret half.
    pub secret: SecretAccessKey,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({}, …)", self.id)
    }
}

/// Temporary credentials as sts:GetSessionToken returns them.
#[derive(Clone)]
pub struct SessionCredentials {
    /// The id, which begins with `ASIA` on AWS.
    pub id: AccessKeyId,
    /// The secret access key.
    pub secret: SecretAccessKey,
    /// The session token.
    pub token: SessionToken,
    /// When they end, by AWS's clock.
    pub expiration: UtcDateTime,
}

impl fmt::Debug for SessionCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionCredentials({}, …)", self.id)
    }
}

/// RFC 3339 to the second, in UTC: `2026-11-24T08:30:00Z`.
#[must_use]
pub fn rfc3339(at: UtcDateTime) -> String {
    at.format(format_description!(
        "[year]-[month]-[day]T[hour]:[minute]:[second]Z"
    ))
    .unwrap_or_default()
}

/// Reads RFC 3339 with any offset and fraction; the result is UTC.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<UtcDateTime> {
    time::OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .map(time::OffsetDateTime::to_utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_printable_ascii_that_every_shell_reads_back() {
        for good in [
            "s",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCY=",
            "!#$%&()*,-.:;<>?@[]^_{|}~",
        ] {
            assert!(SecretAccessKey::new(good).is_ok(), "{good}");
            assert!(SessionToken::new(good).is_ok(), "{good}");
        }
        let bad = [
            "",
            "a b",
            " a",
            "a\n",
            "a\tb",
            "a'b",
            "a\"b",
            "a`b",
            "a\\b",
            "a\u{7f}",
            "a\0",
            "é",
            "a\u{1b}[2J",
        ];
        for bad in bad {
            let errors = [
                SecretAccessKey::new(bad).map(drop).unwrap_err(),
                SessionToken::new(bad).map(drop).unwrap_err(),
            ];
            for error in errors {
                assert!(bad.len() < 3 || !error.to_string().contains(bad), "{error}");
            }
        }
    }

    #[test]
    fn a_token_has_at_most_16_kib() {
        assert!(SessionToken::new(&"t".repeat(LONGEST_TOKEN)).is_ok());
        assert!(SessionToken::new(&"t".repeat(LONGEST_TOKEN + 1)).is_err());
        assert!(SecretAccessKey::new(&"s".repeat(1025)).is_err());
    }
}
