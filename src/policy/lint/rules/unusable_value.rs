//! MFA028: a condition value of a type that its operator or its key does not have.

use super::{Finding, Judged, OPERATORS, Rule, Severity, View};
use crate::policy::catalog::global_key_type;
use crate::policy::condition::{Family, is_comparable};
use crate::policy::document::{Effect, Version};
use crate::policy::lint::clause::Clause;

pub(super) static RULE: Rule = Rule {
    id: "MFA028",
    name: "unusable-value",
    explanation: "A value that cannot be read as its operator's type, or as the type of its key, never equals anything: \
        NumericGreaterThan with 12h does not hold for any age, and a Deny with it never applies. Numbers are written as digits \
        (12 hours of aws:MultiFactorAuthAge are 43200), dates in ISO 8601, Booleans as true or false, and addresses as networks.",
    url: OPERATORS,
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let version = view.subject.document.version();
    (view.statements.iter())
        .flat_map(|statement| {
            (statement.clauses.iter()).flat_map(move |clause| in_clause(statement, clause, version))
        })
        .collect()
}

/// What a value should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Number,
    Date,
    Boolean,
    Address,
    Arn,
    Binary,
}

impl Type {
    fn of_operator(family: Family) -> Option<Self> {
        match family {
            Family::Numeric(_) => Some(Self::Number),
            Family::Date(_) => Some(Self::Date),
            Family::Bool => Some(Self::Boolean),
            Family::Ip => Some(Self::Address),
            Family::Arn => Some(Self::Arn),
            Family::Binary => Some(Self::Binary),
            Family::StringEquals
            | Family::StringEqualsIgnoreCase
            | Family::StringLike
            | Family::Null => None,
        }
    }

    fn of_key(key: &str) -> Option<Self> {
        match global_key_type(key)? {
            "Numeric" => Some(Self::Number),
            "Date" => Some(Self::Date),
            "Bool" => Some(Self::Boolean),
            "IPAddress" => Some(Self::Address),
            "ARN" => Some(Self::Arn),
            _ => None,
        }
    }

    fn named(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Date => "a date",
            Self::Boolean => "a Boolean",
            Self::Address => "an IP address or network",
            Self::Arn => "an ARN",
            Self::Binary => "Base64",
        }
    }

    /// An operator of this type that can read the text.
    fn reads(self, text: &str, version: Version) -> bool {
        let family = match self {
            Self::Number => Family::Numeric(crate::policy::condition::Comparison::Equals),
            Self::Date => Family::Date(crate::policy::condition::Comparison::Equals),
            Self::Boolean => Family::Bool,
            Self::Address => Family::Ip,
            Self::Arn => Family::Arn,
            Self::Binary => Family::Binary,
        };
        is_comparable(family, text, version)
    }

    /// Seconds since the epoch are numbers and dates.
    fn fits(self, key: Self) -> bool {
        let is_time = |t: Self| matches!(t, Self::Number | Self::Date);
        self == key || (is_time(self) && is_time(key))
    }
}

fn in_clause(statement: &Judged<'_>, clause: &Clause<'_>, version: Version) -> Vec<Finding> {
    let operator = Type::of_operator(clause.parsed.family);
    let key = Type::of_key(clause.lower_key());
    // Of the MFA keys, another rule names unfit operators.
    if let (Some(operator), Some(key), false) = (operator, key, clause.is_mfa())
        && !operator.fits(key)
    {
        let message = format!(
            "`{}` compares {}, but `{}` is {}",
            clause.operator,
            operator.named(),
            clause.key,
            key.named()
        );
        let severity = severity(statement, clause, true);
        return vec![RULE.finding(severity, statement.key_path(clause), message)];
    }
    let unusable = |text: &str| match clause.parsed.family {
        Family::Null => (!is_comparable(Family::Bool, text, version)).then_some(Type::Boolean),
        // Text operators compare the key's value as text. Patterns and variables can become anything.
        Family::StringEquals | Family::StringEqualsIgnoreCase => {
            key.filter(|key| !text.contains("${") && !key.reads(text, version))
        }
        Family::StringLike => None,
        _ => operator.filter(|operator| !operator.reads(text, version)),
    };
    let place = statement.key_path(clause);
    let all = clause.values.as_slice().len();
    let found: Vec<_> = (clause.values.placed(place))
        .filter_map(|(path, text)| Some((path, text, unusable(text)?)))
        .collect();
    let is_all = found.len() == all;
    (found.into_iter())
        .map(|(path, text, wanted)| {
            let kind = wanted.named();
            let effect = match (clause.parsed.family, wanted) {
                (Family::Bool | Family::Null, _) => "AWS takes it for false",
                (Family::Arn, _) => "IAM does not store it",
                _ if clause.parsed.negated => "it differs from everything",
                _ => "it never equals anything",
            };
            let message = match severity(statement, clause, is_all) {
                Severity::Error => format!(
                    "`{text}` is not {kind}: `{}` never holds for a request with `{}`, so this Deny never applies to it",
                    clause.operator, clause.key
                ),
                _ => format!("`{text}` is not {kind}: {effect}"),
            };
            RULE.finding(severity(statement, clause, is_all), path, message)
        })
        .collect()
}

