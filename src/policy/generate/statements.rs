//! The statements that the templates are made of.

use crate::policy::document::{
    Condition, ConditionBlock, Effect, Scalar, Statement, StatementElement, Strings,
};

/// The condition key that tells whether the caller used MFA.
pub(crate) const MFA_PRESENT: &str = "aws:MultiFactorAuthPresent";

/// The name of the seed's statement.
pub(crate) const SEED_SID: &str = "DenyAllWithoutMFA";

/// What a user needs without MFA to get to MFA.
pub(crate) const SEED_EXCEPTIONS: [&str; 7] = [
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
    "sts:GetSessionToken",
];

/// A Deny of everything but `exceptions` where MFA is false or unknown.
pub(crate) fn deny_all_without_mfa(sid: &str, exceptions: &[&str]) -> Statement {
    Statement {
        elements: vec![
            StatementElement::Sid(sid.into()),
            StatementElement::Effect(Effect::Deny),
            StatementElement::NotAction(list(exceptions)),
            StatementElement::Resource(one("*")),
            StatementElement::Condition(condition(&[(
                "BoolIfExists",
                &[(MFA_PRESENT, one("false"))],
            )])),
        ],
    }
}

/// A bare value.
pub(crate) fn one(text: &str) -> Strings {
    Strings::One(text.into())
}

/// A list of values.
pub(crate) fn list(texts: &[&str]) -> Strings {
    Strings::Many(texts.iter().map(|&t| Scalar::from(t)).collect())
}

/// A condition from operators and their keys.
pub(crate) fn condition(blocks: &[(&str, &[(&str, Strings)])]) -> Condition {
    Condition {
        blocks: blocks
            .iter()
            .map(|(operator, keys)| ConditionBlock {
                operator: (*operator).to_owned(),
                keys: keys
                    .iter()
                    .map(|(key, values)| ((*key).to_owned(), values.clone()))
                    .collect(),
            })
            .collect(),
    }
}
