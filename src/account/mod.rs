//! The users, groups, roles and policies of an AWS account, as `get-account-authorization-details` describes them.
//!
//! Pure: no I/O, no clock, and no module of this crate but [`policy`](crate::policy). The sandbox builds its account from this
//! model. There are no secrets, devices or sessions here, because the document has none.
//!
//! A reference to something that the document lacks is kept as it is: whether that is an error or an unknown is for the caller
//! to decide.

mod details;
mod document;
mod model;
mod read;

pub use document::PolicyDocument;
pub use model::{
    Account, Group, Home, Identity, IdentityKind, ManagedPolicy, PolicyVersion, Role, User,
    is_aws_managed,
};
pub use read::{ReadError, read, read_pages};
