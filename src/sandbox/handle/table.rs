//! Finds the operation that a request names.

use super::super::action;
use super::super::fault::Fault;
use super::super::response::Service;
use super::operation::Operation;
use super::params::Params;
use super::{iam, sts};

/// The operation that a request to IAM or STS names.
pub(super) enum Named {
    /// An operation that the account serves.
    Served(&'static Operation),
    /// An action of the service that the account does not serve.
    NotServed,
}

impl Service {
    /// The operation that the parameters name.
    ///
    /// # Errors
    /// `MissingAction`, or `InvalidAction` for an unknown action or API version.
    pub(super) fn operation(self, params: &Params) -> Result<Named, Fault> {
        let action = params
            .text("Action")
            .filter(|a| !a.is_empty())
            .ok_or_else(Fault::missing_action)?;
        let version = params.text("Version").unwrap_or(self.version());
        let unknown = || Fault::unknown_action(action, version);
        if version != self.version() {
            return Err(unknown());
        }
        let served = operations().find(|o| o.service == self && o.name == action);
        match served {
            Some(operation) => Ok(Named::Served(operation)),
            None if action::is_exactly(&format!("{}:{action}", self.name())) => {
                Ok(Named::NotServed)
            }
            None => Err(unknown()),
        }
    }
}

/// Every operation. Each table is in the file of its operations.
fn operations() -> impl Iterator<Item = &'static Operation> {
    std::iter::once(&sts::OPERATIONS)
        .chain(iam::OPERATIONS)
        .flat_map(|table| table.iter())
}
