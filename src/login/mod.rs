//! What login, the hook, exec and the demo share: from names and files to a session.
//!
//! `plan` is pure: files and flags in, a plan or a refusal out. Everything that can fail without a code fails there or in
//! `scene`, before `attempt` asks for one. Never writes a shared file but through `deliver`.

pub mod plan;

#[cfg(feature = "cli")]
mod ask;
#[cfg(feature = "cli")]
mod attempt;
#[cfg(feature = "cli")]
mod child;
#[cfg(feature = "cli")]
mod command_file;
#[cfg(feature = "cli")]
mod deliver;
#[cfg(feature = "cli")]
mod device;
#[cfg(feature = "cli")]
mod error;
#[cfg(feature = "cli")]
mod flow;
#[cfg(feature = "cli")]
mod granted;
#[cfg(feature = "cli")]
mod herd;
#[cfg(feature = "cli")]
mod scene;
#[cfg(feature = "cli")]
mod source;
#[cfg(feature = "cli")]
mod watch;
#[cfg(feature = "cli")]
mod withdraw;

#[cfg(feature = "cli")]
pub use crate::shared_config::Overwrite;
#[cfg(feature = "cli")]
pub use attempt::code_may_be_used;
#[cfg(feature = "cli")]
pub use deliver::{Standing, standing, standing_of};
#[cfg(feature = "cli")]
pub use error::{ExitKind, LoginError};
#[cfg(feature = "cli")]
pub use flow::{Delivery, LoggedIn, Request, Reuse, hook, log_in};
#[cfg(feature = "cli")]
pub use scene::{Found, Purpose, Scene, Sought};
#[cfg(feature = "cli")]
pub use withdraw::{held_session, sweep, withdraw};
