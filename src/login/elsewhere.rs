//! PURE: a live session that is not used, because it is from another endpoint than the one in force.

use std::fmt;

use crate::aws::endpoint::ForeignEndpoint;
use crate::session::record::Record;

/// The two endpoints; `None` is AWS's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    there: Option<ForeignEndpoint>,
    here: Option<ForeignEndpoint>,
}

impl Elsewhere {
    /// The session of a record, where the endpoint `here` is in force.
    #[must_use]
    pub fn new(record: &Record, here: Option<ForeignEndpoint>) -> Self {
        Self {
            there: record.endpoint.clone(),
            here,
        }
    }
}

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the session is from {}, but {} is in force",
            shown(self.there.as_ref()),
            shown(self.here.as_ref())
        )
    }
}

fn shown(endpoint: Option<&ForeignEndpoint>) -> String {
    match endpoint {
        Some(endpoint) => format!("endpoint {endpoint}"),
        None => "AWS's own endpoint".to_owned(),
    }
}
