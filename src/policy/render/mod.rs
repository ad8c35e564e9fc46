//! Policies, reports and findings as text for people and programs, one file per format. Nothing here decides anything.

mod awscli;
pub mod check;
mod cloudformation;
mod explanation;
mod page;
mod plain;
mod remains;
mod report;
mod simulation;
mod terraform;
#[cfg(test)]
mod tests;
mod verification;

pub use awscli::awscli;
pub use cloudformation::{cloudformation_json, cloudformation_yaml};
pub use explanation::explanation;
pub use page::Style;
pub(crate) use page::{Page, list, plural};
pub use report::{explanation_json, verification_json};
pub use simulation::simulation;
pub use terraform::terraform;
pub use verification::verification;
