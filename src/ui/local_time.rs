//! Times for people: in the local time zone, to the minute, with the day when it is not today.
//!
//! The zone is read from `TZ` or `/etc/localtime` only when a time is shown, so a hook hit never reads it. The `time` crate refuses
//! to read the local offset in a program with several threads; `jiff` reads the zone safely. If the zone is unknown, times are shown
//! in UTC and say so. JSON, files and logs use RFC 3339 in UTC instead.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use time::UtcDateTime;

/// When something ends: `until 23:45`, `until tomorrow 07:30`, `until Mon 30 Nov 07:30`.
#[must_use]
pub fn until(end: UtcDateTime, now: UtcDateTime) -> String {
    until_in(&TimeZone::system(), end, now)
}

/// When something ended: `ended at 23:45`, `ended yesterday at 23:45`, `ended on Mon 30 Nov at 07:30`.
#[must_use]
pub fn ended(end: UtcDateTime, now: UtcDateTime) -> String {
    ended_in(&TimeZone::system(), end, now)
}

fn until_in(zone: &TimeZone, end: UtcDateTime, now: UtcDateTime) -> String {
    let time = time_of_day(zone, end);
    match Day::of(zone, end, now) {
        Day::Today => format!("until {time}"),
        Day::Next(day) => format!("until {day} {time}"),
        Day::Other(day) => format!("until {day} {time}"),
    }
}

fn ended_in(zone: &TimeZone, end: UtcDateTime, now: UtcDateTime) -> String {
    let time = time_of_day(zone, end);
    match Day::of(zone, end, now) {
        Day::Today => format!("ended at {time}"),
        Day::Next(day) => format!("ended {day} at {time}"),
        Day::Other(day) => format!("ended on {day} at {time}"),
    }
}

/// A day as seen from today.
enum Day {
    Today,
    /// `tomorrow` or `yesterday`.
    Next(&'static str),
    /// `Mon 30 Nov`, with the year if it is not this year.
    Other(String),
}

impl Day {
    fn of(zone: &TimeZone, at: UtcDateTime, now: UtcDateTime) -> Self {
        let (at, now) = (zoned(zone, at), zoned(zone, now));
        let (day, today) = (at.date(), now.date());
        if day == today {
            Self::Today
        } else if today.tomorrow().is_ok_and(|next| next == day) {
            Self::Next("tomorrow")
        } else if today.yesterday().is_ok_and(|last| last == day) {
            Self::Next("yesterday")
        } else if at.year() == now.year() {
            Self::Other(at.strftime("%a %-d %b").to_string())
        } else {
            Self::Other(at.strftime("%a %-d %b %Y").to_string())
        }
    }
}

/// `23:45`, or `22:45 UTC` if the local time zone is unknown.
fn time_of_day(zone: &TimeZone, at: UtcDateTime) -> String {
    let unit = if zone.is_unknown() { " UTC" } else { "" };
    format!("{}{unit}", zoned(zone, at).strftime("%H:%M"))
}

fn zoned(zone: &TimeZone, at: UtcDateTime) -> ZonedDateTime {
    // The last day of the year 9999 is too late for `jiff` only.
    let timestamp = Timestamp::from_second(at.unix_timestamp()).unwrap_or(Timestamp::MAX);
    ZonedDateTime::new(timestamp, zone.clone())
}

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;
    use time::macros::utc_datetime;

    use super::*;

    const NOW: UtcDateTime = utc_datetime!(2026-11-27 14:45:00);

    fn hours_east(hours: i8) -> TimeZone {
        TimeZone::fixed(Offset::from_hours(hours).unwrap())
    }

    #[test]
    fn the_day_is_named_when_it_is_not_today() {
        let zone = hours_east(9);
        for (end, shown) in [
            (utc_datetime!(2026-11-27 14:59:59), "until 23:59"),
            (utc_datetime!(2026-11-27 15:00:00), "until tomorrow 00:00"),
            (utc_datetime!(2026-11-28 14:59:00), "until tomorrow 23:59"),
            (utc_datetime!(2026-11-29 22:30:00), "until Mon 30 Nov 07:30"),
            (
                utc_datetime!(2027-01-01 00:00:00),
                "until Fri 1 Jan 2027 09:00",
            ),
        ] {
            assert_eq!(until_in(&zone, end, NOW), shown);
        }
    }

    #[test]
    fn the_latest_time_is_shown() {
        let shown = until_in(&TimeZone::UTC, UtcDateTime::MAX, NOW);
        assert_eq!(shown, "until Thu 30 Dec 9999 22:00");
    }

    #[test]
    fn the_past_has_words_of_its_own() {
        let zone = hours_east(-8);
        for (end, shown) in [
            (utc_datetime!(2026-11-27 08:00:00), "ended at 00:00"),
            (
                utc_datetime!(2026-11-27 07:59:00),
                "ended yesterday at 23:59",
            ),
            (
                utc_datetime!(2026-11-24 20:30:00),
                "ended on Tue 24 Nov at 12:30",
            ),
        ] {
            assert_eq!(ended_in(&zone, end, NOW), shown);
        }
    }

    #[test]
    fn the_same_time_has_another_day_in_another_zone() {
        let end = utc_datetime!(2026-11-27 20:30:00);
        assert_eq!(until_in(&hours_east(1), end, NOW), "until 21:30");
        assert_eq!(until_in(&hours_east(5), end, NOW), "until tomorrow 01:30");
    }

    #[test]
    fn an_unknown_zone_is_utc_and_says_so() {
        let zone = TimeZone::unknown();
        assert_eq!(until_in(&zone, NOW, NOW), "until 14:45 UTC");
        assert_eq!(ended_in(&zone, NOW, NOW), "ended at 14:45 UTC");
    }
}