/// A Deny that can never apply is an error.
fn severity(statement: &Judged<'_>, clause: &Clause<'_>, is_all: bool) -> Severity {
    let never_holds = is_all
        && !clause.parsed.negated
        && !matches!(
            clause.parsed.family,
            Family::Bool | Family::Null | Family::Arn
        );
    if never_holds && statement.effect == Effect::Deny {
        Severity::Error
    } else {
        Severity::Warning
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{
        allow, assert_finds_nothing, checked, deny, finds, statements,
    };

    fn policy(condition: &str) -> String {
        statements(&[&deny(r#""Action":"*""#, condition)])
    }

    #[test]
    fn a_deny_that_can_never_apply_is_an_error() {
        for (operator, key, value) in [
            (
                "NumericGreaterThanIfExists",
                "aws:MultiFactorAuthAge",
                "12h",
            ),
            ("NumericGreaterThan", "aws:MultiFactorAuthAge", ""),
            ("DateGreaterThan", "aws:CurrentTime", "tomorrow"),
            ("IpAddress", "aws:SourceIp", "10.0.0"),
            ("NumericEquals", "s3:max-keys", "ten"),
            ("StringEquals", "aws:SecureTransport", "flase"),
            ("BinaryEquals", "x:y", "YQ"),
        ] {
            let condition = format!(r#"{{"{operator}":{{"{key}":"{value}"}}}}"#);
            let path = format!("error Statement[0].Condition.{operator}.{key}");
            assert_eq!(finds(&RULE, &policy(&condition)), [path], "{condition}");
            let granting = statements(&[&allow(r#""Action":"*""#, &condition)]);
            let path = format!("warning Statement[0].Condition.{operator}.{key}");
            assert_eq!(finds(&RULE, &granting), [path], "{condition}");
        }
        let message = &checked(&policy(
            r#"{"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"12h"}}"#,
        ))
        .into_iter()
        .find(|f| f.rule.id == RULE.id)
        .unwrap()
        .message;
        assert_eq!(
            message,
            "`12h` is not a number: `NumericGreaterThanIfExists` never holds for a request with `aws:MultiFactorAuthAge`, \
             so this Deny never applies to it"
        );
    }

    #[test]
    fn a_deny_that_may_apply_is_a_warning() {
        for (condition, path) in [
            (
                r#"{"NumericGreaterThan":{"aws:MultiFactorAuthAge":["1","12h"]}}"#,
                "NumericGreaterThan.aws:MultiFactorAuthAge[1]",
            ),
            (
                r#"{"Bool":{"aws:SecureTransport":"no"}}"#,
                "Bool.aws:SecureTransport",
            ),
            (r#"{"Null":{"aws:SourceVpc":"yes"}}"#, "Null.aws:SourceVpc"),
            (
                r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0"}}"#,
                "NotIpAddress.aws:SourceIp",
            ),
            (
                r#"{"ArnLike":{"aws:SourceArn":"topic"}}"#,
                "ArnLike.aws:SourceArn",
            ),
        ] {
            let found = finds(&RULE, &policy(condition));
            assert_eq!(
                found,
                [format!("warning Statement[0].Condition.{path}")],
                "{condition}"
            );
        }
    }

    #[test]
    fn an_operator_that_does_not_fit_the_type_of_its_key_is_found() {
        for (condition, path) in [
            (
                r#"{"IpAddress":{"aws:PrincipalArn":"10.0.0.0/8"}}"#,
                "error Statement[0].Condition.IpAddress.aws:PrincipalArn",
            ),
            (
                r#"{"NumericEquals":{"aws:SecureTransport":"1"}}"#,
                "error Statement[0].Condition.NumericEquals.aws:SecureTransport",
            ),
            (
                r#"{"Bool":{"aws:CurrentTime":"true"}}"#,
                "warning Statement[0].Condition.Bool.aws:CurrentTime",
            ),
        ] {
            assert_eq!(finds(&RULE, &policy(condition)), [path], "{condition}");
        }
    }

    #[test]
    fn values_of_the_right_type_are_not_found() {
        assert_finds_nothing(
            &RULE,
            policy,
            [
                r#"{"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":[43200,"+1e3"]}}"#,
                r#"{"DateLessThan":{"aws:TokenIssueTime":"2026-01-01T00:00:00Z","aws:EpochTime":"1700000000"}}"#,
                r#"{"NumericLessThan":{"aws:EpochTime":"1700000000"}}"#,
                r#"{"Bool":{"aws:SecureTransport":[true,"False"]}}"#,
                r#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::1"]}}"#,
                r#"{"ArnLike":{"aws:PrincipalArn":["arn:aws:iam::*:user/*","arn:aws:iam::${aws:PrincipalAccount}:role/x"]}}"#,
                r#"{"StringLike":{"aws:PrincipalArn":"*:user/*","aws:SourceIp":"10.*"}}"#,
                r#"{"StringEquals":{"aws:SecureTransport":"true","aws:username":"12h"}}"#,
                r#"{"Null":{"aws:SourceVpc":"TRUE"}}"#,
            ],
        );
    }
}
