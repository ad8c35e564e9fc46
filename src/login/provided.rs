//! The credentials that a profile stands for.

use crate::session::issued::Issued;
use crate::session::record::Record;
use crate::session::role_record::RoleRecord;

/// The credentials that a profile stands for.
#[derive(Debug)]
pub enum Provided {
    /// Those of the session.
    Session(Box<Record>),
    /// Those of a role.
    Role(Box<RoleRecord>),
}

impl Provided {
    /// The credentials.
    #[must_use]
    pub fn issued(&self) -> Issued<'_> {
        match self {
            Self::Session(record) => record.issued(),
            Self::Role(role) => role.issued(),
        }
    }
}
