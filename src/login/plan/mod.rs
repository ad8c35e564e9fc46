//! PURE: what a login will do, decided from flags, variables and files; or why it must not.
//!
//! The order of the decisions: names, keys, serial number, region and endpoint, duration. No I/O, no clock.

mod error;
mod keys;
mod names;
mod next_step;
mod other_credentials;
mod roles;
mod settings;
mod wanted;
mod way;

pub use error::PlanError;
pub use keys::{KeySource, key_source, printed_keys};
pub use names::{Names, names, session_name};
pub use next_step::NextStep;
pub use other_credentials::OtherCredentials;
pub use roles::{Assumption, RoleChain, role_chain};
pub use settings::{DEFAULT_DURATION, DURATIONS, Settings, settings, sts_endpoint};
pub use wanted::{KeysFrom, Variables, Wanted};
pub use way::{ENDPOINT_VARIABLE, inherited, lacking};
