//! `Numeric…`: decimal numbers of any precision. A value that is not a number never equals anything.

use std::cmp::Ordering;

use super::matching::Match;
use super::operator::Comparison;

#[derive(Debug, Clone)]
pub(super) struct Numbers {
    values: Vec<Option<Decimal>>,
    comparison: Comparison,
}

impl Numbers {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a str>, comparison: Comparison) -> Self {
        Self {
            values: values.map(Decimal::parse).collect(),
            comparison,
        }
    }

    pub(super) fn matches(&self, value: &str) -> Match {
        let Some(request) = Decimal::parse(value) else {
            return Match::Miss;
        };
        self.values
            .iter()
            .flatten()
            .any(|policy| self.comparison.holds(request.cmp(policy)))
            .into()
    }
}

/// A decimal number: ±0.digits × 10^exponent, without zeros at either end of the digits; zero has no digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    exponent: i64,
    digits: Vec<u8>,
}

impl Decimal {
    /// Reads `[+-]digits[.digits][e[+-]digits]` with a digit before or after the point. Exponents of more than 32 bits,
    /// `NaN` and `Infinity` are not numbers.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, i64::from(signed(exponent)?)),
            None => (text, 0),
        };
        let (negative, unsigned) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let is_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let all = [whole.as_bytes(), fraction.as_bytes()].concat();
        let zeros = all.iter().take_while(|&&b| b == b'0').count();
        let mut digits = all.get(zeros..).unwrap_or_default().to_vec();
        digits.truncate(digits.iter().rposition(|&b| b != b'0').map_or(0, |n| n + 1));
        if digits.is_empty() {
            return Some(Self {
                negative: false,
                exponent: 0,
                digits,
            });
        }
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()?;
        Some(Self {
            negative,
            exponent: point + exponent,
            digits,
        })
    }
}

/// An exponent: a sign and at least one digit.
fn signed(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |d: &Self| match (d.digits.is_empty(), d.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let size = || {
            self.exponent
                .cmp(&other.exponent)
                .then_with(|| self.digits.cmp(&other.digits))
        };
        sign(self).cmp(&sign(other)).then_with(|| {
            if self.negative {
                size().reverse()
            } else {
                size()
            }
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
