//! `Date…`: ISO 8601 or seconds since the epoch, compared to the millisecond. A value that is not a date never equals anything.

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Iso8601;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};

use super::matching::Match;
use super::operator::Comparison;

#[derive(Debug, Clone)]
pub(super) struct Dates {
    values: Vec<Option<Milliseconds>>,
    comparison: Comparison,
}

impl Dates {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a str>, comparison: Comparison) -> Self {
        Self {
            values: values.map(parse).collect(),
            comparison,
        }
    }

    pub(super) fn matches(&self, value: &str) -> Match {
        let Some(request) = parse(value) else {
            return Match::Miss;
        };
        self.values
            .iter()
            .flatten()
            .any(|policy| self.comparison.holds(request.cmp(policy)))
            .into()
    }
}

/// A month, which is its first day.
const MONTH: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// Since the epoch; what is finer is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Milliseconds(i128);

/// Reads a month, a date, a date and time with or without a zone (UTC), or seconds since the epoch, with a sign if need be.
pub(super) fn parse(text: &str) -> Option<Milliseconds> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(Milliseconds(i128::from(seconds) * 1000));
    }
    let at = OffsetDateTime::parse(text, &Iso8601::PARSING)
        .or_else(|_| {
            PrimitiveDateTime::parse(text, &Iso8601::PARSING).map(PrimitiveDateTime::assume_utc)
        })
        .or_else(|_| {
            Date::parse(text, &Iso8601::PARSING)
                .or_else(|_| Date::parse(&format!("{text}-01"), MONTH))
                .map(|date| date.with_time(Time::MIDNIGHT).assume_utc())
        })
        .ok()?;
    Some(Milliseconds(
        at.unix_timestamp_nanos().div_euclid(1_000_000),
    ))
}
