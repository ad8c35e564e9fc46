//! Policies and findings as text for people and programs. One file a format; nothing here decides anything.

mod awscli;
mod cloudformation;
mod terraform;
#[cfg(test)]
mod tests;

pub use awscli::awscli;
pub use cloudformation::{cloudformation_json, cloudformation_yaml};
pub use terraform::terraform;
