//! The operations of IAM, with one file for each kind of resource.
//!
//! Each file has a table of its operations with the permissions that they need. Names are found in any letter case and authorised
//! on the ARN that is stored. Every error of a request is found before anything is changed.

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
mod permissions;
mod roles;
mod shapes;
mod simulate;
mod summary;
mod tags;
mod users;

use super::operation::Operation;

pub(super) use names::arn;
pub(super) use permissions::{add_request_tags, add_resource_tags};
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
