//! Condition operators: what one block of a `Condition` element says about one key
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>).
//!
//! Each family of operators has a file for conversion and comparison. Negation, `…IfExists`, the set prefixes and absent keys are
//! the same for all families and are handled here.

mod arn;
mod binary;
mod boolean;
mod date;
mod ip;
mod matching;
mod numeric;
mod operator;
mod stored_date;
mod string;

pub use operator::{Comparison, Family, OPERATORS, Operator, SetPrefix};

use matching::Match;

use super::context::{Context, ContextValue};
use super::document::Version;

/// What a condition, or a statement, says about a request. The order is that of a conjunction: the least wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It does not hold.
    False,
    /// A policy value is malformed, so the result is unknown: a Deny applies, an Allow does not.
    Malformed,
    /// It holds.
    True,
}

impl From<bool> for Verdict {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// One key under one operator, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    operator: Operator,
    key: String,
    values: Values,
}

/// The policy values, converted once.
#[derive(Debug, Clone)]
enum Values {
    String(string::Exact),
    IgnoreCase(string::IgnoreCase),
    Like(string::Like),
    Numeric(numeric::Numbers),
    Date(date::Dates),
    Bool(boolean::Booleans),
    Binary(binary::Binaries),
    Ip(ip::Networks),
    Arn(arn::Arns),
    Null(boolean::Booleans),
}

impl Condition {
    pub(crate) fn new<'a>(
        operator: Operator,
        key: &str,
        values: impl Iterator<Item = &'a str>,
        version: Version,
    ) -> Self {
        let values = match operator.family {
            Family::StringEquals => Values::String(string::Exact::new(values, version)),
            Family::StringEqualsIgnoreCase => {
                Values::IgnoreCase(string::IgnoreCase::new(values, version))
            }
            Family::StringLike => Values::Like(string::Like::new(values, version)),
            Family::Numeric(comparison) => {
                Values::Numeric(numeric::Numbers::new(values, comparison))
            }
            Family::Date(comparison) => Values::Date(date::Dates::new(values, comparison)),
            Family::Bool => Values::Bool(boolean::Booleans::new(values)),
            Family::Binary => Values::Binary(binary::Binaries::new(values)),
            Family::Ip => Values::Ip(ip::Networks::new(values)),
            Family::Arn => Values::Arn(arn::Arns::new(values, version)),
            Family::Null => Values::Null(boolean::Booleans::new(values)),
        };
        Self {
            operator,
            key: key.to_ascii_lowercase(),
            values,
        }
    }

    /// The key in lower case.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn evaluate(&self, context: &Context) -> Verdict {
        let present = context.value_of_lower(&self.key);
        if let Values::Null(absent) = &self.values {
            return absent.matches_bool(present.is_none()).into();
        }
        let Operator {
            negated, if_exists, ..
        } = self.operator;
        match (self.operator.set, present) {
            (SetPrefix::None, None) => (negated || if_exists).into(),
            (SetPrefix::ForAllValues, None) => Verdict::True,
            (SetPrefix::ForAnyValue, None) => if_exists.into(),
            (SetPrefix::None, Some(ContextValue::One(value))) => self.judge(value, context),
            // A list never matches an operator without a set prefix, not even a negated one.
            (SetPrefix::None, Some(ContextValue::List(_))) => Verdict::False,
            (SetPrefix::ForAllValues, Some(values)) => values
                .as_slice()
                .iter()
                .map(|value| self.judge(value, context))
                .min()
                .unwrap_or(Verdict::True),
            (SetPrefix::ForAnyValue, Some(values)) => values
                .as_slice()
                .iter()
                .map(|value| self.judge(value, context))
                .max()
                .unwrap_or(Verdict::False),
        }
    }

    fn judge(&self, value: &str, context: &Context) -> Verdict {
        let matched = match &self.values {
            Values::String(values) => values.matches(value, context),
            Values::IgnoreCase(values) => values.matches(value, context),
            Values::Like(values) => values.matches(value, context),
            Values::Numeric(values) => values.matches(value),
            Values::Date(values) => values.matches(value),
            Values::Bool(values) => values.matches(value),
            Values::Binary(values) => values.matches(value),
            Values::Ip(values) => values.matches(value),
            Values::Arn(values) => values.matches(value, context),
            // Judged by presence, above.
            Values::Null(_) => Match::Incomparable,
        };
        match matched {
            Match::Hit => (!self.operator.negated).into(),
            Match::Miss => self.operator.negated.into(),
            Match::Incomparable => Verdict::False,
            Match::Malformed => Verdict::Malformed,
        }
    }
}

/// Whether IAM stores the value under this operator. It refuses numbers, dates, addresses and ARNs that it cannot convert;
/// session policies are taken with them.
#[must_use]
pub fn is_storable(family: Family, value: &str, version: Version) -> bool {
    match family {
        Family::Numeric(_) => numeric::Decimal::parse(value).is_some(),
        Family::Date(_) => date::parse(value).is_some() || stored_date::is_date_and_time(value),
        Family::Ip => ip::Network::parse(value).is_some(),
        Family::Arn => arn::is_well_formed(value, version),
        Family::StringEquals
        | Family::StringEqualsIgnoreCase
        | Family::StringLike
        | Family::Bool
        | Family::Binary
        | Family::Null => true,
    }
}

/// Whether the value can be compared under this operator: what cannot be converted never equals anything. `Bool` and `Null` read
/// everything but `true` as false; here, only `true` and `false` are Booleans.
#[must_use]
pub fn is_comparable(family: Family, value: &str, version: Version) -> bool {
    match family {
        Family::Date(_) => date::parse(value).is_some(),
        Family::Bool | Family::Null => {
            value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
        }
        Family::Binary => binary::is_canonical(value),
        _ => is_storable(family, value, version),
    }
}

#[cfg(test)]
mod tests;
