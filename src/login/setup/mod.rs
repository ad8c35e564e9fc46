//! `setup`: what is written into the shared files so that AWS clients get the session from the hook.
//!
//! `sources` finds the profiles with long-term keys. `plan` (PURE) makes the `changes` from the files and the wishes, with `hook_profile`,
//! which finds or chooses the hook profile. `new_key` stores a key pair where there is none. `write` makes the changes, after planning them again on the bytes that are replaced.

mod changes;
mod hook_profile;
mod new_key;
mod plan;
mod refusal;
mod sources;
mod write;

pub use changes::{Change, Changes};
pub use hook_profile::{hook_line, program_of};
pub use new_key::{NewKey, Room, room, store_key, with_key};
pub use plan::{Device, Given, Kind, Plan, plan};
pub use refusal::Refusal;
pub use sources::sources;
pub use write::{Checked, write};
