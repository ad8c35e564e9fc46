//! What login, the hook, exec and the demo share: the way from names and files to a session.
//!
//! The modules use each other in one direction. `plan` is pure: flags and files in, a plan or a refusal out. `local_state` reads what
//! this machine knows, and `inputs` holds all that is fixed before a code is asked for. Then come `turn` and `terminal` (who may ask),
//! `code_source` (asks), `attempt` (sends one code), `code_loop` (tries several), `herd` (one question for many hooks), `assume` (the roles that a session assumes), and on top
//! `log_in` and `hook`. `start` looks up what a login starts with: the key, or a session that is good enough. `setup` writes the hook
//! profile. Everything that can fail without a code fails before one is asked for. Only `deliver` and `setup` write shared files.

pub mod plan;

#[cfg(feature = "cli")]
mod advice;
#[cfg(feature = "cli")]
mod assume;
#[cfg(feature = "cli")]
mod attempt;
#[cfg(feature = "cli")]
mod child;
#[cfg(feature = "cli")]
mod clocks;
#[cfg(feature = "cli")]
mod code_loop;
#[cfg(feature = "cli")]
mod code_source;
#[cfg(feature = "cli")]
mod command_file;
#[cfg(feature = "cli")]
mod deliver;
#[cfg(feature = "cli")]
mod device;
#[cfg(feature = "cli")]
mod elsewhere;
#[cfg(feature = "cli")]
mod error;
#[cfg(feature = "cli")]
mod file_warnings;
#[cfg(feature = "cli")]
mod granted;
#[cfg(feature = "cli")]
mod herd;
#[cfg(feature = "cli")]
mod hook;
#[cfg(feature = "cli")]
mod inputs;
#[cfg(feature = "cli")]
mod key_place;
#[cfg(feature = "cli")]
mod local_state;
#[cfg(feature = "cli")]
mod log_in;
#[cfg(feature = "cli")]
mod own_section;
#[cfg(feature = "cli")]
mod provided;
#[cfg(feature = "cli")]
mod reach;
#[cfg(feature = "cli")]
mod request;
#[cfg(feature = "cli")]
mod role_error;
#[cfg(feature = "cli")]
pub mod setup;
#[cfg(feature = "cli")]
mod source;
#[cfg(feature = "cli")]
mod start;
#[cfg(feature = "cli")]
mod stored_key;
#[cfg(feature = "cli")]
mod terminal;
#[cfg(feature = "cli")]
mod turn;
#[cfg(feature = "cli")]
mod user;
#[cfg(feature = "cli")]
mod watch;
#[cfg(feature = "cli")]
mod withdraw;

#[cfg(feature = "cli")]
pub use crate::shared_config::Overwrite;
#[cfg(feature = "cli")]
pub use attempt::code_may_be_used;
#[cfg(feature = "cli")]
pub use deliver::{ProfileState, profile_state, state_of_profile};
#[cfg(feature = "cli")]
pub use elsewhere::Elsewhere;
#[cfg(feature = "cli")]
pub use error::{ExitKind, LoginError, NoSession};
#[cfg(feature = "cli")]
pub use file_warnings::warn_about_files;
#[cfg(feature = "cli")]
pub use hook::{hit, hook};
#[cfg(feature = "cli")]
pub use key_place::{
    KeyPlace, Unreplaceable, key_place, leave_id, put_back, replace_keys, stored_place,
};
#[cfg(feature = "cli")]
pub use local_state::{Answer, CachedSession, LocalState, Purpose};
#[cfg(feature = "cli")]
pub use log_in::{LoggedIn, log_in};
#[cfg(feature = "cli")]
pub use own_section::{Remembering, check_section, remember_device, remembering};
#[cfg(feature = "cli")]
pub use provided::Provided;
#[cfg(feature = "cli")]
pub use request::{Delivery, Request, Reuse};
#[cfg(feature = "cli")]
pub use user::{User, warn_about_clock};
#[cfg(feature = "cli")]
pub use withdraw::{Withdrawn, held_session, sweep, sweep_unread, withdraw};
