//! Who in an account can act without MFA, by the policy engine.
//!
//! Pure: [`inputs`] reads what the AWS CLI saves, [`judge()`] gives each user a verdict, [`render`] prints the result. Nothing here does
//! I/O or knows the time.
//!
//! From the bottom: `report` (the types of the result); `inputs`; `land` (the policies that bind each identity, prepared once);
//! `held` (the credentials and devices of a user); `outlook` (what a caller can do at each state of MFA); `roles` (chains of roles);
//! `ways`; `verdict`; `setting`; `user` and `root`; `findings`; `judge`; `forecast` (the account with policies attached). A verdict that lacks an input is [`Verdict::Unknown`].

mod exemption;
mod findings;
pub mod forecast;
mod held;
pub mod inputs;
mod judge;
mod land;
mod outlook;
pub mod render;
pub mod report;
mod roles;
mod root;
pub mod rules;
mod setting;
#[cfg(test)]
mod tests;
mod user;
mod verdict;
mod ways;

pub use inputs::{AccountInputs, Inputs};
pub use judge::judge;
pub use report::{Audit, Verdict};
pub use setting::Options;
