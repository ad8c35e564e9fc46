//! The inputs beside the authorization details, as the AWS CLI saves them: from text to a model, one file per kind.
//!
//! Nothing is judged here. What a file does not say stays unknown.

mod control;
mod credential_report;
mod devices;
mod error;
mod json;
mod service_credentials;
mod summary;

pub use control::{Control, ControlKind, read_control};
pub use credential_report::{CredentialReport, Key, Row, read_report};
pub use devices::{Device, DeviceKind, Devices, Holder, read_devices};
pub use error::InputError;
pub use service_credentials::{ServiceCredential, ServiceCredentials, read_service_credentials};
pub use summary::{Summary, read_summary};

use crate::account::Account;

/// What is known about one account.
#[derive(Debug, Clone, Default)]
pub struct AccountInputs {
    /// Its users, groups, roles and policies.
    pub account: Account,
    /// Who has which credentials.
    pub report: Option<CredentialReport>,
    /// Who has which MFA devices.
    pub devices: Option<Devices>,
    /// Facts about the root user.
    pub summary: Option<Summary>,
    /// SSH keys and service-specific credentials, which the credential report does not list.
    pub services: Option<ServiceCredentials>,
}

/// Everything that is judged together.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// The accounts.
    pub accounts: Vec<AccountInputs>,
    /// Service and resource control policies, in force in each account but the management account.
    pub control: Vec<Control>,
}
