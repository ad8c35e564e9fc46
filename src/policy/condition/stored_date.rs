//! What IAM takes for a date when it stores a policy, which is more than [`super::date`] can compare: `01T` is stored.
//!
//! The form is that of Joda-Time's `dateOptionalTime`: fields may lack leading zeros and may be missing from the end. The crate
//! `time` reads ISO 8601 with full fields only.

use time::util::days_in_month;

/// Whether IAM stores the text as a date with or without a time.
pub(super) fn is_date_and_time(text: &str) -> bool {
    match text.split_once(['t', 'T']) {
        None => is_date(text),
        Some((date, time)) => is_date(date) && is_time_and_offset(time),
    }
}

/// A year, and after it a month and a day, if they are there.
fn is_date(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let mut fields = unsigned.split('-');
    let year = fields.next().and_then(|text| number(text, 9));
    let limit = if unsigned.len() < text.len() {
        292_275_054
    } else {
        292_278_993
    };
    let Some(year) = year.filter(|year| *year <= limit) else {
        return false;
    };
    let month = match fields.next() {
        None => return true,
        Some(text) => (number(text, 2).and_then(|n| u8::try_from(n).ok()))
            .and_then(|n| time::Month::try_from(n).ok()),
    };
    let Some(month) = month else {
        return false;
    };
    let is_day = match fields.next() {
        None => true,
        Some(text) => {
            let most = u32::from(days_in_month(month, i32::try_from(year).unwrap_or(0)));
            number(text, 2).is_some_and(|day| (1..=most).contains(&day))
        }
    };
    is_day && fields.next().is_none()
}

/// Hours, and after them minutes, seconds and an offset, if they are there; each of the three can have a fraction if it is last.
fn is_time_and_offset(text: &str) -> bool {
    if let Some(time) = text.strip_suffix(['z', 'Z']) {
        return is_time(time);
    }
    match text.find(['+', '-']).map(|at| text.split_at(at)) {
        None => is_time(text),
        Some((time, offset)) => is_time(time) && is_offset(offset.get(1..).unwrap_or_default()),
    }
}

fn is_time(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    let (whole, fraction) = match text.split_once(['.', ',']) {
        None => (text, None),
        Some((whole, fraction)) => (whole, Some(fraction)),
    };
    let mut fields = whole.split(':');
    let hours = fields.next().and_then(|text| number(text, 2));
    let is_sixtieth = |text: &str| number(text, 2).is_some_and(|n| n < 60);
    hours.is_some_and(|n| n < 24)
        && fields.clone().count() <= 2
        && fields.all(is_sixtieth)
        && fraction.is_none_or(|text| number(text, 9).is_some())
}

/// Hours with two digits, and minutes.
fn is_offset(text: &str) -> bool {
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "00"));
    let is_below =
        |text: &str, limit| text.len() == 2 && number(text, 2).is_some_and(|n| n < limit);
    is_below(hours, 24) && is_below(minutes, 60)
}

/// A number without a sign, of at most so many digits.
fn number(text: &str, most: usize) -> Option<u32> {
    let is_number = text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::is_date_and_time;

    #[test]
    fn iam_stores_more_dates_than_it_can_compare() {
        for text in [
            "01T",
            "2016-12-13t2:00:00.593194+23",
            "2016-12-13T21:20:37.593194+00:00",
            "2019-07-01T13:20:15Z",
            "2019-7-1",
            "2019-07",
            "2020-02-29",
            "-292275054",
            "2016T5",
            "2016T5:1.5-07:30",
        ] {
            assert!(is_date_and_time(text), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "234-13",
            "2019-02-29",
            "2019-02-0",
            "2019-1-1-1",
            "-292275055",
            "292278994",
            "2016-12-13t2:00:00.593194+1",
            "2016-12-13t2:00:00.1999999999+10:59",
            "2016-12-13T24:00",
            "2016-12-13T1:60",
            "2016-12-13T1:1:1:1",
            "2016-12-13T1:00+24",
            "2016-12-13T1:00+10:60",
            "2016T1T2",
            "+2016-01",
        ] {
            assert!(!is_date_and_time(text), "{text}");
        }
    }
}
