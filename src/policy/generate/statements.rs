//! The statements of which the templates consist.

use crate::policy::document::{
    Condition, ConditionBlock, Effect, Scalar, Statement, StatementElement, Strings,
};

/// The condition key that says whether the caller used MFA.
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

/// What enrols a device or changes what it shows.
pub(super) const ENROLMENT: [&str; 3] = [
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:ResyncMFADevice",
];

/// What only those need who enrol their own device.
pub(super) const SELF_ENROLMENT: [&str; 4] = [
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
];

/// What `aws login` calls.
pub(super) const SIGN_IN: [&str; 2] = ["signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"];

/// A Deny in the making.
#[derive(Debug, Clone)]
pub(super) struct Deny {
    sid: String,
    action: StatementElement,
    resource: StatementElement,
    condition: Vec<ConditionBlock>,
}

impl Deny {
    /// Everything but `exceptions` where MFA is false or unknown.
    pub(super) fn all_without_mfa(sid: &str, exceptions: &[&str]) -> Self {
        Self {
            sid: sid.to_owned(),
            action: StatementElement::NotAction(list(exceptions)),
            resource: StatementElement::Resource(one("*")),
            condition: Vec::new(),
        }
        .and("BoolIfExists", MFA_PRESENT, "false")
    }

    /// These actions on everything.
    pub(super) fn actions(sid: &str, actions: &[&str]) -> Self {
        let actions = match actions {
            [single] => one(single),
            many => list(many),
        };
        Self {
            sid: sid.to_owned(),
            action: StatementElement::Action(actions),
            resource: StatementElement::Resource(one("*")),
            condition: Vec::new(),
        }
    }

    /// Without MFA, the devices of all users but the caller.
    pub(super) fn others_devices(partition: &str) -> Self {
        let own = own_user(partition);
        Self {
            sid: "DenyOtherUsersDevicesWithoutMFA".to_owned(),
            action: StatementElement::Action(list(&[
                "iam:EnableMFADevice",
                "iam:ResyncMFADevice",
                "iam:GetUser",
                "iam:GetMFADevice",
                "iam:ListMFADevices",
            ])),
            resource: StatementElement::NotResource(list(&own.each_ref().map(String::as_str))),
            condition: Vec::new(),
        }
        .and("BoolIfExists", MFA_PRESENT, "false")
    }

    /// Only where this holds, too.
    pub(super) fn and(mut self, operator: &str, key: &str, value: &str) -> Self {
        let entry = (key.to_owned(), one(value));
        match self.condition.iter_mut().find(|b| b.operator == operator) {
            Some(block) => block.keys.push(entry),
            None => self.condition.push(ConditionBlock {
                operator: operator.to_owned(),
                keys: vec![entry],
            }),
        }
        self
    }

    pub(super) fn into_statement(self) -> Statement {
        let mut elements = vec![self.action, self.resource];
        if !self.condition.is_empty() {
            elements.push(StatementElement::Condition(Condition {
                blocks: self.condition,
            }));
        }
        statement(&self.sid, Effect::Deny, elements)
    }
}

/// What a user without any other IAM right needs for devices of their own; all but the way to MFA still needs MFA.
pub(super) fn own_devices(partition: &str) -> [Statement; 3] {
    let own = own_user(partition);
    [
        allow(
            "AllowOwnMFADevices",
            &[
                "iam:DeactivateMFADevice",
                "iam:EnableMFADevice",
                "iam:GetMFADevice",
                "iam:GetUser",
                "iam:ListMFADevices",
                "iam:ResyncMFADevice",
            ],
            &own.each_ref().map(String::as_str),
        ),
        allow(
            "AllowCreateVirtualMFADevice",
            &["iam:CreateVirtualMFADevice"],
            &[&format!("arn:{partition}:iam::*:mfa/*")],
        ),
        allow(
            "AllowListVirtualMFADevices",
            &["iam:ListVirtualMFADevices"],
            &["*"],
        ),
    ]
}

/// The caller's own user, with and without a path.
fn own_user(partition: &str) -> [String; 2] {
    [
        format!("arn:{partition}:iam::*:user/${{aws:username}}"),
        format!("arn:{partition}:iam::*:user/*/${{aws:username}}"),
    ]
}

/// An Allow of these actions on these resources.
pub(super) fn allow(sid: &str, actions: &[&str], resources: &[&str]) -> Statement {
    let strings = |texts: &[&str]| match texts {
        [single] => one(single),
        many => list(many),
    };
    statement(
        sid,
        Effect::Allow,
        vec![
            StatementElement::Action(strings(actions)),
            StatementElement::Resource(strings(resources)),
        ],
    )
}

/// A statement with its name and effect first.
pub(super) fn statement(sid: &str, effect: Effect, elements: Vec<StatementElement>) -> Statement {
    let head = [
        StatementElement::Sid(sid.into()),
        StatementElement::Effect(effect),
    ];
    Statement {
        elements: head.into_iter().chain(elements).collect(),
    }
}

/// A bare value.
pub(super) fn one(text: &str) -> Strings {
    Strings::One(text.into())
}

/// A list of values.
pub(super) fn list(texts: &[&str]) -> Strings {
    Strings::Many(texts.iter().map(|&t| Scalar::from(t)).collect())
}

/// A condition from operator, key and value.
pub(super) fn condition(blocks: &[(&str, &str, String)]) -> Condition {
    Condition {
        blocks: blocks
            .iter()
            .map(|(operator, key, value)| ConditionBlock {
                operator: (*operator).to_owned(),
                keys: vec![((*key).to_owned(), one(value))],
            })
            .collect(),
    }
}
