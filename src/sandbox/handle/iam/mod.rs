//! The operations of IAM, a file for what they are about.
//!
//! Each file has a table of its operations: what a request asks for, and what it does. Names are found in any letter case and
//! authorised on the ARN that is stored; whatever is wrong with a request is said before anything is changed.

mod asks;
mod authorization_details;
mod credential_report;
mod devices;
mod entities;
mod entry;
mod groups;
mod inline_policies;
mod keys;
mod managed_policies;
mod names;
mod page;
mod passwords;
mod roles;
mod shapes;
mod simulate;
mod summary;
mod tags;
mod users;

use super::operation::Operation;

pub(super) use asks::{add_request_tags, add_resource_tags};
pub(super) use names::arn;
pub(super) use tags::tags;

/// The tables of all files.
pub(super) const OPERATIONS: &[&[Operation]] = &[
    users::OPERATIONS,
    entities::OPERATIONS,
    keys::OPERATIONS,
    devices::OPERATIONS,
    passwords::OPERATIONS,
    groups::OPERATIONS,
    inline_policies::OPERATIONS,
    managed_policies::OPERATIONS,
    roles::OPERATIONS,
    tags::OPERATIONS,
    summary::OPERATIONS,
    credential_report::OPERATIONS,
    authorization_details::OPERATIONS,
    simulate::OPERATIONS,
];
