//! Users who are exempt by a tag: service users whose key no person can confirm.

use time::Date;
use time::macros::format_description;

use super::report::Exemption;

/// Tags that name who answers for the user, in lower case.
const OWNER: [&str; 3] = ["owner", "contact", "team"];

/// Tags that say until when, in lower case.
const EXPIRY: [&str; 5] = [
    "expires",
    "expiry",
    "expiration",
    "expires-on",
    "valid-until",
];

/// The exemption, if the user has the tag. The tag's own value may be the last day.
pub(super) fn exemption(
    tags: &[(String, String)],
    key: &str,
    today: Option<Date>,
) -> Option<Exemption> {
    let (own_key, reason) = tags.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(key))?;
    let named = |names: &[&str]| {
        let rest = tags.iter().filter(|(tag, _)| tag != own_key);
        rest.filter(|(tag, _)| names.iter().any(|name| tag.eq_ignore_ascii_case(name)))
            .map(|(_, value)| value.clone())
            .next()
    };
    let own = day(reason).map(|_| reason.clone());
    let expires = named(&EXPIRY).or(own);
    // A day that cannot be read does not exempt for ever.
    let is_over = expires.as_deref().is_some_and(|text| {
        let last = day(text);
        last.is_none_or(|last| today.is_some_and(|today| today > last))
    });
    Some(Exemption {
        reason: reason.clone(),
        owner: named(&OWNER),
        expires,
        is_over,
    })
}

fn day(text: &str) -> Option<Date> {
    let day = text.get(..10)?;
    Date::parse(day, format_description!("[year]-[month]-[day]")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn of(tags: &[(&str, &str)]) -> Option<Exemption> {
        let tags: Vec<(String, String)> = (tags.iter())
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        exemption(&tags, "mfa-exempt", Some(date!(2026 - 11 - 27)))
    }

    #[test]
    fn owner_and_last_day_come_from_tags() {
        assert_eq!(of(&[("Owner", "ops")]), None);
        let found = of(&[
            ("MFA-Exempt", "build"),
            ("Owner", "ops"),
            ("expires", "2027-01-31"),
        ]);
        let found = found.unwrap();
        assert_eq!(found.reason, "build");
        assert_eq!(found.owner.as_deref(), Some("ops"));
        assert_eq!(found.expires.as_deref(), Some("2027-01-31"));
        assert!(!found.is_over);
        assert!(!of(&[("mfa-exempt", "2026-11-27")]).unwrap().is_over);
        assert!(of(&[("mfa-exempt", "2026-11-26")]).unwrap().is_over);
        assert!(
            of(&[("mfa-exempt", "x"), ("expiry", "soon")])
                .unwrap()
                .is_over
        );
        assert!(!of(&[("mfa-exempt", "x")]).unwrap().is_over);
    }
}
