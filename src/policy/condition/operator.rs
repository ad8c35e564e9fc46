//! The names of operators: family, negation, set prefix and `IfExists`.

/// A condition operator, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub set: SetPrefix,
    /// What is compared, and how.
    pub family: Family,
    /// `…Not…`
    pub negated: bool,
    /// `…IfExists`
    pub if_exists: bool,
}

/// How the values of a list-typed key are quantified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SetPrefix {
    /// No prefix: for single-valued keys.
    None,
    /// `ForAllValues:`
    ForAllValues,
    /// `ForAnyValue:`
    ForAnyValue,
}

/// What an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// `StringEquals`, `StringNotEquals`
    StringEquals,
    /// `StringEqualsIgnoreCase`, `StringNotEqualsIgnoreCase`
    StringEqualsIgnoreCase,
    /// `StringLike`, `StringNotLike`
    StringLike,
    /// `Numeric…`
    Numeric(Comparison),
    /// `Date…`
    Date(Comparison),
    /// `Bool`
    Bool,
    /// `BinaryEquals`
    Binary,
    /// `IpAddress`, `NotIpAddress`
    Ip,
    /// `ArnEquals`, `ArnLike` and their negations, which compare alike
    Arn,
    /// `Null`
    Null,
}

/// The comparison of an ordered family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `…Equals`
    Equals,
    /// `…LessThan`
    LessThan,
    /// `…LessThanEquals`
    LessThanEquals,
    /// `…GreaterThan`
    GreaterThan,
    /// `…GreaterThanEquals`
    GreaterThanEquals,
}

impl Comparison {
    pub(super) fn holds(self, request: std::cmp::Ordering) -> bool {
        match self {
            Self::Equals => request.is_eq(),
            Self::LessThan => request.is_lt(),
            Self::LessThanEquals => request.is_le(),
            Self::GreaterThan => request.is_gt(),
            Self::GreaterThanEquals => request.is_ge(),
        }
    }
}

/// The operators without prefix and suffix, as AWS writes them: name, family, negated.
pub const OPERATORS: [(&str, Family, bool); 27] = [
    ("StringEquals", Family::StringEquals, false),
    ("StringNotEquals", Family::StringEquals, true),
    (
        "StringEqualsIgnoreCase",
        Family::StringEqualsIgnoreCase,
        false,
    ),
    (
        "StringNotEqualsIgnoreCase",
        Family::StringEqualsIgnoreCase,
        true,
    ),
    ("StringLike", Family::StringLike, false),
    ("StringNotLike", Family::StringLike, true),
    ("NumericEquals", Family::Numeric(Comparison::Equals), false),
    (
        "NumericNotEquals",
        Family::Numeric(Comparison::Equals),
        true,
    ),
    (
        "NumericLessThan",
        Family::Numeric(Comparison::LessThan),
        false,
    ),
    (
        "NumericLessThanEquals",
        Family::Numeric(Comparison::LessThanEquals),
        false,
    ),
    (
        "NumericGreaterThan",
        Family::Numeric(Comparison::GreaterThan),
        false,
    ),
    (
        "NumericGreaterThanEquals",
        Family::Numeric(Comparison::GreaterThanEquals),
        false,
    ),
    ("DateEquals", Family::Date(Comparison::Equals), false),
    ("DateNotEquals", Family::Date(Comparison::Equals), true),
    ("DateLessThan", Family::Date(Comparison::LessThan), false),
    (
        "DateLessThanEquals",
        Family::Date(Comparison::LessThanEquals),
        false,
    ),
    (
        "DateGreaterThan",
        Family::Date(Comparison::GreaterThan),
        false,
    ),
    (
        "DateGreaterThanEquals",
        Family::Date(Comparison::GreaterThanEquals),
        false,
    ),
    ("Bool", Family::Bool, false),
    ("BinaryEquals", Family::Binary, false),
    ("IpAddress", Family::Ip, false),
    ("NotIpAddress", Family::Ip, true),
    ("ArnEquals", Family::Arn, false),
    ("ArnNotEquals", Family::Arn, true),
    ("ArnLike", Family::Arn, false),
    ("ArnNotLike", Family::Arn, true),
    ("Null", Family::Null, false),
];

impl Operator {
    /// Whether policy variables resolve in its values: text and ARN operators only.
    #[must_use]
    pub fn takes_variables(self) -> bool {
        matches!(
            self.family,
            Family::StringEquals
                | Family::StringEqualsIgnoreCase
                | Family::StringLike
                | Family::Arn
        )
    }

    /// Takes an operator's name apart, in any letter case. `None` for a name that AWS does not know; `Null` takes neither
    /// prefix nor suffix.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (set, rest) = match name.split_once(':') {
            None => (SetPrefix::None, name),
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAllValues") => {
                (SetPrefix::ForAllValues, rest)
            }
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAnyValue") => {
                (SetPrefix::ForAnyValue, rest)
            }
            Some(_) => return None,
        };
        let suffix = rest
            .len()
            .checked_sub("IfExists".len())
            .and_then(|n| rest.split_at_checked(n))
            .filter(|(_, suffix)| suffix.eq_ignore_ascii_case("IfExists"));
        let (base, if_exists) = match suffix {
            Some((base, _)) => (base, true),
            None => (rest, false),
        };
        let (_, family, negated) = OPERATORS
            .into_iter()
            .find(|(known, ..)| known.eq_ignore_ascii_case(base))?;
        let decorated = if_exists || set != SetPrefix::None;
        (family != Family::Null || !decorated).then_some(Self {
            set,
            family,
            negated,
            if_exists,
        })
    }
}
