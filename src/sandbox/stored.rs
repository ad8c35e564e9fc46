//! How secrets and times are written in the stored account. Secrets of the account become text in a file only here.

use time::UtcDateTime;

/// A time without its fraction of a second. AWS states all times in whole seconds.
pub(super) fn whole_second(at: UtcDateTime) -> UtcDateTime {
    at.replace_nanosecond(0).unwrap_or(at)
}

pub(super) mod secret {
    //! A secret as plain text.

    use secrecy::{ExposeSecret, SecretString};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::sandbox) fn serialize<S: Serializer>(
        secret: &SecretString,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.expose_secret())
    }

    pub(in crate::sandbox) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<SecretString, D::Error> {
        String::deserialize(from).map(SecretString::from)
    }
}

pub(super) mod moment {
    //! A time as RFC 3339 in whole seconds.

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use time::UtcDateTime;

    use crate::aws::types::{parse_rfc3339, rfc3339};

    pub(in crate::sandbox) fn serialize<S: Serializer>(
        at: &UtcDateTime,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&rfc3339(*at))
    }

    pub(in crate::sandbox) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<UtcDateTime, D::Error> {
        let text = String::deserialize(from)?;
        parse_rfc3339(&text).ok_or_else(|| D::Error::custom("not an RFC 3339 time"))
    }
}
