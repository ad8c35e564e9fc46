//! What requests ask for: the action on the stored ARN of what they are about.

use super::super::super::account::{Identity, Kind, Tags};
use super::super::super::fault::Fault;
use super::super::authorise::Ask;
use super::super::operation::Turn;
use super::entry::Asked;
use super::names::{named, policy_arn, serial_number, user_or_caller};
use crate::policy::context::ContextValue;

/// The operation's action on this.
pub(super) fn ask(turn: &Turn<'_>, resource: impl Into<String>) -> Ask {
    Ask::new(turn.operation.action(), resource)
}

/// Without a resource type an action is authorised on `*`.
#[expect(clippy::unnecessary_wraps, reason = "the signature of every operation")]
pub(super) fn on_nothing(turn: &Turn<'_>) -> Asked {
    Ok(vec![ask(turn, "*")])
}

/// The user that is named.
pub(super) fn on_user(turn: &Turn<'_>) -> Asked {
    Ok(vec![on_identity(
        turn,
        Kind::User,
        named(turn, Kind::User),
    )?])
}

/// The user that is named, else the caller.
pub(super) fn on_user_or_caller(turn: &Turn<'_>) -> Asked {
    Ok(vec![on_identity(turn, Kind::User, user_or_caller(turn))?])
}

pub(super) fn on_group(turn: &Turn<'_>) -> Asked {
    Ok(vec![on_identity(
        turn,
        Kind::Group,
        named(turn, Kind::Group),
    )?])
}

pub(super) fn on_role(turn: &Turn<'_>) -> Asked {
    Ok(vec![on_identity(
        turn,
        Kind::Role,
        named(turn, Kind::Role),
    )?])
}

/// The ARN that is stored; of one that is not there, the ARN that it would have.
pub(super) fn on_identity(
    turn: &Turn<'_>,
    kind: Kind,
    found: Result<(&str, &Identity), Fault>,
) -> Result<Ask, Fault> {
    let records = &turn.account.records;
    match found {
        Ok((_, identity)) => {
            let mut ask = ask(turn, records.arn_of(kind, identity));
            add_resource_tags(&mut ask, &identity.tags);
            if let Some(boundary) = &identity.boundary {
                ask.context.push((
                    "iam:PermissionsBoundary".to_owned(),
                    boundary.as_str().into(),
                ));
            }
            Ok(ask)
        }
        Err(fault) if fault.code == "NoSuchEntity" => {
            let parameter = format!("{}Name", kind.title());
            let name = turn.params.text(&parameter).unwrap_or_default();
            Ok(ask(turn, records.arn(kind, "/", name)))
        }
        Err(fault) => Err(fault),
    }
}

/// The managed policy that is named.
pub(super) fn on_policy(turn: &Turn<'_>) -> Asked {
    let arn = policy_arn(turn.params)?;
    let mut ask = ask(turn, arn);
    if let Ok(policy) = turn.account.records.policy(arn) {
        add_resource_tags(&mut ask, &policy.tags);
    }
    Ok(vec![ask])
}

/// The virtual MFA device that is named.
pub(super) fn on_device(turn: &Turn<'_>) -> Asked {
    let serial = serial_number(turn.params)?;
    let mut ask = ask(turn, serial);
    if let Some(device) = turn.account.records.devices.get(serial) {
        add_resource_tags(&mut ask, &device.tags);
    }
    Ok(vec![ask])
}

/// The tags of what a request is about.
pub(in super::super) fn add_resource_tags<'a>(ask: &mut Ask, tags: impl Into<Option<&'a Tags>>) {
    for (key, value) in tags.into().into_iter().flat_map(Tags::iter) {
        for prefix in ["aws", "iam"] {
            ask.context
                .push((format!("{prefix}:ResourceTag/{key}"), value.into()));
        }
    }
}

/// The tags that a request brings.
pub(in super::super) fn add_request_tags(ask: &mut Ask, tags: &Tags) {
    for (key, value) in tags.iter() {
        ask.context
            .push((format!("aws:RequestTag/{key}"), value.into()));
    }
    add_tag_keys(ask, tags.iter().map(|(key, _)| key.to_owned()).collect());
}

/// The keys of tags that a request is about.
pub(super) fn add_tag_keys(ask: &mut Ask, keys: Vec<String>) {
    if !keys.is_empty() {
        ask.context
            .push(("aws:TagKeys".to_owned(), ContextValue::List(keys)));
    }
}

/// One key with one value.
pub(super) fn add(ask: &mut Ask, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        // What the request brings counts, not what is there.
        ask.context.retain(|(there, _)| there != key);
        ask.context.push((key.to_owned(), value.into()));
    }
}
