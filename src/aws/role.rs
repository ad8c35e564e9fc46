//! The ARN of a role, and the other values with which a role is assumed. A value of these types is always valid
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>).

use std::fmt;

use super::types::Invalid;

/// How long the credentials of a role last, in seconds, unless its profile says otherwise.
pub const DEFAULT_ROLE_SECONDS: u32 = 3_600;
/// The shortest and the longest time that they can last, in seconds.
pub const ROLE_SECONDS: std::ops::RangeInclusive<u32> = 900..=43_200;
/// The longest time, in seconds, if another role's credentials assume it.
pub const MOST_CHAINED_SECONDS: u32 = 3_600;

/// The ARN of a role: `arn:PARTITION:iam::ACCOUNT:role/NAME`, with a path before the name if the role has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleArn(String);

impl RoleArn {
    /// The ARN, if `text` is one.
    ///
    /// # Errors
    /// [`Invalid`] otherwise.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let fits = match parts.as_slice() {
            ["arn", partition, "iam", "", account, resource] => {
                let name = resource.strip_prefix("role/");
                !partition.is_empty()
                    && !account.is_empty()
                    && account.bytes().all(|b| b.is_ascii_digit())
                    && name.is_some_and(|name| !name.is_empty() && !name.ends_with('/'))
            }
            _ => false,
        };
        if fits && text.len() <= 2048 && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid {
                what: "role ARN",
                form: "arn:aws:iam::ACCOUNT:role/NAME",
            })
        }
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition of the role, e.g. `aws`.
    #[must_use]
    pub fn partition(&self) -> &str {
        self.0.split(':').nth(1).unwrap_or_default()
    }

    /// The account of the role.
    #[must_use]
    pub fn account(&self) -> &str {
        self.0.split(':').nth(4).unwrap_or_default()
    }

    /// The name of the role, without its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks the name of a role's session.
///
/// # Errors
/// [`Invalid`] when the length or a character is outside the form.
pub fn check_role_session_name(text: &str) -> Result<(), Invalid> {
    check(
        text,
        2..=64,
        "_=,.@+-",
        Invalid {
            what: "role session name",
            form: "2 to 64 characters of letters, digits and _=,.@+-",
        },
    )
}

/// Checks an external id.
///
/// # Errors
/// [`Invalid`] when the length or a character is outside the form.
pub fn check_external_id(text: &str) -> Result<(), Invalid> {
    check(
        text,
        2..=1224,
        "_+=,.@:/-",
        Invalid {
            what: "external id",
            form: "2 to 1224 characters of letters, digits and _+=,.@:/-",
        },
    )
}

fn check(
    text: &str,
    length: std::ops::RangeInclusive<usize>,
    others: &str,
    invalid: Invalid,
) -> Result<(), Invalid> {
    let fits = length.contains(&text.len())
        && (text.bytes()).all(|b| b.is_ascii_alphanumeric() || others.as_bytes().contains(&b));
    if fits { Ok(()) } else { Err(invalid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_an_account_and_a_name() {
        for (text, account, name) in [
            ("arn:aws:iam::111122223333:role/r", "111122223333", "r"),
            ("arn:aws-cn:iam::1:role/path/to/Admin", "1", "Admin"),
        ] {
            let arn = RoleArn::new(text).unwrap();
            assert_eq!((arn.account(), arn.name()), (account, name));
        }
    }

    #[test]
    fn other_texts_are_not_the_arn_of_a_role() {
        for text in [
            "",
            "readonly",
            "arn:aws:iam::111122223333:user/u",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role",
            "arn:aws:iam:::role/r",
            "arn:aws:sts::111122223333:assumed-role/r/s",
            "arn:aws:iam::111122223333:role/r r",
            "arn:aws:iam::111122223333:role/r\u{1b}[2J",
            "arn:aws:iam::111122223333:role/ü",
        ] {
            assert!(RoleArn::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_and_external_ids_have_a_form() {
        assert!(check_role_session_name("a@b,c=d+e.f_g-h").is_ok());
        for name in ["", "a", "a b", "a/b", "ü-ü"] {
            assert!(check_role_session_name(name).is_err(), "{name}");
        }
        assert!(check_external_id("a:b/c").is_ok());
        assert!(check_external_id("a b").is_err());
        assert!(check_external_id(&"x".repeat(1225)).is_err());
    }
}
