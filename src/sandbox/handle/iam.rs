//! The operations of IAM.

use super::super::account::User;
use super::super::fault::Fault;
use super::super::response::{Node, Service};
use super::authorise::Ask;
use super::params::{Constraints, Params};
use super::{Operation, Sessions, Turn};
use crate::aws::types::rfc3339;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        service: Service::Iam,
        name: "ListMFADevices",
        sessions: Sessions::WithMfa,
        asks: on_user,
        run: list_mfa_devices,
    },
    Operation {
        service: Service::Iam,
        name: "GetUser",
        sessions: Sessions::WithMfa,
        asks: on_user,
        run: get_user,
    },
];

/// The user that is named, else the caller; the ARN that a user who is not there would have.
fn on_user(turn: &Turn<'_>) -> Result<Vec<Ask>, Fault> {
    let arn = match user(turn) {
        Ok((_, user)) => turn.account.user_arn(user),
        Err(fault) if fault.code == "NoSuchEntity" => {
            let name = turn.params.text("UserName").unwrap_or_default();
            turn.account.arn_of_user("/", name)
        }
        Err(fault) => return Err(fault),
    };
    Ok(vec![Ask::new(turn.operation.action(), arn)])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html>
fn get_user(turn: &mut Turn<'_>) -> Result<Vec<Node>, Fault> {
    let (id, user) = user(turn)?;
    Ok(vec![Node::Tree(
        "User",
        vec![
            Node::text("Path", user.path.as_str()),
            Node::text("UserName", user.name.as_str()),
            Node::text("UserId", id),
            Node::text("Arn", turn.account.user_arn(user)),
            Node::text("CreateDate", rfc3339(user.create_date)),
        ],
    )])
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html>
fn list_mfa_devices(turn: &mut Turn<'_>) -> Result<Vec<Node>, Fault> {
    let page = Page::of(turn.params)?;
    let (id, user) = user(turn)?;
    let devices = turn
        .account
        .devices_of(id)
        .map(|(serial, _, assignment)| {
            Node::Tree(
                "member",
                vec![
                    Node::text("UserName", user.name.as_str()),
                    Node::text("SerialNumber", serial),
                    Node::text("EnableDate", rfc3339(assignment.enable_date)),
                ],
            )
        })
        .collect();
    Ok(page.cut("MFADevices", devices))
}

/// The user that `UserName` names without regard to case, else the caller: its id and record.
fn user<'t>(turn: &'t Turn<'_>) -> Result<(&'t str, &'t User), Fault> {
    let Some(name) = turn.params.text("UserName") else {
        let id = turn.caller.user.as_str();
        let user = turn.account.records.users.get(id);
        return user.map(|user| (id, user)).ok_or_else(Fault::unknown_token);
    };
    let mut constraints = Constraints::default();
    constraints.length("userName", name, 1, 128);
    constraints.check()?;
    if !name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c))
    {
        return Err(Fault::validation(
            "The specified value for userName is invalid. \
             It must contain only alphanumeric characters and/or the following: +=,.@_-",
        ));
    }
    turn.account
        .user_named(name)
        .ok_or_else(|| Fault::no_such_user(name))
}

/// Which part of a list is asked for.
struct Page {
    start: usize,
    most: usize,
}

impl Page {
    const DEFAULT_ITEMS: i32 = 100;

    fn of(params: &Params) -> Result<Self, Fault> {
        let items = params.integer("MaxItems")?.unwrap_or(Self::DEFAULT_ITEMS);
        let mut constraints = Constraints::default();
        constraints.range("maxItems", items, 1, 1000);
        constraints.check()?;
        let start = match params.text("Marker") {
            None => 0,
            Some(marker) => marker
                .parse()
                .map_err(|_| Fault::validation("Invalid Marker."))?,
        };
        Ok(Self {
            start,
            most: usize::try_from(items).unwrap_or(1),
        })
    }

    /// The part, whether more follows, and where to go on.
    fn cut(&self, list: &'static str, nodes: Vec<Node>) -> Vec<Node> {
        let end = self.start.saturating_add(self.most);
        let more = nodes.len() > end;
        let part = nodes.into_iter().skip(self.start).take(self.most).collect();
        let mut result = vec![
            Node::Tree(list, part),
            Node::text("IsTruncated", more.to_string()),
        ];
        if more {
            result.push(Node::text("Marker", end.to_string()));
        }
        result
    }
}
